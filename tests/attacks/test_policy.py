"""The policy: what the documentation says of it, and what the kernel does when each call is asked for, badly."""

import errno
import platform
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from cases.kernel import NATIVE

from ucoder._core import SyscallRule, syscall_rules

README = Path(__file__).parents[2] / "csrc" / "README.md"
HEADERS = [Path("/usr/include/x86_64-linux-gnu/asm/unistd_64.h"), Path("/usr/include/asm/unistd_64.h")]
NUMBERS = range(471)
X32 = 0x40000000
# The kernel's own trampolines, uretprobe and uprobe: newer kernels do not show them to a filter, and end or refuse
# whoever else makes them.
UNFILTERED = {335: ("SIGNAL", None), 336: ("WRONG", [-1, errno.ENXIO])}
# Pointers that lead nowhere, descriptors that are not open, lengths and flags without sense.
BAD = {"zeros": (0,) * 6, "all bits": (-1,) * 6}

pytestmark = pytest.mark.skipif(platform.machine() != "x86_64", reason="the numbers are those of x86-64")


def rules_by_number(profile: str) -> dict[int, list[SyscallRule]]:
    found: dict[int, list[SyscallRule]] = {}
    for rule in syscall_rules(profile):
        found.setdefault(rule.number, []).append(rule)
    return found


def fits(rule: SyscallRule, arguments: Sequence[int]) -> bool:
    if rule.compare == "any":
        return True
    equal = arguments[rule.argument] & rule.mask & 0xFFFFFFFF == rule.value & rule.mask
    return equal == (rule.compare == "equal")


def decision(rules: Sequence[SyscallRule], arguments: Sequence[int]) -> tuple[str, int]:
    """What the rules say ("allow", "kill" or "deny"), and the error of a denial."""
    for rule in rules:
        if fits(rule, arguments):
            return rule.verdict, rule.error
    return "deny", errno.ENOSYS


def condition(rules: Sequence[SyscallRule]) -> str:
    """When a call is allowed, in the words of the table."""
    parts: list[str] = []
    values: list[int] = []
    for rule in rules:
        word = "yes" if rule.verdict == "allow" else "no"
        if rule.compare == "any":
            parts.append("always" if len(rules) == 1 else f"else {word}")
        elif rule.compare == "equal" and rule.mask == 0xFFFFFFFF:
            values.append(rule.value)
            text = f"{word}: a{rule.argument} in {', '.join(map(hex, sorted(values)))}"
            parts = [*parts[:-1], text] if len(values) > 1 else [*parts, text]
        else:
            sign = "==" if rule.compare == "equal" else "!="
            parts.append(f"{word}: a{rule.argument} & {rule.mask:#x} {sign} {rule.value:#x}")
    return "; ".join(parts)


def table() -> Iterator[tuple[str, int, str, str]]:
    """Name, number, condition and reason of each call in the documentation."""
    section = README.read_text(encoding="utf-8").partition("## System calls\n")[2].partition("\n## ")[0]
    for line in section.splitlines():
        if line.startswith("| `"):
            calls, when, why = (cell.strip() for cell in line.strip("|").split("|"))
            for name, number in re.findall(r"`(\w+)` (\d+)", calls):
                yield name, int(number), when, why


@pytest.mark.parametrize("profile", ["pure", "script"])
def test_the_documented_calls_are_those_that_the_filter_allows(profile: str) -> None:
    rules = rules_by_number(profile)
    allowed = {n: condition(found) for n, found in rules.items() if any(rule.verdict == "allow" for rule in found)}
    assert {number: when for _, number, when, _ in table()} == allowed
    assert all(why for *_, why in table())


def test_the_documented_numbers_are_the_kernels() -> None:
    header = next((path for path in HEADERS if path.exists()), None)
    if header is None:
        pytest.skip("the kernel's headers are not installed")
    defined = {name: int(number) for name, number in re.findall(r"#define __NR_(\w+) (\d+)", header.read_text())}
    assert [name for name, number, *_ in table() if defined[name] != number] == []


def test_a_policy_that_does_not_exist_is_refused() -> None:
    with pytest.raises(ValueError, match="no policy named 'x'"):
        syscall_rules("x")


PROBE = (
    NATIVE
    + """
libc.syscall.restype = ctypes.c_long
def f(number, arguments):
    ctypes.set_errno(0)
    answer = libc.syscall(ctypes.c_long(number), *map(ctypes.c_long, arguments))
    return [answer, ctypes.get_errno()]
"""
)
HARMED = {"FORBIDDEN", "INFRA", "NOT_RUN", "PASS", "LOAD_ERROR"}  # none of these is what an allowed call may end with


def probed(arena: Any, numbers: Sequence[int], arguments: Sequence[int]) -> Iterator[tuple[int, str, Any]]:
    """Number, outcome and value of each call; an honest program beside them passes."""
    tests = [f"assert f({number}, {tuple(arguments)}) == 0" for number in numbers]
    honest, row = arena.judge(["def f(number, arguments): return 0\n", PROBE], tests)
    assert set(honest) == {"PASS"}
    for place, number in enumerate(numbers):
        yield number, row[place], arena.value(1, place) if row[place] == "WRONG" else None


@pytest.mark.parametrize("arguments", BAD.values(), ids=BAD)
def test_a_call_that_is_denied_says_so_and_does_nothing(open_arena: Any, arguments: tuple[int, ...]) -> None:
    rules = rules_by_number("pure")
    decided = {number: decision(rules.get(number, []), arguments) for number in NUMBERS}
    denied = [number for number, (verdict, _) in decided.items() if verdict == "deny"]
    assert len(denied) > 200
    arena = open_arena(cpu_ms=1000, wall_ms=5000)
    odd = {
        number: (fate, value)
        for number, fate, value in probed(arena, denied, arguments)
        if (fate, value) != ("WRONG", [-1, decided[number][1]])
    }
    assert odd.items() <= UNFILTERED.items()


@pytest.mark.parametrize("arguments", BAD.values(), ids=BAD)
def test_a_call_that_is_never_made_ends_the_program(open_arena: Any, arguments: tuple[int, ...]) -> None:
    rules = rules_by_number("pure")
    killed = [number for number in NUMBERS if decision(rules.get(number, []), arguments)[0] == "kill"]
    assert len(killed) > 80
    killed += [X32 + number for number in (*range(0, 60, 3), 512, 520, 545)]
    assert {fate for _, fate, _ in probed(open_arena(), killed, arguments)} == {"FORBIDDEN"}


@pytest.mark.parametrize("arguments", BAD.values(), ids=BAD)
def test_a_call_that_is_allowed_harms_only_its_own_program(open_arena: Any, arguments: tuple[int, ...]) -> None:
    rules = rules_by_number("pure")
    allowed = [number for number in NUMBERS if decision(rules.get(number, []), arguments)[0] == "allow"]
    assert len(allowed) > 100
    arena = open_arena("test", wall_ms=400, max_timeouts=20)
    assert [found for found in probed(arena, allowed, arguments) if found[1] in HARMED] == []
