"""Problems, ratings and skeletons in model text, in the forms in which models write them."""

import pytest

from ucoder.parsing.marked import fenced_blocks, labelled, regions
from ucoder.parsing.problem import placeholder_in, read_problem
from ucoder.parsing.rating import difficulty_in, read_rating
from ucoder.parsing.signature import read_signature
from ucoder.parsing.skeleton import SkeletonText, imported_names, read_skeleton, skeleton_source
from ucoder.parsing.source import parse
from ucoder.parsing.words import distinct_runs, words

PLAIN = """<PROBLEM_START>
Title: Two piles
Category: Games
Difficulty: Hard
Description: Stones lie in two piles.
Take some.

Say who wins.
Signature: def who_wins(left: int, right: int = 0) -> str:
Example: who_wins(1, 1) returns 'second'
Hint: Copy the other player.
<PROBLEM_END>
Anything else."""

MARKDOWN = """Sure! Here is a problem.

## **Title**: Two piles
**Category:** Games
- **Difficulty**: hard (for beginners)
### Description
Stones lie in two piles.
Take some.

Say who wins.
### Function Signature
```python
def who_wins(
    left: int,  # stones
    right: int = 0,
) -> str:
    pass
```
**Example:** `who_wins(1, 1)` returns 'second'
**Hint**: Copy the other player.
"""


@pytest.mark.parametrize(
    "text", [PLAIN, MARKDOWN, PLAIN.replace("<PROBLEM_START>", ""), PLAIN.partition("<PROBLEM_END>")[0]]
)
def test_the_sections_of_a_problem_are_read(text: str) -> None:
    problem = read_problem(text)
    assert problem.title == "Two piles"
    assert (problem.category, problem.difficulty) == ("games", "hard")
    assert problem.description == "Stones lie in two piles.\nTake some.\n\nSay who wins."
    assert problem.signature is not None
    assert problem.signature.text == "def who_wins(left: int, right: int=0) -> str:"
    assert problem.signature.parameters == ("left", "right")
    assert problem.signature.num_required == 1
    assert "who_wins(1, 1)" in problem.example
    assert problem.hint == "Copy the other player."


def test_a_definition_with_a_docstring_is_a_problem() -> None:
    problem = read_problem(
        '\ndef last_vowel(word: str) -> str:\n    """Give the last vowel.\n\n    >>> last_vowel("ab")\n'
        '    \'a\'\n    """\n'
    )
    assert problem.title == "last vowel"
    assert problem.description == "Give the last vowel."
    assert problem.example == ">>> last_vowel(\"ab\")\n'a'"
    assert problem.signature is not None
    assert problem.signature.is_typed


def test_what_is_not_there_is_empty() -> None:
    problem = read_problem("Title: only this")
    assert (problem.title, problem.description, problem.signature, problem.hint) == ("only this", "", None, "")


def test_what_stands_between_markers_is_found_in_order() -> None:
    assert regions("<P_START>  <P_START> a <P_END> <P_START> b <P_END>", "P") == ["a", "b"]
    assert regions("a <P_END> b", "P") == ["a"]
    assert regions("a <P_END> <P_START> b <P_END>", "P") == ["a", "b"]
    assert regions("talk <P_START> b <P_END>", "P") == ["b"]
    assert regions("<P_START> <P_END>", "P") == [""]


def test_talk_about_the_format_is_passed_over() -> None:
    talk = "I write it between <{0}_START> and <{0}_END>, as told.\n\n"
    assert read_problem(talk.format("PROBLEM") + PLAIN) == read_problem(PLAIN)
    assert read_rating(talk.format("RATING") + "<RATING_START>\nQuality: 4/5\n<RATING_END>").quality == 4.0
    skeleton = read_skeleton(f"{talk.format('SKELETON')}<SKELETON_START>{SKELETON}<SKELETON_END>")
    assert isinstance(skeleton, SkeletonText)


def test_a_label_inside_code_is_code() -> None:
    assert labelled("Title: a\n```\nHint: b\n```\nHint: c", {"title": "t", "hint": "h"}) == {
        "t": "a\n```\nHint: b\n```",
        "h": "c",
    }


def test_stubs_are_told_from_text() -> None:
    assert placeholder_in("TODO: write this") == "TODO"
    assert placeholder_in("Return <description> here") == "<description>"
    assert placeholder_in("[your title goes here]")
    assert not placeholder_in("A method of todos, [1, 2], a < b > c ... and so on")


@pytest.mark.parametrize(
    ("text", "parameters"),
    [
        ("`def f(a, *args, b=1, **kwargs)`", ("a", "b", "args", "kwargs")),
        ("def f(a, b): return a", ("a", "b")),
        ("talk\n>>> def f(a)\n", ("a",)),
        ("def f(a: dict[str, list[int]] = {}) -> None", ("a",)),
    ],
)
def test_signatures_are_read_with_or_without_their_colon(text: str, parameters: tuple[str, ...]) -> None:
    signature = read_signature(text)
    assert signature is not None
    assert signature.entry_point == "f"
    assert signature.parameters == parameters


@pytest.mark.parametrize("text", ["", "f(a, b)", "def (a):", "def print(a):", "def f(a b):", "class A:", "define f(a)"])
def test_what_is_no_signature_is_none(text: str) -> None:
    assert read_signature(text) is None


# -------------------------------------------------------------------- ratings


@pytest.mark.parametrize(
    ("text", "quality"),
    [
        ("<RATING_START>\nQuality: 4/5\n<RATING_END>", 4.0),
        ("Quality: 4.5", 4.5),
        ("**Score**: 8/10 because", 4.0),
        ("Quality score: 3 out of 5", 3.0),
        ("Rating: ★★★★☆", 4.0),
        ("3", 3.0),
        ("Quality: 0", 1.0),
        ("Quality: 85/100", 4.25),
        ("Quality: 4,5/5", 4.5),
        ("Quality: 7", None),
        ("Quality: 12/10", None),
        ("Quality: -1", None),
        ("Quality: good", None),
        ("Summary: 5 nice ideas", None),
        ("", None),
        ("Quality: " + "9" * 1000, None),
    ],
)
def test_scores_are_brought_to_one_scale_or_refused(text: str, quality: float | None) -> None:
    assert read_rating(text).quality == quality


def test_a_rating_has_its_other_fields() -> None:
    rating = read_rating("Quality: 4/5\nDifficulty: Medium-hard\nCategory: Graphs\nSummary: Clear.\nAnd short.")
    assert (rating.difficulty, rating.category, rating.summary) == ("medium", "graphs", "Clear.\nAnd short.")


@pytest.mark.parametrize(
    ("text", "difficulty"), [("Easy", "easy"), ("2/5", "easy"), ("3", "medium"), ("5/5", "hard"), ("?", None)]
)
def test_difficulties_are_words_or_numbers(text: str, difficulty: str | None) -> None:
    assert difficulty_in(text) == difficulty


# -------------------------------------------------------------------- skeletons

SKELETON = '''
import math
from collections import Counter as Bag


def f(x: int) -> int:
    """Add one.

    Args:
        x: A number.

    Returns:
        "x + 1"
    """
'''


@pytest.mark.parametrize(
    "text",
    [
        f"<SKELETON_START>{SKELETON}<SKELETON_END>",
        SKELETON,
        SKELETON + "    pass\n",
        SKELETON + "    return (x +",
        f"Here:\n```python\n{SKELETON}```\nDone.",
    ],
)
def test_a_skeleton_is_read_and_written_without_a_body(text: str) -> None:
    skeleton = read_skeleton(text)
    assert isinstance(skeleton, SkeletonText)
    assert skeleton.imports == "import math\nfrom collections import Counter as Bag"
    assert imported_names(skeleton.imports) == {"math", "Bag"}
    assert skeleton.text.startswith("import math\nfrom collections import Counter as Bag\n\n\ndef f(x: int) -> int:\n")
    assert skeleton.text.endswith('        "x + 1"\n    """\n')
    assert parse(skeleton.text + "    return x + 1\n") is not None


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "empty"),
        ("def f(x", "not-python"),
        ("x = 1", "no-function"),
        ("def f():\n    '''a'''\ndef g():\n    '''b'''\n", "several-functions"),
        ("def f(x):\n    return x\n", "no-docstring"),
        ("def len(x):\n    '''a'''\n", "name-taken"),
    ],
)
def test_what_is_no_skeleton_has_a_reason(text: str, reason: str) -> None:
    assert read_skeleton(text) == reason


@pytest.mark.parametrize(
    "docstring", ['ends in "', 'has """ inside', "back\\slash", "one", "two\n\nlines\n  deep", "\\"]
)
def test_a_written_skeleton_says_what_was_read(docstring: str) -> None:
    again = read_skeleton(skeleton_source("", "def f(x: int) -> int:", docstring))
    assert isinstance(again, SkeletonText)
    assert again.docstring == docstring


# -------------------------------------------------------------------- words and fences


def test_words_are_letters_and_digits() -> None:
    assert words("Is_prime(n): über 3.5!") == ["is", "prime", "n", "über", "3", "5"]
    assert distinct_runs("a b a b", 2) == {"a b", "b a"}
    assert distinct_runs("a b", 5) == {"a b"}
    assert distinct_runs("...", 5) == frozenset()


def test_fences_hold_blocks_and_the_last_may_be_open() -> None:
    assert list(fenced_blocks("a\n```python\nb\n```\nc\n````\n```\nd\n````\n~~~\ne")) == ["b\n", "```\nd\n", "e\n"]
