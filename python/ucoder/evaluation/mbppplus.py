"""MBPP+ v0.2.0 (arXiv 2305.01210): 378 problems of MBPP with many more inputs, see `evaluation.plus`.

The file is JSON, and inputs that are tuples, sets or complex numbers stand in it as lists and text: which problems mean
what is written down in `_FORMS`. Oracles of their own have

* problems whose answer is a collection without an order: the sets of both are compared;
* `surface_Area`, whose "height" may be that of the pyramid as well as that of its side, and `digit_distance_nums`,
  whose numbers may be padded with zeros: either reading is right;
* `check_str`, `text_match_three`, `text_starta_endb`, which say yes by any value but None and False. A match object has
  no value outside of the program, so a line behind every program turns its answer into True or False;
* `combinations_colors`, one of whose answers takes 800 MB: of a list or tuple of more than 10,000 items its type,
  length and Python's hash are compared, which are equal where the items are. The hash's seed is fixed.
"""

import math
from collections.abc import Callable, Mapping

from ucoder.evaluation.benchmark import Benchmark
from ucoder.evaluation.plus import LIMITS, PlusSet, assertion
from ucoder.records import Test

__all__ = ["AS_BOOL", "BENCHMARK"]

Form = Callable[[list[object]], tuple[object, ...]]

UNORDERED = (
    "similar_elements", "find_char_long", "common_in_nested_lists", "extract_singly", "larg_nnum", "find_dissimilar",
    "Diff",
)  # fmt: skip
_YES_OR_NO = ("check_str", "text_match_three", "text_starta_endb")
_HUGE = ("combinations_colors",)
_AS_BOOL = """

def {name}(*args, _answer={name}):
    value = _answer(*args)
    return value if value is True or value is False else value is not None
"""
_AS_HASH = """

def {name}(*args, _answer={name}):
    value = _answer(*args)
    if type(value) in (list, tuple) and len(value) > 10000:
        return (type(value).__name__, len(value), hash(tuple(value)))
    return value
"""
AS_BOOL: Mapping[str, str] = {name: _AS_BOOL.format(name=name) for name in _YES_OR_NO}
"""What is put behind the programs of problems that say yes by any value but None and False, by entry point"""


# ---------------------------------------------------------------- what inputs mean


def _tuple(value: object) -> tuple[object, ...]:
    if not isinstance(value, list):
        raise TypeError("expected a list")
    return tuple(value)


def _list_of_tuples(value: object) -> list[object]:
    return [_tuple(one) for one in _tuple(value)]


def _deep_tuple(value: object) -> object:
    return tuple(_deep_tuple(one) for one in value) if isinstance(value, list) else value


def _sets(value: object) -> list[object]:
    return [set(one) if isinstance(one, list) and one else {} for one in _tuple(value)]


def _tuple_of_tuples_or_not(value: object) -> tuple[object, ...]:
    return tuple(tuple(one) if isinstance(one, list) else one for one in _tuple(value))


def _values_as_tuples(value: object) -> dict[object, object]:
    if not isinstance(value, dict):
        raise TypeError("expected an object")
    return {key: _tuple(one) for key, one in value.items()}


def _complex(value: object) -> complex:
    if not isinstance(value, str | int | float):
        raise TypeError("expected a number or its text")
    return complex(value)


def _float(value: object) -> float:
    if not isinstance(value, str | int | float):
        raise TypeError("expected a number or its text")
    return float(value)


def _every(one: Callable[[object], object]) -> Form:
    return lambda given: tuple(one(value) for value in given)


def _at(place: int, one: Callable[[object], object]) -> Form:
    return lambda given: tuple(one(value) if index == place else value for index, value in enumerate(given))


_FORMS: tuple[tuple[Form, tuple[int, ...]], ...] = (
    (
        _every(_tuple),
        (2, 116, 132, 143, 222, 261, 273, 394, 399, 421, 424, 429, 470, 560, 579, 596, 616, 630, 726, 740, 744, 809),
    ),
    (_every(_list_of_tuples), (63, 64, 70, 94, 120, 237, 272, 299, 400, 409, 417, 438, 473, 614, 780)),
    (_at(0, _list_of_tuples), (75, 413, 444, 753)),
    (_at(1, _tuple), (106, 750)),
    (_at(0, _sets), (115,)),
    (lambda given: (_float(given[0]), _complex(given[1])), (124,)),
    (_at(0, _tuple), (250, 307, 405, 446, 617, 720, 763, 808)),
    (_at(0, _complex), (252,)),
    (_every(lambda value: tuple(_list_of_tuples(value))), (259, 401, 445)),
    (_at(0, _tuple_of_tuples_or_not), (278,)),
    (_every(_deep_tuple), (580, 615, 791)),
    (_at(0, _values_as_tuples), (722,)),
)
_FORM_OF: Mapping[str, Form] = {f"Mbpp/{number}": form for form, numbers in _FORMS for number in numbers}


def arguments(task_id: str, given: list[object]) -> tuple[object, ...]:
    """The arguments that a published input means."""
    form = _FORM_OF.get(task_id)
    return tuple(given) if form is None else form(given)


# ---------------------------------------------------------------- oracles of single problems


def _same_set(entry_point: str, call: tuple[object, ...], value: object) -> Test:
    return assertion("assert set(CALL) == EXPECTED", entry_point, call, EXPECTED=set(value))  # type: ignore[call-overload]


def _either(other: Callable[..., object]) -> Callable[[str, tuple[object, ...], object], Test]:
    """The reference's value, or that of another reading of the problem, where it has one."""

    def test(entry_point: str, call: tuple[object, ...], value: object) -> Test:
        try:
            readings = [value, other(*call)]
        except (ValueError, TypeError):
            readings = [value]
        return assertion("assert CALL in READINGS", entry_point, call, READINGS=readings)

    return test


def _pyramid_surface(base: float, height: float) -> int:
    return round(base * base + 2 * base * math.hypot(base / 2, height))


def _padded_distance(first: int, second: int) -> int:
    width = max(len(str(first)), len(str(second)))
    digits = zip(str(first).zfill(width), str(second).zfill(width), strict=True)
    return sum(abs(int(left) - int(right)) for left, right in digits)


BENCHMARK = Benchmark(
    name="mbpp+",
    source="https://github.com/evalplus/mbppplus_release/releases (MbppPlus.jsonl.gz, v0.2.0)",
    problem=PlusSet(
        arguments=arguments,
        oracles={
            **dict.fromkeys(UNORDERED, _same_set),
            "surface_Area": _either(_pyramid_surface),
            "digit_distance_nums": _either(_padded_distance),
        },
        adapters={**AS_BOOL, **{name: _AS_HASH.format(name=name) for name in _HUGE}},
    ).problem,
    limits=LIMITS,
    versions={"b54e762755248ca411b523c917fa9f93c07b5ff2966bf60b3917b853926a3dad": "v0.2.0"},
    caches=("evalplus/MbppPlus-v0.2.0.jsonl",),
)
