"""Splits a test into calls of the program under test, with plain arguments, and judgements over their values.

So the program's process is given inputs and asked for values, and never meets an expectation. `split` and
`split_call` return one of

    ("void", reason)     no program could pass or fail the test on its merits
    ("evaluate",)        the answer takes executing something of the test: ask again with a namespace
    ("beside", reason)   the test's meaning needs the program's own process
    ("split", parts)     the test holds when every part holds; a part is (calls, judgement)

    call       (target, args, kwargs, refs): target is the entry point ("f", or "Solution().f": an instance made for
               this call). `refs` maps a position or keyword to the index of an earlier call of the same part, whose
               value is the argument; None stands in its place in `args` or `kwargs`.
    judgement  ("eq", v)  ("is", None | True | False)  ("true",)  ("false",): about the value of the part's last call
               ("close", v, absolute, relative) likewise; "near" does not hold over a Decimal, "approx" over one that
               is not equal, "isclose" over a complex number: there the assertion raises
               ("rest", source, tame): true when `judging.evaluate` says so; names _0, _1, ... are the calls' values.
               Tame source only computes: operators, literals, harmless builtins and methods, `math`.

Rules
* Arguments are values: every call gets its own copies, in which nothing is shared (`[[0]] * 3`), and what it does to
  them is seen by nobody. An assertion that
  reads one of the test's own variables after a call, without a call of its own, asks for just that: beside.
* What does not contain the program is evaluated once, here (random is seeded), and is the same for every program. If
  that raises, the test is void; if it gives something without an encoding, beside.
* Calls happen as often and under the same conditions as in the test. A call that may not happen (after `or`, in a
  conditional expression, a lambda, a comprehension) goes beside, unless the same call surely happened before it.
* Everything after the last assertion of an "assertion" text is ignored, also where it does not parse; so is an
  assertion's message. A "check" text has to parse.
* `all(f(x) == y for x, y in pairs)` is a loop of assertions. `a == f(x) == b` is two.
* An assertion that is always true only asks its calls to return, and what it computes of their values not to raise.
* Void: "empty", "too-large", "syntax", "no-assert", "no-check", "no-call", "entry-redefined", "undefined-name",
  "always-true-tuple", "never-true", "evaluation-error: <type>".
"""

import ast
import builtins
import importlib
import sys
from collections.abc import Iterable
from typing import Any

from .calls import Calls
from .plan import Beside, Ending, NeedsEvaluation, Plan, Void
from .program import Program
from .rest import is_value_name
from .scope import ALWAYS_BOUND, Scope
from .source import (
    bound_names,
    inner_names,
    loaded_names,
    parse,
    parse_leading,
    shallow,
    up_to_last_assert,
    walk,
    without_messages,
)
from .statements import Splitter

SEED = 0


def split(
    kind: str, text: str, entry_point: str, preamble_names: frozenset[str] | None, namespace: dict[str, Any] | None
) -> Plan:
    """`kind` is "assertion" or "check". The names that the preamble binds save evaluations; None is not knowing them.

    With a namespace, the text is executed in this process as far as it does not use the program. Never raises.
    """
    try:
        _seed_random(text, namespace)
        splitter = Splitter(Program(entry_point), Scope(namespace, preamble_names))
        if kind == "check":
            _split_check(splitter, text)
        else:
            _split_assertion(splitter, parse_leading(text))
        return "split", splitter.finished()
    except Ending as ending:
        return _answer(ending)
    except RecursionError:
        return "beside", "too-deep"
    except MemoryError:
        return "beside", "memory"


def split_call(
    call: str, expected: str, absolute: float, relative: float, entry_point: str, namespace: dict[str, Any] | None
) -> Plan:
    """The test that the expression `call` has the value of the expression `expected`. Never raises."""
    try:
        _seed_random(f"{call} {expected}", namespace)
        splitter = Splitter(Program(entry_point), Scope(namespace, None))
        left, right = _expression(call), _expression(expected)
        comparison = ast.Compare(left, [ast.Eq()], [right])
        _require_program([ast.Expr(left)], splitter.calls)
        _require_names([ast.Expr(comparison)], splitter)
        splitter.check(comparison)
        return "split", _with_tolerance(splitter, absolute, relative)
    except Ending as ending:
        return _answer(ending)
    except RecursionError:
        return "beside", "too-deep"
    except MemoryError:
        return "beside", "memory"


def _answer(ending: Ending) -> Plan:
    match ending:
        case NeedsEvaluation():
            return ("evaluate",)
        case Void():
            return "void", ending.reason
    return "beside", ending.reason


def _split_assertion(splitter: Splitter, module: ast.Module) -> None:
    body = up_to_last_assert(without_messages(shallow(module)).body)
    if not body:
        raise Void("no-assert" if module.body else "empty")
    _require_unbound_entry(body, splitter.program)
    _require_names(body, splitter)
    _require_program(body, splitter.calls)
    if splitter.run(body):
        raise Void("syntax")


def _split_check(splitter: Splitter, text: str) -> None:
    """Runs what stands around `check`, then its body in a scope of its own with its parameter as the program."""
    body = without_messages(parse(text)).body
    check = _check_function(body)
    parameter = _parameter(check)
    around = [statement for statement in body if statement is not check and not _calls_check(statement)]
    _require_unbound_entry([*around, *check.body], splitter.program)
    _require_names([*around, check], splitter)
    splitter.run(around)
    splitter.program.functions.add(parameter)
    _require_program(check.body, splitter.calls)
    splitter.enter(splitter.scope.child())
    if splitter.run(check.body) not in ("", "return"):
        raise Void("syntax")


def _check_function(body: list[ast.stmt]) -> ast.FunctionDef:
    for statement in reversed(body):
        if isinstance(statement, ast.FunctionDef) and statement.name == "check":
            return statement
    raise Void("no-check")


def _parameter(check: ast.FunctionDef) -> str:
    match check.args:
        case ast.arguments(posonlyargs=[], args=[only], vararg=None, kwonlyargs=[], kwarg=None):
            return only.arg
    raise Beside("check-signature")


def _calls_check(statement: ast.stmt) -> bool:
    """`check(f)`, also behind `if __name__ == "__main__":`."""
    match statement:
        case ast.Expr(value=ast.Call(func=ast.Name(id="check"))):
            return True
        case ast.If(test=ast.Compare(left=ast.Name(id="__name__"))):
            return True
    return False


def _require_unbound_entry(body: list[ast.stmt], program: Program) -> None:
    module = ast.Module(body, [])
    if program.name in inner_names(module):
        raise Beside("shadowing")
    if program.name in bound_names(module):
        raise Void("entry-redefined")


def _require_names(body: list[ast.stmt], splitter: Splitter) -> None:
    """A name that neither Python, the preamble nor the test binds raises NameError for every program."""
    module = ast.Module(body, [])
    loaded = set(loaded_names(module))
    if any(is_value_name(name) for name in loaded):
        raise Beside("reserved-name")
    preamble_names = splitter.scope.preamble_names
    if preamble_names is None or any(isinstance(node, ast.alias) and node.name == "*" for node in walk(module)):
        return
    bound = ALWAYS_BOUND | preamble_names | set(bound_names(module))
    unbound = [name for name in loaded if name not in bound and not hasattr(builtins, name)]
    if any(not splitter.program.has(name) for name in unbound):
        raise Void("undefined-name")


def _require_program(body: Iterable[ast.stmt], calls: Calls) -> None:
    if not any(calls.mentioned_in(statement) for statement in body):
        raise Void("no-call")


def _expression(text: str) -> ast.expr:
    match parse(text.strip()).body:
        case [ast.Expr(value=value)]:
            return value
    raise Void("syntax")


def _with_tolerance(splitter: Splitter, absolute: float, relative: float) -> tuple[Any, ...]:
    parts = splitter.finished()
    if not absolute and not relative:
        return parts
    match parts:
        case [(calls, ("eq", expected))]:
            return ((calls, ("close", expected, absolute, relative)),)
    raise Beside("tolerance")


def _seed_random(text: str, namespace: dict[str, Any] | None) -> None:
    if namespace is None:
        return
    if "random" in text or "random" in sys.modules:
        importlib.import_module("random").seed(SEED)
    if "numpy.random" in sys.modules:
        sys.modules["numpy.random"].seed(SEED)
