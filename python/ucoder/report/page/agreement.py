"""What programs agree on: clusters, difficulty, fluency, and whether the model's expected values are valid."""

from collections.abc import Callable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from ucoder.loop_records import DIFFICULTIES
from ucoder.report.page.blocks import Block, Chart, Note, Section, Table, count, number, percent
from ucoder.report.page.charts import Point, Series, histogram, trend
from ucoder.report.page.estimates import Floats, mean_of
from ucoder.report.page.measures import Measured, ProblemNumbers, binned

__all__ = ["clusters", "difficulty", "fluency", "validity"]

_BINS = 6
_TAUS = (2, 4, 8, 16, 32)


def clusters(measured: Sequence[Measured]) -> Section:
    """Sizes and entropies."""
    title = "Agreement"
    shown = [one for one in measured if one.problems]
    if not shown:
        return Section("clusters", title, absent="No program was executed yet.")
    blocks: list[Block] = []
    for one in shown:
        where = f", {one.name}" if one.name else ""
        largest = _each(one, lambda item: item.largest_share)
        entropy = _each(one, lambda item: item.entropy_bits)
        edges = [step / 10 for step in range(11)]
        blocks.append(
            Chart(
                f"Share of a problem's programs in its largest cluster{where}",
                histogram(largest, edges, "share in the largest cluster", "problems"),
            )
        )
        highest = max(1.0, float(np.ceil(entropy.max())))
        edges = [highest * step / 10 for step in range(11)]
        blocks.append(
            Chart(
                f"Entropy of a problem's clusters{where}: 0 where all programs that ran agree",
                histogram(entropy, edges, "entropy, bits", "problems"),
            )
        )
    rows = [
        (
            one.name or "all",
            count(len(one.problems)),
            number(_median(one, lambda item: len(item.cluster_sizes)), 1),
            number(_median(one, lambda item: item.cluster_sizes[0] if item.cluster_sizes else 0), 1),
            percent(float(_each(one, lambda item: item.largest_share).mean())),
            number(float(_each(one, lambda item: item.entropy_bits).mean())),
        )
        for one in shown
    ]
    head = ("", "problems", "clusters, median", "largest, median", "in the largest, mean", "entropy, mean bits")
    blocks.append(Table("Clusters: programs that return the same on every test", head, rows))
    shares = [(one.name or "all", *(percent(_share_with(one, tau)) for tau in _TAUS)) for one in shown]
    sizes = ("", *(f"of {tau}" for tau in _TAUS))
    blocks.append(Table("Problems with a cluster of at least that many programs", sizes, shares))
    return Section("clusters", title, blocks)


def difficulty(measured: Sequence[Measured]) -> Section:
    """Consensus against difficulty, as the model named it and as its programs showed it."""
    title = "Consensus and difficulty"
    blocks: list[Block] = []
    named = [one for one in measured if any(item.difficulty for item in one.evidence.statements.values())]
    if named:
        places = [(float(place), name) for place, name in enumerate(DIFFICULTIES)]
        series = [Series(one.name or "all", list(_by_name(one)), joined=False) for one in named]
        blocks.append(
            Chart(
                "Share in the largest cluster, by the difficulty that the model named",
                trend(series, "difficulty", "in the largest cluster", labels=places),
            )
        )
    for one in measured:
        with_tests = [item for item in one.problems if item.num_tests and item.num_candidates]
        if len(with_tests) < 2:
            continue
        passed = np.array([float(item.pass_share.mean()) for item in with_tests])
        series = [
            Series(
                "in the largest cluster", list(binned(passed, _of(with_tests, lambda item: item.largest_share), _BINS))
            )
        ]
        known = [item for item in with_tests if item.choice is not None and item.choice.right is not None]
        if len(known) > 1:
            x = np.array([float(item.pass_share.mean()) for item in known])
            right = _of(known, lambda item: float(bool(item.choice and item.choice.right)))
            series.append(Series("selection is right", list(binned(x, right, _BINS))))
        where = f", {one.name}" if one.name else ""
        blocks.append(
            Chart(
                f"By the share of tests that a problem's programs pass on average{where} (hard to easy)",
                trend(series, "tests passed by the mean program", "share"),
            )
        )
    if not blocks:
        return Section("difficulty", title, absent="There are fewer than two problems with programs and tests.")
    return Section("difficulty", title, blocks)


def fluency(measured: Sequence[Measured]) -> Section:
    """Perplexity of a program against what executing it showed."""
    title = "Perplexity and execution"
    blocks: list[Block] = []
    rows = []
    for one in measured:
        perplexity, ran, passed = (
            np.concatenate([getattr(item, name).astype(np.float64) for item in one.problems] or [np.zeros(0)])
            for name in ("perplexity", "ran_share", "pass_share")
        )
        known = np.isfinite(perplexity)
        if known.sum() < 2:
            continue
        x = perplexity[known]
        own = np.repeat(np.arange(len(one.problems)), [item.num_candidates for item in one.problems])[known]
        series = [
            Series("ran to an end", list(binned(x, ran[known], _BINS, own))),
            Series("passed", list(binned(x, passed[known], _BINS, own))),
        ]
        where = f", {one.name}" if one.name else ""
        blocks.append(
            Chart(
                f"Share of tests by a program's perplexity{where}; each point holds as many programs",
                trend(series, "perplexity", "share of tests"),
            )
        )
        within = [_rank_correlation(item.perplexity, item.pass_share) for item in one.problems]
        told = [value for value in within if value is not None]
        mean = mean_of(np.array(told)) if told else None
        rows.append(
            (
                one.name or "all",
                count(float(known.sum())),
                number(float(np.median(x)), 3),
                number(mean.mean if mean else None),
                f"{mean.low:+.2f} to {mean.high:+.2f}" if mean else "–",
                count(len(told)),
            )
        )
    if not blocks:
        return Section("fluency", title, absent="These programs come without log-probabilities.")
    head = ("", "programs", "perplexity, median", "rank correlation", "95 % interval", "problems")
    blocks.append(
        Table(
            "Rank correlation of perplexity with the share passed, within a problem: below 0 where "
            "likelier programs pass more",
            head,
            rows,
        )
    )
    return Section("fluency", title, blocks)


def validity(measured: Sequence[Measured]) -> Section:
    """Whether the expected values that the tests came with are those of the program that consensus selected."""
    title = "Validity of expected values"
    blocks: list[Block] = []
    rows = []
    for one in measured:
        known = [item for item in one.problems if item.agreeing is not None]
        if not known:
            continue
        agreeing = _of(known, lambda item: item.agreeing or 0.0)
        where = f", {one.name}" if one.name else ""
        edges = [step / 10 for step in range(11)]
        blocks.append(
            Chart(
                f"Share of a problem's tests whose expected value the selected program returns{where}",
                histogram(agreeing, edges, "share of tests", "problems"),
            )
        )
        if len(known) > 1:
            strength = _of(known, lambda item: item.largest_share)
            points = list(binned(strength, agreeing, _BINS))
            blocks.append(
                Chart(
                    f"By the share of programs in the largest cluster{where}",
                    trend([Series("agree", points)], "in the largest cluster", "tests that agree"),
                )
            )
        rows += list(_validity_rows(one.name or "all", known))
    if not blocks:
        return Section("validity", title, absent="Nothing was selected that expected values could be held against.")
    blocks.append(
        Table("Tests that agree with the selected program", ("", "problems", "agree, mean", "95 % interval"), rows)
    )
    blocks.append(Note("Where the selected program is right, a test that disagrees has a wrong expected value."))
    return Section("validity", title, blocks)


def _validity_rows(name: str, known: Sequence[ProblemNumbers]) -> Iterator[tuple[str, ...]]:
    groups = {
        name: list(known),
        f"{name}, selection is right": [item for item in known if item.choice and item.choice.right is True],
        f"{name}, selection is wrong": [item for item in known if item.choice and item.choice.right is False],
    }
    for label, items in groups.items():
        if items:
            one = mean_of(_of(items, lambda item: item.agreeing or 0.0))
            yield label, count(len(items)), percent(one.mean), f"{100 * one.low:.1f} to {100 * one.high:.1f}"


# ---------------------------------------------------------------- numbers of problems


def _of(problems: Sequence[ProblemNumbers], value: Callable[[ProblemNumbers], float]) -> Floats:
    return np.array([value(item) for item in problems], dtype=np.float64)


def _each(measured: Measured, value: Callable[[ProblemNumbers], float]) -> Floats:
    return _of(measured.problems, value)


def _median(measured: Measured, value: Callable[[ProblemNumbers], float]) -> float:
    return float(np.median(_each(measured, value)))


def _share_with(measured: Measured, tau: int) -> float:
    return float(_each(measured, lambda item: float(bool(item.cluster_sizes) and item.cluster_sizes[0] >= tau)).mean())


def _by_name(measured: Measured) -> Iterator[Point]:
    statements = measured.evidence.statements
    for place, name in enumerate(DIFFICULTIES):
        own = [
            item
            for item in measured.problems
            if item.task_id in statements and statements[item.task_id].difficulty == name
        ]
        if own:
            one = mean_of(_of(own, lambda item: item.largest_share))
            yield Point(float(place), one.mean, one.low, one.high, f"{name}, n = {len(own):,}")


def _rank_correlation(x: NDArray[np.float32], y: NDArray[np.float32]) -> float | None:
    """Spearman's, ties at their mean rank; None where one of them does not vary or too few are known."""
    known = np.isfinite(x)
    if known.sum() < 3:
        return None
    ranks = [_ranks(values[known]) for values in (x, y)]
    if any(np.ptp(one) == 0 for one in ranks):
        return None
    return float(np.corrcoef(ranks[0], ranks[1])[0, 1])


def _ranks(values: NDArray[np.float32]) -> Floats:
    _, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    ends = np.cumsum(counts)
    means: Floats = (ends - (counts - 1) / 2)[inverse]
    return means
