"""Judges values by the rest of an assertion, in a process that has never seen a program under test."""

import ast
import contextlib
import functools
import sys
import types
import warnings
from collections.abc import Iterator
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
            with _no_new_code():
                return bool(eval(expression, scope))
    except BaseException as error:
        return type_name(error)


DYNAMIC_EVENTS = frozenset({"compile", "marshal.loads", "pickle.find_class", "ctypes.dlopen", "import"})

_watch = {"active": False, "installed": False}


def _audit(event: str, _arguments: tuple[Any, ...]) -> None:
    if _watch["active"] and event in DYNAMIC_EVENTS:
        raise PermissionError("a rest may not make code of an answer")


@contextlib.contextmanager
def _no_new_code() -> Iterator[None]:
    """Splitting leaves such rests out by name; this stops those that hide the name.

    An audit hook cannot be taken out again, and it sees nothing but what it is told: it is enough here because the
    code that runs is the test's, and the answers are plain values.
    """
    if not _watch["installed"]:
        sys.addaudithook(_audit)
        _watch["installed"] = True
    _watch["active"] = True
    try:
        yield
    finally:
        _watch["active"] = False


@functools.lru_cache(maxsize=256)
def _compiled(source: str) -> tuple[types.CodeType, types.CodeType]:
    module = ast.parse(source)
    match module.body:
        case [*statements, ast.Expr(value=expression)]:
            setup = compile(ast.Module(statements, []), "<rest>", "exec", dont_inherit=True)
            return setup, compile(ast.Expression(expression), "<rest>", "eval", dont_inherit=True)
    raise ValueError("a rest ends in an expression")
