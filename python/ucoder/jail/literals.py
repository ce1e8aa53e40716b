"""Plain values: those that cross into another process unchanged.

`fold` reads one from a syntax tree without executing anything, `plain` copies one out of the reach of code that may
change it later, and `literal_source` writes one as Python.
"""

import ast
import math
import operator
import sys
from collections import Counter, OrderedDict, defaultdict, deque
from collections.abc import Callable, Iterator
from typing import Any

from .plan import type_name

MAX_ITEMS = 1_000_000
MAX_DEPTH = 200
# Of what is computed while a test is read; beyond, it is evaluated in a worker of its own.
MAX_COMPUTED_ITEMS = 10_000
MAX_COMPUTED_BITS = 10_000

ATOMS = frozenset({type(None), bool, int, float, complex, str, bytes})
SEQUENCES: dict[type, Callable[[Iterator[Any]], Any]] = {list: list, tuple: tuple, set: set, frozenset: frozenset}
MAPPINGS: dict[type, Callable[[dict[Any, Any]], Any]] = {dict: dict, OrderedDict: OrderedDict, Counter: Counter}
_OPERATIONS: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
    ast.Pow: operator.pow,
}


class NotLiteral(Exception):
    """The expression has to be executed to know its value."""


class NotPlain(Exception):
    """A value that has no encoding, or loses something in it; `args[0]` names its type."""


def fold(node: ast.expr, known: dict[str, Any]) -> Any:
    """The value of a literal; `known` gives names their values. Raises NotLiteral."""
    match node:
        case ast.Constant(value=value) if value is not ...:
            return value
        case ast.Name(id=name) if name in known:
            return known[name]
        case ast.List(elts=items):
            return [fold(item, known) for item in items]
        case ast.Tuple(elts=items):
            return tuple([fold(item, known) for item in items])
        case ast.Set(elts=items):
            return _hashing(set, [fold(item, known) for item in items])
        case ast.Dict(keys=keys, values=values):
            return _hashing(dict, [(fold(key, known), fold(value, known)) for key, value in _pairs(keys, values)])
        case ast.UnaryOp(op=symbol, operand=ast.Constant(value=number)) if type(number) in (int, float, complex):
            return _signed(symbol, number)
        case ast.BinOp():
            return _fold_operations(node, known)
    raise NotLiteral


def _fold_operations(node: ast.expr, known: dict[str, Any]) -> Any:
    """A chain of operations, however long: `1 + 2 + 3` is nested on its left."""
    steps = []
    while isinstance(node, ast.BinOp):
        steps.append((node.op, node.right))
        node = node.left
    value = fold(node, known)
    for symbol, right in reversed(steps):
        if isinstance(right, ast.Constant) and type(right.value) is complex:
            value = _complex(value, symbol, right.value)
        else:
            value = _computed(value, symbol, fold(right, known))
    return value


def _hashing(container: Callable[[list[Any]], Any], items: list[Any]) -> Any:
    try:
        return container(items)
    except TypeError:
        raise NotLiteral from None


def _pairs(keys: list[ast.expr | None], values: list[ast.expr]) -> Iterator[tuple[ast.expr, ast.expr]]:
    for key, value in zip(keys, values, strict=True):
        if key is None:
            raise NotLiteral
        yield key, value


def _signed(symbol: ast.unaryop, number: Any) -> Any:
    match symbol:
        case ast.USub():
            return -number
        case ast.UAdd():
            return +number
    raise NotLiteral


def _complex(real: Any, symbol: ast.operator, imaginary: complex) -> Any:
    if type(real) not in (int, float) or not isinstance(symbol, ast.Add | ast.Sub):
        raise NotLiteral
    return real + imaginary if isinstance(symbol, ast.Add) else real - imaginary


def _computed(left: Any, symbol: ast.operator, right: Any) -> Any:
    """Arithmetic on numbers, and texts or lists put together or repeated, as far as it is certain to be cheap."""
    compute = _OPERATIONS.get(type(symbol))
    if compute is None or not _is_cheap(left, symbol, right):
        raise NotLiteral
    try:
        return compute(left, right)
    except (ArithmeticError, TypeError, ValueError):
        raise NotLiteral from None


def _is_cheap(left: Any, symbol: ast.operator, right: Any) -> bool:
    if type(left) in (str, list, tuple):
        if isinstance(symbol, ast.Mult):
            return type(right) is int and len(left) * max(right, 0) <= MAX_COMPUTED_ITEMS
        return isinstance(symbol, ast.Add) and len(left) <= MAX_COMPUTED_ITEMS
    if type(left) not in (int, float) or type(right) not in (int, float):
        return False
    bits = max(number.bit_length() if type(number) is int else 64 for number in (left, right))
    if isinstance(symbol, ast.Pow) and type(left) is int:
        return type(right) is float or (right >= 0 and left.bit_length() * right <= MAX_COMPUTED_BITS)
    return bits <= MAX_COMPUTED_BITS


class Budget:
    """How many items may still be copied: sharing can make a small value exponentially large."""

    def __init__(self, items: int = MAX_ITEMS) -> None:
        self.items = items

    def spend(self) -> None:
        self.items -= 1
        if self.items < 0:
            raise NotPlain("too-large")


def plain(value: object, budget: Budget, depth: int = 0) -> Any:
    """A copy of a plain value, sharing nothing mutable with it. Raises NotPlain."""
    kind = type(value)
    budget.spend()
    if kind in ATOMS:
        return value
    if depth >= MAX_DEPTH:
        raise NotPlain("too-deep")
    if kind in SEQUENCES:
        return SEQUENCES[kind](plain(item, budget, depth + 1) for item in value)  # type: ignore[attr-defined]
    if kind in MAPPINGS:
        pairs = value.items()  # type: ignore[attr-defined]
        return MAPPINGS[kind]({plain(key, budget, depth + 1): plain(item, budget, depth + 1) for key, item in pairs})
    return _rarer(value, budget, depth)


def _rarer(value: Any, budget: Budget, depth: int) -> Any:
    kind = type(value)
    if kind is bytearray:
        return bytearray(value)
    if kind is deque and value.maxlen is None:
        return deque([plain(item, budget, depth + 1) for item in value])
    if kind is defaultdict and value.default_factory is None:
        return defaultdict(None, plain(dict(value), budget, depth))
    if kind in _loaded_types("decimal", "Decimal") or kind in _loaded_types("fractions", "Fraction"):
        return value
    if kind in _loaded_types("numpy", "ndarray") and value.dtype.kind in "biufcUS" and value.size <= budget.items:
        budget.items -= value.size
        return value.copy()
    raise NotPlain(type_name(value))


def _loaded_types(module: str, name: str) -> tuple[Any, ...]:
    """The type, where its module is loaded: a value of it cannot exist otherwise."""
    return (getattr(sys.modules[module], name, None),) if module in sys.modules else ()


def literal_source(value: object) -> str:
    """An expression of literals and the builtins float, complex, set, frozenset and bytearray. Raises NotPlain."""
    kind = type(value)
    if isinstance(value, float) and kind is float:
        return _float_source(value)
    if isinstance(value, complex) and kind is complex:
        return f"complex({_float_source(value.real)}, {_float_source(value.imag)})"
    if isinstance(value, int) and kind is int:
        return repr(value) if value.bit_length() < 10_000 else hex(value)
    if kind in ATOMS or kind is bytearray:
        return repr(value)
    if isinstance(value, dict) and kind is dict:
        return f"{{{', '.join(f'{literal_source(key)}: {literal_source(item)}' for key, item in value.items())}}}"
    if isinstance(value, list | tuple | set | frozenset) and kind in SEQUENCES:
        return _sequence_source(value)
    raise NotPlain(type_name(value))


def _sequence_source(value: list[Any] | tuple[Any, ...] | set[Any] | frozenset[Any]) -> str:
    items = ", ".join([literal_source(item) for item in value])
    match value:
        case list():
            return f"[{items}]"
        case tuple():
            return f"({items},)" if items else "()"
        case set():
            return f"{{{items}}}" if items else "set()"
    return f"frozenset(({items},))" if items else "frozenset()"


def _float_source(value: float) -> str:
    return repr(value) if math.isfinite(value) else f"float({str(value)!r})"
