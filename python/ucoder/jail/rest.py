"""What remains of an assertion when the program's calls are taken out, as source for a judging worker.

Whatever can be computed without the program's values is computed here, once, and written as a literal, so that all
programs are judged by the same numbers; the test's own imports and functions go along as statements before the
expression.
"""

import ast
import builtins
import math
import types
import typing
from collections.abc import Iterator

from .calls import placeholder_index, placeholders, rebuilt
from .literals import NotLiteral, NotPlain, fold, literal_source
from .plan import Beside, NeedsEvaluation, Void, module_of
from .scope import Scope
from .source import Definition, bound_names, loaded_names

HELPER_TYPES = (types.FunctionType, types.BuiltinFunctionType, types.MethodType, types.ModuleType, range)
HELPER_MODULES = frozenset(
    """builtins collections collections.abc decimal fractions functools itertools math numbers numpy operator
    typing""".split()
)

HELPER_OBJECT_MODULES = frozenset({"types", "typing", "numpy", "functools"})

TAME_BUILTINS = frozenset(
    """abs all any bin bool bytes chr complex dict divmod enumerate filter float frozenset hex int isinstance len list
    map max min oct ord pow range repr reversed round set slice sorted str sum tuple type zip""".split()
)
TAME_METHODS = frozenset(
    """as_integer_ratio bit_count bit_length capitalize casefold conjugate copy count denominator difference endswith
    find get imag index intersection isalnum isalpha isascii isdecimal isdigit isdisjoint islower isnumeric isspace
    issubset issuperset istitle isupper items join keys lower lstrip numerator partition real removeprefix
    removesuffix replace rfind rindex rpartition rsplit rstrip split splitlines startswith strip swapcase
    symmetric_difference title union upper values""".split()
)
DYNAMIC_NAMES = frozenset(
    """__builtins__ __import__ __loader__ __spec__ builtins code codeop compile dill eval exec execfile getattr globals
    import_module importlib jsonpickle literal_eval locals marshal pickle runpy shelve vars""".split()
)
WILD_NODES = (
    ast.Await,
    ast.Yield,
    ast.YieldFrom,
    ast.NamedExpr,
    ast.Import,
    ast.ImportFrom,
    *typing.get_args(Definition),
)


def is_value_name(name: str) -> bool:
    """Whether the name is one of those that stand for the calls' values."""
    return name.startswith("_") and name[1:].isdigit()


def frozen(node: ast.expr, scope: Scope) -> ast.expr:
    """The expression with everything that needs no placeholder reduced to literals and helpers."""
    if placeholder_index(node) is not None:
        return node
    if not placeholders(node):
        return _leaf(node, scope)
    match node:
        case ast.Lambda() | ast.JoinedStr():
            return node
        case ast.ListComp() | ast.SetComp() | ast.DictComp() | ast.GeneratorExp():
            first = node.generators[0].iter
            return rebuilt(node, lambda child: frozen(child, scope) if child is first else child)
    return rebuilt(node, lambda child: frozen(child, scope))


def rest_of(expression: ast.expr, scope: Scope, rename: dict[int, int]) -> tuple[str, bool]:
    """(source, tame) of a frozen expression; call number k is called _<rename[k]> there."""
    _refuse_identity(expression)
    renamed = _renamed(expression, rename)
    setup = _Setup(scope)
    setup.provide(renamed)
    try:
        lines = [*setup.lines, ast.unparse(ast.fix_missing_locations(renamed))]
        source = "\n".join(lines)
        tree = ast.parse(source)
        _refuse_dynamic_code(tree)
    except (ValueError, SyntaxError, RecursionError):
        raise Beside("unprintable") from None
    return source, _is_tame(tree, scope, setup.plain_names)


def _leaf(node: ast.expr, scope: Scope) -> ast.expr:
    match node:
        case ast.Constant() | ast.Lambda():
            return node
        case ast.Starred() | ast.Slice():
            return rebuilt(node, lambda child: _leaf(child, scope))
        case ast.Name(id=name) if scope.is_builtin(name):
            return node
        case ast.Attribute(value=ast.Constant(value=str() | bytes()), attr=method) if not method.startswith("_"):
            return node
    try:
        fold(node, {})
    except NotLiteral:
        pass
    else:
        return node
    if isinstance(node, ast.Tuple | ast.List):
        return rebuilt(node, lambda child: _leaf(child, scope))
    return _evaluated(node, scope)


def _evaluated(node: ast.expr, scope: Scope) -> ast.expr:
    value = scope.evaluate(node)
    try:
        source = literal_source(value)
    except NotPlain:
        if not _is_helper(value):
            scope.copy(value, "helper-type")
        return node
    return ast.parse(source, mode="eval").body


def _is_helper(value: object) -> bool:
    """Functions, and the classes and objects that do not stand for a value that a program would have to return."""
    if isinstance(value, type):
        return module_of(value) in HELPER_MODULES
    return isinstance(value, HELPER_TYPES) or module_of(type(value)) in HELPER_OBJECT_MODULES


def _renamed(node: ast.expr, rename: dict[int, int]) -> ast.expr:
    index = placeholder_index(node)
    if index is not None:
        return ast.Name(f"_{rename[index]}", ast.Load())
    return rebuilt(node, lambda child: _renamed(child, rename))


class _Setup:
    """The statements that give an expression the test's own names."""

    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self.lines = [ast.unparse(statement) for statement in scope.star_imports]
        self.plain_names: set[str] = set()
        self._provided: set[str] = set()

    def provide(self, node: ast.AST) -> None:
        for name in self._free_names(node):
            if name in self._provided:
                continue
            self._provided.add(name)
            if name in self.scope.local:
                self._provide_local(name)
            elif not self.scope.executes and not self.scope.is_builtin(name):
                raise NeedsEvaluation
            elif name not in self.scope.values and not hasattr(builtins, name):
                raise Void("undefined-name")

    def _free_names(self, node: ast.AST) -> Iterator[str]:
        bound = set(bound_names(node))
        return (name for name in loaded_names(node) if name not in bound and not is_value_name(name))

    def _provide_local(self, name: str) -> None:
        binding = self.scope.bindings.get(name)
        if binding is None and name in self.scope.values:
            try:
                self.lines.append(f"{name} = {literal_source(self.scope.values[name])}")
            except NotPlain as error:
                raise Beside(f"helper-type: {error.args[0]}") from None
            self.plain_names.add(name)
        elif binding is None:
            raise NeedsEvaluation
        else:
            if isinstance(binding, Definition):
                self.provide(binding)
            self.lines.append(ast.unparse(binding))


def _refuse_identity(expression: ast.expr) -> None:
    """What an answer is identical to is lost on the way, but for what there is one of."""
    for node in ast.walk(expression):
        if not isinstance(node, ast.Compare):
            continue
        for left, operator, right in zip([node.left, *node.comparators], node.ops, node.comparators, strict=False):
            if not isinstance(operator, ast.Is | ast.IsNot) or is_singleton(left) or is_singleton(right):
                continue
            if any(placeholder_index(side) is not None for side in (left, right)):
                raise Beside("identity")


def is_singleton(node: ast.expr) -> bool:
    """Whether it is None, True or False."""
    return isinstance(node, ast.Constant) and any(node.value is constant for constant in (None, True, False))


def _refuse_dynamic_code(tree: ast.AST) -> None:
    """A rest that turns text into code would let a program's answer write its own verdict."""
    for node in ast.walk(tree):
        name = node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else None
        imported = [alias.name for alias in node.names] if isinstance(node, (ast.Import, ast.ImportFrom)) else []
        module = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
        if any(part in DYNAMIC_NAMES for text in (name or "", *imported, *module) for part in text.split(".")):
            raise Beside("dynamic-code")


def _is_tame(tree: ast.AST, scope: Scope, plain_names: set[str]) -> bool:
    """Whether the source uses only operators, literals and builtins that do nothing but compute."""
    own = plain_names | set(bound_names(tree))
    return all(_is_tame_node(node, scope, own) for node in ast.walk(tree))


def _is_tame_node(node: ast.AST, scope: Scope, own: set[str]) -> bool:
    match node:
        case ast.Name(id=name, ctx=ast.Load()):
            computes = name in TAME_BUILTINS and scope.is_builtin(name)
            return computes or name in own or is_value_name(name) or _is_math(name, scope)
        case ast.Attribute(value=ast.Name(id=name), attr=attribute) if _is_math(name, scope):
            return not attribute.startswith("_")
        case ast.Attribute(attr=attribute):
            return attribute in TAME_METHODS
        case ast.Call(func=ast.Name(id="type"), args=args):
            return len(args) == 1
        case ast.Import(names=[ast.alias(name="math")]):
            return True
    return not isinstance(node, WILD_NODES)


def _is_math(name: str, scope: Scope) -> bool:
    return scope.executes and scope.values.get(name) is math
