"""Runs the reference programs of the sample, which are ours, to compute expected values. Nothing else is run."""

import contextlib
import io
import math
import sys
from typing import Any

from .problem import Problem


def returned(problem: Problem, body: str, arguments: str) -> object:
    """What a function with this body returns for the argument text."""
    namespace: dict[str, Any] = {}
    exec(problem.program(body), namespace)
    value: object = eval(f"{problem.entry_point}({arguments})", namespace)
    return value


def printed(body: str, stdin: str) -> str:
    """What a script with this text prints."""
    given = io.TextIOWrapper(io.BytesIO(stdin.encode()), encoding="utf-8")
    output = io.StringIO()

    # Descriptor 0 is the only thing that a script of ours opens.
    namespace: dict[str, Any] = {"__name__": "__main__", "open": lambda _: given}
    before, sys.stdin = sys.stdin, given
    try:
        with contextlib.redirect_stdout(output):
            exec(body, namespace)
    finally:
        sys.stdin = before
    return output.getvalue()


def literal(value: object) -> str:
    """A Python literal of the value that is the same in every run: sets are sorted."""
    if isinstance(value, set):
        return "{" + ", ".join(literal(item) for item in sorted(value)) + "}" if value else "set()"
    if isinstance(value, tuple):
        return "(" + ", ".join(map(literal, value)) + (",)" if len(value) == 1 else ")")
    if isinstance(value, list):
        return "[" + ", ".join(map(literal, value)) + "]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{literal(key)}: {literal(item)}" for key, item in value.items()) + "}"
    return repr(value)


def agrees(problem: Problem, value: object, expected: object) -> bool:
    """The hidden test's judgement of one returned value."""
    if problem.atol and isinstance(expected, float):
        return isinstance(value, int | float) and math.isclose(value, expected, rel_tol=0.0, abs_tol=problem.atol)
    return value == expected
