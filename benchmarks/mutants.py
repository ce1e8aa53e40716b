"""Programs that are nearly right: reference solutions, changed by a seeded mutator, each with its class.

The class is what was done, not what comes of it: a changed operator may leave a program right. What is done:

    right       nothing, or the same behind a wrapper
    value       one operator, comparison, constant or condition of the source is another
    float       each float of the answer is off by 1e-9, 5e-7 or 1e-4 of itself
    order       a list or tuple of the answer is reversed
    type        a list becomes a tuple, a tuple a list, an int a float, a bool an int, text bytes
    time-out    every call, or one in a few, never ends
    crash       the call raises, ends its process, or recurses without end
"""

import ast
import copy
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass

__all__ = ["CLASSES", "Mutant", "mutants"]

_WRAPPER = """

def {name}(*args, _answer={name}):
    def changed(value):
{body}
    return changed(_answer(*args))
"""

_FLOAT = """
        if type(value) is float: return value * (1 + {size})
        if type(value) in (list, tuple): return type(value)(map(changed, value))
        return value
"""
_ORDER = """
        return value[::-1] if type(value) in (list, tuple) else value
"""
_TYPES = (
    "tuple(value) if type(value) is list else value", "list(value) if type(value) is tuple else value",
    "float(value) if type(value) is int and abs(value) < 2**53 else value",
    "int(value) if type(value) is bool else value", "value.encode() if type(value) is str else value",
    "[value]", "str(value)", "set(value) if type(value) is list and all(type(x) is int for x in value) else value",
)  # fmt: skip
_HANGS = ("while True: pass", "while len(repr(args)) % 7 == 0: pass", "import time; time.sleep(1000)")
_CRASHES = (
    "raise ValueError", "1 / 0", "raise SystemExit(0)", "import os; os._exit(0)", "return {name}(*args)",
    "assert False",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Mutant:
    """A whole program and its class."""

    kind: str
    program: str


def mutants(program: str, name: str, number: int, seed: str) -> list[Mutant]:
    """`number` mutants of a program whose function has this name, of classes that are drawn by `WEIGHTS`."""
    draw = random.Random(f"{seed} {name}")
    kinds = draw.choices(list(CLASSES), WEIGHTS, k=number)
    return [Mutant(kind, CLASSES[kind](program, name, draw)) for kind in kinds]


# ---------------------------------------------------------------- classes


def _wrapped(body: str) -> str:
    return "".join(f"        {line.strip()}\n" for line in body.strip().splitlines())


def _right(program: str, name: str, draw: random.Random) -> str:
    return program if draw.random() < 0.5 else program + _WRAPPER.format(name=name, body="        return value")


def _float(program: str, name: str, draw: random.Random) -> str:
    return program + _WRAPPER.format(name=name, body=_wrapped(_FLOAT.format(size=draw.choice((1e-9, 5e-7, 1e-4)))))


def _order(program: str, name: str, _draw: random.Random) -> str:
    return program + _WRAPPER.format(name=name, body=_wrapped(_ORDER))


def _type(program: str, name: str, draw: random.Random) -> str:
    return program + _WRAPPER.format(name=name, body=f"        return {draw.choice(_TYPES)}")


def _timeout(program: str, name: str, draw: random.Random) -> str:
    return program + f"\n\ndef {name}(*args, _answer={name}):\n    {draw.choice(_HANGS)}\n    return _answer(*args)\n"


def _crash(program: str, name: str, draw: random.Random) -> str:
    what = draw.choice(_CRASHES).format(name=name)
    return program + f"\n\ndef {name}(*args, _answer={name}):\n    {what}\n    return _answer(*args)\n"


def _value(program: str, _name: str, draw: random.Random) -> str:
    """One place of the source changed; the program itself where it has no place to change."""
    tree = ast.parse(program)
    places = list(_places(tree))
    if not places:
        return program
    draw.choice(places)(draw)
    return ast.unparse(ast.fix_missing_locations(tree))


CLASSES: dict[str, Callable[[str, str, random.Random], str]] = {
    "right": _right, "value": _value, "float": _float, "order": _order, "type": _type, "crash": _crash,
    "time-out": _timeout,
}  # fmt: skip


WEIGHTS = (4, 10, 5, 3, 5, 3, 1)
"""How often the classes are drawn, in their order. A time-out costs a second or more with each of the two."""

# ---------------------------------------------------------------- places of the source

_COMPARISONS = (ast.Lt, ast.LtE, ast.Gt, ast.GtE, ast.Eq, ast.NotEq)
_OPERATORS = (ast.Add, ast.Sub, ast.Mult, ast.FloorDiv, ast.Mod)

Change = Callable[[random.Random], None]


def _places(tree: ast.AST) -> Iterator[Change]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Compare) and type(node.ops[0]) in _COMPARISONS:
            yield _other_comparison(node)
        elif isinstance(node, ast.BinOp) and type(node.op) in _OPERATORS:
            yield _other_operator(node)
        elif isinstance(node, ast.Constant) and type(node.value) in (int, bool):
            yield _other_constant(node)
        elif isinstance(node, ast.BoolOp):
            yield _other_connective(node)
        elif isinstance(node, ast.If | ast.While | ast.IfExp):
            yield _negated(node)


def _other_comparison(node: ast.Compare) -> Change:
    def change(draw: random.Random) -> None:
        node.ops[0] = draw.choice([one for one in _COMPARISONS if not isinstance(node.ops[0], one)])()

    return change


def _other_operator(node: ast.BinOp) -> Change:
    def change(draw: random.Random) -> None:
        node.op = draw.choice([one for one in _OPERATORS if not isinstance(node.op, one)])()

    return change


def _other_constant(node: ast.Constant) -> Change:
    def change(draw: random.Random) -> None:
        value = node.value
        node.value = not value if isinstance(value, bool) else value + draw.choice((-1, 1))  # type: ignore[operator]

    return change


def _other_connective(node: ast.BoolOp) -> Change:
    def change(_draw: random.Random) -> None:
        node.op = ast.Or() if isinstance(node.op, ast.And) else ast.And()

    return change


def _negated(node: ast.If | ast.While | ast.IfExp) -> Change:
    def change(_draw: random.Random) -> None:
        node.test = ast.UnaryOp(ast.Not(), copy.deepcopy(node.test))

    return change
