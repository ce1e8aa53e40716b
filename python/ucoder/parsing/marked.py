"""What stands between a stage's markers, and which of its lines carry a label such as `Title:`.

A stop string is no part of a text and a prompt may end with the opening marker, so either marker may be missing.
"""

import re
from collections.abc import Iterator

__all__ = ["closes", "fenced_blocks", "labelled", "regions", "unfenced"]

_LABEL_LENGTH = 48
_ORNAMENT = "#*->_` \t"
_FENCE = re.compile(r"[ \t]{0,8}(`{3,}|~{3,})")


def regions(text: str, name: str) -> list[str]:
    """The non-empty texts between `<NAME_START>` and `<NAME_END>`, in order; at least one, which may be empty.

    Where a marker is missing, a region begins or ends with the whole text. Talk about the format may stand between
    markers, too: a reader takes the first region in which it finds what it looks for.
    """
    start, end = f"<{name}_START>", f"<{name}_END>"
    # Splitting at every opening marker looks at each character a fixed number of times, however many markers there are.
    before, *behind = text.split(start)
    # What stands before the first opening marker is talk, unless a closing one ends it.
    pieces = [before, *behind] if end in before or not behind else behind
    found = [content for piece in pieces if (content := piece.partition(end)[0].strip())]
    return found or [""]


def closes(text: str, name: str) -> bool:
    """Whether the closing marker is there: then the text was not cut off inside."""
    return f"<{name}_END>" in text


def labelled(text: str, labels: dict[str, str]) -> dict[str, str]:
    """The text under each label, by the name that `labels` gives it; the first of equal names counts.

    A label stands at the beginning of a line, perhaps behind ornament (`**Title**:`, `## Title`, `- title:`), and is
    followed by a colon or, as a heading, by nothing.
    """
    found: dict[str, list[str]] = {}
    current: list[str] = []
    is_fenced = False
    for line in text.split("\n"):
        if _FENCE.match(line):
            is_fenced = not is_fenced
        label, rest = ("", line) if is_fenced else _label_of(line, labels)
        if label:
            current = [rest] if rest else []
            found.setdefault(label, current)
        else:
            current.append(line)
    return {label: "\n".join(lines).strip() for label, lines in found.items()}


def _label_of(line: str, labels: dict[str, str]) -> tuple[str, str]:
    head = line[:_LABEL_LENGTH]
    word, colon, _ = head.partition(":")
    is_heading = word.lstrip(" \t").startswith(("#", "**"))
    name = labels.get(word.strip(_ORNAMENT).lower(), "")
    if not name or not (colon or (is_heading and len(line) < _LABEL_LENGTH)):
        return "", line
    return name, line[len(word) + len(colon) :].lstrip("*_ \t").rstrip() if colon else ""


def fenced_blocks(text: str) -> Iterator[str]:
    """The contents of fenced blocks, in order; the last may be cut off."""
    block: list[str] | None = None
    fence = ""
    for line in text.split("\n"):
        mark = _FENCE.match(line)
        if mark and block is None:
            block, fence = [], mark[1]
        elif mark and block is not None and mark[1].startswith(fence) and line.strip() == mark[1]:
            yield "\n".join(block) + "\n"
            block = None
        elif block is not None:
            block.append(line)
    if block is not None:
        yield "\n".join(block) + "\n"


def unfenced(text: str) -> str:
    """The first fenced block where there is one, else the text without backticks around it."""
    block = next(fenced_blocks(text), None)
    return block if block is not None else text.strip("\n").removeprefix("`").removesuffix("`")
