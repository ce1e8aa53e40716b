"""From a test's text to its statements, without executing any of it.

Bounded for every text: size is checked before parsing, depth after it, and whatever the parser refuses is void. The
parser itself refuses deep nesting (brackets from 200, its own stack from 6,000) without exhausting the C stack.
"""

import ast
import re
import warnings
from collections.abc import Iterable, Iterator

from .plan import Beside, Void

MAX_TEXT = 1 << 20  # characters; the longest test of the public benchmarks has 175,179
MAX_DEPTH = 120  # of the syntax tree: the recursive passes over it take a few frames a level
MAX_CUTS = 12

_LINE = re.compile(r"[^\r\n]*(?:\r\n?|\n)|[^\r\n]+")
_CONTEXT = (ast.Load(),)  # of a name: it has no other child
_LEAVES = frozenset({ast.Constant, ast.Name, ast.alias})

Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


def parse(text: str) -> ast.Module:
    """Raises Void where the text is no Python, Beside where it is too deep to be read here."""
    if len(text) > MAX_TEXT:
        raise Void("too-large")
    if not text.strip():
        raise Void("empty")
    module = _parsed(text)
    if module is None:
        raise Void("syntax")
    return shallow(module)


def parse_leading(text: str) -> ast.Module:
    """As `parse`, but of the leading lines alone where those after them are no Python, and of any depth: `shallow`."""
    if len(text) > MAX_TEXT:
        raise Void("too-large")
    if not text.strip():
        raise Void("empty")
    left = _dedented(_encodable(text))
    is_whole = left == _dedented(text)
    for _ in range(MAX_CUTS):
        try:
            module = _quietly_parsed(left)
        except SyntaxError as error:
            left, is_whole = _lines_before(left, error.lineno or 1), False
        except (ValueError, RecursionError, MemoryError, OverflowError, SystemError):
            break
        else:
            if not module.body and not is_whole:  # what there was is among the lines that are no Python
                break
            return module
    raise Void("syntax")


def walk(node: ast.AST) -> list[ast.AST]:
    """The nodes that `ast.walk` gives, in its order, without contexts (Load, Store, Del). Twice as fast: most nodes of
    a test are constants and names, which are not looked into.
    """
    found = [node]
    for one in found:  # it grows as it is read
        if type(one) in _LEAVES:
            continue
        for name in one._fields:
            value = getattr(one, name, None)
            if type(value) is list:
                found += [item for item in value if isinstance(item, ast.AST)]
            elif isinstance(value, ast.AST) and not isinstance(value, ast.expr_context):
                found.append(value)
    return found


def asserting(statement: ast.stmt) -> bool:
    """Whether running the statement may assert something."""
    return not isinstance(statement, Definition) and any(isinstance(node, ast.Assert) for node in walk(statement))


def up_to_last_assert(body: list[ast.stmt]) -> list[ast.stmt]:
    """What follows the last assertion is what a model goes on writing: it cannot change the verdict."""
    last = max((index for index, statement in enumerate(body) if asserting(statement)), default=-1)
    return body[: last + 1]


def without_messages(module: ast.Module) -> ast.Module:
    for node in walk(module):
        if isinstance(node, ast.Assert):
            node.msg = None
    return module


def inner_names(node: ast.AST) -> Iterator[str]:
    """The names that lambdas, comprehensions and functions inside the node bind for themselves alone."""
    for inner in walk(node):
        match inner:
            case ast.Lambda(args=args) | ast.FunctionDef(args=args) | ast.AsyncFunctionDef(args=args):
                yield from bound_names(args)
            case ast.comprehension(target=target):
                yield from bound_names(target)


def bound_names(node: ast.AST) -> Iterator[str]:
    """Every name that something inside the node binds."""
    for inner in walk(node):
        match inner:
            case ast.Name(id=name, ctx=ast.Store() | ast.Del()):
                yield name
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                yield name
            case ast.alias(name=name, asname=other):
                yield other or name.partition(".")[0]
            case ast.arg(arg=name):
                yield name
            case ast.ExceptHandler(name=str(name)) | ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)):
                yield name


def used_names(node: ast.AST) -> Iterator[str]:
    """Every name whose value something inside the node uses; `x += 1` and `del x` use x."""
    for inner in walk(node):
        match inner:
            case ast.Name(id=name, ctx=ast.Load() | ast.Del()) | ast.AugAssign(target=ast.Name(id=name)):
                yield name


def loaded_names(node: ast.AST) -> Iterator[str]:
    for inner in walk(node):
        if isinstance(inner, ast.Name) and isinstance(inner.ctx, ast.Load):
            yield inner.id


def _parsed(text: str) -> ast.Module | None:
    try:
        return _quietly_parsed(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError, OverflowError, SystemError):
        return None


def _quietly_parsed(text: str) -> ast.Module:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return ast.parse(text)


def shallow(module: ast.Module) -> ast.Module:
    """The module itself. Raises Beside where it is too deep to be read here."""
    level: list[ast.AST] = [module]
    for _ in range(MAX_DEPTH):
        level = [child for node in level for child in _children(node)]
        if not level:
            return module
    raise Beside("too-deep")


def _children(node: ast.AST) -> Iterable[ast.AST]:
    if type(node) is ast.Constant:
        return ()
    return _CONTEXT if type(node) is ast.Name else ast.iter_child_nodes(node)


def _encodable(text: str) -> str:
    """The lines before the first that no source file can hold: one with a NUL or a lone surrogate."""
    stops = [position for position in (text.find("\0"), _first_surrogate(text)) if position >= 0]
    return text[: text.rfind("\n", 0, min(stops)) + 1] if stops else text


def _first_surrogate(text: str) -> int:
    try:
        text.encode()
    except UnicodeEncodeError as error:
        return error.start
    return -1


def _lines_before(text: str, line: int) -> str:
    return "".join(_lines(text)[: line - 1])


def _dedented(text: str) -> str:
    lines = _lines(text)
    first = next((line for line in lines if line.strip()), "")
    indent = first[: len(first) - len(first.lstrip(" \t"))]
    return "".join(line.removeprefix(indent) for line in lines) if indent else text


def _lines(text: str) -> list[str]:
    """With their ends, where Python's tokenizer sees them: not at form feeds or Unicode separators."""
    return _LINE.findall(text)
