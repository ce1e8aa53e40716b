"""Reads a program: what continues a prompt, cut where the function ends, or a whole program in a model's answer.

A text is a whole program where it defines the entry point itself, as chat models do and base models sometimes; else it
continues the prompt.
"""

import ast
import re
from dataclasses import dataclass

from ucoder.parsing.marked import fenced_blocks
from ucoder.parsing.source import OpenState, advance, parse, physical_lines

__all__ = ["ProgramText", "read_program", "read_script"]

_TOP_LEVEL = re.compile(r"(?:from|import|def|async def|class|@)\b|@")
_SPECIAL_TOKEN = re.compile(r"<\|[a-z_▁|]{1,32}\|>|</s>|<[A-Z]{3,16}_(?:START|END)>")


@dataclass(frozen=True, slots=True)
class ProgramText:
    """One of the two is None."""

    solution: str | None = None
    completion: str | None = None


def read_program(text: str, entry_point: str) -> ProgramText | None:
    """The program in the text; None where there is none. Never raises. That it runs is for the executor to say."""
    special = _SPECIAL_TOKEN.search(text)
    if special is not None:
        text = text[: special.start()]
    defines = re.compile(rf"^(?:async[ \t]+)?def[ \t]+{re.escape(entry_point)}[ \t]*\(", re.MULTILINE)
    blocks = [block for block in fenced_blocks(text) if block.strip()]
    defining = [block for block in blocks if defines.search(block)]
    if defining:
        whole = next((block for block in defining if parse(block) is not None), defining[0])
        return ProgramText(solution=_without_chatter(whole))
    if blocks and text.lstrip().startswith("```"):
        text = blocks[0]
    if _restates(text, defines):
        return ProgramText(solution=_without_chatter(_from_first_statement(text)))
    completion = _body(text)
    return ProgramText(completion=completion) if completion.strip() else None


def read_script(text: str) -> str:
    """The program that a text gives as a whole: a fenced block, the last one that parses, else all of it. "" for none.

    Models that think aloud put drafts before what they mean.
    """
    special = _SPECIAL_TOKEN.search(text)
    if special is not None:
        text = text[: special.start()]
    blocks = [block for block in fenced_blocks(text) if block.strip()]
    if not blocks:
        return text if text.strip() else ""
    return next((block for block in reversed(blocks) if parse(block) is not None), blocks[-1])


def _restates(text: str, defines: re.Pattern[str]) -> bool:
    """Whether the text defines the entry point and does not begin with an indented line, as a body does."""
    first = next((line for line in physical_lines(text) if line.strip()), " ")
    return not first[0].isspace() and defines.search(text) is not None


def _from_first_statement(text: str) -> str:
    """From the first line that can begin a program: what stands before is talk."""
    position = 0
    for line in physical_lines(text):
        if _TOP_LEVEL.match(line):
            return text[position:]
        position += len(line)
    return text


def _without_chatter(program: str) -> str:
    """Without what follows the last definition: prints, assertions, `if __name__ == "__main__"`, talk."""
    module = parse(program)
    if module is None:
        return _definitions_by_line(program)
    lasting = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Assign, ast.AnnAssign, ast.Import)
    kept = [node.end_lineno or 0 for node in module.body if isinstance(node, (*lasting, ast.ImportFrom))]
    lines = list(physical_lines(program))
    return "".join(lines[: max(kept, default=len(lines))])


def _definitions_by_line(program: str) -> str:
    """Of a text that does not parse, what comes before the first line of talk at the margin behind a definition."""
    state, kept, has_definition = OpenState(), [], False
    for line in physical_lines(program):
        at_margin = state.is_closed and not line[0].isspace()
        if at_margin and has_definition and not _TOP_LEVEL.match(line) and line[0] not in "#)]}":
            break
        has_definition = has_definition or line.startswith(("def ", "class ", "async def "))
        state = advance(state, line)
        kept.append(line)
    return "".join(kept)


def _body(text: str) -> str:
    """The lines up to the first at the margin: what is indented is the body, what is inside brackets or a string, too.

    The first line may begin anywhere: it continues the prompt's last.
    """
    state, position = OpenState(), 0
    for line in physical_lines(text):
        if position and state.is_closed and not line[0].isspace():
            break
        state = advance(state, line)
        position += len(line)
    return text[:position]
