"""How good: models by round with their controls; selection rules where the truth is known."""

import re
from collections.abc import Iterator, Mapping
from itertools import pairwise

from ucoder.consensus.comparison import Estimate
from ucoder.loop_records import Score
from ucoder.report.page.blocks import Bar, Bars, Block, Chart, Note, Section, Table, count, percent
from ucoder.report.page.charts import Point, Series, trend
from ucoder.report.page.sources import Origin
from ucoder.rounds.result import ControlFigures, control_figures, estimate, gain
from ucoder.store import JsonObject

__all__ = ["controls", "models", "precision", "scores_by_round"]

Scores = Mapping[str, Score]


def scores_by_round(origin: Origin, what: str) -> dict[int, Scores]:
    """By rounds that a model has learned: 0 is the one that the run began with. `what`: evaluation or validation."""
    found: dict[int, Scores] = {}
    for place, scores in origin.scores.items():
        if place == f"start/{what}":
            found[0] = scores
        elif match := re.fullmatch(rf"round-(\d+)/{what}", place):
            found[int(match[1]) + 1] = scores
    return dict(sorted(found.items()))


def controls(origin: Origin) -> list[ControlFigures]:
    """Models that learned something else from the first round, and consensus over the same seeds."""
    by_source: dict[str, list[Scores]] = {}
    for place, scores in origin.scores.items():
        if match := re.fullmatch(r"round-00/controls/(.+)-\d+/evaluation", place):
            by_source.setdefault(match[1], []).append(scores)
    first = origin.scores.get("round-00/evaluation")
    if not by_source or first is None:
        return []
    consensus = [first, *by_source.pop("consensus", [])]
    return [
        control_figures("consensus", consensus, consensus),
        *(control_figures(source, runs, consensus) for source, runs in by_source.items()),
    ]


def models(origin: Origin) -> Section:
    """pass@1 and validation by round, and what controls learned."""
    title = "Models by round"
    if origin.kind != "run":
        return Section("models", title, absent="Nothing was trained here: this is no loop.")
    evaluation, validation = (scores_by_round(origin, what) for what in ("evaluation", "validation"))
    if not evaluation and not validation:
        return Section("models", title, absent="No model was measured yet.")
    blocks: list[Block] = []
    series = [
        Series(name, [_point(number, one) for number, scores in by_round.items() if (one := estimate(scores))])
        for name, by_round in (("pass@1", evaluation), ("validation", validation))
        if by_round
    ]
    rounds = sorted({*evaluation, *validation})
    places = [(float(number), "start" if not number else f"round {number}") for number in rounds]
    blocks.append(
        Chart(
            "After each round, with 95 % intervals over problems", trend(series, "model", "share right", labels=places)
        )
    )
    blocks.append(_table(evaluation, validation))
    blocks += _controls(origin)
    blocks.append(
        Note(
            "pass@1: share of programs right by true tests that no stage of the loop reads. Validation: share of "
            "programs that behave as consensus's choice on problems of the model's own that were held out; it needs no "
            "truth, and does not say what is right."
        )
    )
    return Section("models", title, blocks)


def _point(number: int, one: Estimate) -> Point:
    return Point(float(number), one.mean, one.low, one.high, "start" if not number else f"round {number}")


def _table(evaluation: Mapping[int, Scores], validation: Mapping[int, Scores]) -> Table:
    gains = {later: gain(evaluation[later], evaluation[before]) for before, later in pairwise(evaluation)}
    rows = []
    for number in sorted({*evaluation, *validation}):
        scores = evaluation.get(number, {})
        one, own = estimate(scores), estimate(validation.get(number, {}))
        more = gains.get(number)
        rows.append(
            (
                "at the start" if not number else f"after round {number}",
                percent(one.mean if one else None),
                interval(one),
                f"{100 * more.mean:+.1f}" if more else "–",
                interval(more, sign="+"),
                percent(own.mean if own else None),
                count(len(scores)) if scores else "–",
            )
        )
    head = ("model", "pass@1", "95 % interval", "gain, points", "95 % interval", "validation", "problems")
    return Table("By round; a gain is paired over the same problems", head, rows)


def interval(one: Estimate | None, sign: str = "") -> str:
    """Like "37.0 to 58.2", in percent."""
    return "–" if one is None else f"{100 * one.low:{sign}.1f} to {100 * one.high:{sign}.1f}"


def _controls(origin: Origin) -> Iterator[Block]:
    found = controls(origin)
    if not found:
        yield Note("No control was trained (`controls.sources`): what of a gain is consensus's is not known.")
        return
    yield Bars(
        "Controls: models that learned other programs of the same problems, pass@1",
        [
            Bar(
                one.source,
                one.evaluation.mean,
                percent(one.evaluation.mean),
                one.evaluation.low,
                one.evaluation.high,
                note=f"{one.seeds} seed{'s' if one.seeds > 1 else ''}",
                muted=one.source != "consensus",
            )
            for one in found
        ],
    )
    yield Table(
        "Controls less consensus, paired, in points",
        ("learned from", "difference", "95 % interval", "by seed"),
        [
            (
                one.source,
                f"{100 * one.less_consensus.mean:+.1f}",
                interval(one.less_consensus, sign="+"),
                ", ".join(f"{100 * share:.1f}" for share in one.by_seed),
            )
            for one in found
            if one.source != "consensus"
        ],
    )


# ---------------------------------------------------------------- selections


def precision(origin: Origin) -> Section:
    """How often each rule is right."""
    title = "Selection"
    if origin.kind == "run":
        return Section(
            "selection",
            title,
            absent="Nobody knows the truth of the problems that the model wrote, so how often a selection is right is "
            "not known, either. `ucoder sweep --truth` measures it where there are true tests.",
        )
    summary = origin.selections
    if summary is None:
        return Section("selection", title, absent=f"Nothing was selected yet: `ucoder select {origin.path}` does.")
    blocks: list[Block] = []
    if summary["problems_with_truth"]:
        blocks += _against_truth(summary)
    else:
        blocks.append(Note("The truth is not known: `ucoder select --truth` holds selections against it."))
    blocks.append(
        Table(
            "What each rule chose, and how stable that is",
            ("rule", "chosen", "nothing", "kept, tests", "kept, candidates"),
            [
                (
                    rule["rule"],
                    count(rule["chosen"]),
                    count(rule["nothing"]),
                    percent(rule["kept_tests"]),
                    percent(rule["kept_candidates"]),
                )
                for rule in summary["rules"]
            ],
        )
    )
    blocks.append(Note("Kept: how often the same behaviour is selected when tests, or candidates, are drawn again."))
    return Section("selection", title, blocks)


def _against_truth(summary: JsonObject) -> Iterator[Block]:
    known = [rule for rule in summary["rules"] if rule["pass_at_1"] is not None]
    bars = [
        Bar(
            rule["rule"],
            rule["pass_at_1"],
            percent(rule["pass_at_1"]),
            rule["low"],
            rule["high"],
            note=f"{percent(rule['pass_at_1_chosen'])} of {count(rule['chosen'])} chosen",
        )
        for rule in sorted(known, key=lambda rule: -rule["pass_at_1"])
    ]
    bars.append(Bar("mean of all candidates", summary["mean"], percent(summary["mean"]), muted=True))
    bars.append(Bar("oracle", summary["oracle"], percent(summary["oracle"]), muted=True, note="a right one exists"))
    yield Bars(f"pass@1 of each rule on {summary['problems_with_truth']:,} problems, 95 % intervals", bars)
    yield Note("Where a rule chooses nothing, a problem counts as the mean of its candidates.")
    if summary["differences"]:
        yield Table(
            "Differences in pairs, in points",
            ("rule", "less", "difference", "95 % interval"),
            [
                (
                    one["rule"],
                    one["against"],
                    f"{100 * one['difference']:+.1f}",
                    f"{100 * one['low']:+.1f} to {100 * one['high']:+.1f}",
                )
                for one in summary["differences"]
            ],
            frozenset({0, 1}),
        )
