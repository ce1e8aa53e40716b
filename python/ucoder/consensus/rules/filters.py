"""What a row must have to be chosen, with the reason for choosing nothing where no row has it."""

from ucoder.consensus.ballot import Ballot, Mask
from ucoder.consensus.choice import Filter, Nothing
from ucoder.consensus.settings import ConsensusSettings

__all__ = ["carries_information", "informative_rows", "ran_anywhere", "some_test_passed"]


def ran_anywhere(ballot: Ballot) -> Filter:
    """Ran to an end on one test at least."""
    return Filter(ballot.num_ran > 0, Nothing.NONE_RAN)


def _informative_values(ballot: Ballot) -> Filter:
    """Answers two inputs differently."""
    return Filter(ballot.informative, Nothing.UNINFORMATIVE)


def some_test_passed(ballot: Ballot) -> Filter:
    """Passes one test at least: the candidates that pass none have nothing in common but that."""
    return Filter(ballot.num_passed > 0, Nothing.UNINFORMATIVE)


def carries_information(
    ballot: Ballot, settings: ConsensusSettings, *, by_passes: bool, dropped: bool
) -> tuple[Filter, ...]:
    """The filter on information that the settings ask for. `dropped` is what the rule itself would have."""
    if not (dropped if settings.uninformative == "rule" else settings.uninformative == "drop"):
        return ()
    return (some_test_passed(ballot) if by_passes else _informative_values(ballot),)


def informative_rows(ballot: Ballot, settings: ConsensusSettings, *, dropped: bool) -> Mask:
    """(B, R) rows whose agreement counts for others: those that may be chosen, and have a candidate."""
    mask = ballot.present.copy()
    for one in carries_information(ballot, settings, by_passes=False, dropped=dropped):
        mask &= one.kept
    return mask
