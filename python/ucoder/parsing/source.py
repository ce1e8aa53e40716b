"""Bounded reading of Python source in this process: physical lines, open brackets and strings, and `ast`.

Why parsing untrusted text is safe here: its size is bounded (time and memory of the parser grow with it), so is the
nesting of brackets and of indentation (a parser that backtracks does so in nests: the tests time the nests that are let
through), and what chains without brackets (`not not ...`, `a.b.c`, `1 + 1 + ...`) is refused by the interpreter's
counters with MemoryError or RecursionError, which say "not readable" here. The tree's depth is then bounded too, so
that recursive passes over it (`ast.unparse`, `ast.dump`) stay far from the stack's end.
"""

import ast
import re
import threading
import warnings
from collections.abc import Iterator
from dataclasses import dataclass

__all__ = ["MAX_SOURCE", "OpenState", "advance", "expression", "is_readable", "parse", "physical_lines", "written"]

MAX_SOURCE = 1 << 16
"""Characters; a thousand lines of ordinary code"""
MAX_BRACKETS = 40
MAX_INDENT = 400
"""Columns before the first character of a line: a hundred levels, as many as Python itself takes"""
MAX_TREE_DEPTH = 100

# The filters of warnings belong to the process: two threads that set them aside must not do so at once.
_quiet = threading.Lock()

_PLAIN = {
    "'": re.compile(r"[^'\\\n]*+(?:\\.[^'\\\n]*+)*+"),
    '"': re.compile(r'[^"\\\n]*+(?:\\.[^"\\\n]*+)*+'),
}
_REST = {
    **_PLAIN,
    "'''": re.compile(r"(?:[^'\\]++|\\.|'(?!''))*+", re.DOTALL),
    '"""': re.compile(r'(?:[^"\\]++|\\.|"(?!""))*+', re.DOTALL),
}
_FORMATTED = re.compile(r"[fF][rR]?['\"]")
_BRACKET = re.compile(r"[()\[\]{}]")
_MEANINGFUL = re.compile(r"[()\[\]{}'\"#\\]")


@dataclass(frozen=True, slots=True)
class OpenState:
    """What is still open at the end of a line. The default is nothing."""

    depth: int = 0
    """Brackets"""
    quote: str = ""
    """The quotes that will end it where a string goes on, else nothing"""
    continued: bool = False
    """The line ends with a backslash"""
    deepest: int = 0
    """The most brackets that were open at once so far"""

    @property
    def is_closed(self) -> bool:
        """Whether a statement may end here."""
        return not (self.depth or self.quote or self.continued)


def physical_lines(text: str) -> Iterator[str]:
    """The lines with their ends, where Python's tokenizer sees them: not at form feeds or Unicode separators."""
    start = 0
    while start < len(text):
        end = text.find("\n", start) + 1 or len(text)
        yield text[start:end]
        start = end


def advance(state: OpenState, line: str) -> OpenState:
    """What is open after one more line. Brackets are only counted: that they match is the parser's business."""
    depth, quote, deepest = state.depth, state.quote, state.deepest
    position = 0
    while True:
        if quote:
            position = _REST[quote].match(line, position).end()  # type: ignore[union-attr]  # it matches nothing, too
            if line.startswith(quote, position):
                position, quote = position + len(quote), ""
            elif len(quote) == 3 or line.startswith(("\\\n", "\\\r\n"), position):
                return OpenState(depth, quote, False, deepest)
            else:
                quote = ""  # a line ends what was not closed: an error, and the parser's business
        found = _MEANINGFUL.search(line, position)
        if found is None or found[0] == "#":
            return OpenState(depth, "", False, deepest)
        position = found.end()
        if found[0] in "([{":
            depth += 1
            deepest = max(deepest, depth)
        elif found[0] in ")]}":
            depth = max(depth - 1, 0)
        elif found[0] == "\\":
            if position == len(line) or line.startswith(("\n", "\r\n"), position):
                return OpenState(depth, "", True, deepest)
        elif line.startswith(found[0] * 2, position):
            position, quote = position + 2, found[0] * 3
        else:
            quote = found[0]


def is_readable(text: str) -> bool:
    """Whether the text is small and flat enough to be given to Python's parser."""
    if len(text) > MAX_SOURCE or "\0" in text:
        return False
    state = OpenState()
    for line in physical_lines(text):
        state = advance(state, line)
        if state.deepest > MAX_BRACKETS or len(line) - len(line.lstrip(" \t\f")) > MAX_INDENT:
            return False
    return not _FORMATTED.search(text) or _crude_depth(text) <= MAX_BRACKETS


def _crude_depth(text: str) -> int:
    """The deepest nesting where strings count as code, as they do inside a formatted string."""
    depth = deepest = 0
    for found in _BRACKET.finditer(text):
        depth = depth + 1 if found[0] in "([{" else max(depth - 1, 0)
        deepest = max(deepest, depth)
    return deepest


def parse(text: str) -> ast.Module | None:
    """The syntax tree; None where the text is no Python, or too large or too deep to be read here."""
    if not is_readable(text):
        return None
    try:
        with _quiet, warnings.catch_warnings():
            warnings.simplefilter("ignore")  # odd escapes in a model's strings
            module = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError, OverflowError, SystemError):
        return None
    return module if _is_shallow(module) else None


def expression(text: str) -> ast.expr | None:
    """The tree of one expression; None as in `parse`."""
    module = parse(f"({text}\n)")
    match module:
        case ast.Module(body=[ast.Expr(value=value)]):
            return value
    return None


def written(node: ast.AST) -> str | None:
    """The tree as source in one form for all spellings; None where it cannot be written down.

    A hexadecimal integer of thousands of digits has no decimal form, some formatted strings have none in Python 3.11.
    """
    try:
        return ast.unparse(node)
    except (ValueError, RecursionError):
        return None


def _is_shallow(module: ast.Module) -> bool:
    level: list[ast.AST] = [module]
    for _ in range(MAX_TREE_DEPTH):
        level = [child for node in level for child in ast.iter_child_nodes(node)]
        if not level:
            return True
    return False
