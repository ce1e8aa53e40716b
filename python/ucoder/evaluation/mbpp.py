"""MBPP (arXiv 2108.07732), its sanitized part: a sentence, and assertions that name the function.

A model is asked as the authors of EvalPlus ask it: with the sentence and the first assertion in a docstring. Imports
that the assertions want stand before it; those of problem 596 use `sys` and do not say so.

Three problems say yes by any value but None and False, a match object for example, which has no value outside of the
program: a line behind every program turns its answer into True or False, as in `evaluation.mbppplus`.
"""

import ast
from collections.abc import Iterator

from ucoder.config import Limits
from ucoder.evaluation.benchmark import Benchmark, HubFiles, self_contained
from ucoder.evaluation.exam import BenchmarkProblem
from ucoder.evaluation.mbppplus import AS_BOOL
from ucoder.execution.jsonl import Row, kind_of
from ucoder.records import AssertionTest, Problem

__all__ = ["BENCHMARK", "problem"]

LIMITS = Limits(cpu_ms=3000, load_cpu_ms=3000, memory_mb=4096, max_timeouts=1, value_bytes=16 << 20)

_PARTS = ("prompt", "test", "train", "validation")
"""Of the sanitized set on the hub: all four together are the published file"""

_UNSAID = {"Mbpp/596": ("import sys",)}


def problem(row: Row) -> BenchmarkProblem:
    """The problem of a published row. InputError where it is not one."""
    number = row.fields.get("task_id")
    task_id = f"Mbpp/{number}" if isinstance(number, int) and not isinstance(number, bool) else row.key("task_id")
    tests = list(_texts(row, "test_list"))
    if not tests:
        raise row.error("test_list", "holds no tests")
    imports = "".join(f"{line}\n" for line in [*_texts(row, "test_imports"), *_UNSAID.get(task_id, ())])
    statement = row.text("prompt") if "prompt" in row.fields else row.text("text")
    code = row.text("code")
    prompt = f'{imports}"""\n{statement}\n{tests[0]}\n"""\n'
    entry_point = _entry_point(row, code, tests[0])
    return BenchmarkProblem(
        problem=Problem(task_id, prompt, entry_point),
        tests=tuple(AssertionTest(text) for text in tests),
        question=prompt,
        after=AS_BOOL.get(entry_point, ""),
        reference=code,
    )


def _texts(row: Row, name: str) -> Iterator[str]:
    listed = row.fields.get(name) or []
    if not isinstance(listed, list):
        raise row.error(name, f"expected a list, found {kind_of(listed)}")
    for place, text in enumerate(listed):
        if not isinstance(text, str):
            raise row.error(f"{name}[{place}]", f"expected text, found {kind_of(text)}")
        yield text


def _entry_point(row: Row, code: str, test: str) -> str:
    """What the test calls and the reference defines."""
    try:
        defined = {node.name for node in ast.parse(code).body if isinstance(node, ast.FunctionDef | ast.ClassDef)}
        called = [
            node.func.id
            for node in ast.walk(ast.parse(test))
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
        ]
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise row.error("code", f"it or the first test is no Python: {error}") from None
    for name in called:
        if name in defined:
            return name
    raise row.error("test_list", "the first test calls nothing that the reference defines")


BENCHMARK = Benchmark(
    name="mbpp",
    source="https://github.com/google-research/google-research/tree/master/mbpp (sanitized-mbpp.json)",
    problem=self_contained(problem),
    limits=LIMITS,
    versions={"ca95deaa9a01ef0a6f439f88bcf0dd3db3563d22f22aad6cae04ebb9a8d8c8e9": "sanitized, 427 problems"},
    hub=HubFiles("google-research-datasets/mbpp", tuple(f"sanitized/{part}-*.parquet" for part in _PARTS)),
)
