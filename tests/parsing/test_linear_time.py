"""Readers never raise, and take time in proportion to their text, whatever a model wrote."""

import time
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ucoder.parsing.marked import fenced_blocks
from ucoder.parsing.problem import read_problem
from ucoder.parsing.program import read_program
from ucoder.parsing.rating import read_rating
from ucoder.parsing.skeleton import read_skeleton
from ucoder.parsing.source import parse
from ucoder.parsing.suite import read_tests

pytestmark = pytest.mark.one_python

READERS: dict[str, Callable[[str], Any]] = {
    "problem": read_problem,
    "rating": read_rating,
    "skeleton": read_skeleton,
    "tests": lambda text: read_tests(text, "f"),
    "program": lambda text: read_program(text, "f"),
    "fences": lambda text: list(fenced_blocks(text)),
    "python": parse,
}

# A word, a mark or a line that some reader looks for: what texts of a nasty kind are made of.
PIECES = [
    "<PROBLEM_START>", "<PROBLEM_END>", "<RATING_START>", "<RATING_END>", "<SKELETON_START>", "<SKELETON_END>",
    "Title:", "**Description**:", "Signature:", "Example", "Hint:", "Quality: 4/5", "Difficulty: hard", "4 out of 5",
    "```", "```python\n", "~~~~", "`", "\n", "\n\n", " ", "    ", "\t", "\r\n", "\x0c", "\0", "\ud800", "\u2028", "é",
    "assert ", "assert f(1) == 2", "assert\n", "f(", "f(1)", "f(x)", "(", ")", "[", "]", "{", "}", "'", '"', "'''",
    '"""', "\\", "\\\n", "#", "# note\n", "def ", "def f(x: int) -> int:\n", "    return x\n", "class A:\n", "@",
    "import math\n", "from typing import List\n", "x = 1\n", "x = f(2)\n", "lambda: ", "not ", "-", "a.",
    "1 + ", "1 if 1 else ", "== ", "1. ", "- ", ">>> ", "f'{", "}'", "<|end|>", "0x" + "f" * 50, "★", ",",
    ":", ";", "async ", "await ", "print(f(1))\n",
]  # fmt: skip

TEXTS = st.one_of(st.text(st.characters(codec=None)), st.lists(st.sampled_from(PIECES), max_size=60).map("".join))


@given(TEXTS)
def test_readers_read_any_text(text: str) -> None:
    for read in READERS.values():
        read(text)


@pytest.mark.parametrize("name", READERS)
@pytest.mark.parametrize(
    "text",
    [
        "<PROBLEM_START>" * 70_000,
        "(" * 100_000,
        "f(" * 50_000,
        "assert f(" + "(" * 100_000 + ") == 1",
        "assert f(" + "[" * 39 + "1" + "]" * 39 + ") == 1",
        "assert f(0x" + "f" * 5000 + ") == 1",
        "assert f(" + "9" * 5000 + ") == 1",
        "assert " + "not " * 15_000 + "f(1)",
        "assert f(1)" + ".a" * 30_000 + " == 1",
        "assert f(1) == " + "1 + " * 15_000 + "1",
        "def f(x):\n" + "".join(" " * depth + "if x:\n" for depth in range(1, 300)),
        "```python\n" * 50_000 + "def f(x):\n    return x\n",
        "\0" * 100_000,
        "\ud800" * 100_000,
        "assert f('\\ud800') == 1\n" * 100,
        "def f(x: int) -> int:\n    '''\\ud800 \\0'''\n",
        "def f(x=" + "f'{" * 20 + "1" + "}'" * 20 + "): pass",
    ],
    ids=lambda text: f"{text[:12]!r}...{len(text)}",
)
def test_readers_survive_hostile_texts(name: str, text: str) -> None:
    READERS[name](text)


def cpu_seconds(read: Callable[[str], Any], texts: list[str]) -> list[float]:
    """For each text, the best of three in turns: a machine that is slow for a while is slow for all of them."""
    best = [float("inf")] * len(texts)
    for _ in range(3):
        for place, text in enumerate(texts):
            start = time.process_time()
            read(text)
            best[place] = min(best[place], time.process_time() - start)
    return best


@pytest.mark.timeout(600)
@pytest.mark.parametrize("name", READERS)
def test_six_times_the_text_takes_about_six_times_the_time(name: str) -> None:
    """A reader that is quadratic anywhere takes 36 times as long; what takes under 30 ms shows nothing."""
    for piece in PIECES:
        texts = [piece * (size // len(piece)) for size in (40_000, 240_000)]
        before, after = cpu_seconds(READERS[name], texts)
        assert after < max(16 * before, 0.03), (piece, before, after)


@pytest.mark.parametrize("name", READERS)
def test_a_megabyte_is_read_within_seconds(name: str) -> None:
    for piece in ("<PROBLEM_START>", "```\n", "assert f(1) == 2\n", "x = f(2)\n", "title: a\n", "'''", "\\"):
        start = time.process_time()
        READERS[name](piece * (1_000_000 // len(piece)))
        assert time.process_time() - start < 10, piece
