"""What rules selected, for people as a table and for programs as JSON, on standard output."""

import json
from collections.abc import Iterator
from pathlib import Path

from ucoder.store import JsonObject

__all__ = ["print_selections"]


def print_selections(summary: JsonObject, folder: Path, *, as_json: bool) -> None:
    """Print the summary of a selection."""
    if as_json:
        print(json.dumps(summary))
        return
    for line in _lines(summary):
        print(line)
    print(f"{'in':<18}{folder / 'selections'}")


def _lines(summary: JsonObject) -> Iterator[str]:
    yield from _table(summary)
    yield ""
    yield "kept: how often the same behaviour is selected when tests, or candidates, are drawn again"
    if summary["problems_with_truth"]:
        yield 'pass@1: a problem without a choice counts as the mean of its candidates; "of chosen" leaves it out'
    yield ""
    if summary["problems_with_truth"]:
        yield f"{'all candidates':<18}{_percent(summary['mean'])}"
        yield f"{'oracle':<18}{_percent(summary['oracle'])}"
        for one in summary["differences"]:
            interval = f"{100 * one['low']:+.1f} to {100 * one['high']:+.1f}"
            yield f"{one['rule']} less {one['against']}: {100 * one['difference']:+.1f} ({interval})"
        without = summary["problems"] - summary["problems_with_truth"]
        yield f"{'problems':<18}{summary['problems']:,}" + (f" ({without:,} without truth)" if without else "")
    else:
        yield f"{'problems':<18}{summary['problems']:,}"
    taus = ", ".join(f"{share:.1%} at {tau}" for tau, share in summary["tau"].items())
    yield f"{'a cluster of tau':<18}{taus}"
    yield f"{'theorem 2.4':<18}{_bound(summary)}"
    for reason, rules in _reasons(summary).items():
        yield f"{'nothing chosen':<18}{reason}: {rules}"


def _table(summary: JsonObject) -> Iterator[str]:
    with_truth = bool(summary["problems_with_truth"])
    truth = f"{'pass@1':>8}{'95 % interval':>16}{'of chosen':>11}" if with_truth else ""
    yield f"{'rule':<18}{truth}{'chosen':>8}{'nothing':>9}{'kept, tests':>13}{'kept, candidates':>18}"
    for rule in summary["rules"]:
        truth = ""
        if with_truth and rule["pass_at_1"] is None:
            truth = f"{'not applicable':>35}"
        elif with_truth:
            interval = f"{100 * rule['low']:.1f} to {100 * rule['high']:.1f}"
            truth = f"{_percent(rule['pass_at_1']):>8}{interval:>16}{_percent(rule['pass_at_1_chosen']):>11}"
        kept = f"{_percent(rule['kept_tests']):>13}{_percent(rule['kept_candidates']):>18}"
        yield f"{rule['rule']:<18}{truth}{rule['chosen']:>8,}{rule['nothing']:>9,}{kept}"


def _bound(summary: JsonObject) -> str:
    bound = summary["bound"]
    text = f"says something for {bound['says_something']:,} of {summary['problems']:,} problems"
    if bound["mean_bound"] is not None:
        text += f", on average {bound['mean_bound']:.1%}"
    if bound["right"] is not None:
        text += f"; of those with truth the largest cluster is right in {bound['right']:.1%}"
    return text


def _reasons(summary: JsonObject) -> dict[str, str]:
    """By reason, the rules that gave it and how often; rules with the same number together."""
    found: dict[str, dict[int, list[str]]] = {}
    for rule in summary["rules"]:
        for reason, number in rule["reasons"].items():
            found.setdefault(reason, {}).setdefault(number, []).append(rule["rule"])
    return {
        reason: "; ".join(f"{number:,} ({', '.join(names)})" for number, names in numbers.items())
        for reason, numbers in found.items()
    }


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{100 * share:.1f}"
