"""Words and runs of words of any text: what comparisons between problems are made of."""

import re

__all__ = ["distinct_runs", "runs", "words"]

_WORD = re.compile(r"[^\W_]+")


def words(text: str) -> list[str]:
    """Runs of letters and digits in lower case, in order: `has_close` is two words, `hasClose` one."""
    return _WORD.findall(text.lower())


def runs(listed: list[str], length: int) -> list[str]:
    """Every `length` consecutive words joined by blanks; nothing where there are fewer."""
    return [" ".join(listed[start : start + length]) for start in range(len(listed) - length + 1)]


def distinct_runs(text: str, length: int) -> frozenset[str]:
    """The distinct runs of a text; all its words as one run where there are fewer than `length`."""
    listed = words(text)
    found = runs(listed, length)
    return frozenset(found or ([" ".join(listed)] if listed else []))
