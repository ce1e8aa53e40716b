"""Values against Python itself: what crosses, what does not, and what == says of it.

The reference for `judged_equal` is Python's own ==, on values that share no object, as if each came from a process
of its own.
"""

import cmath
import collections
import itertools
import math
import pickle
import sys
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from ucoder import _core

KEY = bytes(range(16))
NAN = float("nan")
INF = float("inf")
Point = collections.namedtuple("Point", "x y")  # noqa: PYI024 - the product of the function is what is tested

many = settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])

# ---------------------------------------------------------------- strategies

# Few and close together, so that equal and nearly equal pairs are common.
# fmt: off
near_numbers = st.sampled_from([
    0, 1, -1, 2, True, False, 0.0, -0.0, 1.0, 2.0, 0.5, 0.1, INF, -INF, 5e-324, 1j, 1 + 0j, complex(0, -0.0),
    complex(INF, 0), 2**53, 2.0**53, 2**53 + 1, 10**22, 1e22, 10**23, 1e23, 2**1023, 2.0**1023, -(2**63), -(2.0**63),
    Decimal(1), Decimal("1.0"), Decimal("-0"), Decimal("0.5"), Decimal("0.1"), Decimal(1 / 10), Decimal("1E+22"),
    Decimal("1E+400"), 10**400, Decimal("Infinity"), Decimal("1E+999999"), Decimal("-1E-999999"), Decimal(10) ** 23,
    Fraction(1), Fraction(1, 2), Fraction(1, 10), Fraction(0.1), Fraction(-1, 3), Fraction(10**22), Fraction(0),
])
# fmt: on
numbers = st.one_of(
    near_numbers,
    st.integers(),
    st.integers(-(2**200), 2**200),
    st.floats(allow_nan=False),
    st.complex_numbers(allow_nan=False),
    st.decimals(allow_nan=False),
    st.fractions(),
)
nans = st.sampled_from([NAN, complex(NAN, 0), complex(1, NAN), Decimal("NaN"), Decimal("-NaN123")])
texts = st.one_of(st.sampled_from(["", "a", "b", "é", "\ud800", "a\0"]), st.text(), st.text(st.characters()))
plain_keys = st.one_of(st.none(), near_numbers, texts, st.sampled_from([b"", b"a"]), st.binary(max_size=4))
keys = st.recursive(
    st.one_of(plain_keys, numbers),
    lambda inner: st.one_of(st.lists(inner, max_size=3).map(tuple), st.frozensets(inner, max_size=3)),
    max_leaves=4,
)
leaves = st.one_of(plain_keys, numbers, st.binary(max_size=4).map(bytearray))


def holds_fraction(key: Any) -> bool:
    """An OrderedDict with such a key has no encoding: its iterator calls the key's __hash__, which is Python code."""
    if isinstance(key, (tuple, frozenset)):
        return any(holds_fraction(item) for item in key)
    return isinstance(key, Fraction)


def containers(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    dicts = st.dictionaries(keys, inner, max_size=3)
    return st.one_of(
        st.lists(inner, max_size=4),
        st.lists(inner, max_size=3).map(tuple),
        st.lists(inner, max_size=3).map(collections.deque),
        st.tuples(inner, inner).map(lambda pair: Point(*pair)),
        st.sets(keys, max_size=3),
        st.frozensets(keys, max_size=3),
        dicts,
        st.dictionaries(keys.filter(lambda key: not holds_fraction(key)), inner, max_size=3).map(
            collections.OrderedDict
        ),
        dicts.map(lambda items: collections.defaultdict(None, items)),
        st.dictionaries(keys, st.one_of(near_numbers, inner), max_size=3).map(collections.Counter),
    )


values = st.recursive(leaves, containers, max_leaves=10)


def altered(draw: st.DrawFn, value: Any, depth: int = 0) -> Any:
    """A value near the given one: often equal to it, by another type, order or way of writing."""
    if depth > 6 or draw(st.integers(0, 9)) == 0:
        return draw(near_numbers)
    again = lambda inner: altered(draw, inner, depth + 1)  # noqa: E731
    if isinstance(value, dict):
        pairs = [(key, again(item)) for key, item in value.items()]
        pairs = draw(st.permutations(pairs))
        kinds = [dict, collections.OrderedDict, collections.Counter, collections.defaultdict]
        made = draw(st.sampled_from([type(value), type(value), *kinds]))()
        if draw(st.booleans()):
            pairs.append((draw(plain_keys), draw(st.sampled_from([0, 0.0, 1]))))
        for key, item in pairs:
            if not isinstance(made, collections.OrderedDict) or not holds_fraction(key):
                made[key] = item
        return made
    if isinstance(value, (set, frozenset)):
        return draw(st.sampled_from([set, frozenset]))(draw(st.permutations(list(value))))
    if isinstance(value, (list, tuple, collections.deque)):
        items = [again(item) for item in value]
        kind = list if isinstance(value, list) else tuple if isinstance(value, tuple) else collections.deque
        return draw(st.sampled_from([kind, kind, kind, list, tuple]))(items)
    if isinstance(value, (bytes, bytearray)):
        return draw(st.sampled_from([bytes, bytearray]))(value)
    if isinstance(value, (bool, int)):
        return draw(st.sampled_from([int, Fraction, Decimal]))(value)
    return value


@st.composite
def near_pairs(draw: st.DrawFn, source: st.SearchStrategy[Any] = values) -> tuple[Any, Any]:
    value = draw(source)
    return value, draw(st.one_of(st.just(value), st.just(altered(draw, value)), source))


def twin(value: Any) -> Any:
    """An equal value that shares no object, so that == has no identity to go by. A NaN is then unlike itself."""
    return pickle.loads(pickle.dumps(value))


def python_equal(left: Any, right: Any) -> bool:
    return bool(left == twin(right))


def encode(value: Any) -> bytes:
    return _core.encode(value, max_bytes=1 << 24)


def types_of(value: Any) -> Any:
    """The value's types all the way down, in an order that does not depend on hashes."""
    if isinstance(value, dict):
        return type(value), [(types_of(key), types_of(item)) for key, item in value.items()]
    if isinstance(value, (set, frozenset)):
        return type(value), sorted(str(types_of(item)) for item in value)
    if isinstance(value, (list, tuple, collections.deque)):
        return (tuple if isinstance(value, tuple) else type(value)), [types_of(item) for item in value]
    return type(value), repr(value)


# ---------------------------------------------------------------- crossing


@many
@given(values)
def test_a_value_comes_back_with_its_types_order_and_signs(value: Any) -> None:
    encoded = encode(value)
    assert _core.validate(encoded) is None
    back = _core.decode(encoded)
    assert back == value
    assert types_of(back) == types_of(value)


@many
@given(values)
def test_an_encoding_survives_being_decoded_and_encoded_again(value: Any) -> None:
    # Sets come back in another order, which no relation looks at.
    again = encode(_core.decode(encode(value)))
    assert _core.judged_equal(again, encode(value))
    assert _core.same_behaviour(again, encode(value))


@given(st.integers(0, 3000), st.booleans(), st.integers(-2, 2))
def test_integers_of_every_size_come_back(bits: int, negative: bool, offset: int) -> None:
    value = (-1 if negative else 1) * 2**bits + offset
    encoded = encode(value)
    assert _core.validate(encoded) is None
    assert _core.decode(encoded) == value
    assert len(encoded) <= abs(value).bit_length() // 8 + 5


@pytest.mark.parametrize("text", ["NaN", "-NaN", "NaN123", "sNaN", "-sNaN7", "Infinity", "-Infinity", "-0", "0E+3"])
def test_a_special_decimal_comes_back_as_written(text: str) -> None:
    assert str(_core.decode(encode(Decimal(text)))) == text


@given(st.decimals(), st.integers(-(10**17), 10**17))
def test_every_decimal_in_range_has_an_encoding(number: Decimal, exponent: int) -> None:
    sign, digits, old = number.as_tuple()
    moved = Decimal((sign, digits, exponent if isinstance(old, int) else old))
    assert str(_core.decode(encode(moved))) == str(moved)


def test_every_nan_is_written_alike() -> None:
    quiet = memoryview(b"\x01\x00\x00\x00\x00\x00\xf8\xff").cast("d")[0]
    assert math.isnan(quiet)
    assert encode(quiet) == encode(NAN) == b"f\x00\x00\x00\x00\x00\x00\xf8\x7f"


def test_a_patched_decimal_context_does_not_change_the_encoding() -> None:
    import decimal

    with decimal.localcontext() as context:
        context.capitals = 0
        context.prec = 1
        assert encode(Decimal("1.25E+30")) == b"M\x08" + b"1.25E+30"


def test_limits_are_those_given() -> None:
    assert len(_core.encode("a" * 5, max_bytes=7)) == 7
    with pytest.raises(ValueError, match="larger than 6 bytes"):
        _core.encode("a" * 5, max_bytes=6)
    nested: Any = []
    for _ in range(4):
        nested = [nested]
    assert _core.validate(_core.encode(nested, max_depth=5), max_depth=5) is None
    assert _core.validate(_core.encode(nested, max_depth=5), max_depth=4) is not None
    with pytest.raises(ValueError, match="nested deeper than 4"):
        _core.encode(nested, max_depth=4)


# ---------------------------------------------------------------- relations


@settings(many, max_examples=1000)
@given(near_pairs())
@example((collections.Counter(a=0), collections.Counter()))
@example((collections.Counter(a=0), {"a": 0}))
@example((collections.OrderedDict(a=1, b=2), collections.OrderedDict(b=2, a=1)))
@example((collections.OrderedDict(a=1, b=2), {"b": 2, "a": 1}))
@example(({1}, frozenset([1.0])))
@example((b"a", bytearray(b"a")))
@example((b"a", "a"))
@example((collections.deque([1]), [1]))
@example((Point(1, 2), (1, 2)))
@example((2**53 + 1, float(2**53)))
@example((Decimal("0.1"), 0.1))
@example((Decimal(1 / 10), 0.1))
@example(([1], (1,)))
@example(({1: "a"}, {True: "a"}))
@example(({(1, 2.0)}, {(Decimal(1), Fraction(2))}))
def test_judged_equal_is_pythons_equality(pair: tuple[Any, Any]) -> None:
    left, right = pair
    assert _core.judged_equal(encode(left), encode(right)) == python_equal(left, right)
    assert _core.judged_equal(encode(right), encode(left)) == python_equal(right, left)


@settings(many, max_examples=1000)
@given(st.one_of(st.tuples(numbers, numbers), near_pairs(numbers), st.tuples(near_numbers, near_numbers)))
def test_numbers_of_all_types_compare_exactly(pair: tuple[Any, Any]) -> None:
    left, right = pair
    assert _core.judged_equal(encode(left), encode(right)) == (left == right)


def test_every_pair_of_near_numbers_compares_as_python_says() -> None:
    listed = [1 / 3, Fraction(1, 3), Decimal(1) / 3, 2**64, 2.0**64, Decimal(2**64), Fraction(2**64), 3, 3.0, -3, -3.0]
    listed += [Fraction(1, 2**60), 2.0**-60, Decimal(2.0**-60), Fraction(3, 10**5), Decimal("0.00003"), 0.00003]
    listed += [sys.float_info.max, int(sys.float_info.max), Decimal(sys.float_info.max), 5e-324, Fraction(5e-324)]
    listed += [Decimal("5e-324"), -(2**64), -(2.0**64), 10**30, Decimal("1E+30"), 1e30, 2.5, Decimal("2.50"), 2.5 + 0j]
    listed += [
        1 + 2j,
        INF,
        -INF,
        Decimal("Infinity"),
        Decimal("-Infinity"),
        complex(INF, 0),
        True,
        Decimal(1),
        0.0,
        -0.0,
    ]
    for left, right in itertools.product(listed, repeat=2):
        assert _core.judged_equal(encode(left), encode(right)) == (left == right), (left, right)
        assert _core.judged_equal(encode({left}), encode({right})) == ({left} == {right}), (left, right)


@many
@given(nans, near_numbers)
def test_nan_equals_nothing_wherever_it_stands(nan: Any, other: Any) -> None:
    for wrap in (
        lambda v: v,
        lambda v: [v],
        lambda v: (v,),
        lambda v: {v},
        lambda v: {v: 1},
        lambda v: {1: v},
        lambda v: {(1, v)},
        lambda v: collections.Counter({v: 1}),
        lambda v: collections.deque([v]),
    ):
        assert not _core.judged_equal(encode(wrap(nan)), encode(wrap(nan)))
        assert not _core.judged_equal(encode(wrap(nan)), encode(wrap(other)))
        assert _core.same_behaviour(encode(wrap(nan)), encode(wrap(nan)))


@settings(many, max_examples=500)
@given(
    near_pairs(st.one_of(numbers, nans)), st.sampled_from([0.0, 1e-9, 0.1, 1.0, INF]), st.sampled_from([0.0, 1e-9, 0.5])
)
def test_tolerance_is_math_isclose(pair: tuple[Any, Any], absolute: float, relative: float) -> None:
    left, right = pair
    inexact = isinstance(left, (float, complex)) or isinstance(right, (float, complex))
    expected = left == twin(right)
    if inexact and not expected and (absolute or relative):
        is_complex = isinstance(left, complex) or isinstance(right, complex)
        close: Any = cmath.isclose if is_complex else math.isclose
        try:
            expected = close(left, right, rel_tol=relative, abs_tol=absolute)
        except OverflowError:
            expected = False
    assert _core.judged_equal(encode(left), encode(right), absolute, relative) == expected


@many
@given(st.floats(0.1, 10), st.floats(-1e-5, 1e-5))
def test_tolerance_reaches_items_and_dict_values_and_nothing_else(value: float, shift: float) -> None:
    other = value + shift
    close = math.isclose(value, other, rel_tol=1e-6, abs_tol=0)
    for wrap in (lambda v: [v], lambda v: (0, v), lambda v: {"k": [v]}, lambda v: collections.deque([v])):
        assert _core.judged_equal(encode(wrap(value)), encode(wrap(other)), relative=1e-6) == close
    for wrap in (lambda v: {v}, lambda v: {v: 1}, lambda v: frozenset([(v,)])):
        assert _core.judged_equal(encode(wrap(value)), encode(wrap(other)), relative=1e-6) == (value == other)


@pytest.mark.parametrize("bad", [-1.0, NAN])
def test_a_tolerance_below_zero_is_refused(bad: float) -> None:
    with pytest.raises(ValueError, match="tolerances"):
        _core.judged_equal(encode(1.0), encode(1.0), absolute=bad)


@many
@given(st.lists(st.one_of(values, nans), min_size=3, max_size=3), st.data())
def test_same_behaviour_is_an_equivalence_and_digests_are_it(trio: list[Any], data: st.DataObject) -> None:
    near = [altered(data.draw, trio[0]) if data.draw(st.booleans()) else value for value in trio]
    encoded = [encode(value) for value in near]
    same = {(i, j): _core.same_behaviour(encoded[i], encoded[j]) for i in range(3) for j in range(3)}
    for i, j, k in itertools.product(range(3), repeat=3):
        assert same[i, i]
        assert same[i, j] == same[j, i]
        assert not (same[i, j] and same[j, k]) or same[i, k]
        assert same[i, j] == (_core.digest(encoded[i], KEY) == _core.digest(encoded[j], KEY))


@pytest.mark.parametrize(
    ("left", "right", "same"),
    [
        (1, True, True),
        (1, 1.0, True),
        (2**80, 2.0**80, True),
        (2**53 + 1, 2.0**53, False),
        (0.0, -0.0, True),
        (-0.0, 0, True),
        (complex(0.0, -0.0), complex(-0.0, 0.0), True),
        (NAN, NAN, True),
        ([NAN], [NAN], True),
        ({NAN: 1}, {NAN: 1}, True),
        ({1, 2, 3}, {3, 2, 1}, True),
        ({"a": 1, "b": 2}, {"b": 2, "a": 1}, True),
        (collections.OrderedDict(a=1, b=2), {"b": 2, "a": 1}, True),
        (collections.Counter(a=1), {"a": 1}, True),
        (collections.Counter(a=0), collections.Counter(), False),
        ([1], (1,), False),
        ([1], collections.deque([1]), False),
        ({1}, frozenset([1]), True),
        (b"a", bytearray(b"a"), True),
        ("a", b"a", False),
        (Decimal("1.0"), Decimal("1.00"), True),
        (Decimal(1), 1, False),
        (Fraction(1), 1, False),
        (1 + 0j, 1, False),
        ([[1], 2], [[1, 2]], False),
        ({1: 2}, {2: 1}, False),
        (None, 0, False),
    ],
)
def test_behaviour_is_told_apart_by_the_stated_rules(left: Any, right: Any, same: bool) -> None:
    assert _core.same_behaviour(encode(left), encode(right)) == same
    assert (_core.digest(encode(left), KEY) == _core.digest(encode(right), KEY)) == same


def test_digests_depend_on_the_key() -> None:
    assert _core.digest(encode(1), KEY) != _core.digest(encode(1), bytes(16))
    with pytest.raises(ValueError, match="16 bytes"):
        _core.digest(encode(1), b"short")


def test_siphash_gives_the_published_digests() -> None:
    assert _core.siphash128(b"", KEY) == (0xE6A825BA047F81A3, 0x930255C71472F66D)
    assert _core.siphash128(bytes(range(15)), KEY) == (0x11A8B03399E99354, 0xD9C3CF970FEC087E)


@many
@given(st.one_of(values, nans))
def test_truth_is_pythons(value: Any) -> None:
    assert _core.is_truthy(encode(value)) == bool(value)


# ---------------------------------------------------------------- bytes from an adversary


@st.composite
def mutated(draw: st.DrawFn) -> bytes:
    data = bytearray(encode(draw(values)))
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, max(len(data) - 1, 0)))
        action = draw(st.integers(0, 3))
        if action == 0 and data:
            data[at] = draw(st.sampled_from([*b"NTFifcsbBltqSZdDOCMRa", 0, 1, 2, 3, 127, 128, 255]))
        elif action == 1:
            data[at:at] = bytes([draw(st.integers(0, 255))])
        elif action == 2:
            del data[at : at + draw(st.integers(1, 3))]
        else:
            other = encode(draw(leaves))
            data[at : at + draw(st.integers(0, len(other)))] = other
    return bytes(data)


@settings(many, max_examples=1000)
@given(st.one_of(st.binary(max_size=60), mutated()))
def test_what_validates_decodes_and_what_does_not_is_refused(data: bytes) -> None:
    wrong = _core.validate(data)
    if wrong is not None:
        for read in (_core.decode, _core.is_truthy, lambda b: _core.digest(b, KEY), lambda b: _core.judged_equal(b, b)):
            with pytest.raises(ValueError, match=".+"):
                read(data)
        return
    back = _core.decode(data)
    again = encode(back)
    assert _core.validate(again, max_bytes=1 << 24) is None
    assert _core.same_behaviour(again, data)
    assert _core.is_truthy(data) == _core.is_truthy(again)
    assert _core.judged_equal(again, data) == _core.judged_equal(data, data)
