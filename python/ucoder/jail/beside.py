"""Runs a test that could not be split in the process of the program itself.

Nothing here can be trusted: the program shares the process and may have changed anything in it.
"""

import ast
import sys
from collections.abc import Callable
from typing import Any

from .pytest_names import pytest_module
from .source import parse, parse_leading, up_to_last_assert, without_messages

CallTest = tuple[str, str, float, float]


def run(kind: str, text: str | CallTest, namespace: dict[str, Any], entry_point: str) -> None:
    """Raises AssertionError where the test fails, and whatever the program or the test raises.

    `kind` is "assertion", "check", or "call" with `text` as (call, expected, absolute, relative). The program's
    namespace is copied, so that one test's names are not seen by the next.
    """
    scope = dict(namespace)
    sys.modules.setdefault("pytest", pytest_module())
    if isinstance(text, tuple):
        _run_call(text, scope)
    elif kind == "check":
        _execute(without_messages(parse(text)).body, scope)
        scope["check"](_entry(scope, entry_point))
    else:
        _execute(up_to_last_assert(without_messages(parse_leading(text)).body), scope)


def _run_call(test: CallTest, scope: dict[str, Any]) -> None:
    call, expected, absolute, relative = test
    actual = eval(call.strip(), scope)
    wanted = eval(expected.strip(), scope)
    near = pytest_module().approx(wanted, rel=relative, abs=absolute) if absolute or relative else wanted
    if not actual == near:
        raise AssertionError


def _execute(body: list[ast.stmt], scope: dict[str, Any]) -> None:
    exec(compile(ast.Module(body, []), "<test>", "exec", dont_inherit=True), scope)


def _entry(scope: dict[str, Any], entry_point: str) -> Callable[..., Any]:
    """The function, or for a method one that makes an instance for each call."""
    owner, dot, method = entry_point.rpartition(".")
    if not dot:
        return scope[entry_point]  # type: ignore[no-any-return]
    made_by = scope[owner.removesuffix("()")]

    def fresh(*args: Any, **kwargs: Any) -> Any:
        return getattr(made_by(), method)(*args, **kwargs)

    return fresh
