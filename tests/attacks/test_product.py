"""Every case at every level, as every user, idle and busy: a pairwise selection, or with `--full-product` all of it."""

from collections.abc import Callable
from typing import Any, NoReturn

import pytest
from cases import CASES
from product import ALL, LEVELS, LOADS, USERS, Combination, broken, faults, pairwise, why_not


def test_names_of_cases_are_their_own() -> None:
    assert len({case.name for case in CASES}) == len(CASES)


def test_the_selection_meets_every_pair() -> None:
    for number in range(8):
        places = pairwise(number)
        assert {place.level for place in places} == set(LEVELS)
        assert {place.user for place in places} == set(USERS)
        assert {place.load for place in places} == set(LOADS)
    assert {place for number in range(4) for place in pairwise(number)} == set(ALL)


@pytest.mark.timeout(700)
@pytest.mark.usefixtures("works")
@pytest.mark.parametrize("place", ALL, ids=str)
def test_every_case_has_its_outcome(place: Combination, request: Any, go_without: Callable[[str], NoReturn]) -> None:
    if reason := why_not(place):
        go_without(reason)
    full = request.config.getoption("--full-product")
    cases = [case for number, case in enumerate(CASES) if full or place in pairwise(number)]
    assert faults(place, cases) == []


@pytest.mark.usefixtures("works")
def test_where_programs_share_a_process_the_host_is_as_safe(request: Any) -> None:
    """At level `batch` a hostile program may spoil its neighbours' answers, and nothing else."""
    cases = CASES if request.config.getoption("--full-product") else CASES[::6]
    assert broken(Combination("batch", "own", "idle"), cases) == []
