"""Which names of a test stand for the program under test."""

import ast
from collections.abc import Iterator

from .plan import Beside


class Program:
    """The entry point and whatever the test calls it by: `candidate`, an alias, an instance of its class."""

    def __init__(self, entry_point: str) -> None:
        owner, dot, method = entry_point.rpartition(".")
        self.target = entry_point
        self.class_name = owner.removesuffix("()") if dot else ""
        self.method = method
        self.name = self.class_name or entry_point
        self.functions: set[str] = set() if self.class_name else {entry_point}
        self.instances: set[str] = set()

    def has(self, name: str) -> bool:
        """Whether the name stands for the program, its class or an instance."""
        return name == self.name or name in self.functions or name in self.instances

    def is_function(self, node: ast.expr) -> bool:
        """Whether calling the expression's value calls the program."""
        match node:
            case ast.Name(id=name):
                return name in self.functions
            case ast.Attribute(value=owner, attr=method):
                return method == self.method and self.is_instance(owner)
        return False

    def is_instance(self, node: ast.expr) -> bool:
        match node:
            case ast.Name(id=name):
                return name in self.instances
            case ast.Call(func=ast.Name(id=name)) if self.class_name and name == self.class_name:
                if node.args or node.keywords:
                    raise Beside("constructor-arguments")
                return True
        return False

    def forget(self, names: Iterator[str]) -> None:
        """The test has bound these names to something else."""
        for name in names:
            self.functions.discard(name)
            self.instances.discard(name)
