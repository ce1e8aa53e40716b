"""EvalPlus's sets (arXiv 2305.01210): inputs are published, and a reference solution whose values are the right ones.

Their oracle, as tests: a call's value has to equal the reference's. Where a problem has a tolerance, or the
reference returns floats (one, or a list or tuple of nothing else), being near is enough: `absolute`, and 1e-7 relative.
The tolerance belongs to its test alone. What single problems want instead is written down in each set's own file.
"""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from ucoder._core import decode, encode
from ucoder.config import Limits
from ucoder.evaluation.benchmark import References
from ucoder.evaluation.exam import BenchmarkProblem
from ucoder.execution.jsonl import Row, kind_of
from ucoder.execution.translation import MAX_ARGUMENT_BYTES
from ucoder.records import AssertionTest, EncodedCallTest, Problem, Test

__all__ = ["LIMITS", "Oracle", "PlusSet", "assertion", "source_of"]

LIMITS = Limits(cpu_ms=4000, load_cpu_ms=4000, memory_mb=4096, max_timeouts=1, value_bytes=16 << 20)
"""A sample that a time limit stopped is wrong, whatever its other tests say: one is enough."""

FLOAT_TOLERANCE = 1e-6
RELATIVE = 1e-7

Oracle: TypeAlias = Callable[[str, tuple[object, ...], object], Test]
"""From the entry point, a call's arguments and the reference's value to the test"""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlusSet:
    """How one of the sets is read."""

    arguments: Callable[[str, list[object]], tuple[object, ...]] = lambda _, given: tuple(given)
    """From a task's id and one published input to the arguments that are meant"""
    oracles: Mapping[str, Oracle]
    """Of single problems, by entry point"""
    adapters: Mapping[str, str]
    """Source that is put behind the programs of single problems, by entry point"""

    def problem(self, row: Row, references: References) -> BenchmarkProblem:
        """The problem of a published row. InputError where it is not one."""
        entry_point = row.key("entry_point")
        problem = Problem(row.key("task_id"), row.text("prompt"), entry_point)
        reference = problem.prompt + row.text("canonical_solution")
        after = self.adapters.get(entry_point, "")
        tolerance = row.optional_number("atol") or 0.0
        base = list(self._calls(row, "base_input"))
        calls = [*base, *self._calls(row, "plus_input")]
        if not base:
            raise row.error("base_input", "holds no tests")
        encoded = [tuple(encode(value, MAX_ARGUMENT_BYTES) for value in call) for call in calls]
        values = references.values(row, problem, reference + after, encoded)
        oracle = self.oracles.get(entry_point)
        if oracle is None:
            tests: list[Test] = [_near(call, value, tolerance) for call, value in zip(encoded, values, strict=True)]
        else:
            tests = [oracle(entry_point, call, decode(value)) for call, value in zip(calls, values, strict=True)]
        return BenchmarkProblem(
            problem=problem,
            tests=tuple(tests),
            question=problem.prompt,
            after=after,
            num_base=len(base),
            reference=reference,
        )

    def _calls(self, row: Row, name: str) -> Iterator[tuple[object, ...]]:
        listed = row.fields.get(name)
        if listed == {}:  # MBPP+ has a problem whose additional inputs are published so
            listed = []
        if not isinstance(listed, list):
            raise row.error(name, f"expected a list, found {kind_of(listed)}")
        for place, given in enumerate(listed):
            if not isinstance(given, list):
                raise row.error(f"{name}[{place}]", f"expected a list of arguments, found {kind_of(given)}")
            try:
                yield self.arguments(row.key("task_id"), given)
            except (TypeError, ValueError, AttributeError, IndexError) as error:
                raise row.error(f"{name}[{place}]", f"has not the form of this problem's inputs: {error}") from None


def _near(call: tuple[bytes, ...], value: bytes, tolerance: float) -> EncodedCallTest:
    absolute = tolerance or (FLOAT_TOLERANCE if _is_floats(decode(value)) else 0.0)
    return EncodedCallTest(call, value, absolute, RELATIVE if absolute else 0.0)


def _is_floats(value: object) -> bool:
    if isinstance(value, list | tuple):
        return bool(value) and all(isinstance(one, float) for one in value)
    return isinstance(value, float)


def source_of(value: object) -> str:
    """An expression for a value of plain types: `repr`, and what it would write for the floats that have no literal."""
    if isinstance(value, float) and not math.isfinite(value):
        return f"float({str(value)!r})"
    if type(value) in (list, tuple, set):
        return _display(value)  # type: ignore[arg-type]
    if type(value) is dict:
        return "{" + ", ".join(f"{source_of(key)}: {source_of(one)}" for key, one in value.items()) + "}"
    return repr(value)


def _display(values: Sequence[object]) -> str:
    inner = ", ".join(source_of(one) for one in values)
    if isinstance(values, list):
        return f"[{inner}]"
    if isinstance(values, tuple):
        return f"({inner},)" if len(values) == 1 else f"({inner})"
    return f"{{{inner}}}" if values else "set()"


def assertion(text: str, entry_point: str, call: tuple[object, ...], **values: object) -> AssertionTest:
    """An assertion in which CALL, and each name of `values`, are replaced by what they stand for."""
    written = text.replace("CALL", f"{entry_point}({', '.join(source_of(one) for one in call)})")
    for name, value in values.items():
        written = written.replace(name, source_of(value))
    return AssertionTest(written)
