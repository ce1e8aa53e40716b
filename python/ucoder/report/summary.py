"""The summary of a run, for people as lines and for programs as JSON, on standard output."""

import json
from collections.abc import Iterator
from pathlib import Path

from ucoder.store import JsonObject

__all__ = ["print_summary"]

_FEW = 5  # reasons shown of each kind; all are in summary.json


def print_summary(summary: JsonObject, folder: Path, *, as_json: bool) -> None:
    """Print a judged run's summary."""
    if as_json:
        print(json.dumps(summary))
        return
    for name, text in _lines(summary):
        print(f"{name:<16}{text}")
    print(f"{'in':<16}{folder}")


def _lines(summary: JsonObject) -> Iterator[tuple[str, str]]:
    if not summary["parts"]:
        yield "nothing", "this shard of the job is empty: it has fewer parts than shards"
        return
    yield "problems", _problems(summary)
    yield "candidates", f"{summary['candidates']:,} ({summary['distinct_candidates']:,} distinct)"
    yield "tests", f"{summary['tests']:,}" + (f" ({_counts(summary['test_kinds'])})" if summary["test_kinds"] else "")
    yield "evaluations", f"{summary['evaluations']:,}"
    for name, count in summary["outcomes"].items():
        yield "", f"{name:<14}{count:>12,}  {_percent(count, summary['evaluations'])}"
    if summary["trusted_share"] is not None:
        yield "trusted", f"{summary['trusted_share']:.1%} of evaluations were judged outside the candidate's process"
    if summary["at_limit"]:
        yield "at the limit", f"{summary['at_limit']:,} evaluations"
    for title, key in (("void tests", "void_tests"), ("beside", "untrusted_tests"), ("bad values", "bad_values")):
        if summary[key]:
            yield title, _counts(summary[key])
    if infra := summary["outcomes"].get("INFRA"):
        yield "our own faults", f"{infra:,} evaluations could not be made (INFRA); they count for nobody"
    yield (
        "rate",
        (
            f"{summary['candidates_per_second']:,} candidates/s, {summary['evaluations_per_second']:,} evaluations/s "
            f"({summary['wall_seconds']:,} s, {summary['workers']} workers, isolation {summary['isolation']})"
        ),
    )
    if summary["isolation"] == "auto":
        alone = f"; alone: {_counts(summary['alone'])}" if summary["alone"] else ""
        yield "shared", f"{summary['shared_candidates']:,} candidates ran in processes with others{alone}"
    yield "sandbox", ", ".join(summary["sandbox_layers"]) or "NONE"


def _problems(summary: JsonObject) -> str:
    asides = [
        f"{summary[key]:,} {what}"
        for key, what in (
            ("problems_without_usable_test", "without a usable test"),
            ("problems_without_candidates", "more without candidates"),
        )
        if summary[key]
    ]
    return f"{summary['problems']:,}" + (f" ({', '.join(asides)})" if asides else "")


def _counts(counts: dict[str, int]) -> str:
    shown = [f"{count:,} {name or 'unnamed'}" for name, count in list(counts.items())[:_FEW]]
    more = len(counts) - len(shown)
    return ", ".join(shown) + (f", and {more} more kinds" if more > 0 else "")


def _percent(count: int, total: int) -> str:
    return f"{count / total:7.2%}" if total else ""
