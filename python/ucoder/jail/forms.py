"""The judgements that need no code: a value's equality, identity, truth or nearness."""

import ast
import math
from typing import Any

from .calls import placeholder_index, placeholders
from .plan import Beside, Judgement, Void
from .pytest_names import Approx
from .rest import is_singleton
from .scope import Scope

MAX_EXACT = 2.0**52
ISCLOSE_RELATIVE = 1e-9  # the default of math.isclose


def direct_judgement(node: ast.expr, scope: Scope) -> Judgement | None:
    """The judgement that an expression over one placeholder amounts to, or None where it takes more."""
    if placeholder_index(node) is not None:
        return ("true",)
    match node:
        case ast.UnaryOp(op=ast.Not(), operand=operand) if placeholder_index(operand) is not None:
            return ("false",)
        case ast.Compare(left=left, ops=[operator], comparators=[right]):
            return _comparison(left, operator, right, scope)
        case ast.Call() if len(placeholders(node)) == 1:
            return _isclose(node, scope)
    return None


def _comparison(left: ast.expr, operator: ast.cmpop, right: ast.expr, scope: Scope) -> Judgement | None:
    other = _beside_value(left, right)
    match operator:
        case ast.Eq() if other:
            return _equality(other, scope)
        case ast.Is() | ast.IsNot() if other or (_is_value(left) and _is_value(right)):
            return _identity(operator, other)
        case ast.Lt() | ast.LtE():
            return _nearness(left, right, isinstance(operator, ast.Lt), scope)
        case ast.Gt() | ast.GtE():
            return _nearness(right, left, isinstance(operator, ast.Gt), scope)
    return None


def _equality(other: ast.expr, scope: Scope) -> Judgement:
    expected = scope.evaluate(other)
    if isinstance(expected, Approx):
        return _approximate(expected)
    return ("eq", scope.copy(expected, "expected-type"))


def _identity(operator: ast.cmpop, other: ast.expr | None) -> Judgement | None:
    """Identity is kept only by what there is one of: other objects lose theirs on the way."""
    if other is None or not is_singleton(other):
        raise Beside("identity")
    return ("is", ast.literal_eval(other)) if isinstance(operator, ast.Is) else None


def _approximate(expected: Approx) -> Judgement:
    """pytest measures by the expected value alone, so its tolerance is an absolute one."""
    number = _number(expected.expected)
    if number is None or not math.isfinite(number) or expected.nan_ok:
        raise Beside("approx")
    try:
        absolute = float(expected.tolerance(number))
    except Exception:
        raise Void("evaluation-error: TypeError") from None
    return ("approx", number, absolute, 0.0)


def _nearness(distance: ast.expr, bound: ast.expr, strict: bool, scope: Scope) -> Judgement | None:
    """`abs(f(x) - c) < t`; strictly less than t is at most the float before t. A Decimal takes no float away."""
    match distance:
        case ast.Call(args=[ast.BinOp(left=left, op=ast.Sub(), right=right)], keywords=[]):
            other = _beside_value(left, right)
        case _:
            return None
    if other is None or placeholders(bound) or _called(distance, scope) is not abs:
        return None
    constant = scope.evaluate(other)
    expected, limit = _number(constant), _number(scope.evaluate(bound))
    if expected is None or limit is None or not math.isfinite(expected) or not 0 < limit < math.inf:
        return None
    if type(constant) is float:
        return _within("near", expected, limit, strict)
    # An integer less an integer is exact: so are those floats.
    return _within("close", expected, limit, strict) if max(abs(constant), limit) <= MAX_EXACT else None


def _within(kind: str, expected: float, limit: float, strict: bool) -> Judgement:
    return (kind, expected, math.nextafter(limit, 0.0) if strict else limit, 0.0)


def _isclose(node: ast.Call, scope: Scope) -> Judgement | None:
    match node.args:
        case [left, right] if (other := _beside_value(left, right)) and _called(node, scope) is math.isclose:
            expected = _number(scope.evaluate(other))
        case _:
            return None
    tolerances: dict[str, float | None] = {"rel_tol": ISCLOSE_RELATIVE, "abs_tol": 0.0}
    for keyword in node.keywords:
        if keyword.arg not in tolerances:
            return None
        tolerances[keyword.arg] = _number(scope.evaluate(keyword.value))
    relative, absolute = tolerances.values()
    if expected is None or relative is None or absolute is None or relative < 0 or absolute < 0:
        return None
    return ("isclose", expected, absolute, relative)


def _called(node: ast.Call, scope: Scope) -> Any:
    """The function that a call expression calls, where it can be known."""
    name = scope.builtin_called(node)
    if name:
        return abs if name == "abs" else None
    return scope.evaluate(node.func) if not placeholders(node.func) else None


def _number(value: object) -> float | None:
    """The float that equals a real number, if there is one: tolerances are for floats."""
    if type(value) is float:
        return value
    if type(value) is int and value.bit_length() < 1024 and float(value) == value:
        return float(value)
    return None


def _is_value(node: ast.expr) -> bool:
    return placeholder_index(node) is not None


def _beside_value(left: ast.expr, right: ast.expr) -> ast.expr | None:
    """The other side of a two-sided form, where one side is a bare value and the other has none in it."""
    if _is_value(left) and not placeholders(right):
        return right
    return left if _is_value(right) and not placeholders(left) else None
