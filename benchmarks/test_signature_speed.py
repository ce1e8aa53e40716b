"""Outcomes to signatures to clusters, beside the best that NumPy and a dict do.

The rival packs bits with `np.packbits` and groups rows as bytes in a dict, which hashes them with a keyed SipHash.
Run by `scripts/bench`.
"""

import itertools
import sys
import time
from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray
from pytest_benchmark.fixture import BenchmarkFixture

from ucoder._core import Outcome, SignatureMatrix, cluster_bits, cluster_rows, overlap_counts

Outcomes = NDArray[np.uint8]
RowStarts = NDArray[np.uint64]
Labels = NDArray[np.uint32] | list[int]

ROWS_PER_PROBLEM = 128


def some_outcomes(num_problems: int, num_tests: int, num_distinct: int) -> Outcomes:
    """Outcomes of 128 candidates a problem, with about `num_distinct` different rows in each."""
    random = np.random.default_rng(0)
    choices = np.array([Outcome.PASS, Outcome.WRONG, Outcome.EXCEPTION], dtype=np.uint8)
    rows = random.choice(choices, (num_distinct * 50, num_tests), p=[0.5, 0.4, 0.1])
    first = random.integers(0, len(rows) - num_distinct, (num_problems, 1))
    picks = first + random.integers(0, num_distinct, (num_problems, ROWS_PER_PROBLEM))
    outcomes: Outcomes = rows[picks.reshape(-1)]
    return outcomes


def cluster_with_core(outcomes: Outcomes, row_starts: RowStarts) -> Labels:
    return cluster_rows(SignatureMatrix.from_outcomes(outcomes).pass_words, row_starts).labels


def cluster_with_dict(outcomes: Outcomes, row_starts: RowStarts) -> Labels:
    packed = np.packbits(outcomes == Outcome.PASS, axis=1)
    width = packed.shape[1]
    buffer = packed.tobytes()
    rows = [buffer[i : i + width] for i in range(0, len(buffer), width)]
    labels: list[int] = []
    bounds = row_starts.tolist()
    for begin, end in itertools.pairwise(bounds):
        seen: dict[bytes, int] = {}
        labels.extend([seen.setdefault(row, len(seen)) for row in rows[begin:end]])
    return labels


def overlap_with_core(words: NDArray[np.uint64]) -> NDArray[np.uint32]:
    return overlap_counts(words)


def overlap_with_matmul(words: NDArray[np.uint64]) -> NDArray[np.uint32]:
    bits = np.unpackbits(words.view(np.uint8), axis=1).astype(np.float32)  # exact below 2**24 tests
    return (bits @ bits.T).astype(np.uint32)


CLUSTERERS = {"core": cluster_with_core, "packbits and dict": cluster_with_dict}
OVERLAPPERS = {"core": overlap_with_core, "matmul": overlap_with_matmul}


@pytest.mark.parametrize("clusterer", CLUSTERERS)
@pytest.mark.parametrize("num_distinct", [12, 128])
@pytest.mark.benchmark(group="one problem, 128 candidates, 100 tests")
def test_one_problem(benchmark: BenchmarkFixture, clusterer: str, num_distinct: int) -> None:
    outcomes = some_outcomes(1, 100, num_distinct)
    row_starts = np.array([0, ROWS_PER_PROBLEM], dtype=np.uint64)
    labels = benchmark(CLUSTERERS[clusterer], outcomes, row_starts)
    np.testing.assert_array_equal(labels, cluster_with_dict(outcomes, row_starts))


@pytest.mark.parametrize("clusterer", CLUSTERERS)
@pytest.mark.parametrize("num_distinct", [12, 128])
@pytest.mark.benchmark(group="10,000 problems, 1.28 million candidates, 100 tests", min_rounds=3)
def test_many_problems(benchmark: BenchmarkFixture, clusterer: str, num_distinct: int) -> None:
    outcomes = some_outcomes(10_000, 100, num_distinct)
    row_starts = np.arange(0, len(outcomes) + 1, ROWS_PER_PROBLEM, dtype=np.uint64)
    labels = benchmark(CLUSTERERS[clusterer], outcomes, row_starts)
    np.testing.assert_array_equal(labels, cluster_with_dict(outcomes, row_starts))


@pytest.mark.parametrize("clusterer", CLUSTERERS)
@pytest.mark.parametrize("num_tests", [100, 5_000])
@pytest.mark.benchmark(group="one problem, 100,000 candidates", min_rounds=3)
def test_one_large_problem(benchmark: BenchmarkFixture, clusterer: str, num_tests: int) -> None:
    rows = some_outcomes(1, num_tests, 100)
    outcomes = rows[np.random.default_rng(1).integers(0, len(rows), 100_000)]
    row_starts = np.array([0, len(outcomes)], dtype=np.uint64)
    labels = benchmark(CLUSTERERS[clusterer], outcomes, row_starts)
    np.testing.assert_array_equal(labels, cluster_with_dict(outcomes, row_starts))


@pytest.mark.parametrize("overlapper", OVERLAPPERS)
@pytest.mark.parametrize("num_rows", [128, 2_000])
@pytest.mark.benchmark(group="overlaps of all pairs, 128 tests")
def test_overlaps(benchmark: BenchmarkFixture, overlapper: str, num_rows: int) -> None:
    words = np.random.default_rng(0).integers(0, 2**64, (num_rows, 2), dtype=np.uint64)
    overlaps = benchmark(OVERLAPPERS[overlapper], words)
    np.testing.assert_array_equal(overlaps, overlap_with_matmul(words))


# -------------------------------------------------------------------- what is required

MILLION = 1_000_000
ROUNDS = 9


def some_booleans(num_distinct: int) -> NDArray[np.bool_]:
    """A million rows of 128 booleans."""
    random = np.random.default_rng(0)
    rows = random.integers(0, 2, (num_distinct, 128), dtype=np.uint8).view(np.bool_)
    return rows if num_distinct == MILLION else rows[random.integers(0, num_distinct, MILLION)]


def labels_by_dict(booleans: NDArray[np.bool_]) -> list[int]:
    packed = np.packbits(booleans, axis=1)
    width = packed.shape[1]
    buffer = packed.tobytes()
    seen: dict[bytes, int] = {}
    return [seen.setdefault(buffer[i : i + width], len(seen)) for i in range(0, len(buffer), width)]


def least_seconds(*works: Callable[[], object]) -> list[float]:
    """The least CPU time of some rounds of each, in turns, so that what else the machine does meets all of them. Both
    have one thread; on an idle machine the wall time is the same.
    """
    seconds = [[0.0] * ROUNDS for _ in works]
    for one_round in range(ROUNDS):
        for work, of_work in zip(works, seconds, strict=True):
            began = time.process_time()
            work()
            of_work[one_round] = time.process_time() - began
    return [min(of_work) for of_work in seconds]


@pytest.mark.parametrize(("num_distinct", "times"), [(1_000, 6.0), (MILLION, 2.5)])
def test_a_million_rows_of_booleans_are_grouped_as_fast_as_required(num_distinct: int, times: float) -> None:
    """Both from the same array of booleans to labels."""
    booleans = some_booleans(num_distinct)
    np.testing.assert_array_equal(cluster_bits(booleans).labels, labels_by_dict(booleans))
    core, rival = least_seconds(lambda: cluster_bits(booleans).labels, lambda: labels_by_dict(booleans))
    figures = f"core {1e3 * core:.0f} ms, packbits and dict {1e3 * rival:.0f} ms, {rival / core:.1f} times"
    sys.stdout.write(f"\n{num_distinct:,} distinct of {MILLION:,} rows of 128: {figures}\n")
    assert rival / core >= times, figures
