"""Rates of executors, side by side, on standard output."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass

__all__ = ["Throughput", "print_throughput"]


@dataclass(frozen=True, slots=True)
class Throughput:
    """How fast one executor is. None where a rate is not known; `note` says under which settings, or why not."""

    name: str
    candidates_per_second: float | None
    evaluations_per_second: float | None
    note: str


def print_throughput(rates: Sequence[Throughput], *, as_json: bool) -> None:
    """Print the rates, the first one's advantage last."""
    if as_json:
        print(json.dumps({"executors": [asdict(rate) for rate in rates]}))
        return
    for rate in rates:
        print(f"{rate.name:<12}{_figure(rate.candidates_per_second)} candidates/s  ({rate.note})")
    first, *others = rates
    for other in others:
        if first.candidates_per_second and other.candidates_per_second:
            print(f"{first.candidates_per_second / other.candidates_per_second:.1f} times {other.name}")


def _figure(rate: float | None) -> str:
    return f"{rate:10,.1f}" if rate is not None else " " * 9 + "-"
