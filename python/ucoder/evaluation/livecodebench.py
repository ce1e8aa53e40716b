"""LiveCodeBench (arXiv 2403.07974), code generation: problems of contests, as whole programs or as methods.

A problem's tests are its public and its private ones. "stdin" tests give a program its standard input; "functional"
ones call a method of a class `Solution` with arguments that stand in JSON, one a line. As in the authors' own
evaluation, the usual imports stand before every program, outputs are compared by lines (numbers in lines of numbers by
value), and a tuple is taken for the list that was expected. All verdicts are made outside of the program.

The problems of a release stand in several files, those of release 6 in all.

Private tests are published packed: base64, zlib, and a pickle of one text. The pickle is not loaded, which would run
what it says: its instructions are read, and anything but one text is refused.
"""

import base64
import binascii
import json
import pickletools
import zlib
from collections.abc import Iterator
from pathlib import Path

from ucoder.config import Limits
from ucoder.evaluation.benchmark import Benchmark, HubFiles, self_contained
from ucoder.evaluation.exam import BenchmarkProblem, data_rows
from ucoder.execution.jsonl import Row, iter_lines, kind_of
from ucoder.records import AssertionTest, Candidate, JsonValue, Problem, StdioTest, Test, ValueCallTest

__all__ = ["BENCHMARK", "is_samples", "problem", "samples", "text_of_pickle"]

FILES = ("test.jsonl", *(f"test{number}.jsonl" for number in range(2, 7)))
"""Release n of the problems is what stands in the first n of them"""

LIMITS = Limits(cpu_ms=6000, load_cpu_ms=6000, memory_mb=4096, output_bytes=16 << 20)
MAX_UNPACKED = 1 << 30
"""Bytes of one problem's private tests"""

_STARRED = (
    "string", "re", "datetime", "collections", "heapq", "bisect", "copy", "math", "random", "statistics", "itertools",
    "functools", "operator", "io", "sys", "json", "builtins", "typing",
)  # fmt: skip
BEFORE = (
    "".join(f"from {name} import *\n" for name in _STARRED)
    + "".join(f"import {name}\n" for name in _STARRED if name not in ("builtins", "typing"))
    + "sys.setrecursionlimit(50000)\n"
)
"""What programs may take for granted"""

_LARGEST_TEXT = 1 << 19
"""A call with larger arguments is not written as source text"""


def samples(file: Path) -> Iterator[Candidate]:
    """The authors' format for samples: a list of `{"question_id", "code_list"}`, in the order of the file."""
    for row in data_rows(file):
        codes = row.fields.get("code_list")
        if not isinstance(codes, list):
            raise row.error("code_list", f"expected a list, found {kind_of(codes)}")
        for place, code in enumerate(codes):
            if not isinstance(code, str):
                raise row.error(f"code_list[{place}]", f"expected text, found {kind_of(code)}")
            yield Candidate(row.key("question_id"), solution=code)


def is_samples(file: Path) -> bool:
    """Whether a file begins as that format does."""
    return next(iter_lines(file), b"").lstrip().startswith(b"[")


def problem(row: Row) -> BenchmarkProblem:
    """The problem of a published row. InputError where it is not one."""
    question_id = row.key("question_id")
    metadata = _object(row, "metadata")
    name = metadata.get("func_name")
    if name is not None and not (isinstance(name, str) and name.isidentifier()):
        raise row.error("metadata.func_name", "is no name of a function")
    listed = [*_cases(row, "public_test_cases"), *_cases(row, "private_test_cases")]
    if not listed:
        raise row.error("private_test_cases", "there are no tests")
    tests: tuple[Test, ...]
    if name is None:
        tests = tuple(StdioTest(case.text("input"), case.text("output"), "lines") for case in listed)
    else:
        tests = tuple(_call(case, name) for case in listed)
    starter = row.optional_text("starter_code") or ""
    question = row.text("question_content") + (f"\n\n```python\n{starter}\n```" if starter else "")
    entry = None if name is None else f"Solution().{name}"
    return BenchmarkProblem(
        problem=Problem(question_id, entry_point=entry), tests=tests, question=question, before=BEFORE
    )


def _object(row: Row, name: str) -> dict[str, object]:
    value = _json(row, name, row.optional_text(name) or "{}")
    if not isinstance(value, dict):
        raise row.error(name, f"expected an object, found {kind_of(value)}")
    return value


def _cases(row: Row, name: str) -> list[Row]:
    text = row.text(name)
    packed = not text.lstrip().startswith("[")
    value = _json(row, name, _unpacked(row, name, text) if packed else text)
    if not isinstance(value, list):
        raise row.error(name, f"expected a list, found {kind_of(value)}")
    cases = []
    for place, case in enumerate(value):
        if not isinstance(case, dict):
            raise row.error(f"{name}[{place}]", f"expected an object, found {kind_of(case)}")
        cases.append(row.inner(f"{name}[{place}]", case))
    return cases


def _unpacked(row: Row, name: str, text: str) -> str:
    try:
        unpacker = zlib.decompressobj()
        pickled = unpacker.decompress(base64.b64decode(text, validate=True), MAX_UNPACKED)
    except (binascii.Error, ValueError, zlib.error) as error:
        raise row.error(name, f"is neither JSON nor packed JSON: {error}") from None
    if unpacker.unconsumed_tail:
        raise row.error(name, f"is larger than {MAX_UNPACKED >> 20} MiB when it is unpacked")
    found = text_of_pickle(pickled)
    if found is None:
        raise row.error(name, "holds a pickle of something else than one text: it is not loaded")
    return found


def text_of_pickle(pickled: bytes) -> str | None:
    """The text that a pickle of one text holds; None where it is, or does, anything else. Nothing is executed."""
    texts = []
    try:
        for instruction, argument, _ in pickletools.genops(pickled):
            if instruction.name in ("SHORT_BINUNICODE", "BINUNICODE", "BINUNICODE8"):
                texts.append(argument)
            elif instruction.name not in ("PROTO", "FRAME", "MEMOIZE", "BINPUT", "LONG_BINPUT", "STOP"):
                return None
    except (ValueError, UnicodeDecodeError):
        return None
    return texts[0] if len(texts) == 1 and isinstance(texts[0], str) else None


def _json(row: Row, name: str, text: str) -> object:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise row.error(name, f"is not JSON: {error}") from None


def _call(case: Row, name: str) -> Test:
    given = case.text("input")
    args: list[JsonValue] = [_value(case, "input", line) for line in given.split("\n")]
    expected = _value(case, "output", case.text("output"))
    if not isinstance(expected, list) or len(given) + len(case.text("output")) > _LARGEST_TEXT:
        return ValueCallTest(args, expected)
    call = f"Solution().{name}({', '.join(map(repr, args))})"
    return AssertionTest(f"found = {call}\nassert (list(found) if isinstance(found, tuple) else found) == {expected!r}")


def _value(case: Row, name: str, text: str) -> JsonValue:
    try:
        value: JsonValue = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise case.error(name, f"is not JSON: {error}") from None
    return value


BENCHMARK = Benchmark(
    name="livecodebench",
    source="https://huggingface.co/datasets/livecodebench/code_generation_lite (test.jsonl to test6.jsonl)",
    problem=self_contained(problem),
    limits=LIMITS,
    id_field="question_id",
    hub=HubFiles("livecodebench/code_generation_lite", FILES),
    own_samples=(is_samples, samples),
)
