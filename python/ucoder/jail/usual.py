"""The usual assertion, read at once: one call of the program with literal arguments, and a literal beside it.

`assert f([1, 2]) == 3`, `assert f("a")`, `assert not f(1)`, `assert f(x=...)` is none. Nine in ten assertions that
models write have this form, and the passes that serve all others take ten times as long as this. It gives what they
would give, or None where it does not know; it never says that a test is void.
"""

import ast
from typing import Any

from .plan import Judgement, Part
from .rest import is_value_name

MAX_DEPTH = 40  # of a literal: far within what the general way takes

_NUMBERS = (int, float, complex)
_ATOMS = frozenset({type(None), bool, int, float, complex, str, bytes})


class _Unusual(Exception):
    """The general way has to read it."""


def parts_of(module: ast.Module, entry_point: str) -> tuple[Part, ...] | None:
    """The parts of a parsed test that is one usual assertion."""
    match module.body:
        case [ast.Assert(test=test, msg=None | ast.Constant())]:
            pass
        case _:
            return None
    if is_value_name(entry_point):
        return None
    try:
        call, judgement = _condition(test, entry_point)
        arguments = tuple([_literal(argument, 0) for argument in call.args])
    except _Unusual:
        return None
    return ((((entry_point, arguments, {}, {}),), judgement),)


def _condition(test: ast.expr, entry_point: str) -> tuple[ast.Call, Judgement]:
    kind = type(test)
    if kind is ast.Compare and len(test.ops) == 1:  # type: ignore[attr-defined]
        return _comparison(test, entry_point)  # type: ignore[arg-type]
    if kind is ast.UnaryOp and type(test.op) is ast.Not:  # type: ignore[attr-defined]
        test, judgement = test.operand, ("false",)  # type: ignore[attr-defined]
    else:
        judgement = ("true",)
    if not _is_call(test, entry_point):
        raise _Unusual
    return test, judgement  # type: ignore[return-value]


def _comparison(test: ast.Compare, entry_point: str) -> tuple[ast.Call, Judgement]:
    call, other = test.left, test.comparators[0]
    if not _is_call(call, entry_point):
        call, other = other, call
        if not _is_call(call, entry_point):
            raise _Unusual
    operator = type(test.ops[0])
    expected = _literal(other, 0)
    if operator is ast.Eq:
        return call, ("eq", expected)  # type: ignore[return-value]
    if operator is ast.Is and (expected is None or expected is True or expected is False):
        return call, ("is", expected)  # type: ignore[return-value]
    raise _Unusual


def _is_call(node: ast.expr, entry_point: str) -> bool:
    return type(node) is ast.Call and not node.keywords and type(node.func) is ast.Name and node.func.id == entry_point


def _literal(node: ast.expr, depth: int) -> Any:
    """Its value. Sets are left to the general way, which copies them: a copy may have another order."""
    kind = type(node)
    if kind is ast.Constant:
        return _atom(node.value)  # type: ignore[attr-defined]
    if depth == MAX_DEPTH:
        raise _Unusual
    if kind is ast.List:
        return [_literal(item, depth + 1) for item in node.elts]  # type: ignore[attr-defined]
    if kind is ast.Tuple:
        return tuple([_literal(item, depth + 1) for item in node.elts])  # type: ignore[attr-defined]
    if kind is ast.UnaryOp and type(node.op) is ast.USub and type(node.operand) is ast.Constant:  # type: ignore[attr-defined]
        number = node.operand.value  # type: ignore[attr-defined]
        if type(number) in _NUMBERS:
            return -number  # type: ignore[operator]
    if kind is ast.Dict:
        return _dictionary(node, depth)  # type: ignore[arg-type]
    raise _Unusual


def _atom(value: object) -> object:
    if type(value) not in _ATOMS:
        raise _Unusual
    return value


def _dictionary(node: ast.Dict, depth: int) -> dict[Any, Any]:
    if any(key is None for key in node.keys):
        raise _Unusual
    keys = [_literal(key, depth + 1) for key in node.keys]  # type: ignore[arg-type]
    values = [_literal(value, depth + 1) for value in node.values]
    try:
        return dict(zip(keys, values, strict=True))
    except TypeError:
        raise _Unusual from None
