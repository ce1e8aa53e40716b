"""`ucoder eval`: from a benchmark's file and samples to verdicts, on small files of our own in published formats."""

import gzip
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from ucoder.cli import run as ucoder

PLUS = {
    "task_id": "HumanEval/9001", "entry_point": "scale", "contract": "", "atol": 0, "test": "",
    "prompt": 'def scale(xs: list, by: float) -> list:\n    """Each of xs, times by."""\n',
    "canonical_solution": "    return [x * by for x in xs]\n",
    "base_input": [[[1, 2], 3], [[], 2]], "plus_input": [[[0.1, 0.7], 3.0], [[1], 0.1]],
}  # fmt: skip
OFFICIAL = {
    "task_id": "HumanEval/9001", "prompt": PLUS["prompt"], "entry_point": "scale",
    "canonical_solution": PLUS["canonical_solution"],
    "test": "def check(candidate):\n    assert candidate([1, 2], 3) == [3, 6]\n    assert candidate([], 2) == []\n",
}  # fmt: skip
RIGHT = PLUS["canonical_solution"]

Evaluate = Callable[..., dict[str, Any]]


@pytest.fixture
def evaluate(
    works: None,  # noqa: ARG001
    tmp_path: Path,
    written: Any,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Evaluate:
    """The figures of an evaluation, and what is in its folder."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))

    def evaluated(
        bench: str, data: dict[str, Any], *samples: dict[str, Any], source: Path | None = None, to: str = "out",
        more: tuple[str, ...] = (),
    ) -> dict[str, Any]:  # fmt: skip
        file = written(data, name="data.jsonl")
        given = source or written(*samples, name="samples.jsonl")
        out = tmp_path / to
        command = ["eval", bench, "--data", file, "--samples", given, "--out", out, "--json", "--workers", "2", *more]
        code = ucoder([str(one) for one in command])
        told = capsys.readouterr()
        assert code == 0, told.err
        figures: dict[str, Any] = json.loads(told.out)
        return figures | {
            "results": json.loads((out / "eval_results.json").read_text()),
            "rows": pq.read_table(out / "verdicts.parquet").to_pylist(),
        }

    return evaluated


def sample(completion: str, task_id: str = "HumanEval/9001") -> dict[str, str]:
    return {"task_id": task_id, "completion": completion}


def test_the_figures_are_one_object(evaluate: Evaluate) -> None:
    result = evaluate("humaneval", OFFICIAL, sample(RIGHT), sample("    return xs\n"))
    assert (result["benchmark"], result["pass@1"], result["n"], result["problems"]) == ("humaneval", 0.5, 2, 1)
    assert result["data"]["version"] == "unknown"
    assert "pass@10" not in result
    assert result["trusted_share"] == 1.0


def test_added_tests_may_fail_what_the_base_tests_pass(evaluate: Evaluate) -> None:
    only_base = "    return [int(x * by) for x in xs]\n"
    result = evaluate("humaneval+", PLUS, sample(RIGHT), sample(only_base), sample("    return xs\n"))
    assert result["pass@1"] == pytest.approx(1 / 3)
    assert result["base"]["pass@1"] == pytest.approx(2 / 3)
    listed = result["results"]["eval"]["HumanEval/9001"]
    assert [(one["base_status"], one["plus_status"]) for one in listed] == [
        ("pass", "pass"), ("pass", "fail"), ("fail", "fail"),
    ]  # fmt: skip
    assert listed[1]["plus_fail_tests"] == [[[0.1, 0.7], 3.0]]
    assert listed[0]["solution"] == PLUS["prompt"] + RIGHT
    assert result["results"]["pass_at_k"]["plus"]["pass@1"] == pytest.approx(1 / 3)


def test_floats_may_be_near_and_others_may_not(evaluate: Evaluate) -> None:
    near = "    return [x * by + 1e-8 if type(by) is float else x * by for x in xs]\n"
    far = "    return [x * by + 1e-5 if type(by) is float else x * by for x in xs]\n"
    not_float = "    return [x * by + 1e-8 for x in xs]\n"
    result = evaluate("humaneval+", PLUS, sample(near), sample(far), sample(not_float))
    assert [row["passed"] for row in result["rows"]] == [True, False, False]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ("    raise SystemExit(0)\n", "fail"), ("    import os; os._exit(0)\n", "fail"), ("", "fail"),
        ("    while True: pass\n", "timeout"), ("    return (x * by for x in xs)\n", "fail"),
    ],
)  # fmt: skip
def test_a_sample_that_gives_no_value_has_not_passed(evaluate: Evaluate, body: str, status: str) -> None:
    result = evaluate("humaneval+", PLUS, sample(body), more=("--cpu-limit-ms", "100"))
    assert result["pass@1"] == 0.0
    assert result["rows"][0]["base_status"] == status


def test_a_polynomials_zero_may_be_any(evaluate: Evaluate) -> None:
    poly = "def poly(xs: list, x: float):\n    return sum(c * x**i for i, c in enumerate(xs))\n\n\n"
    row = PLUS | {
        "task_id": "HumanEval/32", "entry_point": "find_zero", "atol": 1e-4,
        "prompt": poly + "def find_zero(xs: list):\n", "canonical_solution": "    return 1.0\n",
        "base_input": [[[-1, 0, 1, 0]]], "plus_input": [],
    }  # fmt: skip
    given = [sample(f"    return {value}\n", "HumanEval/32") for value in ("-1.0", "1", "0.5", "'1'")]
    result = evaluate("humaneval+", row, *given)
    assert [row["passed"] for row in result["rows"]] == [True, True, False, False]


def test_what_has_no_order_is_compared_as_a_set(evaluate: Evaluate) -> None:
    row = PLUS | {
        "task_id": "Mbpp/2", "entry_point": "similar_elements", "prompt": "",
        "canonical_solution": "def similar_elements(a, b): return tuple(set(a) & set(b))\n",
        "base_input": [[[1, 2], [2, 1]]], "plus_input": [],
    }  # fmt: skip
    bodies = ("(1, 2)", "[2, 1]", "(1,)", "a + ()", "a[0]")
    given = [sample(f"def similar_elements(a, b): return {body}\n", "Mbpp/2") for body in bodies]
    result = evaluate("mbpp+", row, *given)
    assert [row["passed"] for row in result["rows"]] == [True, True, False, True, False]  # a is a tuple


def test_a_match_object_says_yes(evaluate: Evaluate) -> None:
    row = PLUS | {
        "task_id": "Mbpp/737", "entry_point": "check_str", "prompt": "",
        "canonical_solution": "import re\ndef check_str(s): return re.search('^a', s)\n",
        "base_input": [["ab"], ["b"]], "plus_input": {},
    }  # fmt: skip
    bodies = ("re.match('a', s)", "s[0] == 'a'", "None", "True", "s.startswith('a') or None")
    given = [sample(f"import re\ndef check_str(s): return {body}\n", "Mbpp/737") for body in bodies]
    result = evaluate("mbpp+", row, *given)
    assert [row["passed"] for row in result["rows"]] == [True, True, False, False, True]
    assert result["results"]["eval"]["Mbpp/737"][0]["solution"] == given[0]["completion"]


def test_mbpp_is_judged_by_its_assertions(evaluate: Evaluate) -> None:
    row = {
        "task_id": 7, "prompt": "Write a function to round up.", "code": "import math\ndef up(x): return math.ceil(x)",
        "test_imports": ["import math"], "test_list": ["assert up(1.5) == 2", "assert math.isclose(up(2), 2)"],
    }  # fmt: skip
    given = [{"task_id": "Mbpp/7", "solution": f"def up(x): return {body}"} for body in ("int(x + 0.5)", "2.5")]
    assert evaluate("mbpp", row, *given)["pass@1"] == 0.5


def test_methods_may_take_the_prompt_for_granted(evaluate: Evaluate) -> None:
    row = {
        "task_id": "two", "prompt": "from typing import *\n\n", "entry_point": "Solution().two", "query": "Twice x.",
        "test": "def check(candidate):\n    assert candidate(x = 2) == 4\n", "completion": "",
    }  # fmt: skip
    program = "class Solution:\n    def two(self, x: Optional[int]) -> int:\n        return 2 * x\n"
    result = evaluate(
        "leetcode", row, {"task_id": "two", "solution": program}, {"task_id": "two", "completion": program}
    )
    assert result["pass@1"] == 1.0


CONTEST = {"description": "Add.", "public_tests": {"input": ["1 2\n"], "output": ["3\n"]}}
CONTESTS = [
    {"name": "add", **CONTEST, "private_tests": {"input": ["2 2\n"], "output": ["4\n"]}, "generated_tests": None},
    {"pid": "add", "test_list": [{"input": "1 2\n", "output": ["3\n"]}, {"input": "2 2\n", "output": ["4\n"]}]},
    {"task_id": "add", "tests": [{"input": "1 2\n", "output": "3\n"}, {"input": "2 2\n", "output": "4\n"}]},
]


@pytest.mark.parametrize("row", CONTESTS, ids=["deepmind", "test_list", "tests"])
def test_contests_are_read_in_each_form(evaluate: Evaluate, row: dict[str, Any]) -> None:
    given = [{"task_id": "add", "solution": text} for text in ("print(sum(map(int, input().split())))", "print(3)")]
    assert evaluate("codecontests", row, *given)["pass@1"] == 0.5


def test_contests_take_letters_in_either_case_and_numbers_that_are_near(evaluate: Evaluate) -> None:
    row = {"task_id": "half", "tests": [{"input": "1", "output": "YES\n0.5 10000000000000000000\n"}]}
    printed = (
        "yes 0.500001 10000000000000000000", "Yes 0.5001 10000000000000000000", "YES 0.5 10000000000000000001",
        "YES 0.5", "YES, 0.5 10000000000000000000",
    )  # fmt: skip
    given = [{"task_id": "half", "solution": f"print({text!r})"} for text in printed]
    result = evaluate("codecontests", row, *given)
    assert [one["passed"] for one in result["rows"]] == [True, False, False, False, False]


def test_reference_values_are_kept_by_content(evaluate: Evaluate, tmp_path: Path) -> None:
    evaluate("humaneval+", PLUS, sample(RIGHT))
    kept = tmp_path / "cache" / "ucoder" / "references"
    assert len(list(kept.iterdir())) == 1
    other = PLUS | {"canonical_solution": "    return [by * x for x in xs]\n"}
    evaluate("humaneval+", other, sample(RIGHT), to="second")
    assert len(list(kept.iterdir())) == 2


def test_equal_reference_values_of_two_types_are_told_apart(evaluate: Evaluate) -> None:
    # Being near is enough where the reference returns a float, and only there.
    same = {"canonical_solution": "    return xs\n", "base_input": [[1, 2]], "plus_input": [[1.0, 2]], "atol": 0}
    near = "    return xs + 1e-9 if isinstance(xs, float) else xs\n"
    assert evaluate("humaneval+", PLUS | same, sample(near))["pass@1"] == 1.0


def test_a_folder_of_programs_is_read_as_evalplus_has_it(evaluate: Evaluate, tmp_path: Path) -> None:
    folder = tmp_path / "programs" / "HumanEval_9001"
    folder.mkdir(parents=True)
    for number, body in ((0, RIGHT), (10, RIGHT), (2, "    return xs\n")):
        (folder / f"{number}.py").write_text(PLUS["prompt"] + body)
    result = evaluate("humaneval", OFFICIAL, source=folder.parent)
    assert [row["passed"] for row in result["rows"]] == [True, False, True]


def test_a_finished_evaluation_is_not_run_again(evaluate: Evaluate, tmp_path: Path) -> None:
    first = evaluate("humaneval", OFFICIAL, sample(RIGHT))
    parts = tmp_path / "out" / "parts"
    before = {file: file.stat().st_mtime_ns for file in parts.iterdir()}
    assert evaluate("humaneval", OFFICIAL, sample(RIGHT)) == first
    assert {file: file.stat().st_mtime_ns for file in parts.iterdir()} == before


def fails(*command: object) -> str:
    ran = subprocess.run(
        [sys.executable, "-m", "ucoder", "eval", *map(str, command)], capture_output=True, text=True, check=False
    )
    assert ran.returncode == 2
    return ran.stderr


def test_a_problem_without_samples_is_refused(written: Any, tmp_path: Path) -> None:
    data = written(OFFICIAL, OFFICIAL | {"task_id": "HumanEval/9002"})
    given = written(sample(RIGHT), name="samples.jsonl")
    told = fails("humaneval", "--data", data, "--samples", given, "--out", tmp_path / "out")
    assert "1 problems have no sample, the first is 'HumanEval/9002'" in told
    assert "--partial" in told


def test_an_unknown_problem_is_named_with_its_line(written: Any, tmp_path: Path) -> None:
    given = written(sample(RIGHT), sample(RIGHT, "other"), name="samples.jsonl")
    told = fails("humaneval", "--data", written(OFFICIAL), "--samples", given, "--out", tmp_path / "out")
    assert "line 2, field 'task_id': no problem is called 'other'" in told


def test_packed_samples_are_read(evaluate: Evaluate, tmp_path: Path) -> None:
    packed = tmp_path / "packed.jsonl.gz"
    packed.write_bytes(gzip.compress(json.dumps(sample(RIGHT)).encode()))
    assert evaluate("humaneval", OFFICIAL, source=packed)["pass@1"] == 1.0


def test_a_model_is_asked_and_its_answers_are_kept(
    works: None,  # noqa: ARG001
    written: Any,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    texts = (RIGHT, "    return xs\n", "I cannot.", f"```python\n{PLUS['prompt']}{RIGHT}```")
    recorded = written(*({"prompt": PLUS["prompt"], "text": text} for text in texts), name="recorded.jsonl")
    command = ["eval", "humaneval", "--data", str(written(OFFICIAL)), "--out", str(tmp_path / "out"), "--json"]
    command += ["--model", str(recorded), "--set", "door=scripted", "--n", "4", "--temperature", "0.8"]
    figures = []
    for _ in range(2):
        assert ucoder(command) == 0
        figures.append(json.loads(capsys.readouterr().out))
    assert figures[0] == figures[1]
    assert (figures[0]["pass@1"], figures[0]["n"], figures[0]["sampling"]["temperature"]) == (0.5, 4, 0.8)
    assert len((tmp_path / "out" / "samples.jsonl").read_text().splitlines()) == 4
