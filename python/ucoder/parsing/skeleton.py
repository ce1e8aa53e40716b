"""Reads a skeleton: imports, one `def`, its docstring, between `<SKELETON_START>` and `<SKELETON_END>`.

The skeleton is written anew from what was read, so that all skeletons of a run look alike and none carries a body.
"""

import ast
import inspect
from dataclasses import dataclass
from typing import Literal, TypeAlias

from ucoder.parsing.marked import regions, unfenced
from ucoder.parsing.signature import Signature, signature_of
from ucoder.parsing.source import MAX_SOURCE, parse, physical_lines

__all__ = ["Refusal", "SkeletonText", "imported_names", "read_skeleton", "skeleton_source"]

Refusal: TypeAlias = Literal["empty", "not-python", "no-function", "several-functions", "name-taken", "no-docstring"]


@dataclass(frozen=True, slots=True)
class SkeletonText:
    """A skeleton as it was read."""

    imports: str
    signature: Signature
    docstring: str

    @property
    def text(self) -> str:
        """The source, ready for a body."""
        return skeleton_source(self.imports, self.signature.text, self.docstring)


def read_skeleton(text: str) -> SkeletonText | Refusal:
    """The skeleton in the text, or why there is none. Never raises.

    Constants beside the function are left out; a second function is a refusal.
    """
    read = [_read_region(content) for content in regions(text, "SKELETON")]
    return next((one for one in read if isinstance(one, SkeletonText)), read[0])


def _read_region(content: str) -> SkeletonText | Refusal:
    code = unfenced(content) if "```" in content else content
    if not code.strip():
        return "empty"
    module = _parsed(code)
    if module is None:
        return "not-python"
    functions = [node for node in module.body if isinstance(node, ast.FunctionDef)]
    if len(functions) != 1:
        return "several-functions" if functions else "no-function"
    signature = signature_of(functions[0])
    if signature is None:
        return "name-taken"
    docstring = inspect.cleandoc(ast.get_docstring(functions[0], clean=False) or "")
    if not docstring:
        return "no-docstring"
    imports = [node for node in module.body if isinstance(node, ast.Import | ast.ImportFrom)]
    return SkeletonText("\n".join(ast.unparse(node) for node in imports), signature, docstring)


def imported_names(imports: str) -> frozenset[str]:
    """What a skeleton's imports bind."""
    module = parse(imports)
    nodes = [node for node in module.body if isinstance(node, ast.Import | ast.ImportFrom)] if module else []
    return frozenset(alias.asname or alias.name.partition(".")[0] for node in nodes for alias in node.names)


def skeleton_source(imports: str, header: str, docstring: str) -> str:
    """Imports, header and docstring as source that ends where the body begins."""
    quoted = docstring.replace("\\", "\\\\").replace('"""', '\\"\\"\\"')
    if quoted.endswith('"') and "\n" not in quoted:
        quoted = quoted[:-1] + '\\"'
    lines = [f"    {line}".rstrip() for line in quoted.split("\n")]
    body = "\n".join(lines).lstrip()
    closing = '\n    """\n' if len(lines) > 1 else '"""\n'
    head = f"{imports}\n\n\n" if imports else ""
    return f'{head}{header}\n    """{body}{closing}'


def _parsed(code: str) -> ast.Module | None:
    """The code, or what of it stands before the body: a text may be cut off inside the body it should not have."""
    if (module := parse(code)) is not None:
        return module
    end = _end_of_docstring(code[:MAX_SOURCE])
    return parse(code[:end]) if end else None


def _end_of_docstring(code: str) -> int:
    """Where the first triple-quoted string ends; 0 where there is none."""
    position = 0
    for line in physical_lines(code):
        mark = next((mark for mark in ('"""', "'''") if mark in line), "")
        if mark:
            opened = position + line.index(mark) + len(mark)
            closed = code.find(mark, opened)
            return closed + len(mark) if closed >= 0 else 0
        position += len(line)
    return 0
