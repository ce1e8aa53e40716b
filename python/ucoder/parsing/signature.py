"""One function definition: its line as the model wrote it, its name, its parameters, its types."""

import ast
import builtins
import keyword
from dataclasses import dataclass

from ucoder.parsing.source import OpenState, advance, parse, physical_lines, written

__all__ = ["Signature", "read_signature", "signature_of"]

MAX_HEADER_LINES = 40


@dataclass(frozen=True, slots=True)
class Signature:
    """A `def` without its body."""

    text: str
    """From `def` to the colon, on one line, as `ast` writes it"""
    entry_point: str
    parameters: tuple[str, ...]
    """Names in order, those of `*args` and `**kwargs` included"""
    is_typed: bool
    """Every parameter has a type, and so has what is returned"""
    num_required: int
    """Positional arguments without which a call fails"""


def read_signature(text: str) -> Signature | None:
    """The first `def` that starts a line and can be read; None where there is none, or where its name is taken.

    What follows the colon does not matter; the colon itself may be missing.
    """
    lines = list(physical_lines(text))
    spent = 0
    for number, line in enumerate(lines):
        start = line.lstrip(" \t`>")
        if start.startswith(("def ", "async def ")) and number >= spent:
            header, spent = _header(start, lines, number)
            if (signature := _signature_of_header(header)) is not None:
                return signature
    return None


def _header(start: str, lines: list[str], number: int) -> tuple[str, int]:
    """The lines up to the one that closes every bracket, and the number of the line after them."""
    header, state = [start], advance(OpenState(), start)
    end = number + 1
    while not state.is_closed and end < min(len(lines), number + MAX_HEADER_LINES):
        header.append(lines[end])
        state = advance(state, lines[end])
        end += 1
    return "".join(header), end


def _signature_of_header(header: str) -> Signature | None:
    bare = header.strip().rstrip("` \t\n")
    for body in ("", " pass", ": pass"):
        match parse(bare + body):
            case ast.Module(body=[ast.FunctionDef() as function]):
                return signature_of(function)
    return None


def signature_of(function: ast.FunctionDef) -> Signature | None:
    """Of a definition in a tree; None where its name is a builtin's or a default cannot be written."""
    if hasattr(builtins, function.name) or keyword.issoftkeyword(function.name):
        return None
    args = function.args
    positional = [*args.posonlyargs, *args.args]
    listed = [*positional, *args.kwonlyargs, *(one for one in (args.vararg, args.kwarg) if one is not None)]
    bare = ast.FunctionDef(function.name, args, [ast.Pass()], [], function.returns, lineno=1, col_offset=0)
    text = written(bare)
    if text is None:
        return None
    return Signature(
        text=text.partition("\n")[0],
        entry_point=function.name,
        parameters=tuple(one.arg for one in listed),
        is_typed=function.returns is not None and all(one.annotation is not None for one in listed),
        num_required=len(positional) - len(args.defaults),
    )
