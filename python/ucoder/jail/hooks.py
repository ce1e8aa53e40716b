"""The callables that a worker's native side knows: what it cannot do itself, by name.

Taken by the zygote before any task exists, so a program that patches this package changes nothing but its own process.
"""

import random
import sys
from typing import Any

from . import assertions, beside, judging, methods, preamble, scripts, tame, watched

SEED = 0


def prepare(
    test: tuple[Any, ...],
    entry_point: str,
    namespace: dict[str, Any] | None,
    evaluate: bool,
) -> tuple[Any, ...]:
    """The plan of one test: (kind, text), or ("call", call, expected, absolute, relative).

    Of a module of unit tests it is ("methods", names): what has to pass, see `methods`.

    Without `evaluate`, of the preamble's namespace only the names are used, and nothing of the test is executed.
    """
    kind = test[0]
    if kind in ("unittest", "module"):
        return methods.plan(kind, test[1])
    scope = namespace if evaluate else None
    if kind == "call":
        _, call, expected, absolute, relative = test
        return assertions.split_call(call, expected, absolute, relative, entry_point, scope)
    names = None if namespace is None else frozenset(namespace)
    return assertions.split(kind, test[1], entry_point, names, scope)


def settle() -> None:
    """Makes what a fork or an earlier test left to chance the same for every test of every program."""
    random.seed(SEED)
    numpy = sys.modules.get("numpy")
    if numpy is not None:
        numpy.random.seed(SEED)


def table() -> dict[str, Any]:
    """By name. To be asked for once the usual modules are loaded."""
    return {
        "prepare": prepare,
        "load_preamble": preamble.load,
        "judge": judging.evaluate,
        "beside": beside.run,
        "script": scripts.run,
        "settle": settle,
        "forget": watched.forget,
        "watched": watched.watched,
        "settings": watched.settings(),
        "tame_tables": tame.tables(),
        "refine": tame.refine,
    }
