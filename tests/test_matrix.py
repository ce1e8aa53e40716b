"""ExecutionMatrix: shares, counts and clusters, on matrices made by hand."""

from typing import Any

import numpy as np
import pytest

from ucoder import ExecutionMatrix, Outcome
from ucoder._core import encode

P, W, X, V, I = Outcome.PASS, Outcome.WRONG, Outcome.EXCEPTION, Outcome.NOT_RUN, Outcome.INFRA  # noqa: E741


def make(rows: list[list[Outcome]], values: list[list[int]] | None = None, **changes: Any) -> ExecutionMatrix:
    outcomes = np.array(rows, dtype=np.uint8)
    num_candidates, num_tests = outcomes.shape
    kinds = ["void" if (outcomes[:, test] == V).all() else "split" for test in range(num_tests)]
    fields: dict[str, Any] = {
        "task_id": "t",
        "outcomes": outcomes,
        "values": np.array(values if values is not None else np.full(outcomes.shape, -1), dtype=np.int32),
        "details": np.full(outcomes.shape, -1, dtype=np.int32),
        "cpu_us": np.zeros(outcomes.shape, dtype=np.uint32),
        "at_limit": np.zeros(outcomes.shape, dtype=np.bool_),
        "load_causes": np.zeros(num_candidates, dtype=np.uint8),
        "shared": np.zeros(num_candidates, dtype=np.bool_),
        "why_alone": np.full(num_candidates, -1, dtype=np.int32),
        "first_twin": np.arange(num_candidates, dtype=np.int32),
        "test_kinds": tuple(kinds),
        "test_notes": tuple("" for _ in kinds),
        "trusted": np.ones(num_tests, dtype=np.bool_),
        "value_bytes": (),
        "value_digests": np.zeros((0, 2), dtype=np.uint64),
        "detail_texts": (),
        "counts": {},
        "isolation": "candidate",
        "layers": (),
    }
    return ExecutionMatrix(**{**fields, **changes})


def test_shares_are_over_usable_tests() -> None:
    matrix = make([[P, V, W, X], [P, V, P, P], [X, V, X, X]])
    assert matrix.usable.tolist() == [True, False, True, True]
    assert matrix.ran_share.tolist() == pytest.approx([2 / 3, 1, 0])
    assert matrix.pass_share.tolist() == pytest.approx([1 / 3, 1, 0])


def test_our_own_faults_count_against_nobody() -> None:
    matrix = make([[P, I], [I, I]])
    assert matrix.pass_share[0] == 1.0
    assert matrix.ran_share[0] == 1.0
    assert np.isnan(matrix.pass_share[1])


def test_without_a_usable_test_there_is_no_share() -> None:
    matrix = make([[V, V], [V, V]])
    assert np.isnan(matrix.ran_share).all()
    assert matrix.outcome_counts() == {}
    assert matrix.pass_clusters().labels.tolist() == [0, 0]


def test_pass_clusters_look_at_what_was_passed_only() -> None:
    matrix = make([[P, W, V], [P, X, V], [W, P, V], [P, W, V]])
    clusters = matrix.pass_clusters()
    assert clusters.labels.tolist() == [0, 0, 1, 0]
    assert clusters.sizes.tolist() == [3, 1]


def test_value_clusters_look_at_what_was_returned() -> None:
    digests = np.array([[10, 1], [20, 2], [30, 3]], dtype=np.uint64)
    encoded = tuple(encode(value) for value in ("a", "b", "c"))
    matrix = make(
        [[W, W], [W, W], [W, W], [W, X]],
        [[0, 1], [0, 2], [0, 1], [0, -1]],
        value_bytes=encoded,
        value_digests=digests,
    )
    assert matrix.pass_clusters().labels.tolist() == [0, 0, 0, 0]
    assert matrix.value_clusters().labels.tolist() == [0, 1, 0, 2]
    assert matrix.value(1, 1) == "c"


def test_a_cell_without_a_value_stands_with_its_verdict() -> None:
    matrix = make([[P, P], [P, W], [P, X], [P, Outcome.CPU_LIMIT], [P, P]])
    assert matrix.value_clusters().labels.tolist() == [0, 1, 2, 2, 0]


def test_details_are_counted_by_their_text() -> None:
    matrix = make(
        [[X, X, V], [X, P, V]],
        details=np.array([[0, 1, 0], [0, -1, 0]], dtype=np.int32),
        detail_texts=("ValueError", "KeyError"),
    )
    assert matrix.detail_counts(Outcome.EXCEPTION) == {"ValueError": 2, "KeyError": 1}
    assert matrix.detail_counts(Outcome.PASS) == {"": 1}
    assert (matrix.detail(0, 1), matrix.detail(1, 1)) == ("KeyError", "")


def test_matrices_are_compared_by_identity() -> None:
    matrix = make([[P]])
    assert matrix == matrix  # noqa: PLR0124
    assert matrix != make([[P]])
