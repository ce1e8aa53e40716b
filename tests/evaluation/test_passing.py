"""pass@k and its interval; where data files are looked for."""

import json
from itertools import combinations
from pathlib import Path

import pytest

from ucoder.errors import ConfigError
from ucoder.evaluation.catalogue import BENCHMARKS, benchmark
from ucoder.evaluation.data import Places, locate
from ucoder.evaluation.passing import pass_at_k


@pytest.mark.parametrize(("n", "c", "k"), [(5, 2, 1), (5, 2, 2), (6, 3, 4), (4, 0, 3), (4, 4, 1), (5, 3, 3)])
def test_pass_at_k_is_the_share_of_draws_with_a_right_one(n: int, c: int, k: int) -> None:
    draws = list(combinations([True] * c + [False] * (n - c), k))
    estimate = pass_at_k([n], [c], k)
    assert estimate is not None
    assert estimate.value == pytest.approx(sum(map(any, draws)) / len(draws))


def test_too_few_samples_of_one_problem_give_no_estimate() -> None:
    assert pass_at_k([10, 9], [1, 1], 10) is None
    assert pass_at_k([], [], 1) is None


def test_the_interval_is_that_of_problems_drawn_again() -> None:
    estimate = pass_at_k([1] * 400, [1, 0] * 200, 1)
    assert estimate is not None
    assert (estimate.low, estimate.high) == pytest.approx((0.451, 0.549), abs=0.005)
    assert estimate == pass_at_k([1] * 400, [1, 0] * 200, 1)


def test_the_hub_cache_is_looked_into(tmp_path: Path) -> None:
    repository = tmp_path / "datasets--openai--openai_humaneval"
    for commit in ("a" * 40, "b" * 40):
        file = repository / "snapshots" / commit / "openai_humaneval" / "test-00000-of-00001.parquet"
        file.parent.mkdir(parents=True)
        file.write_text(json.dumps({"of": commit}))
    (repository / "refs").mkdir()
    (repository / "refs" / "main").write_text("a" * 40)
    found = locate(benchmark("humaneval"), None, Places(hub=tmp_path, caches=tmp_path), offline=True)
    assert "a" * 40 in str(found.path)
    assert found.version == "unknown"


@pytest.mark.parametrize("name", BENCHMARKS)
def test_a_file_that_cannot_be_had_is_named_with_its_source(tmp_path: Path, name: str) -> None:
    with pytest.raises(ConfigError, match=rf"{name.replace('+', '.')} wants its data: give --data FILE; .*https://"):
        locate(benchmark(name), None, Places(hub=tmp_path, caches=tmp_path), offline=True)
