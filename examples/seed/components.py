"""What tasks are composed of: a source of items, a predicate on them, a mapping, a reduction.

A component has code for all idioms and, for a good half of those that do something, a `bug`: what the popular idiom has
in its place most of the time. The bug is one and the same wherever the component stands, so wrong programs agree.
"""

from dataclasses import dataclass
from typing import Literal

__all__ = ["MAPPINGS", "PREDICATES", "REDUCTIONS", "SOURCES", "Accumulator", "Part", "Reduction", "Source"]

Kind = Literal["int", "word", "char"]


@dataclass(frozen=True, slots=True)
class Source:
    """Where items come from."""

    name: str
    kind: Kind
    parameter: str
    annotation: str
    items: str
    """Expression that gives the items"""
    nouns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Part:
    """A predicate or a mapping: an expression over `x`, and phrases with a hole for what it is applied to."""

    name: str
    kinds: tuple[Kind, ...]
    code: str
    phrases: tuple[str, ...]
    bug: str = ""
    gives: Literal["same", "int"] = "same"
    """What a mapping makes of an item"""


@dataclass(frozen=True, slots=True)
class Accumulator:
    """How a loop reduces as it goes."""

    name: str
    start: str
    step: str
    """Statement with a hole for the value"""


@dataclass(frozen=True, slots=True)
class Reduction:
    """An expression over a list, with a hole for it."""

    name: str
    of: tuple[Literal["int", "text"], ...]
    code: str
    phrases: tuple[str, ...]
    returns: str
    """Annotation, with a hole for the type of one item"""
    bug: str = ""
    accumulator: Accumulator | None = None
    takes_mapping: bool = True


SOURCES = (
    Source("numbers", "int", "numbers", "list[int]", "numbers", ("numbers", "given numbers", "numbers in the list")),
    Source("digits", "int", "n", "int", "[int(d) for d in str(n)]", ("digits of n", "decimal digits of n")),
    Source("range", "int", "n", "int", "range(1, n + 1)", ("numbers from 1 to n", "whole numbers from 1 up to n")),
    Source("words", "word", "words", "list[str]", "words", ("words", "given words", "words in the list")),
    Source("chars", "char", "text", "str", "text", ("characters of text", "characters in the text")),
)

PREDICATES = (
    Part("all", ("int", "word", "char"), "", ("all {}", "the {}", "all the {}")),
    Part("even", ("int",), "x % 2 == 0", ("the even {}", "the {} that are even", "those {} that are even")),
    Part("odd", ("int",), "x % 2 == 1", ("the odd {}", "the {} that are odd", "those {} that are odd")),
    Part(
        "threes", ("int",), "x % 3 == 0",
        ("the {} divisible by 3", "the {} that are multiples of 3", "those {} that 3 divides"),
    ),
    Part("over3", ("int",), "x > 3", ("the {} greater than 3", "the {} that exceed 3", "those {} above 3"), "x >= 3"),
    Part("under6", ("int",), "x < 6", ("the {} less than 6", "the {} that are below 6", "those {} under 6"), "x <= 6"),
    Part("not5", ("int",), "x != 5", ("the {} other than 5", "the {} that are not 5", "all {} except 5"), "x > 5"),
    Part(
        "long", ("word",), "len(x) > 3",
        ("the {} longer than 3 letters", "the {} with more than 3 letters", "those {} of over 3 letters"),
        "len(x) >= 3",
    ),
    Part(
        "vowel", ("word",), "x[0] in 'aeiou'",
        ("the {} that start with a vowel", "the {} beginning with a vowel", "those {} whose first letter is a vowel"),
        "x[-1] in 'aeiou'",
    ),
    Part("with_e", ("word",), "'e' in x", ("the {} that contain e", "the {} with an e", "those {} that have an e")),
    Part("vowels", ("char",), "x in 'aeiou'", ("the {} that are vowels", "the vowels among the {}")),
    Part(
        "letters", ("char",), "x.isalpha()", ("the {} that are letters", "the letters among the {}"), "x.isalnum()",
    ),
    Part("figures", ("char",), "x.isdigit()", ("the {} that are digits", "the digits among the {}")),
)  # fmt: skip

MAPPINGS = (
    Part("same", ("int", "word", "char"), "x", ("{}",)),
    Part("square", ("int",), "x * x", ("the squares of {}", "the squared values of {}", "{} squared"), "x + x"),
    Part("double", ("int",), "x * 2", ("the doubles of {}", "the doubled values of {}", "{} times two")),
    Part("next", ("int",), "x + 1", ("the successors of {}", "one more than each of {}", "{} plus one")),
    Part("minus", ("int",), "-x", ("the negatives of {}", "the negated values of {}", "{} with the sign changed")),
    Part("half", ("int",), "x // 2", ("the halves of {}", "half of each of {}", "{} halved"), "(x + 1) // 2"),
    Part("mod4", ("int",), "x % 4", ("the remainders by 4 of {}", "{} modulo 4", "what 4 leaves of {}"), "x // 4"),
    Part("upper", ("word", "char"), "x.upper()", ("the capitals of {}", "{} in upper case", "the upper case of {}")),
    Part("reverse", ("word",), "x[::-1]", ("the reverse of each of {}", "{} spelled backwards"), "x[:-1]"),
    Part("first", ("word",), "x[0]", ("the first letters of {}", "the initials of {}"), "x[-1]"),
    Part("twice", ("char",), "x * 2", ("{} written twice", "two copies of {}")),
    Part("length", ("word",), "len(x)", ("the lengths of {}", "the letter counts of {}"), gives="int"),
)

REDUCTIONS = (
    Reduction(
        "sum", ("int",), "sum({})", ("the sum of {}", "the total of {}", "what {} add up to"), "int",
        accumulator=Accumulator("total", "0", "total += {}"),
    ),
    Reduction(
        "count", ("int", "text"), "len({})", ("the number of {}", "the count of {}", "how many are among {}"), "int",
        "len({}) + 1", Accumulator("count", "0", "count += 1"), takes_mapping=False,
    ),
    Reduction(
        "largest", ("int",), "max({}, default=0)",
        ("the largest of {} or 0", "the maximum of {} or 0", "the greatest of {} or 0"), "int",
        "max({}[1:], default=0)",
    ),
    Reduction(
        "smallest", ("int",), "min({}, default=0)",
        ("the smallest of {} or 0", "the minimum of {} or 0", "the least of {} or 0"), "int",
    ),
    Reduction(
        "list", ("int", "text"), "{}", ("the list of {}", "a list with {}", "{} as a list"), "list[{}]",
    ),
    Reduction(
        "distinct", ("int", "text"), "sorted(set({}))",
        ("the sorted distinct values of {}", "{} sorted without repeats", "the different values of {} in order"),
        "list[{}]", "sorted({})",
    ),
    Reduction(
        "backwards", ("int", "text"), "{}[::-1]",
        ("{} from last to first", "the reversed list of {}", "{} in reverse order"), "list[{}]",
        "sorted({}, reverse=True)",
    ),
    Reduction(
        "join", ("text",), "''.join({})", ("{} joined together", "the concatenation of {}", "{} as one string"), "str",
        "' '.join({})",
    ),
)  # fmt: skip
