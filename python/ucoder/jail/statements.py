"""Walks through a test's statements as Python would, collecting calls and judgements instead of running the program.

Loops over known values are unrolled and conditions on known values are decided; what depends on a value of the
program in any other way than through an assertion raises Beside.
"""

import ast
from typing import Literal

from .calls import Calls, placeholder_index, placeholders
from .forms import direct_judgement
from .plan import Beside, Call, Judgement, Part, Void
from .program import Program
from .rest import frozen, rest_of
from .scope import Scope
from .source import Definition, asserting, bound_names, inner_names, loaded_names, walk

MAX_STEPS = 20_000  # statements, loops unrolled

Flow = Literal["", "break", "continue", "return"]

PURE_BUILTINS = frozenset(
    "abs bool dict float frozenset int len list max min round set sorted str sum tuple type".split()
)
MUTATORS = frozenset(
    """add append appendleft clear difference_update discard extend extendleft fill insert intersection_update
    move_to_end pop popitem popleft put remove resize reverse rotate setdefault sort subtract
    symmetric_difference_update update""".split()
)


class Splitter:
    """The parts of one test. `run` its statements, then ask for `finished`."""

    def __init__(self, program: Program, scope: Scope) -> None:
        self.program = program
        self.scope = scope
        self.calls = Calls(program, scope)
        self.parts: list[Part] = []
        self.num_always_true = 0
        self._num_computed = 0
        self._used: set[int] = set()
        self._steps = 0

    def finished(self) -> tuple[Part, ...]:
        """The parts, and one for each call that only has to return."""
        judged = len(self.parts) - self._num_computed
        for index in range(len(self.calls.recorded)):
            if index not in self._used:
                self._add({index}, ("rest", "True", True))
        if not self.parts:
            raise Void("no-call")
        if not judged and self.num_always_true:
            raise Void("always-true-tuple")
        return tuple(self.parts)

    def enter(self, scope: Scope) -> None:
        """Goes on in another scope."""
        self.scope = self.calls.scope = scope

    def run(self, body: list[ast.stmt]) -> Flow:
        for statement in body:
            self._steps += 1
            if self._steps > MAX_STEPS:
                raise Beside("too-long")
            flow = self._step(statement)
            if flow:
                return flow
        return ""

    def _step(self, statement: ast.stmt) -> Flow:
        if not self._concerns_us(statement):
            self._execute(statement)
            return ""
        match statement:
            case ast.Assert(test=test):
                self.check(test)
            case ast.Assign(targets=targets, value=value):
                for target in targets:
                    self._bind(target, value)
            case ast.AnnAssign(target=target, value=ast.expr() as value):
                self._bind(target, value)
            case ast.Expr(value=value):
                self._discard(value)
            case ast.For():
                return self._unroll(statement)
            case ast.If():
                return self._choose(statement)
            case ast.Break():
                return "break"
            case ast.Continue():
                return "continue"
            case ast.Return(value=None | ast.Constant()):
                return "return"
            case _:
                raise Beside(f"statement: {type(statement).__name__}")
        return ""

    def check(self, test: ast.expr) -> None:
        """Adds the parts of one asserted condition."""
        match test:
            case ast.BoolOp(op=ast.And(), values=conditions):
                for condition in conditions:
                    self.check(condition)
                return
            case ast.Tuple(elts=[_, *_]):
                self.num_always_true += 1
                self._compute(self.calls.resolve(test))
                return
            case ast.Call(args=[ast.GeneratorExp() | ast.ListComp() as every], keywords=[]):
                if self._is_loop_of_assertions(test, every):
                    self._check_all(every)
                    return
        if not self.calls.mentioned_in(test):
            self._check_known(test)
            return
        self._refuse_mutation(test)
        match test:
            case ast.Compare(ops=[_, _, *_] as operators) if all(isinstance(one, ast.Eq | ast.Is) for one in operators):
                self._check_chain(test)
            case _:
                self._judge(self.calls.resolve(test))

    def _check_chain(self, test: ast.Compare) -> None:
        """a == f(x) == b is a == f(x) and f(x) == b, with one call."""
        operands = [frozen(self.calls.resolve(side), self.scope) for side in (test.left, *test.comparators)]
        for left, operator, right in zip(operands, test.ops, operands[1:], strict=False):
            pair = ast.Compare(left, [operator], [right])
            if placeholders(pair):
                self._judge(pair)
            else:
                self._check_known(pair)

    def _check_all(self, every: ast.GeneratorExp | ast.ListComp) -> None:
        """all(C for x in xs if D) is the loop that asserts C, with an x of its own."""
        if any(self.calls.is_used(name) for name in inner_names(every)):
            raise Beside("shadowing")
        body: list[ast.stmt] = [ast.Assert(every.elt)]
        for generator in reversed(every.generators):
            for condition in reversed(generator.ifs):
                body = [ast.If(condition, body, [])]
            body = [ast.For(generator.target, generator.iter, body, [])]
        outer = self.scope
        self.enter(outer.child())
        self.run(body)
        self.enter(outer)

    def _is_loop_of_assertions(self, test: ast.expr, every: ast.GeneratorExp | ast.ListComp) -> bool:
        over_known = not any(self.calls.mentioned_in(generator.iter) for generator in every.generators)
        return over_known and self.calls.mentioned_in(every.elt) and self.scope.builtin_called(test) == "all"

    def _check_known(self, test: ast.expr) -> None:
        """An assertion without the program: about the test itself, or about what the program did to its arguments."""
        if self.calls.recorded and not self.scope.local.isdisjoint(loaded_names(test)):
            raise Beside("argument-read-after-call")
        if not self.scope.truth(test):
            raise Void("never-true")

    def _judge(self, condition: ast.expr) -> None:
        judgement = direct_judgement(condition, self.scope)
        if judgement is None:
            condition = frozen(condition, self.scope)
        self._add(placeholders(condition), judgement or condition)

    def _compute(self, always_true: ast.expr) -> None:
        """What is never false may still raise."""
        if any(not _cannot_raise(item) for item in ast.iter_child_nodes(always_true)):
            always_true = frozen(always_true, self.scope)
            self._add(placeholders(always_true), always_true)
            self._num_computed += 1

    def _add(self, indices: set[int], judgement: Judgement | ast.expr) -> None:
        needed = self._with_earlier(indices)
        rename = {index: place for place, index in enumerate(needed)}
        if isinstance(judgement, ast.expr):
            judgement = ("rest", *rest_of(judgement, self.scope, rename))
        self._used.update(needed)
        self.parts.append((tuple([self._renumbered(index, rename) for index in needed]), judgement))

    def _with_earlier(self, indices: set[int]) -> list[int]:
        """The calls and, first, those whose results they take."""
        needed: set[int] = set()
        waiting = list(indices)
        while waiting:
            index = waiting.pop()
            if index not in needed:
                needed.add(index)
                waiting.extend(self.calls.recorded[index][3].values())
        return sorted(needed)

    def _renumbered(self, index: int, rename: dict[int, int]) -> Call:
        target, args, kwargs, refs = self.calls.recorded[index]
        return target, args, kwargs, {place: rename[earlier] for place, earlier in refs.items()}

    def _bind(self, target: ast.expr, value: ast.expr) -> None:
        match target, value:
            case ast.Tuple(elts=targets), ast.Tuple(elts=values) if len(targets) == len(values):
                if not {name for one in targets for name in bound_names(one)}.isdisjoint(loaded_names(value)):
                    raise Beside("assignment-target")
                for inner, item in zip(targets, values, strict=True):
                    self._bind(inner, item)
            case ast.Name(id=name), _ if not self.calls.mentioned_in(value):
                self._execute(ast.Assign([target], value))
            case ast.Name(id=name), _ if self.program.is_function(value):
                self.program.functions.add(name)
            case ast.Name(id=name), _ if self.program.is_instance(value):
                self.program.instances.add(name)
            case ast.Name(id=name), _:
                self._refuse_mutation(value)
                self.calls.symbols[name] = self._derived(value)
            case _:
                raise Beside("assignment-target")

    def _derived(self, value: ast.expr) -> ast.expr:
        """A result that a name holds, or what is computed from it: only what may as well be computed at each use."""
        derived = frozen(self.calls.resolve(value), self.scope)
        for node in walk(derived):
            repeats = not isinstance(node, ast.Call | ast.Lambda | ast.GeneratorExp)
            if not repeats and self.scope.builtin_called(node) not in PURE_BUILTINS:  # type: ignore[arg-type]
                raise Beside("derived-value")
        return derived

    def _discard(self, value: ast.expr) -> None:
        """A statement for its effect: the program's calls in it have to return, and no more."""
        resolved = self.calls.resolve(value)
        is_call = isinstance(resolved, ast.Call) and self.scope.builtin_called(resolved) != "print"
        if is_call and placeholder_index(resolved) is None:
            raise Beside("mutated-result")

    def _refuse_mutation(self, node: ast.expr) -> None:
        """A result that an expression changes is not the result that the next one sees."""
        changes = any(isinstance(inner, ast.Attribute) and inner.attr in MUTATORS for inner in walk(node))
        if changes and any(name in self.calls.symbols for name in loaded_names(node)):
            raise Beside("mutated-result")

    def _unroll(self, statement: ast.For) -> Flow:
        if self.calls.mentioned_in(statement.iter) or self.calls.mentioned_in(statement.target):
            raise Beside("loop-over-result")
        for item in self.scope.items(statement.iter, MAX_STEPS):
            self._forget(set(bound_names(statement.target)))
            self.scope.assign(statement.target, item)
            flow = self.run(statement.body)
            if flow == "return":
                return flow
            if flow == "break":
                return ""
        return self.run(statement.orelse)

    def _choose(self, statement: ast.If) -> Flow:
        if self.calls.mentioned_in(statement.test):
            raise Beside("condition-on-result")
        return self.run(statement.body if self.scope.truth(statement.test) else statement.orelse)

    def _concerns_us(self, statement: ast.stmt) -> bool:
        if isinstance(statement, ast.Break | ast.Continue | ast.Return):
            return True
        if self.calls.mentioned_in(statement):
            return True
        if isinstance(statement, ast.If | ast.For):
            return asserting(statement) or _leaves(statement)
        return asserting(statement)

    def _execute(self, statement: ast.stmt) -> None:
        names = {statement.name} if isinstance(statement, Definition) else set(bound_names(statement))
        self._forget(names)
        self.scope.execute(statement)

    def _forget(self, names: set[str]) -> None:
        """The names mean something else from now on."""
        self.program.forget(iter(names))
        for name in names:
            self.calls.symbols.pop(name, None)


def _cannot_raise(node: ast.AST) -> bool:
    """Whether it is a value, a literal, or tells only whether such are equal or the same."""
    match node:
        case ast.Constant() | ast.expr_context():
            return True
        case ast.Compare(ops=operators, left=left, comparators=others):
            plain = all(isinstance(one, ast.Eq | ast.NotEq | ast.Is | ast.IsNot) for one in operators)
            return plain and all(_cannot_raise(side) for side in (left, *others))
        case ast.List() | ast.Tuple() | ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int() | float())):
            return all(_cannot_raise(item) for item in ast.iter_child_nodes(node) if not isinstance(item, ast.unaryop))
    return placeholder_index(node) is not None


def _leaves(statement: ast.stmt) -> bool:
    return any(isinstance(node, ast.Break | ast.Continue | ast.Return) for node in walk(statement))
