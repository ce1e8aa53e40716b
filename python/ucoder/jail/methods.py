"""Which methods a module of unit tests consists of, read from its text in a process that never meets a program.

What is named here has to say that it passed. A program can therefore not make a suite smaller: whatever it does to the
classes, to the loader or to the process, a method that was not seen to pass has not passed.
"""

import ast

from .plan import Ending
from .source import Definition, parse, walk

MAX_METHODS = 1024
_SKIPPED = "skip"  # unittest.skip: never run, whatever the program


def plan(kind: str, text: str) -> tuple[object, ...]:
    """("methods", ("Class.method", ...)) in the order in which `unittest` runs them, or ("void", reason).

    Where a "module" has no such methods, one without a name stands for the text as a whole.
    """
    try:
        module = parse(text)
    except Ending as ending:
        return ("void", ending.reason)
    names = tuple(_names(module))
    if not names and kind == "module" and _may_fail(module):
        names = ("",)
    if not names:
        return ("void", "no-test")
    if len(names) > MAX_METHODS:
        return ("void", "too-large")
    return ("methods", names)


def _may_fail(module: ast.Module) -> bool:
    """Whether executing the text asserts or calls something: one that only defines functions is passed by everybody."""
    executed = [node for node in module.body if not isinstance(node, Definition)]
    return any(isinstance(node, ast.Assert | ast.Raise | ast.Call) for one in executed for node in walk(one))


def _names(module: ast.Module) -> list[str]:
    classes = {node.name: node for node in module.body if isinstance(node, ast.ClassDef)}
    found = []
    for name, node in sorted(classes.items()):
        if _is_case(node, classes, ()) and not _is_skipped(node):
            found += [f"{name}.{method}" for method in sorted(_methods(node, classes, ()))]
    return found


def _is_case(node: ast.ClassDef, classes: dict[str, ast.ClassDef], seen: tuple[str, ...]) -> bool:
    """Whether it derives from a class of that name, directly or by way of another class of the text."""
    for base in node.bases:
        name = base.attr if isinstance(base, ast.Attribute) else base.id if isinstance(base, ast.Name) else ""
        if name in ("TestCase", "IsolatedAsyncioTestCase") and name not in classes:
            return True
        if name in classes and name not in seen and _is_case(classes[name], classes, (*seen, node.name)):
            return True
    return False


def _methods(node: ast.ClassDef, classes: dict[str, ast.ClassDef], seen: tuple[str, ...]) -> list[str]:
    """Its own and those of its bases in the text, each once."""
    names: dict[str, bool] = {}
    for statement in node.body:
        if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef) and statement.name.startswith("test"):
            names[statement.name] = not _is_skipped(statement)
    for base in node.bases:
        if isinstance(base, ast.Name) and base.id in classes and base.id not in seen:
            for name in _methods(classes[base.id], classes, (*seen, node.name)):
                names.setdefault(name, True)
    return [name for name, is_run in names.items() if is_run]


def _is_skipped(node: ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    for decorator in node.decorator_list:
        called = decorator.func if isinstance(decorator, ast.Call) else decorator
        name = called.attr if isinstance(called, ast.Attribute) else called.id if isinstance(called, ast.Name) else ""
        if name == _SKIPPED:
            return True
    return False
