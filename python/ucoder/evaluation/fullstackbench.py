"""FullStackBench (arXiv 2412.00535), its Python part: tasks of many fields, each with a module of tests.

A row's `test.code` is put behind the program, or around it where it has the mark `#<INSERT>`; files that a test wants
come with it (`test.asset`) and are there before the program is loaded. The authors take a process that ends with status
0 for a pass. Here the module has to reach its end, or each of its `unittest` methods has to be seen to pass; a program
that exits early has not passed. The tests run beside the program in a machine of its own and are not trusted.

A program's `if __name__ == "__main__"` is not run, which is what the authors' cutting it off comes to.
"""

import base64
import binascii
import json
from pathlib import PurePosixPath

from ucoder.evaluation.benchmark import Benchmark, HubFiles, self_contained
from ucoder.evaluation.exam import MACHINE_LIMITS, BenchmarkProblem
from ucoder.execution.jsonl import Row, kind_of
from ucoder.records import ModuleTest, Problem

__all__ = ["BENCHMARK", "problem"]

LANGUAGE = "python"
MARK = "#<INSERT>"

_FILES = """import base64 as _base64, os as _os
for _name, _text in {files!r}.items():
    _os.makedirs(_os.path.dirname(_name) or ".", exist_ok=True)
    with open(_name, "wb") as _file: _file.write(_base64.b64decode(_text))
del _name, _text, _file
"""


def problem(row: Row) -> BenchmarkProblem | None:
    """The problem of a published row; None where program or test are not in Python. InputError where it is no row."""
    labels = _object(row, "labels", row.fields.get("labels"))
    if labels.get("programming_language") != LANGUAGE or (labels.get("execution_language") or LANGUAGE) != LANGUAGE:
        return None
    test = row.inner("test", _object(row, "test", row.fields.get("test")))
    before, mark, after = test.text("code").partition(MARK)
    if not mark:
        before, after = "", before
    return BenchmarkProblem(
        problem=Problem(_task_id(row), profile="full"),
        tests=(ModuleTest(after),),
        question=row.text("content"),
        before=_files(test) + before,
        reference=row.optional_text("canonical_solution"),
    )


def _task_id(row: Row) -> str:
    """The published ids are numbers."""
    number = row.fields.get("id")
    return str(number) if isinstance(number, int) and not isinstance(number, bool) else row.key("id")


def _object(row: Row, name: str, value: object) -> dict[str, object]:
    """Published as an object in some files and as its JSON text in others."""
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except (ValueError, RecursionError) as error:
            raise row.error(name, f"is not JSON: {error}") from None
    if not isinstance(value, dict):
        raise row.error(name, f"expected an object, found {kind_of(value)}")
    return value


def _files(test: Row) -> str:
    """Source that writes the test's files into the program's working folder."""
    given = test.fields.get("asset") or {}
    listed = _object(test, "asset", given)
    files = {}
    for name, content in listed.items():
        path = PurePosixPath(name)
        if path.is_absolute() or ".." in path.parts:
            raise test.error(f"asset.{name}", "leaves the program's folder")
        if content is None:  # Parquet knows no objects without a field that another row has
            continue
        if not isinstance(content, str):
            raise test.error(f"asset.{name}", f"expected base64 text, found {kind_of(content)}")
        try:
            base64.b64decode(content, validate=True)
        except (binascii.Error, ValueError):
            raise test.error(f"asset.{name}", "is not base64") from None
        files[name] = content
    return _FILES.format(files=files) if files else ""


BENCHMARK = Benchmark(
    name="fullstackbench",
    source="https://huggingface.co/datasets/ByteDance/FullStackBench (English or Chinese)",
    problem=self_contained(problem),
    limits=MACHINE_LIMITS,
    id_field="id",
    hub=HubFiles("ByteDance/FullStackBench", ("en/test-*.parquet",)),
)
