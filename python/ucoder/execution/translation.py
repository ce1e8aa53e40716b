"""Records as the core takes them: text becomes bytes, JSON values become encoded values. Nothing else happens here."""

from collections.abc import Sequence
from dataclasses import asdict

from ucoder import _core
from ucoder.config import Limits
from ucoder.records import (
    AssertionTest,
    CallTest,
    Candidate,
    CheckTest,
    EncodedCallTest,
    JsonValue,
    ModuleTest,
    Problem,
    StdioTest,
    Test,
    UnittestTest,
    encode_text,
    profile_of,
)

__all__ = ["MAX_ARGUMENT_BYTES", "core_limits", "core_task", "encode_json"]

MAX_ARGUMENT_BYTES = 8 << 20
"""Encoded size of one JSON argument or expected value."""


def core_limits(limits: Limits) -> _core.Limits:
    """The same limits."""
    return _core.Limits(**asdict(limits))


def core_task(
    problem: Problem,
    candidates: Sequence[Candidate],
    tests: Sequence[Test],
    *,
    limits: Limits | None = None,
    keep_output: bool = False,
) -> _core.Task:
    """A task for the core. ValueError where the tests do not fit the problem, or a JSON value has no encoding."""
    profile = profile_of(problem, tests)
    # A script's prompt is prose, and tests that run beside the program bring what they use.
    has_helpers = profile != "script" and not all(isinstance(test, UnittestTest | ModuleTest) for test in tests)
    return _core.Task(
        problem.task_id,
        problem.entry_point or "",
        encode_text(problem.prompt) if has_helpers else b"",
        profile,
        [_core_test(problem, test) for test in tests],
        [encode_text(candidate.program(problem)) for candidate in candidates],
        limits=core_limits(limits) if limits is not None else None,
        keep_output=keep_output,
    )


def encode_json(value: JsonValue) -> bytes:
    """A JSON value in the canonical encoding. ValueError when it is too large or too deep."""
    return _core.encode(value, MAX_ARGUMENT_BYTES)


def _core_test(problem: Problem, test: Test) -> _core.Test:
    if isinstance(test, AssertionTest):
        return _core.Test.assertion(encode_text(test.text))
    if isinstance(test, CheckTest):
        return _core.Test.check_function(encode_text(test.text))
    if isinstance(test, UnittestTest):
        return _core.Test.unittest(encode_text(test.text))
    if isinstance(test, ModuleTest):
        return _core.Test.module(encode_text(test.text))
    if isinstance(test, StdioTest):
        return _core.Test.stdio(
            encode_text(test.stdin), encode_text(test.stdout), test.comparison, test.absolute, test.relative
        )
    if isinstance(test, CallTest):
        return _core.Test.call(encode_text(test.call), encode_text(test.expected), test.absolute, test.relative)
    if isinstance(test, EncodedCallTest):
        return _core.Test.encoded_call(
            problem.entry_point or "", list(test.args), {}, test.expected, test.absolute, test.relative
        )
    return _core.Test.encoded_call(
        problem.entry_point or "",
        [encode_json(value) for value in test.args],
        {name: encode_json(value) for name, value in test.kwargs.items()},
        encode_json(test.expected),
        test.absolute,
        test.relative,
    )
