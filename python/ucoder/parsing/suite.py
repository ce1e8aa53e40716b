"""Reads tests: the assertions in a model's text, whatever stands around them, each taken apart where that is possible.

An assertion starts a line (behind a list mark or backticks, perhaps) and ends where its brackets do. A line that starts
another one ends the one before it, so a test that was cut off costs itself only; its input is kept where it is whole.
"""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from ucoder.loop_records import SuiteTest
from ucoder.parsing.assertion import BUILTIN_NAMES, Assertion, read_assertion, salvaged_call
from ucoder.parsing.source import OpenState, advance, parse, physical_lines

__all__ = ["RefusedTest", "TestsText", "read_tests"]

MAX_STATEMENT_LINES = 60
MAX_STATEMENT = 8192
MAX_LINES = 20
"""Assignments and imports that one test may need"""
MAX_TESTS = 2000
"""Statements looked at in one text: ten times what a suite has"""

# Possessive repeats: no blank is given back, so a line of blanks is read once.
_MARK = re.compile(
    r"[ \t]*+(?:>>>[ \t]++|[-*+][ \t]++|[0-9]{1,4}[.)][ \t]++)?+`?+"
    r"(?=assert\b|[^\W\d]\w*+[ \t]*+=[^=]|from |import )"
)
_ASSERT = re.compile(r"assert(?![\w.=])")
_BINDING = re.compile(r"[^\W\d]\w*+[ \t]*+=[^=]|import[ \t]|from[ \t]++[\w.]++[ \t]++import[ \t]")
_BLOCK = re.compile(r"[ \t]*(?:async[ \t]+def|def|class)[ \t]")


@dataclass(frozen=True, slots=True)
class RefusedTest:
    """An assertion that is no test of the program."""

    reason: str
    """"empty", "not-python", "no-call" (of the entry point) or "repeated" in this text"""
    text: str


@dataclass(frozen=True, slots=True)
class TestsText:
    """What one text holds. Dubious tests are among `tests`, with only their inputs."""

    __test__ = False  # its name starts as pytest's do

    tests: tuple[SuiteTest, ...]
    refused: tuple[RefusedTest, ...]


def read_tests(
    text: str,
    entry_point: str,
    *,
    known_names: frozenset[str] = frozenset(),
    provenance: str = "",
    is_cut: bool = False,
) -> TestsText:
    """Every assertion in the text that calls the entry point. Never raises.

    `known_names` are bound around the program (its imports); `provenance` is the key of the answer. Where the text
    `is_cut`, a test that ends with it is dubious: `assert f(1) == 12` may have been about to say 120.
    """
    found: dict[str, SuiteTest] = {}
    refused: list[RefusedTest] = []
    setting = _Setting()
    for number, statement in enumerate(_statements(text)):
        if number == MAX_TESTS:
            break
        if statement.kind == "block":
            setting = _Setting()
        elif statement.kind == "binding":
            setting.bind(statement.text)
        else:
            if is_cut and statement.is_last:
                read = _input_of(statement.text, entry_point, provenance)
            else:
                read = _test_of(statement.text, entry_point, setting, known_names, provenance)
            if isinstance(read, RefusedTest):
                refused.append(read)
            elif found.setdefault(read.text, read) is not read:
                refused.append(RefusedTest("repeated", read.text))
    return TestsText(tuple(found.values()), tuple(refused))


def _test_of(
    text: str, entry_point: str, setting: "_Setting", known_names: frozenset[str], provenance: str
) -> SuiteTest | RefusedTest:
    assertion = read_assertion(text, entry_point)
    if assertion is None:
        return _input_of(text, entry_point, provenance)
    needed, unknown = setting.lines_for(assertion.names, known_names | {entry_point})
    if not assertion.uses_entry and not any(entry_point in line for line in needed):
        return RefusedTest("no-call", text)
    return _assembled(assertion, needed, is_dubious=bool(unknown), provenance=provenance)


def _input_of(text: str, entry_point: str, provenance: str) -> SuiteTest | RefusedTest:
    """The input of a test whose expectation is no good."""
    if not text.removeprefix("assert").strip():
        return RefusedTest("empty", text)
    call = salvaged_call(text, entry_point)
    if call is None:
        return RefusedTest("not-python", text)
    return SuiteTest(text=f"assert {call}", calls=(call,), expectation=None, dubious=True, provenance=provenance)


def _assembled(assertion: Assertion, needed: list[str], *, is_dubious: bool, provenance: str) -> SuiteTest:
    return SuiteTest(
        text="\n".join([*needed, assertion.text]),
        calls=assertion.calls,
        expectation=None if is_dubious or needed else assertion.expectation,
        dubious=is_dubious,
        provenance=provenance,
    )


# ---------------------------------------------------------------- names that a test takes from the lines before it


@dataclass(slots=True)
class _Setting:
    """The simple assignments and imports of the block so far; a name's last binding counts."""

    bindings: dict[str, tuple[int, str, frozenset[str]]] = field(default_factory=dict)
    num_bound: int = 0

    def bind(self, text: str) -> None:
        module = parse(text)
        match module:
            case ast.Module(body=[ast.Assign(targets=[ast.Name(id=name)], value=value)]):
                names = frozenset(node.id for node in ast.walk(value) if isinstance(node, ast.Name))
                self._add([name], text, names)
            case ast.Module(body=[ast.Import(names=aliases) | ast.ImportFrom(names=aliases)]):
                self._add([alias.asname or alias.name.partition(".")[0] for alias in aliases], text, frozenset())

    def _add(self, names: list[str], text: str, needs: frozenset[str]) -> None:
        self.num_bound += 1
        for name in names:
            if name in needs:  # it builds on what it was before: too much to follow
                self.bindings.pop(name, None)
            else:
                self.bindings[name] = (self.num_bound, text, needs)

    def lines_for(self, names: frozenset[str], known: frozenset[str]) -> tuple[list[str], set[str]]:
        """The lines that bind these names and what they need in turn, in order; and the names that nothing binds."""
        lines: dict[int, str] = {}
        unknown: set[str] = set()
        seen: set[str] = set()
        waiting = list(names)
        while waiting:
            name = waiting.pop()
            if name in seen or name in known or name in BUILTIN_NAMES:
                continue
            seen.add(name)
            if name in self.bindings and len(lines) < MAX_LINES:
                order, text, needs = self.bindings[name]
                lines[order] = text
                waiting.extend(needs)
            else:
                unknown.add(name)
        return [lines[order] for order in sorted(lines)], unknown


# ---------------------------------------------------------------- statements in talk


@dataclass(frozen=True, slots=True)
class _Statement:
    kind: str
    """"assert", "binding" or "block" (a definition begins)"""
    text: str
    is_last: bool = False
    """It runs up to the end of the text, with no line break behind it"""


def _statements(text: str) -> Iterator[_Statement]:
    """Each physical line is looked at once: it begins a statement, goes on with one, or is talk."""
    open_lines: list[str] = []
    state = OpenState()
    for line in physical_lines(text):
        begins = _MARK.match(line)
        if open_lines and (begins is None or not _ASSERT.match(line, begins.end())):
            open_lines.append(line)
            state = advance(state, line)
        else:
            yield from _finished(open_lines)
            open_lines = []
            if _BLOCK.match(line):
                yield _Statement("block", line)
            if begins is None:
                continue
            open_lines = [line[begins.end() :]]
            state = advance(OpenState(), open_lines[0])
        is_bare = len(open_lines) == 1 and open_lines[0].strip() == "assert"
        if (state.is_closed and not is_bare) or len(open_lines) == MAX_STATEMENT_LINES:
            yield from _finished(open_lines)
            open_lines = []
    yield from _finished(open_lines)


def _finished(lines: list[str]) -> Iterator[_Statement]:
    text = "".join(lines)
    if not lines or len(text) > MAX_STATEMENT:
        return
    if _ASSERT.match(text):
        # A prompt may end in "assert " and a model go on with a line break: the statement is meant to go on below.
        text = "assert " + text[len("assert") :].strip().rstrip("`").rstrip()
        yield _Statement("assert", text, is_last=not lines[-1].endswith("\n"))
    elif _BINDING.match(text):
        yield _Statement("binding", text.strip().rstrip("`").rstrip())
