"""All programs that want a verdict they did not earn: at every level, and where nothing can be promised."""

import re
from pathlib import Path
from typing import Any

import pytest
from cases.tampering import IDLERS, LIARS, PLEASERS, TESTS

SECURITY = Path(__file__).parents[2] / "SECURITY.md"
TABLE = {**PLEASERS, **IDLERS, **LIARS}
HONEST = "def f(x):\n    return x + 1\n"

# Judged in a worker that never sees the program: more than a comparison, and code that an answer could hope to move.
JUDGED = (
    "assert all(y == 2 for y in [f(1)])",
    "assert (lambda y: y + 1)(f(1)) == 3",
    "assert sorted([f(1), 3], key=lambda y: -y) == [3, 2]",
    "assert isinstance(f(1), int) and f(1) == 2",
    "assert max(f(1), 1) == 2 and len({f(1), 2}) == 1",
)


@pytest.mark.parametrize("level", ["auto", "candidate", "test"])
def test_no_program_passes_a_trusted_test_it_has_not_earned(open_arena: Any, level: str) -> None:
    arena = open_arena(level, wall_ms=1500)
    honest, *rows = arena.judge([HONEST, *TABLE.values()], [*TESTS, *JUDGED])
    assert arena.matrix.trusted.all()
    assert set(honest) == {"PASS"}
    passed = {name: row for name, row in zip(TABLE, rows, strict=True) if {"PASS", "INFRA", "NOT_RUN"} & set(row)}
    assert passed == {}


# Tests with their own classes and loops: each has to run in the program's process.
BESIDE = (
    "class Box:\n    def __init__(self, v): self.v = v\nassert Box(f(1)).v == 2",
    "seen = []\nclass Sink(list): pass\nfor x in (1, 5):\n    seen.append(f(x))\nassert Sink(seen) == [2, 6]",
)

OF_SOME_VERSIONS = {"a true number", "a constant of the code that calls it"}  # they know how this Python is made


def documented(heading: str) -> set[str]:
    """The names in the list under a heading of SECURITY.md."""
    section = SECURITY.read_text(encoding="utf-8").partition(f"#### {heading}\n")[2].partition("\n#")[0]
    return set(re.findall(r"`([^`]+)`", section))


def test_what_passes_beside_its_program_is_documented(open_arena: Any, check_function: Any) -> None:
    arena = open_arena("candidate", cpu_ms=500, wall_ms=1500)
    check = (
        "class Seen:\n    calls = []\ndef check(candidate):\n    Seen.calls.append(candidate(1))\n"
        "    assert Seen.calls == [2], 'not two'\n"
    )
    honest, *rows = arena.judge([HONEST, *TABLE.values()], [*BESIDE, check_function(check)])
    assert arena.kinds() == ("beside",) * 3
    assert not arena.matrix.trusted.any()
    assert honest == ["PASS"] * 3
    passed = {name for name, row in zip(TABLE, rows, strict=True) if "PASS" in row}
    assert passed <= documented("What passes beside its program")
    assert documented("What passes beside its program") - passed <= OF_SOME_VERSIONS
    assert documented("What does not") <= TABLE.keys() - passed
