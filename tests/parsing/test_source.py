"""What is given to Python's parser, and what is open at the end of a line."""

import ast
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ucoder.parsing.source import (
    MAX_BRACKETS,
    MAX_SOURCE,
    OpenState,
    advance,
    expression,
    is_readable,
    parse,
    physical_lines,
    written,
)

PROGRAM = '''
def f(x, *, sep="("):
    """A docstring with ( in it
    and 'quotes' too."""
    # a comment with [ and """
    y = [
        x,  # (
        sep + '\\'' + "\\\\",
    ]
    return y \\
        + [f"{x}"]
'''


def states(text: str) -> list[bool]:
    state, closed = OpenState(), []
    for line in physical_lines(text):
        state = advance(state, line)
        closed.append(state.is_closed)
    return closed


def test_a_statement_ends_where_nothing_is_open() -> None:
    ends = [True, True, False, True, True, False, False, False, True, False, True]
    assert states(PROGRAM) == ends


def test_a_string_that_goes_on_behind_a_backslash_hides_its_brackets_and_no_others() -> None:
    assert states("x = 'a\\\n((('\n") == [False, True]
    hidden = "x = 'a\\\n' + '" + "(" * (MAX_BRACKETS + 1) + "'\n"
    assert states(hidden) == [False, True]
    assert not is_readable("x = 'a\\\n'" + "(" * (MAX_BRACKETS + 1))


def test_brackets_in_formatted_strings_count_because_they_are_code() -> None:
    many = "(" * (MAX_BRACKETS + 1)
    assert is_readable(f"x = '{many}'")
    assert not is_readable("x = f'{" + many + "}'")


@given(st.text(st.sampled_from("ab'\"\\\n#([{}])= "), max_size=60))
def test_lines_are_cut_at_line_feeds_and_nothing_is_lost(text: str) -> None:
    lines = list(physical_lines(text))
    assert "".join(lines) == text
    assert all("\n" not in line[:-1] for line in lines)


@given(
    st.lists(
        st.sampled_from(["x = 1\n", "y = (1,\n 2)\n", "s = '''a\nb'''\n", "t = 'it\\'s' # (\n", "z = 1 + \\\n 2\n"])
    )
)
def test_where_a_text_parses_its_statements_end_where_the_scan_says(pieces: list[str]) -> None:
    text = "".join(pieces)
    ends = {node.end_lineno for node in ast.parse(text).body}
    assert {number for number, closed in enumerate(states(text), 1) if closed} == ends


@pytest.mark.parametrize(
    "text", ["(" * 41 + ")" * 41, "x" * (MAX_SOURCE + 1), "x = '\0'", "def f(:", "\ud800", "-" * 5000 + "1"]
)
def test_what_is_too_large_too_deep_or_no_python_is_not_read(text: str) -> None:
    assert parse(text) is None


NESTS = [
    ("(", ")"), ("[", "]"), ("{", "}"), ("{1:", "}"), ("f(", ")"), ("f(a=", ")"), ("f(a for a in ", ")"), ("f(*", ")"),
    ("f(**", ")"), ("a[", "]"), ("a[1:", "]"), ("(lambda: ", ")"), ("(lambda x=", ": 0)"), ("(1 if ", ")"),
    ("(a:=", ")"), ("(yield ", ")"), ("[a for a in b if ", "]"), ("{a: b for a in ", "}"), ("*(", ")"), ("(not ", ")"),
]  # fmt: skip
FRAMES = [
    "{}",
    "with ({}): pass",
    "for {} in x: pass",
    "del {}",
    "@{}\ndef f(): pass",
    "match x:\n case {}: pass",
    "{} = 1",
]


@pytest.mark.parametrize("frame", FRAMES)
def test_no_nest_that_is_let_through_keeps_the_parser_busy(frame: str) -> None:
    """Also where something is wrong at the bottom, which is what sends a parser back."""
    depth = MAX_BRACKETS - 1
    for opening, closing in NESTS:
        for bottom in ("1", "1 1", ""):
            start = time.process_time()
            parse(frame.format(opening * depth + bottom + closing * depth))
            assert time.process_time() - start < 0.5, (opening, bottom)


def test_odd_escapes_are_read_without_a_warning() -> None:
    assert parse(r"x = '\d'") is not None


def test_one_expression_is_one_expression() -> None:
    assert expression("1, 2") is not None
    assert expression("1) + (2") is not None  # it is one, with other brackets
    assert expression("x = 1") is None
    assert expression("1\n2") is None


def test_a_tree_that_has_no_source_is_none() -> None:
    tree = expression("0x" + "f" * 5000)
    assert tree is not None
    assert written(tree) is None
