"""The stand-in for evalplus's `untrusted_check`: the original's answers on honest programs, none of its cheats."""

import gzip
import json
import time
from pathlib import Path
from typing import Any

import pytest

from ucoder import Candidate, Executor, Problem, ValueCallTest
from ucoder.errors import ConfigError

pytest.importorskip("evalplus", reason="evalplus is not installed: pip install 'ucoder[bench]'")

from ucoder.compat.evalplus import untrusted_check  # refuses to be imported without evalplus

pytestmark = [pytest.mark.usefixtures("sandbox"), pytest.mark.one_python, pytest.mark.filterwarnings("default")]

INPUTS = [[[1, 2, 3]], [[]], [[5]]]
HALVES = [[0.5, 1.0, 1.5], [], [2.5]]


def case(code: str, *, expected: Any = HALVES, entry_point: str = "halves", **others: Any) -> dict[str, Any]:
    return {
        "dataset": "humaneval", "code": code, "inputs": INPUTS, "entry_point": entry_point, "expected": expected,
        "atol": 0, "ref_time": [0.01] * len(INPUTS), **others,
    }  # fmt: skip


HONEST = {
    "right": "def halves(xs):\n    return [x / 2 for x in xs]\n",
    "right within the tolerance": "def halves(xs):\n    return [x / 2 + 1e-9 for x in xs]\n",
    "off by more than the tolerance": "def halves(xs):\n    return [x / 2 + 1e-3 for x in xs]\n",
    "another type": "def halves(xs):\n    return tuple(x / 2 for x in xs)\n",
    "one right, two wrong": "def halves(xs):\n    return []\n",
    "raises on one input": "def halves(xs):\n    return [x / 2 for x in xs] if xs[0] else None\n",
    "an iterator": "def halves(xs):\n    return map(float, xs)\n",
    "keeps state from call to call": (
        "n = 0\n\n\ndef halves(xs):\n    global n\n    n += 1\n    return [x / 2 for x in xs][:n]\n"
    ),
    "no syntax": "def halves(xs:\n",
    "raises while it is loaded": "1 / 0\n",
    "another name": "def half(xs):\n    return xs\n",
}
# Each passes the original, though no call of it returns what it should.
CHEATS = {
    "an answer that equals everything": (
        "class Same:\n    def __eq__(self, other):\n        return True\n\n\ndef halves(xs):\n    return Same()\n"
    ),
    "answers read from the caller's frame": (
        "import sys\n\n\ndef halves(xs):\n    frame = sys._getframe(1)\n"
        "    return frame.f_locals['expected'][frame.f_locals['i']]\n"
    ),
    "a verdict written into the shared memory": (
        "import sys\nhere = sys._getframe(1).f_locals\nfor i in range(len(here['inputs'])):\n"
        "    here['details'][i] = True\n    here['progress'].value += 1\nhere['inputs'].clear()\n\n\n"
        "def halves(xs):\n    return None\n"
    ),
}
DATA = Path(__file__).parents[3] / "shared" / "data"


def theirs_and_ours(original: Any, cases: list[dict[str, Any]]) -> tuple[list[Any], list[Any]]:
    return original("evalplus", cases), [list(untrusted_check(**one)) for one in cases]


@pytest.mark.parametrize("fast_check", [False, True])
def test_honest_programs_get_the_originals_answer(original: Any, fast_check: bool) -> None:
    theirs, ours = theirs_and_ours(original, [case(code, fast_check=fast_check) for code in HONEST.values()])
    assert dict(zip(HONEST, ours, strict=True)) == dict(zip(HONEST, theirs, strict=True))


def test_a_program_that_runs_on_has_failed_as_in_the_original(original: Any) -> None:
    runs_on = "def halves(xs):\n    while len(xs) == 1:\n        pass\n    return [x / 2 for x in xs]\n"
    theirs, ours = theirs_and_ours(original, [case(runs_on, min_time_limit=0.2)])
    assert ours == theirs == [["fail", [1, 1, 0]]]


@pytest.mark.parametrize("name", CHEATS)
def test_a_cheat_that_passes_the_original_does_not_pass_here(original: Any, name: str) -> None:
    ((theirs, _),), ((ours, _),) = theirs_and_ours(original, [case(CHEATS[name])])
    assert (theirs, ours) == ("pass", "fail")


def test_the_tolerance_of_one_input_does_not_reach_the_next() -> None:
    nearly = "def halves(xs):\n    return [1.0, 3][len(xs)] + 1e-8 * len(xs)\n"
    inputs, expected = [[[]], [[0]]], [1.0, 3]
    for order in (slice(None), slice(None, None, -1)):
        one = case(nearly, expected=expected[order], inputs=inputs[order], ref_time=[0.01] * 2)
        assert untrusted_check(**one) == ("fail", [1, 0][order])


def test_no_inputs_are_no_pass() -> None:
    with pytest.raises(ConfigError, match="no inputs"):
        untrusted_check(**case(HONEST["right"], inputs=[], expected=[], ref_time=[]))


ORACLES = [
    ("mbpp", "similar_elements", [[[1, 2]] * 2], [[2, 1]], "def similar_elements(a, b):\n    return 1, 2\n", "pass"),
    ("mbpp", "sum_div", [[12]], [16], "def sum_div(n):\n    return 0\n", "pass"),
    ("mbpp", "sum_div", [[12]], [16], "def sum_div(n):\n    return 1\n", "fail"),
    ("mbpp", "check_str", [["ab"]], [True], "import re\ndef check_str(s):\n    return s or None\n", "pass"),
    ("humaneval", "find_zero", [[[1, 2]]], [-0.5], "def find_zero(xs):\n    return 1.0\n", "fail"),
]  # fmt: skip


@pytest.mark.parametrize(("dataset", "name", "inputs", "expected", "code", "verdict"), ORACLES)
def test_tasks_with_several_right_answers_are_judged_by_the_originals_oracle(
    original: Any, dataset: str, name: str, inputs: Any, expected: Any, code: str, verdict: str
) -> None:
    one = case(code, dataset=dataset, entry_point=name, inputs=inputs, expected=expected, atol=1e-4, ref_time=[0.01])
    theirs, ours = theirs_and_ours(original, [one])
    assert ours == theirs
    assert ours[0][0] == verdict


def test_find_zero_which_the_original_fails_whatever_is_answered_is_judged(original: Any) -> None:
    right = "def find_zero(xs):\n    return -xs[0] / xs[1]\n"
    one = case(right, entry_point="find_zero", inputs=[[[1, 2]]], expected=[-0.5], atol=1e-4, ref_time=[0.01])
    theirs, ours = theirs_and_ours(original, [one])
    assert (theirs, ours) == ([["fail", []]], [["pass", [1]]])


@pytest.mark.skipif(not DATA.exists(), reason="the benchmarks' data is not here")
@pytest.mark.parametrize("file", ["humanevalplus/HumanEvalPlus.jsonl.gz", "mbppplus/MbppPlus.jsonl.gz"])
def test_reference_programs_of_the_benchmarks_get_the_originals_answer(original: Any, file: str) -> None:
    with gzip.open(DATA / file, "rt") as lines:
        problems = [json.loads(line) for line in lines][::12]
    cases = []
    for problem in problems:
        code = problem["prompt"] + problem["canonical_solution"]
        inputs = problem["base_input"] + problem["plus_input"][:20]
        expected = answers_of(problem["entry_point"], code, inputs)
        # JSON carries no tuples: neither to the original, nor in the data's inputs.
        if problem["entry_point"] == "find_zero" or not expected or json.loads(json.dumps(expected)) != expected:
            continue
        cases += [
            case(
                text,
                dataset=file.partition("plus")[0],
                entry_point=problem["entry_point"],
                inputs=inputs,
                expected=expected,
                atol=problem["atol"],
                ref_time=[0.05] * len(inputs),
            )
            for text in (code, f"def {problem['entry_point']}(*_):\n    return None\n")
        ]
    assert len(cases) > 12
    theirs, ours = theirs_and_ours(original, cases)
    assert ours == theirs


def answers_of(entry_point: str, code: str, inputs: list[Any]) -> list[Any]:
    """Nothing where an input has none."""
    tests = [ValueCallTest(given, None) for given in inputs]
    problem = Problem("reference", entry_point=entry_point)
    with Executor(workers=1, isolation="candidate") as executor:
        matrix = executor.judge(problem, [Candidate("reference", solution=code)], tests)
    has_all = (matrix.values >= 0).all()
    return [matrix.value(0, place) for place in range(len(inputs))] if has_all else []


@pytest.mark.parametrize(
    ("answer", "verdict"),
    [
        ("(5, 4, 4)", "pass"),
        ("[4, 5.0]", "pass"),
        ("(4, 5, 6)", "fail"),
        ("(4,)", "fail"),
        ("None", "fail"),
        ("[[4], 5]", "fail"),
        ("[(2 ** 61 - 1) * k for k in range(100_000)]", "fail"),  # as a set it would take minutes
    ],
)
def test_an_answer_that_counts_as_a_set_is_compared_as_one_whatever_its_numbers(answer: str, verdict: str) -> None:
    began = time.process_time()
    code = f"def similar_elements(a, b):\n    return {answer}\n"
    given = {
        "dataset": "mbpp", "code": code, "inputs": [[(3, 4, 5), (5, 4)]], "entry_point": "similar_elements",
        "expected": [(4, 5)], "atol": 0, "ref_time": [0.01],
    }  # fmt: skip
    assert untrusted_check(**given)[0] == verdict
    assert time.process_time() - began < 5
