"""Near-duplicates: nearly the same problem is the same problem, the first one is kept."""

import random
from collections.abc import Callable

from hypothesis import given
from hypothesis import strategies as st

from ucoder.loop_records import ProblemStatement
from ucoder.stages.duplicates import DuplicateSettings, drop_near_duplicates, similarity

State = Callable[..., ProblemStatement]
SETTINGS = DuplicateSettings()
LONG = (
    "Every morning the baker writes down how many rolls each customer took. Find the customer whose number of rolls "
    "grew on the most days in a row, and give the name; where several are equal, take the one who came first."
)


def many(statement: State, count: int) -> list[ProblemStatement]:
    """Problems that have nothing to do with one another."""
    draw = random.Random(3)
    letters = "abcdefghijklmnop"
    return [
        statement(description=" ".join("".join(draw.choices(letters, k=5)) for _ in range(40)), title=str(number))
        for number in range(count)
    ]


def test_a_problem_in_slightly_other_words_is_dropped(statement: State) -> None:
    first = statement(description=LONG)
    reworded = statement(description=LONG.replace("Every morning", "Each day"), title="Another title", hint="Other.")
    other = statement()
    result = drop_near_duplicates([first, reworded, other], SETTINGS)
    assert result.kept == (first, other)
    assert [(drop.reason, drop.subject) for drop in result.drops] == [("near-duplicate", reworded.id)]
    assert first.id in result.drops[0].evidence


def test_the_first_is_kept_and_the_same_input_gives_the_same_result(statement: State) -> None:
    first, second = statement(description=LONG), statement(description=LONG, title="Second")
    assert drop_near_duplicates([second, first], SETTINGS).kept == (second,)
    listed = [*many(statement, 50), first, second]
    assert drop_near_duplicates(listed, SETTINGS) == drop_near_duplicates(listed, SETTINGS)


def test_problems_of_earlier_rounds_count_and_are_not_given_back(statement: State) -> None:
    earlier = statement(description=LONG)
    again = statement(description=LONG, title="Again")
    result = drop_near_duplicates([again, statement()], SETTINGS, before=[earlier])
    assert result.kept == (statement(),)
    assert result.counts["near-duplicate"] == 1


def test_different_problems_all_stay(statement: State) -> None:
    problems = many(statement, 300)
    assert drop_near_duplicates(problems, SETTINGS).kept == tuple(problems)


def test_switched_off_it_keeps_all(statement: State) -> None:
    twice = [statement(), statement(title="Again")]
    assert drop_near_duplicates(twice, DuplicateSettings(enabled=False)).kept == tuple(twice)


def test_hashing_misses_no_pair_that_is_clearly_over_the_threshold(statement: State) -> None:
    """Each of 200 problems has a copy with two words changed: the exact similarity is what decides."""
    problems = many(statement, 200)
    copies = []
    for problem in problems:
        changed = problem.description.split()
        changed[3] = changed[30] = "other"
        copies.append(statement(description=" ".join(changed), title="copy of " + problem.title))
    assert len(drop_near_duplicates([*problems, *copies], SETTINGS).kept) == 200


@given(st.text(max_size=80), st.text(max_size=80), st.integers(1, 4))
def test_similarity_is_symmetric_and_one_for_the_same(left: str, right: str, run_words: int) -> None:
    assert similarity(left, right, run_words) == similarity(right, left, run_words)
    assert 0 <= similarity(left, right, run_words) <= 1
    assert similarity(left, left, run_words) in (0.0, 1.0)
