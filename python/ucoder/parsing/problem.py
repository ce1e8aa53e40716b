"""Reads a problem: title, description, signature, example and hint between `<PROBLEM_START>` and `<PROBLEM_END>`.

A text without sections may be a `def` with a docstring instead, as small models write problems.
"""

import ast
import inspect
import re
from dataclasses import dataclass

from ucoder.loop_records import Difficulty
from ucoder.parsing.marked import fenced_blocks, labelled, regions, unfenced
from ucoder.parsing.rating import difficulty_in
from ucoder.parsing.signature import Signature, read_signature, signature_of
from ucoder.parsing.source import is_readable, parse
from ucoder.parsing.words import words

__all__ = ["ProblemText", "placeholder_in", "read_problem"]

_LABELS = {
    "title": "title", "name": "title", "problem title": "title",
    "category": "category", "topic": "category", "difficulty": "difficulty",
    "description": "description", "problem description": "description", "problem": "description",
    "statement": "description", "problem statement": "description", "task": "description",
    "signature": "signature", "function signature": "signature", "function": "signature",
    "example": "example", "examples": "example", "example usage": "example", "sample": "example",
    "hint": "hint", "hints": "hint",
}  # fmt: skip
_PLACEHOLDER = re.compile(
    r"\b(?:todo|tbd|fixme|lorem ipsum|your (?:code|text|description|title|answer) here|insert \w+ here|placeholder)\b"
    r"|<(?:title|description|signature|function signature|example|hint|name|problem)>"
    r"|\[(?:title|description|signature|example|hint|your [\w ]{1,30})\]",
    re.IGNORECASE,
)
_TITLE_WORDS = 8
_NAME_LENGTH = 200


@dataclass(frozen=True, slots=True)
class ProblemText:
    """The sections that were found; "" where one was not."""

    title: str = ""
    category: str = ""
    difficulty: Difficulty | None = None
    description: str = ""
    signature: Signature | None = None
    example: str = ""
    hint: str = ""


def read_problem(text: str) -> ProblemText:
    """The first problem in the text. Never raises; what is not there is empty."""
    read = [_read_region(content) for content in regions(text, "PROBLEM")]
    return next((problem for problem in read if problem.description), read[0])


def _read_region(content: str) -> ProblemText:
    sections = labelled(content, _LABELS)
    if "description" not in sections and (defined := _from_definition(content)) is not None:
        return defined
    return ProblemText(
        title=_first_line(sections.get("title", ""))[:_NAME_LENGTH],
        category=_first_line(sections.get("category", "")).lower()[:_NAME_LENGTH],
        difficulty=difficulty_in(sections.get("difficulty", "")),
        description=sections.get("description", ""),
        signature=_signature(sections.get("signature", ""), content),
        example=unfenced(sections.get("example", "")).strip(),
        hint=sections.get("hint", ""),
    )


def placeholder_in(text: str) -> str:
    """What in the text stands for something that was never written; "" where nothing does."""
    found = _PLACEHOLDER.search(text)
    return found[0] if found else ""


def _first_line(section: str) -> str:
    return section.partition("\n")[0].strip("*_#` \t\"'")


def _signature(section: str, content: str) -> Signature | None:
    """Of its own section, else the first `def` in a fenced block."""
    if (found := read_signature(section)) is not None:
        return found
    blocks = (read_signature(block) for block in fenced_blocks(content))
    return next((block for block in blocks if block is not None), None)


def _from_definition(content: str) -> ProblemText | None:
    """A function whose docstring states the problem. Its examples are the lines from `>>>` on."""
    code = unfenced(content).rstrip() + "\n"
    function = _only_function(code)
    docstring = inspect.cleandoc(ast.get_docstring(function, clean=False) or "") if function is not None else ""
    if function is None or not docstring:
        return None
    description, mark, example = docstring.partition(">>>")
    return ProblemText(
        title=" ".join(words(function.name)[:_TITLE_WORDS]),
        description=description.strip(),
        signature=signature_of(function),
        example=(mark + example).strip(),
    )


def _only_function(code: str) -> ast.FunctionDef | None:
    """The one function of a code whose body may be missing or be no more than the docstring."""
    if not is_readable(code):
        return None
    module = parse(code)
    functions = [node for node in module.body if isinstance(node, ast.FunctionDef)] if module is not None else []
    return functions[0] if len(functions) == 1 else None
