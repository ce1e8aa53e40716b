"""Problems written by hand: a row of letters for each candidate, a letter for each test."""

from collections.abc import Callable, Sequence

import numpy as np
import pytest

from ucoder._core import Outcome
from ucoder.records import JudgedProblem, content_id

Problem = Callable[..., JudgedProblem]


@pytest.fixture(scope="session")
def problem() -> Problem:
    return make_problem


def make_problem(
    rows: Sequence[str],
    expected: str = "",
    *,
    logprobs: Sequence[float | None] | None = None,
    texts: Sequence[str] | None = None,
    trusted: Sequence[bool] | None = None,
    task_id: str = "t",
) -> JudgedProblem:
    """A letter is what a candidate returns on a test, `.` an error. A test passes where it equals `expected`'s.

    `texts` are the programs; without them each is a program of its own, longer than the one before, so that
    the first of equals is the one to choose.
    """
    num_tests = len(rows[0]) if rows else 0
    letters = np.array([list(row) for row in rows], dtype="<U1").reshape(len(rows), num_tests)
    ran = letters != "."
    passed = ran & (letters == np.array(list(expected.ljust(num_tests, "?")), dtype="<U1"))
    outcomes = np.where(ran, np.where(passed, Outcome.PASS, Outcome.WRONG), Outcome.EXCEPTION).astype(np.uint8)
    programs = list(texts) if texts else ["p" * (index + 1) for index in range(len(rows))]
    return JudgedProblem(
        task_id=task_id,
        outcomes=outcomes,
        behaviours=np.where(ran, letters.view(np.uint32).astype(np.int32), -1),
        trusted=np.array(trusted if trusted is not None else [True] * num_tests, dtype=np.bool_),
        first_twin=np.array([programs.index(program) for program in programs], dtype=np.int32),
        mean_logprob=np.array([np.nan if one is None else one for one in logprobs or [None] * len(rows)], dtype=float),
        source_chars=np.array([len(program) for program in programs], dtype=np.int32),
        program_ids=tuple(content_id(program) for program in programs),
    )
