"""Where the figures about selection in docs/log.md come from. Not a test: it prints, and takes some minutes.

    python benchmarks/selection_study.py RUN TRUTH [reference] [curve] [pools] [bound] [misses]

RUN and TRUTH are folders of `ucoder judge` on the same candidates: with model-written tests, and with the true ones.
"""

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq  # type: ignore[import-untyped]
from numpy.typing import NDArray

from ucoder._core import Outcome, cluster_rows
from ucoder.consensus.ballot import Ballot, Floats, Rows
from ucoder.consensus.bound import bound_of
from ucoder.consensus.choice import Rule, choose
from ucoder.consensus.comparison import estimates
from ucoder.consensus.rules import RULES
from ucoder.consensus.rules.filters import carries_information, informative_rows, ran_anywhere
from ucoder.consensus.rules.literature import shared
from ucoder.consensus.settings import ConsensusSettings
from ucoder.execution.truth import Truth
from ucoder.records import JudgedProblem
from ucoder.stages.selecting import iter_problems, read_truth
from ucoder.store import RunRecord

SETTINGS = ConsensusSettings(resamples=0)
Right = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Known:
    """A problem with its truth."""

    judged: JudgedProblem
    right: Right
    num_void: int = 0


def read(run: Path, truth: Truth) -> list[Known]:
    tests = pq.read_table(run / "tests", columns=["task_id", "kind"]).to_pylist()
    known = []
    for stored in iter_problems(RunRecord.load(run)):
        task_id = stored.judged.task_id
        right = truth.of(stored.judged)
        num_void = sum(row["task_id"] == task_id and row["kind"] == "void" for row in tests)
        if right is not None:
            known.append(Known(stored.judged, right, num_void))
    return known


# -------------------------------------------------------------------- the reference's figures

Score = Callable[[Known], Floats | None]


def in_group(problems: list[Known], score: Score) -> float:
    """Mean over problems of the share of right candidates among those of the best score; no score: among all."""
    shares = []
    for known in problems:
        scores = score(known) if known.judged.num_tests else None
        best = np.ones_like(known.right) if scores is None or scores.max() <= 0 else scores >= scores.max() - 1e-12
        shares.append(known.right[best].mean())
    return 100 * float(np.mean(shares))


def sizes_of(cells: NDArray[np.int32], kept: Right) -> Floats:
    """For each candidate, the kept ones with equal rows; 0 for those that are not kept."""
    words = np.zeros((cells.shape[0], cells.shape[1] + cells.shape[1] % 2), dtype=np.int32)
    words[:, : cells.shape[1]] = cells
    labels = cluster_rows(words.view(np.uint64)).labels
    return np.bincount(labels, weights=kept, minlength=labels.max() + 1)[labels] * kept


def passed(known: Known) -> NDArray[np.int32]:
    return (known.judged.outcomes == Outcome.PASS).astype(np.int32)


def ran_share(known: Known) -> Floats:
    """With void tests counted against it, as the reference does."""
    return (known.judged.behaviours >= 0).sum(axis=1) / (known.judged.num_tests + known.num_void)


def answers_vary(known: Known) -> Right:
    cells = known.judged.behaviours
    lowest = np.where(cells >= 0, cells, np.iinfo(np.int32).max).min(axis=1)
    return cells.max(axis=1) > lowest


def by_passes(known: Known, *, some: bool) -> Floats:
    kept = ran_share(known) >= 0.8
    return sizes_of(passed(known), kept & passed(known).any(axis=1) if some else kept)


def by_values(known: Known, *, vary: bool, rho: float) -> Floats:
    kept = (ran_share(known) >= rho) & (known.judged.behaviours >= 0).any(axis=1)
    return sizes_of(known.judged.behaviours, kept & answers_vary(known) if vary else kept)


def codet(known: Known) -> Floats:
    return np.sqrt(sizes_of(passed(known), np.ones_like(known.right))) * passed(known).sum(axis=1)


def soft_vote(known: Known, *, vary: bool, weight: float = 0.0) -> Floats:
    ballot = Rows.of(known.judged).unweighted()
    may = ballot.informative if vary else ballot.present
    votes = np.where(may, shared(ballot, ballot.row_weights * may), 0.0)[0][ballot.rows.row_of]
    if not weight:
        return votes
    pass_share = passed(known).sum(axis=1) / (known.judged.num_tests + known.num_void)
    return np.where((votes > 0) & (ran_share(known) >= 0.5), votes + weight * pass_share, 0.0)


def reference(problems: list[Known]) -> Iterator[str]:
    figures: list[tuple[str, float, float]] = [
        ("all candidates", 23.5, 100 * float(np.mean([known.right.mean() for known in problems]))),
        ("oracle", 79.3, 100 * float(np.mean([known.right.any() for known in problems]))),
        ("pass bits, literally", 28.1, in_group(problems, lambda known: by_passes(known, some=False))),
        ("without the all-fail cluster", 33.0, in_group(problems, lambda known: by_passes(known, some=True))),
        ("largest value cluster", 30.6, in_group(problems, lambda known: by_values(known, vary=False, rho=0))),
        ("the same without constants", 43.5, in_group(problems, lambda known: by_values(known, vary=True, rho=0))),
        ("codet", 39.1, in_group(problems, codet)),
        ("soft vote", 37.7, in_group(problems, lambda known: soft_vote(known, vary=False))),
        ("soft vote without constants", 46.0, in_group(problems, lambda known: soft_vote(known, vary=True))),
        ("the same + 0.6 pass share", 49.5, in_group(problems, lambda known: soft_vote(known, vary=True, weight=0.6))),
    ]  # fmt: skip
    for name, expected, found in figures:
        yield f"{name:<38}{expected:>7.1f}{found:>7.1f}{found - expected:>+7.1f}"


# -------------------------------------------------------------------- the curve


def variant(agreement: float, size: float, passes: float) -> Rule:
    """The default rule with other exponents."""

    def score(ballot: Ballot, settings: ConsensusSettings):  # noqa: ANN202
        voters = ballot.row_weights * informative_rows(ballot, settings, dropped=True)
        plain = RULES["default"].score(ballot, settings)
        with np.errstate(divide="ignore"):
            scores = agreement * np.log(np.maximum(shared(ballot, voters), 1e-300))
        scores = scores + size * np.log(np.maximum(ballot.cluster_sizes(ballot.value_labels), 1.0))
        scores = scores + passes * np.log((ballot.num_passed + 1.0) / (ballot.num_counted + 2.0))
        information = carries_information(ballot, settings, by_passes=False, dropped=True)
        return replace(plain, score=scores, filters=(ran_anywhere(ballot), *information))

    return replace(RULES["default"], score=score)


def rates(problems: list[Known], rule: Rule, settings: ConsensusSettings = SETTINGS) -> Floats:
    found = []
    for known in problems:
        chosen = choose(rule, Rows.of(known.judged).unweighted(), settings).candidate
        found.append(float(known.right.mean() if chosen is None else known.right[chosen]))
    return np.array(found)


def curve(problems: list[Known]) -> Iterator[str]:
    rivals = [rates(problems, RULES[name]) for name in ("output-cluster", "codet")]
    yield f"{'A':>5}{'n':>6}{'P':>6}{'pass@1':>8}{'less output-cluster':>24}{'less codet':>24}"
    points = [(2, 0.5, 1)]
    points += [(a, 0.5, 1) for a in (0.5, 1, 1.5, 3, 4, 8)] + [(2, n, 1) for n in (0, 0.25, 0.75, 1, 2)]
    points += [(2, 0.5, p) for p in (0, 0.25, 0.5, 2, 4)] + [(1, 0.25, 0.5), (4, 1, 2), (3, 0.75, 1)]
    for point in points:
        own = rates(problems, variant(*point))
        mean, *pairs = estimates([own, *(own - rival for rival in rivals)], seed=0)
        texts = [f"{100 * one.mean:+.1f} ({100 * one.low:+.1f} to {100 * one.high:+.1f})" for one in pairs]
        yield f"{point[0]:>5}{point[1]:>6}{point[2]:>6}{100 * mean.mean:>8.1f}{texts[0]:>24}{texts[1]:>24}"


# -------------------------------------------------------------------- other pools


def drawn(known: Known, random: np.random.Generator, candidates: int | None, tests: int | None, odds: float) -> Known:
    """The problem with fewer candidates or tests, or with right candidates `odds` times as likely to be drawn."""
    judged, right = known.judged, known.right
    if tests is not None and tests < judged.num_tests:
        chosen = np.zeros(judged.num_tests, dtype=np.bool_)
        chosen[random.choice(judged.num_tests, tests, replace=False)] = True
        judged = judged.on_tests(chosen)
    if candidates is not None:
        weights = np.where(right, odds, 1.0)
        picks = random.choice(len(right), candidates, replace=odds != 1.0, p=weights / weights.sum())
        judged = with_candidates(judged, picks)
        right = right[picks]
    return Known(judged, right, known.num_void)


def with_candidates(judged: JudgedProblem, picks: NDArray[np.int64]) -> JudgedProblem:
    ids = [judged.program_ids[pick] for pick in picks]
    return replace(
        judged,
        outcomes=np.ascontiguousarray(judged.outcomes[picks]),
        behaviours=np.ascontiguousarray(judged.behaviours[picks]),
        first_twin=np.array([ids.index(one) for one in ids], dtype=np.int32),
        mean_logprob=judged.mean_logprob[picks],
        source_chars=judged.source_chars[picks],
        program_ids=tuple(ids),
    )


def with_wrong_tests(known: Known, random: np.random.Generator, share: float) -> Known:
    """A share of the tests expects another value than it did: one that some candidate returns there."""
    outcomes = known.judged.outcomes.copy()
    for test in np.flatnonzero(random.random(known.judged.num_tests) < share):
        cells = known.judged.behaviours[:, test]
        values = np.unique(cells[cells >= 0])
        if values.size:
            equal = cells == random.choice(values)
            outcomes[cells >= 0, test] = np.where(equal, Outcome.PASS, Outcome.WRONG)[cells >= 0]
    return Known(replace(known.judged, outcomes=outcomes), known.right, known.num_void)


def pools(problems: list[Known]) -> Iterator[str]:
    names = ("default", "ucoder", "output-cluster", "codet", "soft-vote", "srank", "b4")
    made: list[tuple[str, int, Callable[[Known, np.random.Generator], Known]]] = [
        ("all", 1, lambda known, _: known),
        ("10 candidates", 6, lambda known, random: drawn(known, random, 10, None, 1.0)),
        ("25 candidates", 4, lambda known, random: drawn(known, random, 25, None, 1.0)),
        ("50 candidates", 3, lambda known, random: drawn(known, random, 50, None, 1.0)),
        ("5 tests", 6, lambda known, random: drawn(known, random, None, 5, 1.0)),
        ("10 tests", 4, lambda known, random: drawn(known, random, None, 10, 1.0)),
        ("20 tests", 3, lambda known, random: drawn(known, random, None, 20, 1.0)),
        ("10 candidates, 10 tests", 6, lambda known, random: drawn(known, random, 10, 10, 1.0)),
        ("right ones 3 times as likely", 3, lambda known, random: drawn(known, random, 100, None, 3.0)),
        ("right ones 20 times as likely", 3, lambda known, random: drawn(known, random, 100, None, 20.0)),
        ("right ones a fifth as likely", 3, lambda known, random: drawn(known, random, 100, None, 0.2)),
        ("half of the tests made wrong", 3, lambda known, random: with_wrong_tests(known, random, 0.5)),
        ("all tests made wrong", 3, lambda known, random: with_wrong_tests(known, random, 1.0)),
    ]
    yield f"{'':<30}{'mean':>7}{'oracle':>8}" + "".join(f"{name:>16}" for name in names) + "  output-cluster, drop"
    for title, times, make in made:
        random = np.random.default_rng(1)
        pool = [make(known, random) for _ in range(times) for known in problems]
        found = [100 * float(rates(pool, RULES[name]).mean()) for name in names]
        found.append(100 * float(rates(pool, RULES["output-cluster"], replace(SETTINGS, uninformative="drop")).mean()))
        mean, oracle = (100 * float(np.mean([get(known.right) for known in pool])) for get in (np.mean, np.any))
        yield f"{title:<30}{mean:>7.1f}{oracle:>8.1f}" + "".join(f"{one:>16.1f}" for one in found)
    yield from halves(problems)


def halves(problems: list[Known]) -> Iterator[str]:
    """How often, in random halves of the problems, the default is ahead."""
    own, *rivals = (rates(problems, RULES[name]) for name in ("default", "output-cluster", "codet"))
    random = np.random.default_rng(0)
    ahead = np.zeros(2)
    for _ in range(1000):
        half = random.permutation(len(problems))[: len(problems) // 2]
        ahead += [own[half].mean() > rival[half].mean() for rival in rivals]
    yield f"ahead in a random half: of output-cluster {ahead[0] / 10:.1f} %, of codet {ahead[1] / 10:.1f} %"


# -------------------------------------------------------------------- the bound, and what was missed


def bound(problems: list[Known]) -> Iterator[str]:
    """Right largest clusters, by what the bound promises."""
    found = [(bound_of(Rows.of(known.judged)), known) for known in problems]
    yield f"{'bound':<16}{'problems':>9}{'mean bound':>12}{'largest cluster right':>23}"
    for low, high in ((0.99, 1.01), (0.95, 0.99), (0.5, 0.95), (0.0, 0.5), (-np.inf, 0.0)):
        inside = [(one, known) for one, known in found if one.bound is not None and low <= one.bound < high]
        if inside:
            right = np.mean([known.right[one.largest] for one, known in inside])
            mean = np.mean([one.bound for one, _ in inside])
            yield f"{low:>6} to {high:<6}{len(inside):>9}{mean:>12.3f}{100 * right:>22.1f}%"
    yield f"{'none':<16}{sum(one.bound is None for one, _ in found):>9}"


def misses(problems: list[Known]) -> Iterator[str]:
    for known in problems:
        ballot = Rows.of(known.judged).unweighted()
        chosen = choose(RULES["default"], ballot, SETTINGS)
        if chosen.candidate is None or known.right[chosen.candidate] or not known.right.any():
            continue
        rows = np.unique(ballot.rows.row_of[known.right])
        sizes = ballot.cluster_sizes(ballot.value_labels)[0]
        score = RULES["default"].score(ballot, SETTINGS).score[0]
        informative = ballot.informative[0]
        row = rows[np.argmax(np.where(informative[rows], score[rows], -np.inf))]
        agreement = shared(ballot, ballot.row_weights * ballot.informative)[0]
        own = ballot.rows.row_of[chosen.candidate]
        yield (
            f"{known.judged.task_id:<15} tests {known.judged.num_tests:>3} right {known.right.sum():>3}; chosen "
            f"{chosen.candidate:>3}: n {chosen.cluster_size:>3} A {agreement[own]:.2f} P {chosen.pass_share:.2f}; best "
            f"right {np.flatnonzero(ballot.rows.row_of == row)[0]:>3}: n {sizes[row]:>3.0f} A {agreement[row]:.2f} "
            f"P {ballot.pass_share[0, row]:.2f} e {ballot.ran_share[0, row]:.2f} varies {bool(informative[row])}"
        )


PARTS = {"reference": reference, "curve": curve, "pools": pools, "bound": bound, "misses": misses}


def main(run: str, truth: str, *parts: str) -> None:
    problems = read(Path(run), read_truth(Path(truth)))
    for name in parts or PARTS:
        sys.stdout.write(f"\n{name}\n")
        for line in PARTS[name](problems):
            sys.stdout.write(line + "\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])
