"""Ratings: read, averaged, filtered, and what the filter did."""

from collections.abc import Callable

from ucoder.loop_records import Answer, ProblemStatement, Rating
from ucoder.prompts import PromptStyle
from ucoder.stages.ratings import RatingSettings, ask_id, effect, keep, read, requests

BASE = PromptStyle.load("base")
Make = Callable[..., Answer]
State = Callable[..., ProblemStatement]


def rated(problem: ProblemStatement, quality: float, difficulty: str | None = None) -> Rating:
    return Rating(
        problem_id=problem.id, quality=quality, difficulty=difficulty,  # type: ignore[arg-type]
        category="", summary="so", num_read=1, provenance=("key",),
    )  # fmt: skip


def test_a_rating_is_the_mean_of_the_answers_that_say_something(answer: Make, statement: State) -> None:
    problem = statement()
    texts = ["\nQuality: 5/5\nDifficulty: hard", "nothing", "\nQuality: 2/5\nDifficulty: easy\nSummary: Thin."]
    answers = [answer(ask_id(problem), text, index) for index, text in enumerate(texts)]
    result = read([problem], reversed(answers), BASE)
    assert result.counts == {"kept": 1, "no-score": 1}
    rating = result.kept[0]
    assert (rating.quality, rating.difficulty, rating.summary, rating.num_read) == (3.5, "easy", "Thin.", 2)
    assert rating.provenance == (answers[0].key, answers[2].key)


def test_one_question_is_asked_about_each_problem(statement: State) -> None:
    problems = [statement(), statement(title="Other")]
    made = list(requests(problems, RatingSettings(), BASE, 1, 0))
    assert [request.id.partition("/")[0] for request in made] == [ask_id(problem) for problem in problems]
    assert all(request.n == 1 for request in made)
    assert made == list(requests(problems, RatingSettings(), BASE, 1, 0))


def test_the_filter_keeps_the_order_and_names_its_reasons(statement: State) -> None:
    problems = [statement(title=title) for title in "abcd"]
    ratings = [rated(problems[0], 2.5), rated(problems[1], 4.0, "hard"), rated(problems[2], 4.0, "easy")]
    settings = RatingSettings(min_quality=3.0, difficulties=("easy", "medium"))
    result = keep(problems, ratings, settings)
    assert result.kept == (problems[2], problems[3])
    assert {drop.subject: drop.reason for drop in result.drops} == {
        problems[0].id: "low-quality",
        problems[1].id: "difficulty",
    }
    strict = keep(problems, ratings, RatingSettings(keep_unrated=False))
    assert strict.counts["unrated"] == 1


def test_ratings_that_saturate_are_noticed(statement: State) -> None:
    problems = [statement(title=str(number)) for number in range(10)]
    high = effect(problems, [rated(problem, 4.9) for problem in problems], 10)
    assert high.is_saturated
    assert high.histogram == {1: 0, 2: 0, 3: 0, 4: 0, 5: 10}
    mixed = effect(problems, [rated(problem, 1 + number % 5) for number, problem in enumerate(problems)], 6)
    assert not mixed.is_saturated
    assert mixed.top_share == 0.2
    assert effect(problems, [], 10).mean_quality is None
