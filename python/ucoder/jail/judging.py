"""Judges values by the rest of an assertion, in a process that has never seen a program under test."""

import ast
import functools
import types
import warnings
from typing import Any

from .literals import Budget, plain
from .plan import type_name


def evaluate(source: str, values: tuple[Any, ...], namespace: dict[str, Any]) -> bool | str:
    """The truth of a rest over the calls' values, which it gets copies of, as names _0, _1, ...

    A rest that raises does not hold: what it raised is about the value (`_0[0]` of None). Its type's name is returned.
    """
    scope = dict(namespace)
    try:
        setup, expression = _compiled(source)
        scope.update({f"_{place}": plain(value, Budget()) for place, value in enumerate(values)})
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            exec(setup, scope)
            return bool(eval(expression, scope))
    except BaseException as error:
        return type_name(error)


@functools.lru_cache(maxsize=256)
def _compiled(source: str) -> tuple[types.CodeType, types.CodeType]:
    module = ast.parse(source)
    match module.body:
        case [*statements, ast.Expr(value=expression)]:
            setup = compile(ast.Module(statements, []), "<rest>", "exec", dont_inherit=True)
            return setup, compile(ast.Expression(expression), "<rest>", "eval", dont_inherit=True)
    raise ValueError("a rest ends in an expression")
