"""Bad input: a fault is a message with file, line and field, before anything runs; what is only odd is data."""

import gzip
import json
import random
from pathlib import Path
from typing import Any

import pytest

from ucoder.cli import run
from ucoder.errors import InputError
from ucoder.execution.inputs import InputPaths, Inputs

PROBLEM = '{"task_id": "t", "prompt": "", "entry_point": "f"}'
CANDIDATE = '{"task_id": "t", "solution": "f = abs"}'
TESTS = '{"task_id": "t", "tests": ["assert f(-1) == 1"]}'


def write(folder: Path, **lines: str | bytes) -> InputPaths:
    """Three good files, except for those given."""
    content: dict[str, str | bytes] = {"problems": PROBLEM, "candidates": CANDIDATE, "tests": TESTS, **lines}
    for name, text in content.items():
        (folder / f"{name}.jsonl").write_bytes(text if isinstance(text, bytes) else f"{text}\n".encode())
    return InputPaths(*(folder / f"{name}.jsonl" for name in ("problems", "candidates", "tests")))


def fault_of(folder: Path, **lines: str | bytes) -> InputError:
    with pytest.raises(InputError) as caught:
        Inputs.open(write(folder, **lines))
    return caught.value


# -------------------------------------------------------------------- lines


@pytest.mark.parametrize("name", ["problems", "candidates", "tests"])
@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('{"task_id": "t"', "is not JSON at column 16: Expecting ',' delimiter"),
        ('{"task_id": "t",', "is not JSON at column 17: Expecting property name enclosed in double quotes"),
        ("[1]", "expected an object, found a list"),
        ("7", "expected an object, found a number"),
        (b'{"task_id": "\xff"}\n', "is not UTF-8 at byte 14: invalid start byte"),
        ('{"prompt": "x"}', "is missing"),
        ('{"task_id": 7}', "expected text, found a number"),
        ('{"task_id": null}', "expected text, found null"),
        ('{"task_id": ""}', "is empty"),
        ('{"task_id": "\\ud800"}', "holds a lone surrogate, which no name can"),
        ("[" * 100_000, "is nested too deeply"),
    ],
)
def test_a_broken_line_is_named(tmp_path: Path, name: str, line: str | bytes, message: str) -> None:
    error = fault_of(tmp_path, **{name: b"\n\n" + (line if isinstance(line, bytes) else line.encode())})
    assert (error.file, error.line, error.message) == (str(tmp_path / f"{name}.jsonl"), 3, message)


@pytest.mark.parametrize("name", ["problems", "candidates", "tests"])
def test_a_file_that_is_not_there_or_holds_nothing_is_named(tmp_path: Path, name: str) -> None:
    error = fault_of(tmp_path, **{name: b"\n\n"})
    assert str(error) == f"{tmp_path / name}.jsonl: holds no {name}"
    paths = write(tmp_path)
    (tmp_path / f"{name}.jsonl").unlink()
    with pytest.raises(InputError, match=f"{name}.jsonl: there is no such file"):
        Inputs.open(paths)
    (tmp_path / f"{name}.jsonl").mkdir()
    with pytest.raises(InputError, match=f"{name}.jsonl.*: cannot be read: Is a directory"):
        Inputs.open(paths)


def test_a_gzip_file_that_breaks_off_is_named(tmp_path: Path) -> None:
    programs = (random.Random(n).randbytes(50).hex() for n in range(2000))
    lines = "".join(json.dumps({"task_id": "t", "solution": program}) + "\n" for program in programs)
    error = fault_of(tmp_path, candidates=gzip.compress(lines.encode())[:-20_000])
    assert "cannot be read: Compressed file ended" in error.message
    assert error.line > 1


def test_an_integer_beyond_all_limits_is_named(tmp_path: Path) -> None:
    error = fault_of(tmp_path, problems=PROBLEM[:-1] + ', "x": ' + "9" * 5000 + "}")
    assert (error.line, error.message[:14]) == (1, "cannot be read")


# -------------------------------------------------------------------- rows


def lines_of(*rows: str) -> str:
    return "\n".join(rows)


@pytest.mark.parametrize(
    ("name", "rows", "line", "field", "message"),
    [
        ("problems", [PROBLEM, PROBLEM], 2, "task_id", "'t' was there before, on line 1"),
        ("tests", [TESTS, TESTS], 2, "task_id", "'t' was there before, on line 1"),
        ("candidates", [CANDIDATE, '{"task_id": "u", "solution": ""}'], 2, "task_id", "no problem is called 'u'"),
        ("tests", ['{"task_id": "u", "tests": []}'], 1, "task_id", "no problem is called 'u'"),
        ("problems", ['{"task_id": "t", "prompt": 1}'], 1, "prompt", "expected text, found a number"),
        ("problems", ['{"task_id": "t", "entry_point": []}'], 1, "entry_point", "expected text, found a list"),
        ("problems", ['{"task_id": "t", "profile": "x"}'], 1, "profile", "is one of pure, script, full, not 'x'"),
        ("candidates", ['{"task_id": "t", "solution": 1}'], 1, "solution", "expected text, found a number"),
        ("candidates", ['{"task_id": "t", "completion": {}}'], 1, "completion", "expected text, found an object"),
        (
            "candidates",
            ['{"task_id": "t"}'],
            1,
            "solution",
            "is missing, and so is 'completion'; a candidate needs one of them",
        ),
        (
            "candidates",
            [CANDIDATE[:-1] + ', "mean_logprob": "x"}'],
            1,
            "mean_logprob",
            "expected a number, found text",
        ),
        (
            "candidates",
            [CANDIDATE[:-1] + ', "mean_logprob": true}'],
            1,
            "mean_logprob",
            "expected a number, found true or false",
        ),
        (
            "candidates",
            [CANDIDATE[:-1] + ', "mean_logprob": NaN}'],
            1,
            "mean_logprob",
            "expected a finite number, found nan",
        ),
        (
            "tests",
            ['{"task_id": "t"}'],
            1,
            "tests",
            "is missing, and there is no check function 'test' either",
        ),
        ("tests", ['{"task_id": "t", "tests": "assert f(1)"}'], 1, "tests", "expected a list, found text"),
        ("tests", ['{"task_id": "t", "test": 1}'], 1, "test", "expected text, found a number"),
        (
            "tests",
            ['{"task_id": "t", "test": "x", "entry_point": "g"}'],
            1,
            "entry_point",
            "is not the problem's, which is 'f'",
        ),
    ],
)
def test_a_wrong_row_is_named(tmp_path: Path, name: str, rows: list[str], line: int, field: str, message: str) -> None:
    error = fault_of(tmp_path, **{name: lines_of(*rows)})
    assert (Path(error.file).stem, error.line, error.field, error.message) == (name, line, field, message)
    assert str(error) == f"{tmp_path / name}.jsonl, line {line}, field '{field}': {message}"


@pytest.mark.parametrize(
    ("test", "field", "message"),
    [
        (7, "tests[1]", "expected an assertion or an object, found a number"),
        (
            {},
            "tests[1]",
            "holds none of the keys that say what kind of test it is: assert, check, call, args, kwargs, input",
        ),
        ({"assert": 1}, "tests[1].assert", "expected text, found a number"),
        ({"assert": "x", "atol": 1}, "tests[1].atol", "is unknown; beside 'assert' there may be nothing"),
        ({"call": "f(1)"}, "tests[1].expected", "is missing"),
        ({"call": "f(1)", "expected": 2}, "tests[1].expected", "expected text, found a number"),
        (
            {"call": "f(1)", "expected": "2", "tol": 1},
            "tests[1].tol",
            "is unknown; beside 'call' there may be expected",
        ),
        ({"call": "f(1)", "expected": "2", "atol": -1}, "tests[1].atol", "a tolerance is zero or more, not -1.0"),
        ({"call": "f(1)", "expected": "2", "rtol": "1"}, "tests[1].rtol", "expected a number, found text"),
        ({"args": [1]}, "tests[1].expected", "is missing"),
        ({"args": 1, "expected": 1}, "tests[1].args", "expected a list, found a number"),
        ({"kwargs": [], "expected": 1}, "tests[1].kwargs", "expected an object, found a list"),
        ({"kwargs": {"\ud800": 1}, "expected": 1}, "tests[1].kwargs", r"'\ud800' holds a lone surrogate"),
        ({"input": "1", "output": "1"}, "tests[1].compare", "is missing"),
        (
            {"input": "1", "output": "1", "compare": "close"},
            "tests[1].compare",
            "is one of exact, whitespace, numeric, lines, caseless, not 'close'",
        ),
        ({"input": "1", "output": 1, "compare": "exact"}, "tests[1].output", "expected text, found a number"),
    ],
)
def test_a_wrong_test_is_named(tmp_path: Path, test: Any, field: str, message: str) -> None:
    error = fault_of(tmp_path, tests=json.dumps({"task_id": "t", "tests": ["assert f(1)", test]}))
    assert (error.line, error.field) == (1, field)
    assert error.message.startswith(message)


def test_an_entry_point_that_no_program_can_define_is_named(tmp_path: Path) -> None:
    error = fault_of(tmp_path, problems=r'{"task_id": "t", "entry_point": "\ud800"}')
    assert (error.line, error.field) == (1, "entry_point")
    assert error.message == "holds a lone surrogate, which no name can"


def test_tests_that_do_not_fit_their_problem_are_named(tmp_path: Path) -> None:
    stdio = {"input": "1", "output": "1", "compare": "exact"}
    error = fault_of(tmp_path, tests=json.dumps({"task_id": "t", "tests": [stdio]}))
    assert error.field == "tests"
    assert error.message.startswith("t: stdin/stdout tests run scripts")
    error = fault_of(tmp_path, problems='{"task_id": "t"}')
    assert error.message == "t: tests that call a function need the problem's entry_point"


@pytest.mark.parametrize(("key", "field"), [("args", "args[0]"), ("expected", "expected"), ("kwargs", "kwargs.x")])
def test_a_gigantic_argument_is_named(tmp_path: Path, key: str, field: str) -> None:
    gigantic = "x" * 9_000_000
    value = {"args": [gigantic], "expected": gigantic, "kwargs": {"x": gigantic}}[key]
    test = {"args": [], "expected": 1, key: value}
    error = fault_of(tmp_path, tests=json.dumps({"task_id": "t", "tests": [test]}))
    assert error.field == f"tests[0].{field}"
    assert error.message.startswith("cannot be passed to a program")


def test_an_argument_that_is_nested_too_deeply_is_named(tmp_path: Path) -> None:
    test = '{"args": [' + "[" * 500 + "]" * 500 + '], "expected": 1}'
    error = fault_of(tmp_path, tests='{"task_id": "t", "tests": [' + test + "]}")
    assert error.field == "tests[0].args[0]"


# -------------------------------------------------------------------- on the command line


def command(paths: InputPaths, out: Path, *more: str) -> list[str]:
    files = ["--problems", paths.problems, "--candidates", paths.candidates, "--tests", paths.tests]
    return ["judge", *map(str, files), "--out", str(out), *more]


def test_bad_input_is_one_line_on_standard_error_and_exit_code_2(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    paths = write(tmp_path, candidates=lines_of(CANDIDATE, '{"task_id": "t", "solution": 1}'))
    assert run(command(paths, tmp_path / "out")) == 2
    said = capsys.readouterr()
    where = f"{paths.candidates}, line 2, field 'solution'"
    assert (said.out, said.err) == ("", f"ucoder: {where}: expected text, found a number\n")
    assert not (tmp_path / "out").exists()


@pytest.mark.usefixtures("sandbox")
def test_odd_programs_are_data(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    odd = ["", "\0", "f = '\ud800'", "# \udfff\nf = abs", "(" * 100_000, "x = 1\n" * 1_750_000, "f = abs"]
    candidates = lines_of(*(json.dumps({"task_id": "t", "solution": text}) for text in odd))
    tests = json.dumps({"task_id": "t", "tests": ["assert f(-1) == 1", "", "\0", "assert ", "(" * 100_000, "\ud800"]})
    paths = write(tmp_path, candidates=candidates, tests=tests)
    assert run(command(paths, tmp_path / "out", "--json")) == 0
    summary = json.loads(capsys.readouterr().out)
    assert summary["candidates"] == len(odd)
    assert summary["test_kinds"] == {"void": 5, "split": 1}
    assert summary["outcomes"]["PASS"] >= 1
    assert sum(summary["outcomes"].values()) == summary["evaluations"] == len(odd)


@pytest.mark.usefixtures("sandbox")
def test_a_task_without_tests_has_no_evidence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    paths = write(tmp_path, tests='{"task_id": "t", "tests": []}')
    assert run(command(paths, tmp_path / "out", "--json")) == 0
    summary = json.loads(capsys.readouterr().out)
    assert (summary["problems_without_usable_test"], summary["evaluations"], summary["tests"]) == (1, 0, 0)
    assert summary["trusted_share"] is None
    assert run(command(paths, tmp_path / "out")) == 0
    assert "tests           0\n" in capsys.readouterr().out
