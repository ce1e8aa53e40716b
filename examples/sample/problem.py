"""What a problem of the sample is made of.

A problem holds its right programs and its bugs as text; nothing here runs them. `right[0]` is the reference from
which expected values are computed. Bodies are written without the function's own indentation.
"""

import ast
import re
import textwrap
from dataclasses import dataclass
from functools import cached_property


@dataclass(frozen=True)
class Edit:
    """A bug made by replacing `old`, which must occur, by `new` in the right program `right`."""

    right: int
    old: str
    new: str
    flaw: str


@dataclass(frozen=True)
class Bug:
    """A bug that is a whole body of its own."""

    flaw: str
    code: str


@dataclass(frozen=True)
class ModelTest:
    """A test as a model would write it; `label` is "right", "wrong" (bad expected value) or "void"."""

    label: str
    test: str | dict[str, object]


@dataclass(frozen=True)
class Problem:
    """`cases` and `probes` are argument texts ("3, [1]"), or whole stdin texts for a script.

    `cases` make the hidden test, `probes` the generated part of the model-like suite, `tests` its hand-written part.
    `num_right` and `num_wrong` are how many distinct right and wrong programs the sample holds.
    """

    name: str
    prompt: str
    right: tuple[str, ...]
    bugs: tuple[Edit | Bug, ...]
    cases: tuple[str, ...]
    probes: tuple[str, ...]
    tests: tuple[ModelTest, ...] = ()
    hangs: tuple[Bug, ...] = ()
    entry_point: str | None = None
    compare: str = ""
    atol: float = 0.0
    num_right: int = 12
    num_wrong: int = 22

    @property
    def is_script(self) -> bool:
        return self.entry_point is None

    @property
    def task_id(self) -> str:
        return f"sample/{self.name}"

    @property
    def indent(self) -> str:
        """Of the body, below the prompt."""
        if self.is_script:
            return ""
        return " " * (8 if "." in (self.entry_point or "") else 4)

    @cached_property
    def parameters(self) -> list[str]:
        """Of the entry, without self; none for a script."""
        functions = [node for node in ast.walk(ast.parse(self.prompt)) if isinstance(node, ast.FunctionDef)]
        if not functions:
            return []
        function = functions[-1]
        return [argument.arg for argument in function.args.args if argument.arg != "self"]

    @cached_property
    def bare_prompt(self) -> str:
        """The prompt without its docstring."""
        if self.is_script:
            return ""
        return re.sub(r'\n *"""(.|\n)*?"""\n', "\n", self.prompt, count=1)

    def completion(self, body: str) -> str:
        """`body` as it follows the prompt."""
        return textwrap.indent(tidy(body), self.indent)

    def program(self, body: str) -> str:
        return self.prompt + self.completion(body)

    def resolved_bugs(self) -> list[Bug]:
        """Every bug as a whole body, edits applied."""
        resolved = []
        for bug in self.bugs:
            if isinstance(bug, Bug):
                resolved.append(Bug(bug.flaw, tidy(bug.code)))
                continue
            body = tidy(self.right[bug.right])
            if bug.old not in body:
                raise ValueError(f"{self.name}: right program {bug.right} has no {bug.old!r}")
            resolved.append(Bug(bug.flaw, body.replace(bug.old, bug.new)))
        return resolved


def tidy(body: str) -> str:
    return textwrap.dedent(body).strip("\n") + "\n"


def right(*tests: str | dict[str, object]) -> tuple[ModelTest, ...]:
    return tuple(ModelTest("right", test) for test in tests)


def wrong(*tests: str | dict[str, object]) -> tuple[ModelTest, ...]:
    return tuple(ModelTest("wrong", test) for test in tests)


def void(*tests: str) -> tuple[ModelTest, ...]:
    return tuple(ModelTest("void", test) for test in tests)
