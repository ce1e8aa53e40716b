"""The names of a test's world and what they hold.

Before evaluation only literals are known, and anything else raises NeedsEvaluation. During evaluation statements and
expressions of the test are executed over a copy of the preamble's namespace.
"""

import ast
import builtins
import copy
import warnings
from typing import Any

from .literals import Budget, NotLiteral, NotPlain, fold, plain
from .plan import Beside, NeedsEvaluation, Void, type_name
from .pytest_names import pytest_module
from .source import Definition, bound_names

ALWAYS_BOUND = frozenset({"__name__", "__doc__", "__file__", "__builtins__"})

Import = ast.Import | ast.ImportFrom


class Scope:
    """Where a test's expressions have their values. `values` holds what is known, `local` what the test has bound."""

    def __init__(self, namespace: dict[str, Any] | None, preamble_names: frozenset[str] | None) -> None:
        self.executes = namespace is not None
        self.values: dict[str, Any] = dict(namespace or {})
        self.preamble_names = preamble_names if namespace is None else frozenset(namespace)
        self.local: set[str] = set()
        self.bindings: dict[str, ast.stmt] = {}
        self.star_imports: list[ast.stmt] = []
        self.budget = Budget()

    def is_builtin(self, name: str) -> bool:
        """Whether the name surely means the builtin."""
        if not hasattr(builtins, name):
            return False
        if self.executes:
            return name not in self.values or self.values[name] is getattr(builtins, name)
        return self.preamble_names is not None and name not in self.preamble_names and name not in self.local

    def builtin_called(self, node: ast.expr) -> str:
        """The name of the builtin that a call expression calls, or ""."""
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and self.is_builtin(node.func.id):
            return node.func.id
        return ""

    def evaluate(self, node: ast.expr) -> Any:
        """The value. Raises Void where Python raises."""
        try:
            return fold(node, {} if self.executes else self.values)
        except NotLiteral:
            pass
        if not self.executes:
            raise NeedsEvaluation
        return self._run(ast.Expression(node), "eval")

    def snapshot(self, node: ast.expr, role: str) -> Any:
        """A copy of the expression's plain value. Raises Beside, naming `role`, where it is not plain."""
        return self.copy(self.evaluate(node), role)

    def copy(self, value: object, role: str) -> Any:
        try:
            return plain(value, self.budget)
        except NotPlain as error:
            raise Beside(f"{role}: {error.args[0]}") from None

    def truth(self, node: ast.expr) -> bool:
        value = self.evaluate(node)
        try:
            return bool(value)
        except BaseException as error:
            raise _void(error) from None

    def items(self, node: ast.expr, limit: int) -> list[Any]:
        """What a loop over the expression meets. Raises Beside past the limit."""
        found = []
        try:
            for item in self.evaluate(node):
                found.append(item)
                if len(found) > limit:
                    raise Beside("too-long")
        except (Beside, Void, NeedsEvaluation):
            raise
        except BaseException as error:
            raise _void(error) from None
        return found

    def execute(self, statement: ast.stmt) -> None:
        """Runs a statement that has nothing to do with the program under test."""
        if self.executes:
            self._bind_executed(statement)
        else:
            self._bind_known(statement)

    def assign(self, target: ast.expr, value: object) -> None:
        """`target = value`, for names and nested tuples of names."""
        match target:
            case ast.Name(id=name):
                self._set(name, value)
            case ast.Tuple(elts=targets) | ast.List(elts=targets):
                items = self._unpacked(value, len(targets))
                for inner, item in zip(targets, items, strict=True):
                    self.assign(inner, item)
            case _:
                raise Beside("assignment-target")

    def child(self) -> "Scope":
        """The scope of a function's body: reads what is here, binds for itself."""
        inner = copy.copy(self)
        inner.values = dict(self.values)
        inner.local = set(self.local)
        inner.bindings = dict(self.bindings)
        return inner

    def _set(self, name: str, value: object) -> None:
        self.values[name] = value
        self.local.add(name)
        self.bindings.pop(name, None)

    def _unpacked(self, value: Any, count: int) -> list[Any]:
        try:
            items = list(value)
        except BaseException as error:
            raise _void(error) from None
        if len(items) != count:
            raise Void("evaluation-error: ValueError")
        return items

    def _bind_known(self, statement: ast.stmt) -> None:
        match statement:
            case ast.Pass() | ast.Expr(value=ast.Constant()):
                return
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                self._set(name, self.evaluate(value))
            case ast.ImportFrom(names=[ast.alias(name="*")]):
                raise NeedsEvaluation
            case ast.Import() | ast.ImportFrom() | ast.FunctionDef() | ast.ClassDef():
                self._bind(statement)
                for name in bound_names(statement) if isinstance(statement, Import) else [statement.name]:
                    self.values.pop(name, None)
            case _:
                raise NeedsEvaluation

    def _bind_executed(self, statement: ast.stmt) -> None:
        if not self._import_pytest(statement):
            self._run(ast.Module([statement], []), "exec")
        self._bind(statement)

    def _bind(self, statement: ast.stmt) -> None:
        keeps_source = isinstance(statement, Import | Definition)
        names = [statement.name] if isinstance(statement, Definition) else list(bound_names(statement))
        if "*" in names:
            self.star_imports.append(statement)
            return
        for name in names:
            self.local.add(name)
            if keeps_source:
                self.bindings[name] = statement
            else:
                self.bindings.pop(name, None)

    def _import_pytest(self, statement: ast.stmt) -> bool:
        match statement:
            case ast.Import(names=[ast.alias(name="pytest", asname=other)]):
                self.values[other or "pytest"] = pytest_module()
            case ast.ImportFrom(module="pytest", names=names):
                for imported in names:
                    if not hasattr(pytest_module(), imported.name):
                        raise Beside("pytest")
                    self.values[imported.asname or imported.name] = getattr(pytest_module(), imported.name)
            case _:
                return False
        return True

    def _run(self, tree: ast.Module | ast.Expression, mode: str) -> Any:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                code = compile(ast.fix_missing_locations(tree), "<test>", mode, dont_inherit=True)
            return eval(code, self.values)  # the test's own code, in the process that exists for it
        except BaseException as error:
            raise _void(error) from None


def _void(error: BaseException) -> Void:
    return Void(f"evaluation-error: {type_name(error)}")
