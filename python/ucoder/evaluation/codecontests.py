"""CodeContests (arXiv 2203.07814) and sets of its kind: whole programs with standard input and output.

Three forms are read: DeepMind's (`name`, and tests as an object of two lists, public, private and generated), a list
`test_list` of inputs, each with its outputs, and `task_id` with such a list named `tests`. Outputs are compared as by
DeepMind's own tester: by words, letters without their case, numbers within 1e-5. Two whole numbers have to be equal,
though, where that one compares them as floats. Verdicts are made outside of the program.
"""

from collections.abc import Iterator

from ucoder.config import Limits
from ucoder.evaluation.benchmark import Benchmark, HubFiles, self_contained
from ucoder.evaluation.exam import BenchmarkProblem
from ucoder.execution.jsonl import Row, kind_of
from ucoder.records import Problem, StdioTest

__all__ = ["BENCHMARK", "problem"]

LIMITS = Limits(cpu_ms=5000, load_cpu_ms=5000, memory_mb=1024, max_timeouts=1, output_bytes=16 << 20)

TOLERANCE = 1e-5
"""Absolute"""

_IDS = ("pid", "name", "task_id")
_LISTS = ("test_list", "tests")
_PAIRS = ("public_tests", "private_tests", "generated_tests")


def problem(row: Row) -> BenchmarkProblem:
    """The problem of a published row. InputError where it is not one."""
    task_id = row.key(next((name for name in _IDS if name in row.fields), "task_id"))
    tests = tuple(StdioTest(given, wanted, "caseless", TOLERANCE) for given, wanted in _tests(row))
    if not tests:
        raise row.error(_LISTS[0], "there are no tests")
    return BenchmarkProblem(problem=Problem(task_id), tests=tests, question=row.optional_text("description") or "")


def _tests(row: Row) -> Iterator[tuple[str, str]]:
    for name in _LISTS:
        for place, test in enumerate(_list(row, name, row.fields.get(name))):
            if not isinstance(test, dict):
                raise row.error(f"{name}[{place}]", f"expected an object, found {kind_of(test)}")
            inner = row.inner(f"{name}[{place}]", test)
            output = test.get("output")
            if isinstance(output, list) and len(output) == 1:
                inner = row.inner(f"{name}[{place}]", {**test, "output": output[0]})
            yield inner.text("input"), inner.text("output")
    for name in _PAIRS:
        pair = row.fields.get(name) or {}
        if not isinstance(pair, dict):
            raise row.error(name, f"expected an object, found {kind_of(pair)}")
        inputs, outputs = (_list(row, f"{name}.{side}", pair.get(side)) for side in ("input", "output"))
        if len(inputs) != len(outputs):
            raise row.error(name, f"holds {len(inputs)} inputs and {len(outputs)} outputs")
        for given, wanted in zip(inputs, outputs, strict=True):
            if not (isinstance(given, str) and isinstance(wanted, str)):
                raise row.error(name, "inputs and outputs are text")
            yield given, wanted


def _list(row: Row, name: str, value: object) -> list[object]:
    if value is None:
        return []
    if not isinstance(value, list):
        raise row.error(name, f"expected a list, found {kind_of(value)}")
    return value


BENCHMARK = Benchmark(
    name="codecontests",
    source="https://huggingface.co/datasets/deepmind/code_contests, or a file of its kind",
    problem=self_contained(problem),
    limits=LIMITS,
    versions={"dacde79927ef3cb60aadeb50c7acbd2243c33c29660bc7a6510d4251a597fd2b": "MapCoder-Reproduction 52084c7"},
    hub=HubFiles("deepmind/code_contests", ("data/test-*.parquet",)),
)
