"""What came of an evaluation, for people as lines and for programs as JSON, on standard output."""

import json
from collections.abc import Iterator
from pathlib import Path

from ucoder.store import JsonObject

__all__ = ["print_evaluation"]


def print_evaluation(result: JsonObject, folder: Path, *, as_json: bool) -> None:
    """Print the figures of an evaluation."""
    if as_json:
        print(json.dumps(result))
        return
    for name, text in _lines(result):
        print(f"{name:<16}{text}")
    print(f"{'in':<16}{folder}")


def _lines(result: JsonObject) -> Iterator[tuple[str, str]]:
    data = result["data"]
    yield "benchmark", result["benchmark"]
    files = ", ".join(one["file"] for one in data["files"])
    yield "data", f"{files}: version {data['version']} ({data['sha256'][:12]})"
    yield from _figures(result, "")
    if "base" in result:
        yield from _figures(result["base"], "base ")
    samples = f"{result['samples']:,} of {result['problems']:,} problems, n = {result['n']}"
    yield "samples", samples if result["n"] == result["most_n"] else f"{samples} to {result['most_n']}"
    if result["problems_without_samples"]:
        yield "without samples", f"{result['problems_without_samples']:,} problems: they are in no figure"
    yield "outcomes", ", ".join(f"{count:,} {name}" for name, count in result["outcomes"].items())
    if result["not_judged"]:
        yield "not judged", f"{result['not_judged']:,} samples, by our own fault (INFRA): they are in no figure"
    if result["void_tests"]:
        yield "void tests", f"{result['void_tests']:,} tests cannot be used: nobody passes them"
    if result["at_limit"]:
        yield "at the limit", f"{result['at_limit']:,} samples"
    if result["trusted_share"] is not None:
        yield "trusted", f"{result['trusted_share']:.1%} of evaluations were judged outside of the program's process"
    limits = result["limits"]
    yield "limits", f"{limits['cpu_ms']} ms of CPU a test, {limits['memory_mb']} MiB"
    yield "sandbox", ", ".join(result["sandbox_layers"]) or "NONE"


def _figures(figures: JsonObject, prefix: str) -> Iterator[tuple[str, str]]:
    for name, (low, high) in figures["intervals"].items():
        yield prefix + name, f"{100 * figures[name]:.1f} (95 % interval {100 * low:.1f} to {100 * high:.1f})"
