"""Agreement of values, as the core counts it, held against the plainest Python that says the same."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.typing import NDArray

from ucoder._core import agreement_counts, agreement_weights

Ids = NDArray[np.int32]


@st.composite
def answers(draw: st.DrawFn) -> Ids:
    shape = (draw(st.integers(0, 12)), draw(st.integers(0, 8)))
    return draw(hnp.arrays(np.int32, shape, elements=st.sampled_from([-(2**31), -1, 0, 1, 2**31 - 1])))


def agree(ids: Ids) -> NDArray[np.bool_]:
    """(R, R, T)"""
    return (ids[:, None, :] == ids[None, :, :]) & (ids[:, None, :] >= 0)


@given(answers())
def test_counts_are_the_columns_in_which_two_rows_agree(ids: Ids) -> None:
    np.testing.assert_array_equal(agreement_counts(ids), agree(ids).sum(axis=2))


@given(answers(), st.integers(0, 4), st.integers(0, 2**32 - 1))
def test_weights_are_the_weighted_sums_of_agreements(ids: Ids, num_weightings: int, seed: int) -> None:
    random = np.random.default_rng(seed)
    rows = random.integers(0, 4, (num_weightings, ids.shape[0])).astype(float)
    columns = random.integers(0, 3, (num_weightings, ids.shape[1])).astype(float)
    expected = np.einsum("rst,bs,bt->br", agree(ids).astype(float), rows, columns)
    np.testing.assert_array_equal(agreement_weights(ids, rows, columns), expected)


@pytest.mark.parametrize(
    ("rows", "columns", "message"),
    [
        (np.zeros((1, 3)), np.zeros((1, 2)), "row_weights: not one weight for each row"),
        (np.zeros((1, 2)), np.zeros((1, 2)), "column_weights: not one weight for each column"),
        (np.zeros((2, 2)), np.zeros((1, 3)), "differ in number"),
        (np.zeros(2), np.zeros((1, 3)), "row_weights: expected 2 dimensions"),
    ],
)
def test_weights_of_another_shape_are_refused(
    rows: NDArray[np.float64], columns: NDArray[np.float64], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        agreement_weights(np.zeros((2, 3), dtype=np.int32), rows, columns)


def test_ids_of_another_type_are_refused() -> None:
    with pytest.raises(TypeError, match="ids: expected dtype int32, got int64"):
        agreement_counts(np.zeros((2, 3), dtype=np.int64))  # type: ignore[arg-type]
