"""The tests of public benchmarks, where their data lies beside the repository: how they split, and that the parts
give the verdicts that the tests give."""

from types import ModuleType

import pytest

pytestmark = [pytest.mark.one_python, pytest.mark.timeout(900)]


@pytest.fixture(autouse=True)
def _data(census: ModuleType) -> None:
    if not census.can_run():
        pytest.skip("no benchmark data beside the repository, or no unshare")


def test_humaneval_splits_and_its_references_pass(census: ModuleType) -> None:
    found = list(census.answers(census.humaneval_jobs()))
    counts = census.table(found)
    census.show("humaneval", counts)
    assert counts["split", ""] >= 150
    verdicts = [answer["verdicts"][0] for _, answer in found if answer["verdicts"][0]]
    assert len(verdicts) == counts["split", ""]
    assert [reference for reference, _ in verdicts if reference != ["pass", "pass"]] == []
    assert [empty for _, empty in verdicts if "pass" in empty] == []


def test_the_assertions_that_models_wrote_split(census: ModuleType) -> None:
    counts = census.table(census.answers(census.codet_jobs()))
    census.show("codet_even", counts)
    assert counts.total() == 4143
    assert census.split_share(counts) >= 0.98


def test_the_parts_of_mbpp_give_the_verdicts_that_its_assertions_give(census: ModuleType) -> None:
    found = list(census.answers(list(census.mbpp_jobs())[::5]))
    counts = census.table(found)
    census.show("mbpp", counts)
    assert census.split_share(counts) >= 0.98
    verdicts = [pair for _, answer in found for pairs in answer["verdicts"] for pair in pairs]
    decided = [pair for pair in verdicts if "time" not in pair]
    assert len(decided) >= 0.99 * len(verdicts)
    assert [pair for pair in decided if pair != ["pass", "pass"]] == []
