"""Loads what a problem gives to its tests: imports and helper functions, without the entry point."""

import ast
import builtins
import sys
import types
import warnings
from typing import Any

MODULE = "ucoder_preamble"
MAX_CUTS = 50


def load(source: str, entry_point: str) -> dict[str, Any]:
    """The namespace after executing `source` without its stub of the entry point.

    A last definition that is incomplete (a prompt ends where the program begins) is cut off. What raises ends the
    loading, and what was bound before it stays.
    """
    module = types.ModuleType(MODULE)
    sys.modules[MODULE] = module  # dataclasses look their module up
    namespace = module.__dict__
    namespace["__builtins__"] = builtins.__dict__
    owner = entry_point.partition(".")[0].removesuffix("()")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            exec(_compiled(source, owner), namespace)
    except BaseException:  # the problem's own failure: its tests are void where they need what is missing
        pass
    namespace.pop(owner, None)
    return namespace


def _compiled(source: str, owner: str) -> types.CodeType:
    for _ in range(MAX_CUTS):
        try:
            module = ast.parse(source)
            module.body = [statement for statement in module.body if not _defines(statement, owner)]
            return compile(module, "<preamble>", "exec", dont_inherit=True)
        except (SyntaxError, ValueError):
            source = _without_last_statement(source)
    return compile("", "<preamble>", "exec", dont_inherit=True)


def _defines(statement: ast.stmt, owner: str) -> bool:
    definitions = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    return isinstance(statement, definitions) and statement.name == owner


def _without_last_statement(source: str) -> str:
    """The lines before the last one that begins in the first column."""
    lines = source.splitlines(keepends=True)
    while lines and lines[-1][0] in " \t\r\n#)]}":
        lines.pop()
    return "".join(lines[:-1])
