"""LiveCodeBench: its two kinds of tests, its packed private tests, its format for samples."""

import base64
import json
import pickle
import zlib
from pathlib import Path
from typing import Any

import pytest

from ucoder import Candidate
from ucoder.errors import InputError
from ucoder.evaluation import livecodebench
from ucoder.evaluation.exam import read_problems


def packed(cases: object) -> str:
    return base64.b64encode(zlib.compress(pickle.dumps(json.dumps(cases)))).decode()


def row(**fields: Any) -> dict[str, Any]:
    public = [{"input": "2\n1 2\n", "output": "3\n", "testtype": "stdin"}]
    private = [{"input": "3\n1 2 4\n", "output": "7", "testtype": "stdin"}]
    return {
        "question_title": "Sum", "question_content": "Add the numbers.", "platform": "atcoder", "question_id": "abc1_a",
        "contest_id": "abc1", "contest_date": "2024-01-01T00:00:00", "starter_code": "", "difficulty": "easy",
        "public_test_cases": json.dumps(public), "private_test_cases": packed(private), "metadata": "{}", **fields,
    }  # fmt: skip


def method(name: str, *cases: tuple[str, str]) -> dict[str, Any]:
    listed = [{"input": given, "output": wanted, "testtype": "functional"} for given, wanted in cases]
    return row(
        question_id="3001", starter_code=f"class Solution:\n    def {name}(self, x):\n        ",
        public_test_cases=json.dumps(listed[:1]), private_test_cases=packed(listed[1:]),
        metadata=json.dumps({"func_name": name}),
    )  # fmt: skip


def test_whole_programs_are_given_their_input(run: Any, written: Any) -> None:
    problem = read_problems(livecodebench.problem, written(row()))[0]
    programs = ["input()\nprint(sum(map(int, input().split())))", "print(3)", "import sys\nsys.exit(0)"]
    assert run(problem, programs) == [["PASS", "PASS"], ["PASS", "WRONG"], ["WRONG", "WRONG"]]


def test_programs_may_take_imports_for_granted(run: Any, written: Any) -> None:
    problem = read_problems(livecodebench.problem, written(row()))[0]
    text = "n = int(stdin.readline())\nprint(reduce(add, map(int, stdin.read().split())), int(sqrt(pow(3, 2, 10)) - 3))"
    assert run(problem, [text.replace(", int(sqrt", ") if True else (int(sqrt")]) == [["PASS", "PASS"]]


@pytest.mark.parametrize(
    ("wanted", "written_out", "outcome"),
    [
        ("1 2\n3\n", " 1 2 \n3", "PASS"), ("1 2\n3\n", "1.0 2\n3.00", "PASS"), ("1 2\n3\n", "1 2 3", "WRONG"),
        ("Yes 1", "Yes 1.0", "WRONG"), ("Yes", "yes", "WRONG"), ("a b", "a  b", "WRONG"),
        ("10000000000000000001", "10000000000000000000", "WRONG"), ("0.1", "0.10000001", "WRONG"),
        ("1", "1\n2", "WRONG"),
    ],
)  # fmt: skip
def test_outputs_are_compared_as_the_authors_do(
    run: Any, written: Any, wanted: str, written_out: str, outcome: str
) -> None:
    cases = [{"input": "", "output": wanted, "testtype": "stdin"}]
    problem = read_problems(
        livecodebench.problem, written(row(public_test_cases="[]", private_test_cases=packed(cases)))
    )[0]
    assert run(problem, [f"print({written_out!r})"]) == [[outcome]]


def test_methods_are_called_with_their_arguments(run: Any, written: Any) -> None:
    data = written(method("twice", ("[1, 2]\n2", "[2, 4]"), ("[]\n5", "[]")))
    problem = read_problems(livecodebench.problem, data)[0]
    programs = [
        "class Solution:\n    def twice(self, x: List[int], n: int) -> List[int]: return [n * one for one in x]",
        "class Solution:\n    def twice(self, x, n): return tuple(n * one for one in x)",
        "class Solution:\n    def twice(self, x, n): return [2, 4]",
        "class Solution:\n    def twice(self, x, n): return ''",
        "class Solution:\n    pass",
        "def twice(x, n): return [n * one for one in x]",
    ]
    assert run(problem, programs) == [
        ["PASS", "PASS"], ["PASS", "PASS"], ["PASS", "WRONG"], ["WRONG", "WRONG"], ["NO_ENTRY"] * 2, ["NO_ENTRY"] * 2,
    ]  # fmt: skip


def test_verdicts_are_made_outside_of_the_program(executor: Any, written: Any) -> None:
    problem = read_problems(livecodebench.problem, written(method("f", ("1", "[1]"), ("2", "2"))))[0]
    matrix = executor.judge(problem.problem, [problem.candidate(solution="class Solution: pass")], problem.tests)
    assert matrix.trusted.all()


def test_an_object_that_is_equal_to_everything_is_none(run: Any, written: Any) -> None:
    problem = read_problems(livecodebench.problem, written(method("f", ("1", "[1]"), ("2", "2"))))[0]
    liar = "class A:\n    def __eq__(self, x): return True\nclass Solution:\n    def f(self, x): return A()\n"
    assert run(problem, [liar]) == [["BAD_VALUE", "BAD_VALUE"]]


class Bomb:
    def __reduce__(self) -> Any:
        return (print, ("loaded",))


@pytest.mark.parametrize(
    "content", [Bomb(), ["[]"], {"a": "[]"}, b"[]", ("[]", "[]"), 7], ids=lambda one: type(one).__name__
)
def test_a_pickle_of_anything_but_a_text_is_not_loaded(written: Any, capsys: Any, content: object) -> None:
    text = base64.b64encode(zlib.compress(pickle.dumps(content))).decode()
    with pytest.raises(InputError, match="private_test_cases'.*not loaded"):
        read_problems(livecodebench.problem, written(row(private_test_cases=text)))
    assert "loaded\n" not in capsys.readouterr().out


@pytest.mark.parametrize("protocol", range(2, pickle.HIGHEST_PROTOCOL + 1))
def test_a_text_is_read_from_a_pickle_of_every_protocol(protocol: int) -> None:
    for text in ("", "a", "ä" * 300, "x" * 70_000):
        assert livecodebench.text_of_pickle(pickle.dumps(text, protocol)) == text


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("private_test_cases", "%%%"), ("private_test_cases", "e30="), ("private_test_cases", "{}"),
        ("public_test_cases", "[1]"), ("public_test_cases", "["), ("metadata", "[]"),
        ("metadata", '{"func_name": "os.system"}'), ("question_id", ""),
    ],
)  # fmt: skip
def test_a_faulty_row_is_named(written: Any, field: str, value: str) -> None:
    with pytest.raises(InputError, match=f"line 1, field '{field}"):
        read_problems(livecodebench.problem, written(row(**{field: value})))


def test_a_problem_without_tests_is_refused(written: Any) -> None:
    with pytest.raises(InputError, match="there are no tests"):
        read_problems(livecodebench.problem, written(row(public_test_cases="[]", private_test_cases="[]")))


def test_the_authors_format_for_samples_is_read(tmp_path: Path) -> None:
    file = tmp_path / "samples.json"
    file.write_text(json.dumps([{"question_id": "a", "code_list": ["x", "y"]}, {"question_id": "b", "code_list": []}]))
    assert livecodebench.is_samples(file)
    assert list(livecodebench.samples(file)) == [Candidate("a", solution="x"), Candidate("a", solution="y")]
    file.write_text(json.dumps([{"question_id": "a", "code_list": [1]}]))
    with pytest.raises(InputError, match=r"code_list\[0\]"):
        list(livecodebench.samples(file))
