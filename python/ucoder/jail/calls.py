"""Takes the program's calls out of an expression and leaves placeholders for their values.

A placeholder is a Name whose identifier is no Python: "<3>" is the value of the test's call number 3.
"""

import ast
from collections.abc import Callable
from typing import Any

from .plan import Beside, Call, Void
from .program import Program
from .scope import Scope
from .source import bound_names, used_names, walk

Comprehension = ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp


def placeholder(index: int) -> ast.expr:
    return ast.Name(f"<{index}>", ast.Load())


def placeholder_index(node: ast.AST) -> int | None:
    if isinstance(node, ast.Name) and node.id.startswith("<"):
        return int(node.id[1:-1])
    return None


def placeholders(node: ast.AST) -> set[int]:
    found = (placeholder_index(inner) for inner in walk(node))
    return {index for index in found if index is not None}


def rebuilt(node: ast.expr, visit: Callable[[ast.expr], ast.expr]) -> ast.expr:
    """A copy of the node with `visit` applied to the expressions directly below it."""
    copy: ast.expr = _copied(node, visit)
    return copy


def _copied(node: ast.AST, visit: Callable[[ast.expr], ast.expr]) -> Any:
    fields = {name: _visited(value, visit) for name, value in ast.iter_fields(node)}
    return ast.copy_location(type(node)(**fields), node)


def _visited(value: Any, visit: Callable[[ast.expr], ast.expr]) -> Any:
    match value:
        case ast.expr():
            return visit(value)
        case ast.AST():
            return _copied(value, visit)
        case list():
            return [_visited(item, visit) for item in value]
    return value


class Calls:
    """The calls of one test, in order, and the names that hold their values."""

    def __init__(self, program: Program, scope: Scope) -> None:
        self.program = program
        self.scope = scope
        self.recorded: list[Call] = []
        self.symbols: dict[str, ast.expr] = {}
        self._here: list[tuple[ast.Call, int]] = []

    def mentioned_in(self, node: ast.AST) -> bool:
        """Whether the node uses the program or a value of it."""
        return any(self.is_used(name) for name in used_names(node))

    def is_used(self, name: str) -> bool:
        return name in self.symbols or self.program.has(name)

    def resolve(self, node: ast.expr) -> ast.expr:
        """The expression over placeholders. Raises Beside where a call may not happen or happens more than once."""
        self._here = []
        return self._resolve(node, True)

    def _resolve(self, node: ast.expr, sure: bool) -> ast.expr:
        if not self.mentioned_in(node):
            return node
        match node:
            case ast.Name(id=name) if name in self.symbols:
                return self.symbols[name]
            case ast.Name():
                raise Beside("uncalled")
            case ast.Call(func=function) if self.program.is_function(function):
                return placeholder(self._index(node, sure))
            case ast.NamedExpr():
                raise Beside("binding-expression")
            case ast.Await() | ast.Yield() | ast.YieldFrom():
                raise Void("syntax")
            case ast.Lambda() | ast.ListComp() | ast.SetComp() | ast.DictComp() | ast.GeneratorExp():
                return self._resolve_deferred(node, sure)
            case ast.IfExp(test=test) if sure:
                return rebuilt(node, lambda child: self._resolve(child, child is test))
            case ast.BoolOp(values=[first, *_]) if sure:
                return rebuilt(node, lambda child: self._resolve(child, child is first))
            case ast.Compare(left=left, comparators=[first, *_]) if sure:
                return rebuilt(node, lambda child: self._resolve(child, child is left or child is first))
        return rebuilt(node, lambda child: self._resolve(child, sure))

    def _resolve_deferred(self, node: ast.expr, sure: bool) -> ast.expr:
        """Of a comprehension only the first iterable is surely evaluated, and once; of a lambda nothing."""
        if any(self.is_used(name) for name in bound_names(node)):
            raise Beside("shadowing")
        first = node.generators[0].iter if isinstance(node, Comprehension) else None
        return rebuilt(node, lambda child: self._resolve(child, sure and child is first))

    def _index(self, node: ast.Call, sure: bool) -> int:
        if not sure:
            return self._index_of_same(node)
        self.recorded.append(self._call(node))
        self._here.append((node, len(self.recorded) - 1))
        return len(self.recorded) - 1

    def _index_of_same(self, node: ast.Call) -> int:
        """A call that may not happen is as good as the same one before it in the expression, which does."""
        text = ast.dump(node)
        for earlier, index in self._here:
            if ast.dump(earlier) == text:
                return index
        raise Beside("conditional-call")

    def _call(self, node: ast.Call) -> Call:
        args: list[Any] = []
        kwargs: dict[str, Any] = {}
        refs: dict[int | str, int] = {}
        for argument in node.args:
            if isinstance(argument, ast.Starred):
                args.extend(self._spread(argument.value))
            else:
                args.append(self._argument(argument, len(args), refs))
        for keyword in node.keywords:
            added = self._keyword(keyword, refs)
            if not kwargs.keys().isdisjoint(added):
                raise Void("evaluation-error: TypeError")
            kwargs.update(added)
        return self.program.target, tuple(args), kwargs, refs

    def _keyword(self, keyword: ast.keyword, refs: dict[int | str, int]) -> dict[str, Any]:
        if keyword.arg is not None:
            return {keyword.arg: self._argument(keyword.value, keyword.arg, refs)}
        values = self._spread_value(keyword.value)
        if type(values) is not dict or any(type(name) is not str for name in values):
            raise Beside("argument-spread")
        return values

    def _argument(self, node: ast.expr, place: int | str, refs: dict[int | str, int]) -> Any:
        if not self.mentioned_in(node):
            return self.scope.snapshot(node, "argument-type")
        index = placeholder_index(self._resolve(node, True))
        if index is None:
            raise Beside("argument-from-result")
        refs[place] = index
        return None

    def _spread(self, node: ast.expr) -> list[Any]:
        values = self._spread_value(node)
        if type(values) not in (list, tuple, str, set, frozenset, dict):
            raise Beside("argument-spread")
        return list(values)

    def _spread_value(self, node: ast.expr) -> Any:
        if self.mentioned_in(node):
            raise Beside("argument-spread")
        return self.scope.snapshot(node, "argument-type")
