"""Signatures and clusters of the core, held against the plainest Python that says the same."""

import itertools
import threading
import time
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.typing import NDArray

from ucoder._core import OUTCOME_NAMES, Clusters, Outcome, SignatureMatrix, cluster_rows, overlap_counts

Words = NDArray[np.uint64]

# Widths around a word's edge, where a bit would be lost or invented.
num_tests_strategy = st.one_of(st.sampled_from([0, 1, 63, 64, 65, 127, 128, 129]), st.integers(0, 200))


@st.composite
def outcome_tables(draw: st.DrawFn) -> NDArray[np.uint8]:
    shape = (draw(st.integers(0, 20)), draw(num_tests_strategy))
    return draw(hnp.arrays(np.uint8, shape, elements=st.integers(0, len(OUTCOME_NAMES) - 1)))


@st.composite
def word_tables(draw: st.DrawFn) -> Words:
    """Rows of few different words, so that many rows are equal or differ in one place."""
    shape = (draw(st.integers(0, 60)), draw(st.integers(0, 4)))
    values = draw(st.lists(st.integers(0, 2**64 - 1), min_size=1, max_size=3))
    return draw(hnp.arrays(np.uint64, shape, elements=st.sampled_from(values)))


def packed(bits: NDArray[np.bool_]) -> Words:
    num_rows, num_tests = bits.shape
    padded = np.zeros((num_rows, -(-num_tests // 64) * 64), dtype=np.bool_)
    padded[:, :num_tests] = bits
    return np.packbits(padded, axis=1, bitorder="little").view("<u8").astype(np.uint64)


def labels_by_dict(words: Words) -> list[int]:
    seen: dict[bytes, int] = {}
    return [seen.setdefault(row.tobytes(), len(seen)) for row in words]


def assert_same_clusters(clusters: Clusters, labels: list[int]) -> None:
    assert clusters.labels.tolist() == labels
    assert clusters.sizes.tolist() == np.bincount(labels).tolist() if labels else not clusters.sizes.size


def random_words(num_rows: int, width: int, num_distinct: int, seed: int = 0) -> Words:
    random = np.random.default_rng(seed)
    rows = random.integers(0, 2**64, (num_distinct, width), dtype=np.uint64)
    return rows[random.integers(0, num_distinct, num_rows)]


# ------------------------------------------------------------------ outcomes


def test_outcome_names_are_indexed_by_the_outcome() -> None:
    assert [outcome.name for outcome in Outcome] == list(OUTCOME_NAMES)
    assert [outcome.value for outcome in Outcome] == list(range(len(OUTCOME_NAMES)))


def test_the_first_outcome_means_that_nothing_is_known() -> None:
    assert Outcome(0) is Outcome.NOT_RUN


# -------------------------------------------------------------------- matrix


@given(outcome_tables())
def test_both_planes_are_the_packed_bits_of_the_outcomes(outcomes: NDArray[np.uint8]) -> None:
    matrix = SignatureMatrix.from_outcomes(outcomes)
    passed = outcomes == Outcome.PASS
    ran = passed | (outcomes == Outcome.WRONG)
    assert (matrix.num_rows, matrix.num_tests) == outcomes.shape
    np.testing.assert_array_equal(matrix.pass_words, packed(passed))
    np.testing.assert_array_equal(matrix.ran_words, packed(ran))
    np.testing.assert_array_equal(matrix.pass_counts(), passed.sum(axis=1))
    np.testing.assert_array_equal(matrix.ran_counts(), ran.sum(axis=1))


@pytest.mark.parametrize(("num_tests", "num_words"), [(0, 0), (1, 1), (63, 1), (64, 1), (65, 2)])
def test_a_row_has_just_the_words_its_tests_need(num_tests: int, num_words: int) -> None:
    matrix = SignatureMatrix.from_outcomes(np.full((3, num_tests), Outcome.PASS, dtype=np.uint8))
    assert matrix.pass_words.shape == (3, num_words)
    assert matrix.pass_counts().tolist() == [num_tests] * 3


def test_words_are_views_that_cannot_be_written_and_outlive_the_matrix() -> None:
    words = SignatureMatrix.from_outcomes(np.full((2, 65), Outcome.PASS, dtype=np.uint8)).pass_words
    assert not words.flags.owndata
    with pytest.raises(ValueError, match="read-only"):
        words[0, 0] = 0
    assert words.tolist() == [[2**64 - 1, 1]] * 2


# ------------------------------------------------------------------ clusters


@given(word_tables())
def test_labels_are_those_of_a_dict_of_rows(words: Words) -> None:
    assert_same_clusters(cluster_rows(words), labels_by_dict(words))


@given(word_tables(), st.data())
def test_many_problems_in_one_call_are_as_one_call_each(words: Words, data: st.DataObject) -> None:
    cuts = data.draw(st.lists(st.integers(0, len(words)), max_size=6).map(sorted))
    bounds = [0, *cuts, len(words)]
    together = cluster_rows(words, np.array(bounds, dtype=np.uint64))
    assert together.starts.size == len(bounds)
    for problem, (begin, end) in enumerate(itertools.pairwise(bounds)):
        alone = cluster_rows(words[begin:end])
        first, last = together.starts[problem : problem + 2].tolist()
        assert together.labels[begin:end].tolist() == alone.labels.tolist()
        assert together.sizes[first:last].tolist() == alone.sizes.tolist()


def test_rows_that_differ_in_one_bit_are_different() -> None:
    words = np.zeros((129, 2), dtype=np.uint64)
    for bit in range(128):
        words[bit + 1, bit // 64] = np.uint64(1) << np.uint64(bit % 64)
    assert cluster_rows(words).labels.tolist() == list(range(129))


def test_zero_rows_make_zero_clusters() -> None:
    clusters = cluster_rows(np.zeros((0, 2), dtype=np.uint64))
    assert clusters.labels.size == clusters.sizes.size == 0
    assert clusters.starts.tolist() == [0, 0]


def test_without_tests_all_candidates_behave_alike() -> None:
    clusters = cluster_rows(np.zeros((5, 0), dtype=np.uint64))
    assert clusters.labels.tolist() == [0] * 5
    assert clusters.sizes.tolist() == [5]


def test_no_problem_has_no_rows() -> None:
    clusters = cluster_rows(np.zeros((0, 1), dtype=np.uint64), np.zeros(1, dtype=np.uint64))
    assert clusters.starts.tolist() == [0]


def test_cluster_arrays_cannot_be_written() -> None:
    clusters = cluster_rows(np.zeros((5, 1), dtype=np.uint64))
    for array in (clusters.labels, clusters.sizes, clusters.starts):
        assert not array.flags.writeable


@pytest.mark.parametrize("num_distinct", [1, 100, 1_000_000])
def test_a_million_rows_cluster_in_well_under_a_second(num_distinct: int) -> None:
    words = random_words(1_000_000, 2, num_distinct)
    begin = time.process_time()
    clusters = cluster_rows(words)
    seconds = time.process_time() - begin
    assert clusters.sizes.sum() == 1_000_000
    assert seconds < 0.8


@pytest.mark.parametrize(
    "word_of",
    [
        pytest.param(lambda i: i, id="counting"),
        pytest.param(lambda i: i << np.uint64(40), id="upper bits only"),
        pytest.param(lambda i: i * np.uint64(2**32), id="multiples of a power of two"),
        pytest.param(lambda i: i * np.uint64(0x9E3779B97F4A7C15), id="multiples of the golden ratio"),
        pytest.param(lambda i: ~i, id="high bits set"),
    ],
)
def test_rows_of_a_pattern_do_not_slow_the_clustering_down(word_of: Callable[[Words], Words]) -> None:
    words = np.zeros((300_000, 2), dtype=np.uint64)
    words[:, 1] = word_of(np.arange(300_000, dtype=np.uint64))
    begin = time.process_time()
    clusters = cluster_rows(words)
    seconds = time.process_time() - begin
    assert clusters.labels[-1] == len(np.unique(words[:, 1])) - 1
    assert seconds < 0.4


def test_ten_thousand_problems_cluster_in_one_call() -> None:
    words = random_words(1_280_000, 2, 5_000)
    row_starts = np.arange(0, 1_280_001, 128, dtype=np.uint64)
    begin = time.process_time()
    clusters = cluster_rows(words, row_starts)
    seconds = time.process_time() - begin
    assert clusters.labels[-128:].tolist() == labels_by_dict(words[-128:])
    assert seconds < 0.8


def test_other_threads_run_while_rows_are_clustered() -> None:
    words = random_words(1_000_000, 4, 1_000_000)
    clustered = threading.Event()

    def cluster() -> None:
        cluster_rows(words)
        clustered.set()

    thread = threading.Thread(target=cluster)
    thread.start()
    ticks = 0
    while not clustered.is_set():
        ticks += 1
        time.sleep(0.001)
    thread.join()
    assert ticks > 5


# ------------------------------------------------------------------ overlaps


@given(word_tables())
def test_overlaps_are_the_common_bits_of_each_pair(words: Words) -> None:
    expected = [[sum((int(a) & int(b)).bit_count() for a, b in zip(x, y, strict=True)) for y in words] for x in words]
    overlaps = overlap_counts(words)
    assert overlaps.shape == (len(words), len(words))
    assert overlaps.tolist() == expected


# ------------------------------------------------------------------ refusals


@pytest.mark.parametrize(
    ("outcomes", "error", "message"),
    [
        (np.zeros((2, 3), dtype=np.int64), TypeError, "outcomes: expected dtype uint8, got int64"),
        (np.zeros((2, 3), dtype=np.bool_), TypeError, "got bool"),
        (np.zeros(3, dtype=np.uint8), ValueError, "expected 2 dimensions, got 1"),
        (np.zeros((2, 6), dtype=np.uint8)[:, ::2], ValueError, "not C-contiguous"),
        (np.zeros((2, 3), dtype=np.uint8, order="F"), ValueError, "not C-contiguous"),
        ([[0, 1]], TypeError, "incompatible"),
    ],
)
def test_outcomes_of_another_kind_are_refused(outcomes: object, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        SignatureMatrix.from_outcomes(outcomes)  # type: ignore[arg-type]


@pytest.mark.parametrize("function", [cluster_rows, overlap_counts])
@pytest.mark.parametrize(
    ("words", "error", "message"),
    [
        (np.zeros((2, 3), dtype=np.int64), TypeError, "words: expected dtype uint64, got int64"),
        (np.zeros((2, 3), dtype=">u8"), TypeError, "got >u8"),
        (np.zeros(3, dtype=np.uint64), ValueError, "expected 2 dimensions, got 1"),
        (np.zeros((4, 6), dtype=np.uint64)[::2], ValueError, "not C-contiguous"),
        (np.zeros((4, 6), dtype=np.uint64).T, ValueError, "not C-contiguous"),
        ([[0, 1]], TypeError, "incompatible"),
        (None, TypeError, "incompatible"),
    ],
)
def test_words_of_another_kind_are_refused(
    function: Callable[[object], object], words: object, error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        function(words)


@pytest.mark.parametrize(
    ("row_starts", "error", "message"),
    [
        (np.array([0, 4], dtype=np.int64), TypeError, "row_starts: expected dtype uint64"),
        (np.array([[0, 4]], dtype=np.uint64), ValueError, "expected 1 dimensions"),
        (np.array([0, 0, 4, 0], dtype=np.uint64)[::2], ValueError, "not C-contiguous"),
        (np.array([], dtype=np.uint64), ValueError, "does not end with the number of rows"),
        (np.array([1, 4], dtype=np.uint64), ValueError, "does not begin with 0"),
        (np.array([0, 3], dtype=np.uint64), ValueError, "does not end with the number of rows"),
        (np.array([0, 3, 2, 4], dtype=np.uint64), ValueError, "descends"),
        (np.array([0, 2**63, 4], dtype=np.uint64), ValueError, "descends"),
        ([0, 4], TypeError, "incompatible"),
    ],
)
@pytest.mark.parametrize("width", [0, 2])
def test_row_starts_that_do_not_fit_are_refused(
    row_starts: object, error: type[Exception], message: str, width: int
) -> None:
    with pytest.raises(error, match=message):
        cluster_rows(np.zeros((4, width), dtype=np.uint64), row_starts)  # type: ignore[arg-type]
