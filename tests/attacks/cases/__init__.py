"""Hostile programs as data: what each is called, its text, and which outcomes are right for it.

The tables of this folder follow the list of attacks, section by section. The tests beside it take a table each;
`CASES` has every program that can be judged by `TESTS`, for the product over levels, users and load.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from . import files, kernel, memory, neighbours, processes, tampering, timing

__all__ = ["CASES", "TESTS", "Case", "body"]

TESTS = ("assert f(1) == 2", "assert f(2) == 3")
ANYTHING = "WRONG EXCEPTION EXIT CPU_LIMIT WALL_LIMIT MEMORY OUTPUT_LIMIT SIGNAL FORBIDDEN BAD_VALUE LOAD_ERROR NO_ENTRY"


@dataclass(frozen=True, slots=True)
class Case:
    """A program and the outcomes that are right for it; PASS is among them only where the program earns it."""

    name: str
    program: str
    fates: frozenset[str]
    kind: str = "quick"  # or "slow": needs limits of seconds, not of tenths of one; or "script"


def body(text: str) -> str:
    """A function that does what `text` says and then answers as it should."""
    return f"def f(x):\n {text}\n return x + 1\n"


def _cases(section: str, table: Mapping[str, str], fates: str, kind: str = "quick") -> Iterator[Case]:
    for name, text in table.items():
        yield Case(f"{section}: {name}", text, frozenset(fates.split()), kind)


def _bodies(table: Mapping[str, str], before: str = "") -> dict[str, str]:
    return {name: before + body(text) for name, text in table.items()}


def _deeds() -> dict[str, str]:
    return {
        name: f"{files.FOLDERS}DEED = {deed}\ndef f(x): return count(DEED) + x + 1\n" for name, deed in files.DEEDS.items()
    }


def _scripts() -> Iterator[Case]:
    for kind in (files.IDIOMS, files.ENDINGS):
        for name, program in kind.items():
            yield Case(f"a script: {name}", program, frozenset({"PASS"}), "script")
    for program, fates in files.BAD_ENDINGS:
        yield Case(f"a script: {program[:60]!r}", program, frozenset(fates.split()), "script")


def _all() -> Iterable[Case]:
    yield from _cases("time", _bodies(timing.CPU_HOGS), "CPU_LIMIT")
    yield from _cases("time", _bodies(timing.BUSY_THREADS), "CPU_LIMIT WALL_LIMIT")
    yield from _cases("time", _bodies(timing.WAITERS), "WALL_LIMIT")
    yield from _cases("time", _bodies(timing.HARMLESS), "PASS")
    yield from _cases("time", _bodies(timing.LOOPING_VALUES), "BAD_VALUE")
    yield from _cases("memory", _bodies(memory.GREEDY), "MEMORY", "slow")
    yield from _cases("memory", _bodies(memory.MAPPERS), "MEMORY EXCEPTION", "slow")
    yield from _cases("memory", _bodies(memory.ENDLESS_VALUES), "BAD_VALUE", "slow")
    yield from _cases("memory", _bodies(memory.REFUSED_NATIVELY), "PASS", "slow")
    yield from _cases("processes", processes.BREEDERS, "FORBIDDEN")
    yield from _cases("processes", _bodies(processes.IMPOTENT), "PASS", "slow")
    for name, (text, fate) in kernel.FILTERED.items():
        yield Case(f"kernel: {name}", kernel.NATIVE + body(text), frozenset({fate}))
    yield from _cases("files", _deeds(), "PASS")
    yield from _cases("tampering", {**tampering.PLEASERS, **tampering.IDLERS}, ANYTHING)
    yield from _cases("tampering", tampering.LIARS, ANYTHING + " SKIPPED")
    for name, (program, fates) in tampering.SHAPES.items():
        yield Case(f"source: {name}", program, frozenset(fates))
    yield from _cases("neighbours", {name: f"{text}\ndef f(x): return x + 1\n" for name, text in
                                     neighbours.STAINS.items()}, "PASS WRONG SIGNAL EXCEPTION CPU_LIMIT LOAD_ERROR")  # fmt: skip
    yield from _scripts()


CASES = tuple(_all())
