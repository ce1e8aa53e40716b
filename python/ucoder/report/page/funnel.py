"""The funnel: how much was there at each step, and the reason for every loss."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from ucoder.report.page.blocks import Bar, Bars, Block, Note, Section, Table, count, percent
from ucoder.report.page.measures import Measured
from ucoder.report.page.sources import LoopRound, Origin
from ucoder.store import JsonObject

__all__ = ["funnel", "steps"]

RHO = 0.8
"""Of the tests, the share that the paper wants a program to have run on"""
_STAGES = ("problems", "ratings", "skeletons", "suites", "candidates", "consensus", "lessons", "training")
_THINGS = {
    "problems": "complete problems",
    "ratings": "pass the filter on ratings",
    "skeletons": "with a skeleton",
    "suites": "with enough tests",
    "consensus": "with a selected program",
    "lessons": "lessons, those held out apart",
    "training": "learned",
}
_UNITS = {"suites": "suites (tests)"}
_MOST_REASONS = 12

Steps = list[tuple[str, int, int, str]]
"""What, how many, of how many, and a note"""


def funnel(origin: Origin, measured: Sequence[Measured]) -> Section:
    """Of a loop by round; of a judged job once."""
    blocks: list[Block] = []
    for one in origin.rounds:
        blocks += _of_round(one, origin.metrics)
    for found in measured:
        title = "Programs" + (f", {found.name}" if found.name else "")
        programs, problems = steps(found)
        blocks += [
            _bars(f"{title}: from candidates to clusters", programs),
            _bars("Their problems, to a selection", problems),
        ]
        blocks += _losses(found)
    if not blocks:
        return Section("funnel", "Funnel", absent="No stage is finished and no program was executed yet.")
    return Section("funnel", "Funnel", blocks)


def steps(measured: Measured) -> tuple[Steps, Steps]:
    """Of programs, from candidates to clusters; of problems, to a selection."""
    problems = measured.problems
    total = sum(one.num_candidates for one in problems)
    ran = sum(int((one.ran_share > 0).sum()) for one in problems)
    enough = sum(int((one.ran_share >= RHO).sum()) for one in problems)
    clustered = sum(size for one in problems for size in one.cluster_sizes if size > 1)
    with_tests = sum(one.num_tests > 0 for one in problems)
    distinct = sum(one.num_distinct for one in problems)
    programs: Steps = [
        ("candidates", total, total, f"{distinct:,} distinct texts; each was executed once"),
        ("ran on a test", ran, total, "to an end, on at least one"),
        (f"ran on {100 * RHO:.0f} %", enough, total, "of the tests, to an end"),
        ("in a cluster", clustered, total, "another candidate behaves alike on every test"),
    ]
    decided: Steps = [
        ("problems", len(problems), len(problems), ""),
        ("with a usable test", with_tests, len(problems), ""),
    ]
    if measured.evidence.choices is not None:
        decided.append(("selected", sum(one.is_selected for one in problems), len(problems), "one program a problem"))
    return programs, decided


def _bars(caption: str, rows: Steps) -> Bars:
    return Bars(
        caption,
        [
            Bar(
                what,
                many / of if of else 0.0,
                f"{many:,}" + (f" ({percent(many / of)})" if many != of and of else ""),
                note=note,
            )
            for what, many, of, note in rows
        ],
    )


def _of_round(one: LoopRound, metrics: Sequence[JsonObject]) -> Iterator[Block]:
    counts: dict[str, dict[str, int]] = {
        stage: one.markers[stage]["counts"] for stage in _STAGES if "counts" in one.markers.get(stage, {})
    }
    rows = list(_problem_steps(one, counts, metrics))
    if rows:
        yield _bars(f"Round {one.number}: from the model's answers to what it learned", rows)
    reasons = [
        (_UNITS.get(stage, stage), reason, count(many))
        for stage, of in counts.items()
        for reason, many in of.items()
        if reason != "kept" and many
    ]
    if held := one.markers.get("lessons", {}).get("held_out"):
        reasons.append(("lessons", "held out for validation, not lost", count(held)))
    if reasons:
        caption = f"Round {one.number}: every loss and its reason"
        yield Table(caption, ("stage", "reason", "number"), reasons, frozenset({0, 1}))


def _problem_steps(
    one: LoopRound, counts: Mapping[str, Mapping[str, int]], metrics: Sequence[JsonObject]
) -> Iterator[tuple[str, int, int, str]]:
    """Problems that are left after each stage, of all that the model was asked for."""
    total = sum(counts.get("problems", {}).values())
    if not total:
        return
    yield "answers", total, total, "each asked for a problem"
    for stage, of in counts.items():
        left, note = of.get("kept", 0), ""
        if stage == "ratings":
            passing = [
                line["num_kept"]
                for line in metrics
                if (line.get("stage"), line.get("round")) == ("rating filter", one.number)
            ]
            left = passing[-1] if passing else left
        if stage == "consensus":
            # A problem for which nothing was selected is kept as a record of why.
            left = sum(choice.selection.candidate is not None for choice in (one.choices or {}).values())
            note = "one program a problem"
        if stage in _THINGS:
            yield _THINGS[stage], left, total, note


def _losses(measured: Measured) -> Iterator[Block]:
    tallies = [part["tally"] for part in measured.evidence.record.parts.values()]
    where = f", {measured.name}" if measured.name else ""
    outcomes = _summed(tallies, "outcomes")
    total = sum(outcomes.values())
    if total:
        yield Table(
            f"What became of {total:,} executions (program × test){where}",
            ("outcome", "number", "share"),
            [(name, count(many), percent(many / total, 2)) for name, many in outcomes.most_common()],
        )
    lost = [("cannot be judged", reason, many) for reason, many in _summed(tallies, "void_tests").most_common()]
    beside = [
        ("judged beside the program", reason, many)
        for reason, many in _summed(tallies, "untrusted_tests").most_common()
    ]
    bad = [("value that cannot be compared", kind, many) for kind, many in _summed(tallies, "bad_values").most_common()]
    nothing = Counter(
        one.choice.selection.nothing for one in measured.problems if one.choice is not None and not one.is_selected
    )
    none = [("nothing selected", reason, many) for reason, many in nothing.most_common()]
    rows = [*none, *lost, *beside, *bad]
    if rows:
        shown = [(what, reason or "unnamed", count(many)) for what, reason, many in rows[:_MOST_REASONS]]
        caption = f"Losses and their reasons{where}"
        yield Table(caption, ("what", "reason", "number"), shown, frozenset({0, 1}))
        if len(rows) > _MOST_REASONS:
            yield Note(f"{len(rows) - _MOST_REASONS:,} more reasons are in the parts' markers (parts/*.json).")


def _summed(tallies: Sequence[Mapping[str, Mapping[str, int]]], name: str) -> Counter[str]:
    found: Counter[str] = Counter()
    for tally in tallies:
        found.update(tally.get(name, {}))
    return found
