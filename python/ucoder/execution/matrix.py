"""ExecutionMatrix: everything that is known about one problem's candidates on its tests, as NumPy arrays.

C candidates, T tests (void ones included), V distinct values. Two shares are kept apart everywhere: `ran_share` is the
paper's e(r) (2512.17385, sec. 2), `pass_share` the share of tests that were passed.
"""

from collections import Counter
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ucoder._core import OUTCOME_NAMES, Clusters, Outcome, SignatureMatrix, cluster_rows, decode

__all__ = ["ExecutionMatrix"]

# What stands for a cell that has no value, in the rows that value clusters are made of. A digest takes two words; that
# one equals any of these by chance has probability 2^-126.
_NO_VALUE = {Outcome.PASS: 1, Outcome.WRONG: 2}


@dataclass(frozen=True, eq=False, kw_only=True)
class ExecutionMatrix:
    """What became of every cell of one problem. Arrays are read-only.

    A *void* test is one that no candidate could pass or fail on its merits; its cells are NOT_RUN and count nowhere.
    """

    task_id: str
    outcomes: NDArray[np.uint8]
    """(C, T) `Outcome`"""
    values: NDArray[np.int32]
    """(C, T) index into `value_bytes`, -1 for none"""
    details: NDArray[np.int32]
    """(C, T) index into `detail_texts`, -1 for none"""
    cpu_us: NDArray[np.uint32]
    """(C, T) CPU time in microseconds, as the program's own process measured it: advisory"""
    at_limit: NDArray[np.bool_]
    """(C, T) whether the cell lay at its CPU limit twice, or was not waited for: leave it out of comparisons"""
    load_causes: NDArray[np.uint8]
    """(C,) `Outcome` that loading ended with; NOT_RUN where the candidate loaded"""
    shared: NDArray[np.bool_]
    """(C,) whether the candidate shared its process with others: at level "auto", those that are tame"""
    why_alone: NDArray[np.int32]
    """(C,) at level "auto": index into `detail_texts` of why a candidate was not found tame, else -1"""
    first_twin: NDArray[np.int32]
    """(C,) index of the first candidate with the same program text"""
    test_kinds: tuple[str, ...]
    """(T,) "split" (calls, judged outside), "stdio", "beside" (judged next to the candidate), or "void" """
    test_notes: tuple[str, ...]
    """(T,) why a test is void or could not be split, else "" """
    trusted: NDArray[np.bool_]
    """(T,) whether the verdict was made where no candidate could touch it"""
    value_bytes: tuple[bytes, ...]
    """(V,) distinct values, encoded, in order of first appearance"""
    value_digests: NDArray[np.uint64]
    """(V, 2) low and high word of each value's keyed digest"""
    detail_texts: tuple[str, ...]
    counts: dict[str, int]
    """What it took: workers, runs, shared_inputs, requeued, judged_rests, put_off, waited, shared (distinct
    programs that shared a process), moved (programs that were run again on their own)"""
    isolation: str
    layers: tuple[str, ...]
    """Sandbox layers that were active"""
    outputs: tuple[bytes, ...] = ()
    """(C * T,) of a judgement that keeps output: what a script had written when it failed, else b"" """

    @property
    def num_candidates(self) -> int:
        """C."""
        return int(self.outcomes.shape[0])

    @property
    def num_tests(self) -> int:
        """T, void tests included."""
        return int(self.outcomes.shape[1])

    @property
    def usable(self) -> NDArray[np.bool_]:
        """(T,) whether a test is not void."""
        return np.array([kind != "void" for kind in self.test_kinds], dtype=np.bool_)

    @property
    def ran_share(self) -> NDArray[np.float64]:
        """(C,) share of usable tests on which the candidate ran to an end: e(r). NaN where there is no such test.

        INFRA cells are our fault and leave the denominator, too.
        """
        return self._share(self._ran)

    @property
    def pass_share(self) -> NDArray[np.float64]:
        """(C,) share of usable tests the candidate passed; denominators as in `ran_share`."""
        return self._share(self.outcomes == Outcome.PASS)

    @property
    def _ran(self) -> NDArray[np.bool_]:
        return np.isin(self.outcomes, (Outcome.PASS, Outcome.WRONG))

    def _share(self, holds: NDArray[np.bool_]) -> NDArray[np.float64]:
        counted = self.usable & (self.outcomes != Outcome.INFRA)
        num_counted = np.count_nonzero(counted, axis=1)
        num_held = np.count_nonzero(holds & counted, axis=1)
        shares = np.full(self.num_candidates, np.nan)
        np.divide(num_held, num_counted, out=shares, where=num_counted > 0)
        return shares

    def outcome_counts(self) -> dict[str, int]:
        """Cells by outcome name, over usable tests; outcomes that did not occur are left out."""
        counts = np.bincount(self.outcomes[:, self.usable].ravel(), minlength=len(OUTCOME_NAMES))
        return {name: int(count) for name, count in zip(OUTCOME_NAMES, counts, strict=True) if count}

    def detail_counts(self, outcome: Outcome) -> Counter[str]:
        """Cells with this outcome by their detail text, over usable tests; cells without one under ""."""
        chosen = self.details[(self.outcomes == outcome) & self.usable]
        indices, counts = np.unique(chosen, return_counts=True)
        texts = (self.detail_texts[index] if index >= 0 else "" for index in indices.tolist())
        return Counter(dict(zip(texts, counts.tolist(), strict=True)))

    def why_alone_counts(self) -> Counter[str]:
        """Candidates at level "auto" that did not share a process, by the reason."""
        return Counter(self.detail_texts[index] for index in self.why_alone.tolist() if index >= 0)

    def detail(self, candidate: int, test: int) -> str:
        """What is known about a cell beyond its outcome, else ""."""
        index = int(self.details[candidate, test])
        return self.detail_texts[index] if index >= 0 else ""

    def value(self, candidate: int, test: int) -> Any:  # noqa: ANN401  whatever the program returned
        """The value a cell returned, decoded. LookupError where it has none, ValueError where it would take hours."""
        index = int(self.values[candidate, test])
        if index < 0:
            raise LookupError(f"candidate {candidate} has no value on test {test}")
        return decode(self.value_bytes[index])

    # ---------------------------------------------------------------- signatures and clusters

    def signatures(self) -> SignatureMatrix:
        """Pass and ran bits over the usable tests, in their order: Definition 2.1 of 2512.17385."""
        return SignatureMatrix.from_outcomes(np.ascontiguousarray(self.outcomes[:, self.usable]))

    def pass_clusters(self) -> Clusters:
        """Candidates grouped by which usable tests they pass; labels in order of first appearance."""
        return cluster_rows(self.signatures().pass_words)

    def value_clusters(self) -> Clusters:
        """Candidates grouped by what they return on the usable tests, under `same_behaviour`.

        A cell without a value stands with its verdict where it has one (tests that were not split), else for "did not
        run to an end", whatever the reason.
        """
        usable = self.usable
        values = self.values[:, usable]
        outcomes = self.outcomes[:, usable]
        words = np.zeros((*values.shape, 2), dtype=np.uint64)
        for outcome, word in _NO_VALUE.items():
            words[..., 0][(values < 0) & (outcomes == outcome)] = word
        if self.value_bytes:
            words[values >= 0] = self.value_digests[values[values >= 0]]
        return cluster_rows(words.reshape(self.num_candidates, 2 * values.shape[1]))
