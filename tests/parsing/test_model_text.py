"""A real model's raw answers: how many are read, and how they compare with what others made of them.

CodeGen-Mono-16B on 82 problems of HumanEval (microsoft/CodeT): 8,200 texts of programs, 8,200 of tests.
"""

import ast
import gzip
import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ucoder.parsing.program import ProgramText, read_program
from ucoder.parsing.suite import read_tests

DATA = Path(__file__).resolve().parents[3] / "shared" / "data" / "codet_even"

pytestmark = [
    pytest.mark.one_python,
    pytest.mark.skipif(not DATA.is_dir(), reason=f"no public data at {DATA}"),
    pytest.mark.timeout(300),
]


def rows(name: str) -> list[dict[str, Any]]:
    with gzip.open(DATA / name, "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def parses(text: str) -> bool:
    try:
        ast.parse(text)
    except (SyntaxError, ValueError):
        return False
    return True


def source(program: ProgramText, prompt: str) -> str:
    return program.solution if program.solution is not None else prompt + (program.completion or "")


def test_programs_are_read_as_others_read_them_or_better(record_property: Callable[[str, object], None]) -> None:
    """Where our cut differs, we leave out what follows the function: more of our programs parse, none fewer."""
    problems = {row["task_id"]: row for row in rows("problems.jsonl.gz")}
    prepared = Counter[str]()
    prepared_of: dict[str, list[str]] = {}
    for row in rows("candidates.jsonl.gz"):
        prepared_of.setdefault(row["task_id"], []).append(row["completion"])
    for row in rows("solutions.jsonl.gz"):
        problem = problems[row["task_id"]]
        for text, other in zip(row["samples"], prepared_of[row["task_id"]], strict=True):
            program = read_program(text, problem["entry_point"])
            prepared["all"] += 1
            prepared["empty"] += not other.strip()
            if program is None:
                prepared["none read, none there"] += not other.strip()
                continue
            prepared["read"] += 1
            other_parses = parses(problem["prompt"] + other)
            prepared["their programs that parse"] += other_parses
            prepared["same"] += (program.completion or "").strip() == other.strip()
            prepared["start of theirs"] += other.startswith((program.completion or "\0").rstrip())
            our_parses = parses(source(program, problem["prompt"]))
            prepared["our programs that parse"] += our_parses
            prepared["theirs parses, ours does not"] += other_parses and not our_parses
    record_property("programs", dict(prepared))
    print(dict(prepared))
    assert prepared["all"] == 8200
    assert prepared["read"] >= 0.98 * prepared["all"]
    assert prepared["same"] + prepared["none read, none there"] >= 0.94 * prepared["all"]
    assert prepared["our programs that parse"] >= prepared["their programs that parse"]
    assert prepared["theirs parses, ours does not"] == 0


def test_tests_are_read_from_raw_text(record_property: Callable[[str, object], None]) -> None:
    """Of the prepared assertions that call the function, nearly all are found; the raw text holds many more."""
    prepared = {row["task_id"]: row["tests"] for row in rows("asserts.jsonl.gz")}
    entry_points = {row["task_id"]: row["entry_point"] for row in rows("problems.jsonl.gz")}
    counts = Counter[str]()
    for row in rows("tests.jsonl.gz"):
        entry_point = entry_points[row["task_id"]]
        judged: set[str] = set()
        dubious: set[str] = set()
        inputs: set[str] = set()
        for text in row["samples"]:
            found = read_tests("assert " + text, entry_point, known_names=frozenset({"List", "math"}))
            counts["texts"] += 1
            counts["texts with a test"] += any(not test.dubious for test in found.tests)
            counts["assertions"] += len(found.tests) + len(found.refused)
            counts["split into call and value"] += sum(test.expectation is not None for test in found.tests)
            counts["tests"] += sum(not test.dubious for test in found.tests)
            counts["dubious, inputs kept"] += sum(test.dubious for test in found.tests)
            counts.update(f"refused: {refused.reason}" for refused in found.refused)
            judged.update(test.text.rpartition("\n")[2] for test in found.tests if not test.dubious)
            dubious.update(test.text.rpartition("\n")[2] for test in found.tests if test.dubious)
            inputs.update(call for test in found.tests for call in test.calls)
        counts["distinct tests"] += len(judged)
        counts["distinct inputs"] += len(inputs)
        for text in prepared.get(row["task_id"], []):
            condition = ast.parse(text.strip()).body[0]
            assert isinstance(condition, ast.Assert)
            counts["prepared"] += 1
            calls = any(isinstance(node, ast.Name) and node.id == entry_point for node in ast.walk(condition.test))
            counts["prepared that call"] += calls
            same = f"assert {ast.unparse(condition.test)}"
            counts["prepared that call, read"] += calls and same in judged | dubious
            counts["prepared that call, kept as tests"] += calls and same in judged
    record_property("tests", dict(counts))
    print(dict(counts))
    assert counts["texts"] == 8200
    assert counts["prepared that call, read"] >= 0.99 * counts["prepared that call"]
    assert counts["prepared that call, kept as tests"] >= 0.93 * counts["prepared that call"]
    assert counts["distinct tests"] >= 1.5 * counts["prepared"]
    assert counts["split into call and value"] >= 0.95 * counts["tests"]
