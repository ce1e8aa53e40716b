"""One assertion, taken apart: its condition without the message, the calls of the program in it, what they must equal.

Only the text is looked at. How the executor splits a test (in the jail, with values) is stricter and decides verdicts.
"""

import ast
import builtins
from collections.abc import Iterator
from dataclasses import dataclass

from ucoder.parsing.source import expression, parse, written

__all__ = ["BUILTIN_NAMES", "Assertion", "read_assertion", "salvaged_call"]

BUILTIN_NAMES = frozenset(dir(builtins))
MAX_CALL = 2048
MAX_CLOSING = 16
"""Closing brackets at which a call in a broken text is looked for the end of"""


@dataclass(frozen=True, slots=True)
class Assertion:
    """An assertion that parses."""

    text: str
    """`assert` and its condition, on one line unless a string in it has several; no message"""
    names: frozenset[str]
    """Names it uses and does not bind itself, those of builtins and of the entry point left out"""
    calls: tuple[str, ...]
    """Calls of the entry point whose arguments stand for themselves, in order, each once"""
    expectation: str | None
    """What the only call must equal or be, as an expression; None where the condition says something else"""
    uses_entry: bool
    """The entry point is called, or handed to something that is"""


def read_assertion(text: str, entry_point: str) -> Assertion | None:
    """Read the first statement of a text that starts with `assert`; None where it is no Python."""
    match parse(text):
        case ast.Module(body=[ast.Assert(test=test)]):
            pass
        case _:
            return None
    if isinstance(test, ast.Tuple):  # always true: the author meant the first item, with the second as the message
        if not test.elts:
            return None
        test = test.elts[0]
    bound = {node.id for node in ast.walk(test) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
    bound |= {node.arg for node in ast.walk(test) if isinstance(node, ast.arg)}
    names = {node.id for node in ast.walk(test) if isinstance(node, ast.Name)}
    condition = written(test)
    if condition is None:
        return None
    calls = (written(node) for node in _calls_in(test, entry_point) if _is_plain(node))
    return Assertion(
        text=f"assert {condition}",
        names=frozenset(names - bound - BUILTIN_NAMES - {entry_point}),
        calls=tuple(dict.fromkeys(call for call in calls if call is not None)),
        expectation=_expectation(test, entry_point),
        uses_entry=_uses(test, entry_point),
    )


def salvaged_call(text: str, entry_point: str) -> str | None:
    """The first whole call of the entry point in a text that is no Python; None where its arguments are not plain."""
    start = text.find(f"{entry_point}(")
    if start < 0 or (start and (text[start - 1].isalnum() or text[start - 1] in "_.")):
        return None
    end = start + len(entry_point)
    for _ in range(MAX_CLOSING):
        end = text.find(")", end, start + MAX_CALL) + 1
        if not end:
            break
        node = expression(text[start:end])
        if node is not None and _is_call(node, entry_point):
            return written(node) if _is_plain(node) else None
    return None


def _calls_in(node: ast.AST, entry_point: str) -> Iterator[ast.expr]:
    return (inner for inner in ast.walk(node) if isinstance(inner, ast.Call) and _is_call(inner, entry_point))


def _uses(test: ast.expr, entry_point: str) -> bool:
    """Whether a call has the entry point in it: `assert f` alone says nothing."""
    calls = (node for node in ast.walk(test) if isinstance(node, ast.Call))
    parts = (part for call in calls for part in [call.func, *call.args, *(one.value for one in call.keywords)])
    return any(isinstance(part, ast.Name) and part.id == entry_point for part in parts)


def _is_call(node: ast.expr, entry_point: str) -> bool:
    match node:
        case ast.Call(func=ast.Name(id=name)):
            return name == entry_point
    return False


def _is_plain(call: ast.expr) -> bool:
    """Whether the arguments mean the same wherever they stand: no names but those of builtins and of comprehensions."""
    if not isinstance(call, ast.Call):
        return False
    for argument in [*call.args, *(keyword.value for keyword in call.keywords)]:
        nodes = list(ast.walk(argument))
        bound = {node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
        for node in nodes:
            match node:
                case ast.Name(id=name) if name not in BUILTIN_NAMES and name not in bound:
                    return False
                case ast.NamedExpr() | ast.Lambda() | ast.Await() | ast.Yield() | ast.YieldFrom():
                    return False
    return True


def _expectation(test: ast.expr, entry_point: str) -> str | None:
    """Of `call == value`, `value == call`, `call is value`, `call` and `not call`; the value has no call in it."""
    match test:
        case ast.Compare(left=left, ops=[ast.Eq() | ast.Is()], comparators=[right]):
            call, value = (left, right) if _is_call(left, entry_point) else (right, left)
            if _is_call(call, entry_point) and not any(_calls_in(value, entry_point)):
                return written(value)
        case ast.Call() if _is_call(test, entry_point):
            return "True"
        case ast.UnaryOp(op=ast.Not(), operand=operand) if _is_call(operand, entry_point):
            return "False"
    return None
