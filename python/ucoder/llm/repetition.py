"""Degenerate repetition: a text whose end is one short block over and over will not become a program.

The test looks at token ids and at nothing else, and only at lengths that are multiples of `STRIDE`: whichever door
asks, and however many tokens it made in between, the text is cut at the same place.
"""

from collections.abc import Sequence

__all__ = ["STRIDE", "is_degenerate", "repetition_start"]

STRIDE = 32
"""Tokens between two looks. A look costs time linear in the window, so all looks together are linear in the text."""


def is_degenerate(tokens: Sequence[int], window: int, repeats: int) -> bool:
    """Whether the last `window` or more tokens are a block of at most window / (repeats - 1) tokens, repeated.

    That is: the last `window` tokens are the same as those d places before, for some d up to that bound. `window` 0
    switches the test off. Token ids must lie below 0x110000 (they are compared as the characters of a string: the
    search for one string in another is linear and runs in C).
    """
    if window == 0 or len(tokens) <= window:
        return False
    longest = min(window // (repeats - 1), len(tokens) - window)
    tail = "".join(map(chr, tokens[-(window + longest) :]))[::-1]
    return tail.find(tail[:window], 1) > 0


def repetition_start(tokens: Sequence[int], checked: int, window: int, repeats: int) -> int | None:
    """The first length above `checked`, of those that are looked at, at which the text is degenerate; None if none."""
    first = (checked // STRIDE + 1) * STRIDE
    for length in range(first, len(tokens) + 1, STRIDE):
        if is_degenerate(tokens[:length], window, repeats):
            return length
    return None
