"""A few problems in full: statement, tests, a program for each large cluster, where clusters differ, and the choice.

Bounded in every direction: problems, clusters, tests, programs and values are cut, and what was cut says so.
"""

import html
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise, zip_longest

import numpy as np
import pyarrow as pa  # type: ignore[import-untyped]  # it ships no types
from numpy.typing import NDArray

from ucoder._core import OUTCOME_NAMES, Outcome
from ucoder.execution.judged import COLUMNS, StoredProblem, rows_by_task, stored_problems
from ucoder.records import Selection
from ucoder.report.page.blocks import number, percent
from ucoder.report.page.measures import Measured, ProblemNumbers, cluster_labels
from ucoder.report.page.sources import Evidence

__all__ = ["MOST_CASES", "Case", "CaseCluster", "CaseTest", "Difference", "cases", "status_of", "within"]

MOST_CASES = 120
_MOST_BYTES = 3_500_000  # of all texts together, as they stand in the page
_CLUSTERS, _TESTS, _DIFFERENCES = 5, 25, 8
_PROGRAM_CHARS, _STATEMENT_CHARS, _TEST_CHARS, _VALUE_CHARS = 3000, 3000, 300, 120

_READABLE = {"problems": ("prompt",), "values": ("text",), "tests": ("text", "note")}
_RAN = (Outcome.PASS, Outcome.WRONG)


@dataclass(frozen=True, slots=True)
class CaseTest:
    """A test, and what the chosen program did on it."""

    text: str
    note: str
    """Why it is void, or ran beside the candidate; "" where all is well"""
    verdict: str
    """The outcome; "" where nothing was chosen or the test is void"""


@dataclass(frozen=True, slots=True)
class CaseCluster:
    """Programs that behave alike on all tests."""

    size: int
    share: float
    pass_share: float
    ran_share: float
    is_chosen: bool
    program: str
    """The chosen one, or the first of the cluster"""


@dataclass(frozen=True, slots=True)
class Difference:
    """A test on which the clusters that are shown do not all return the same."""

    test: str
    values: Sequence[str]
    """By cluster"""


@dataclass(frozen=True, slots=True)
class Case:
    """A problem."""

    task_id: str
    round: str
    status: str
    """"right", "wrong", "selected" or "nothing"; "" where nothing was asked to select"""
    title: str
    about: str
    statement: str
    why: str
    tests: Sequence[CaseTest]
    more_tests: int
    clusters: Sequence[CaseCluster]
    more_clusters: int
    differences: Sequence[Difference]
    more_differences: int

    @property
    def num_bytes(self) -> int:
        """About how much it adds to the page: its texts, escaped."""
        texts = [
            *(self.task_id, self.title, self.about, self.statement, self.why),
            *(text for one in self.tests for text in (one.text, one.note)),
            *(one.program for one in self.clusters),
            *(text for one in self.differences for text in (one.test, *one.values)),
        ]
        return sum(len(html.escape(text).encode("utf-8", "backslashreplace")) for text in texts)


def status_of(one: ProblemNumbers) -> str:
    """What became of a problem, in one word."""
    if one.choice is None:
        return ""
    if not one.is_selected:
        return "nothing"
    return "selected" if one.choice.right is None else "right" if one.choice.right else "wrong"


def cases(measured: Sequence[Measured], most: int = MOST_CASES) -> list[Case]:
    """The most telling problems: of each status those whose programs disagree most, in turn."""
    found: list[Case] = []
    for one in measured:
        chosen = _telling(one.problems, max(1, most // max(1, len(measured))))
        by_id = {case.task_id: case for case in _read(one.evidence, {item.task_id: item for item in chosen})}
        found += (by_id[item.task_id] for item in chosen)
    return within(found, _MOST_BYTES)


def within(found: Sequence[Case], most_bytes: int) -> list[Case]:
    """The first of them that fit."""
    sizes = np.cumsum([case.num_bytes for case in found])
    return list(found[: int(np.searchsorted(sizes, most_bytes, side="right"))])


def _telling(problems: Sequence[ProblemNumbers], most: int) -> list[ProblemNumbers]:
    by_status: dict[str, list[ProblemNumbers]] = {}
    for one in problems:
        by_status.setdefault(status_of(one), []).append(one)
    for group in by_status.values():
        group.sort(key=lambda one: -one.entropy_bits)
    groups = [by_status[status] for status in sorted(by_status, reverse=True)]
    return [one for turn in zip_longest(*groups) for one in turn if one is not None][:most]


def _read(evidence: Evidence, wanted: dict[str, ProblemNumbers]) -> Iterator[Case]:
    record = evidence.record
    for part in sorted(record.parts):
        tables = {
            name: record.read_part(
                name, part, [*columns, *_there(_READABLE.get(name, ()), record.columns(name, part), columns)]
            )
            for name, columns in COLUMNS.items()
        }
        task_ids = tables["problems"]["task_id"].to_pylist()
        if not wanted.keys() & set(task_ids):
            continue
        values, tests = (rows_by_task(tables[name], task_ids) for name in ("values", "tests"))
        stored = list(stored_problems(tables, f"{record.path}, part {part}"))
        spans = pairwise(np.cumsum([0, *(one.judged.outcomes.size for one in stored)]).tolist())
        for index, (one, (begin, end)) in enumerate(zip(stored, spans, strict=True)):
            if one.judged.task_id in wanted:
                cells = tables["cells"]["value"].slice(begin, end - begin).fill_null(-1).to_numpy()
                yield _case(
                    evidence,
                    wanted[one.judged.task_id],
                    _Rows(one, cells.reshape(one.judged.outcomes.shape), values[index], tests[index]),
                    _text(tables["problems"], "prompt", index),
                )


def _there(names: Sequence[str], there: Sequence[str], known: Sequence[str]) -> list[str]:
    return [name for name in names if name in there and name not in known]


@dataclass(frozen=True, eq=False, slots=True)
class _Rows:
    """A problem's rows of all tables."""

    stored: StoredProblem
    values: NDArray[np.int32]
    """(C, T) index into the problem's values, -1 for none"""
    value_rows: pa.Table
    test_rows: pa.Table

    def told(self, candidate: int, test: int) -> str:
        """What a candidate gave on a usable test."""
        outcome = int(self.stored.judged.outcomes[candidate, test])
        value = int(self.values[candidate, test])
        if outcome in _RAN and value >= 0:
            return _cut(_text(self.value_rows, "text", value), _VALUE_CHARS)
        return OUTCOME_NAMES[outcome]


def _case(evidence: Evidence, one: ProblemNumbers, rows: _Rows, prompt: str) -> Case:
    judged = rows.stored.judged
    labels = cluster_labels(judged.behaviours)
    chosen = one.choice.selection.candidate if one.choice else None
    sizes = np.bincount(labels[labels >= 0]) if (labels >= 0).any() else np.zeros(0, dtype=np.int64)
    order = sorted(range(len(sizes)), key=lambda label: -int(sizes[label]))
    shown = order[:_CLUSTERS]
    if chosen is not None and labels[chosen] >= 0 and int(labels[chosen]) not in shown:
        shown[-1] = int(labels[chosen])
    stands_for = [
        chosen if chosen is not None and labels[chosen] == label else int(np.flatnonzero(labels == label)[0])
        for label in shown
    ]
    clusters = [
        CaseCluster(
            int(sizes[label]),
            int(sizes[label]) / judged.num_candidates,
            float(one.pass_share[candidate]),
            float(one.ran_share[candidate]),
            candidate == chosen,
            _cut(_without_prompt(rows.stored.program(candidate), prompt), _PROGRAM_CHARS),
        )
        for label, candidate in zip(shown, stands_for, strict=True)
    ]
    kinds = rows.test_rows["kind"].to_pylist()
    usable = [index for index, kind in enumerate(kinds) if kind != "void"]
    differing = [
        test for test in range(judged.num_tests) if len({int(judged.behaviours[one, test]) for one in stands_for}) > 1
    ]
    statement = evidence.statements.get(one.task_id)
    return Case(
        task_id=one.task_id,
        round=evidence.name,
        status=status_of(one),
        title=statement.title if statement and statement.title else one.task_id,
        about=", ".join(filter(None, (statement.kind, statement.category, statement.difficulty))) if statement else "",
        statement=_cut(statement.text if statement else prompt, _STATEMENT_CHARS),
        why=_why(one, len(sizes)),
        tests=[_test(rows, index, usable, chosen) for index in range(min(len(kinds), _TESTS))],
        more_tests=max(0, len(kinds) - _TESTS),
        clusters=clusters,
        more_clusters=max(0, len(sizes) - len(shown)),
        differences=[
            Difference(
                _cut(_text(rows.test_rows, "text", usable[test]), _TEST_CHARS),
                [rows.told(candidate, test) for candidate in stands_for],
            )
            for test in differing[:_DIFFERENCES]
        ],
        more_differences=max(0, len(differing) - _DIFFERENCES),
    )


def _test(rows: _Rows, index: int, usable: Sequence[int], chosen: int | None) -> CaseTest:
    verdict = ""
    if chosen is not None and index in usable:
        verdict = OUTCOME_NAMES[int(rows.stored.judged.outcomes[chosen, usable.index(index)])]
    return CaseTest(
        _cut(_text(rows.test_rows, "text", index) or f"test {index}", _TEST_CHARS),
        _text(rows.test_rows, "note", index),
        verdict,
    )


def _why(one: ProblemNumbers, num_clusters: int) -> str:
    """Why this program, or why none."""
    ran = int((one.ran_share > 0).sum())
    of = f"{one.num_candidates:,} programs ({one.num_distinct:,} distinct), {ran:,} ran, {num_clusters:,} behaviours"
    if one.choice is None:
        return f"{of}. Nothing was asked to select."
    selection = one.choice.selection
    if selection.candidate is None:
        return f"{of}. {selection.rule or 'The rule'} chose nothing: {selection.nothing}."
    return f"{of}. {_reason(selection, one.num_candidates)}"


def _reason(chosen: Selection, num_candidates: int) -> str:
    told = (
        f"{chosen.rule} chose candidate {chosen.candidate}: its cluster holds {chosen.cluster_size:,} of "
        f"{num_candidates:,} programs and scores {number(chosen.score, 3)}"
    )
    if chosen.runner_up is not None:
        told += f"; the next holds {chosen.runner_up_size:,} and scores {number(chosen.runner_up_score, 3)}"
    told += f". It ran to an end on {percent(chosen.ran_share)} of the tests and passes {percent(chosen.pass_share)}"
    if chosen.perplexity is not None and np.isfinite(chosen.perplexity):
        told += f"; its perplexity is {number(chosen.perplexity)}"
    if chosen.kept_tests is not None:
        told += f". With other tests {percent(chosen.kept_tests, 0)} of the draws choose the same behaviour"
    return told + "."


def _without_prompt(program: str, prompt: str) -> str:
    """A program that goes on from its prompt, from there on: a page that repeats the prompt shows little else."""
    rest = program.removeprefix(prompt)
    return program if len(rest) == len(program) or not rest.strip() or not prompt.strip() else f"# [the prompt]\n{rest}"


def _text(table: pa.Table, column: str, row: int) -> str:
    return (table[column][row].as_py() or "") if column in table.column_names else ""


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[:most]}\n[... {len(text) - most:,} more characters]"
