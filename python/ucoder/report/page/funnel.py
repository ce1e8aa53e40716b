"""The funnel: how much was there at each step, and the reason for every loss."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from ucoder.report.page.blocks import Bar, Bars, Block, Note, Section, Table, count, percent
from ucoder.report.page.measures import Measured
from ucoder.report.page.sources import LoopRound, Origin

__all__ = ["funnel", "steps"]

RHO = 0.8
"""Of the tests, the share that the paper wants a program to have run on"""
_STAGES = ("problems", "ratings", "skeletons", "suites", "candidates", "consensus", "lessons", "training")
_THINGS = {
    "problems": "problems kept",
    "ratings": "rated",
    "skeletons": "with a skeleton",
    "suites": "with enough tests",
    "candidates": "answers that hold a program",
    "consensus": "decided",
    "lessons": "lessons",
    "training": "learned",
}
_MOST_REASONS = 12

Steps = list[tuple[str, int, int, str]]
"""What, how many, of how many, and a note"""


def funnel(origin: Origin, measured: Sequence[Measured]) -> Section:
    """Of a loop by round; of a judged job once."""
    blocks: list[Block] = []
    for one in origin.rounds:
        blocks += _of_round(one)
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


def _of_round(one: LoopRound) -> Iterator[Block]:
    rows: Steps = []
    reasons: list[tuple[str, str, int]] = []
    for stage in _STAGES:
        counts = one.markers.get(stage, {}).get("counts")
        if counts is None:
            continue
        lost = {reason: many for reason, many in counts.items() if reason != "kept"}
        # A selection that chose nothing is kept as a record of why.
        kept = counts.get("kept", 0) - (_undecided(one) if stage == "consensus" else 0)
        rows.append((_THINGS[stage], kept, counts.get("kept", 0) + _not_in(stage, lost), ""))
        reasons += ((stage, reason, many) for reason, many in lost.items())
        if stage == "lessons" and (held := one.markers[stage].get("held_out")):
            reasons.append((stage, "held out for validation, not lost", held))
    if rows:
        yield _bars(f"Round {one.number}: of what each stage looked at, the share it kept", rows)
    if reasons:
        yield Table(
            f"Round {one.number}: every loss and its reason",
            ("stage", "reason", "number"),
            [(stage, reason, count(many)) for stage, reason, many in reasons],
            frozenset({0, 1}),
        )


def _undecided(one: LoopRound) -> int:
    choices = (one.choices or {}).values()
    return sum(choice.selection.candidate is None for choice in choices)


def _not_in(stage: str, lost: Mapping[str, int]) -> int:
    """Losses beside what was kept; in stage consensus a problem without a choice is among the kept."""
    return 0 if stage == "consensus" else sum(lost.values())


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
