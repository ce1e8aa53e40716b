"""Values against Python itself: what crosses, what does not, and what == says of it.

The reference for `judged_equal` is Python's own ==, on values that share no object, as if each came from a process
of its own. Hostile objects are met without running a line of their code.
"""

import cmath
import collections
import copy
import enum
import fractions
import gc
import itertools
import math
import pickle
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from decimal import Decimal
from fractions import Fraction
from typing import Any, NoReturn

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
near_numbers = st.sampled_from(
    [
        0,
        1,
        -1,
        2,
        True,
        False,
        0.0,
        -0.0,
        1.0,
        2.0,
        0.5,
        0.1,
        INF,
        -INF,
        2**53,
        2.0**53,
        2**53 + 1,
        10**22,
        1e22,
        10**23,
        1e23,
        2**1023,
        2.0**1023,
        -(2**63),
        -(2.0**63),
        1j,
        1 + 0j,
        complex(0, -0.0),
        complex(INF, 0),
        5e-324,
        Decimal(1),
        Decimal("1.0"),
        Decimal("-0"),
        Decimal("0.5"),
        Decimal("0.1"),
        Decimal("0.1"),
        Decimal("1E+22"),
        Decimal("1E+400"),
        10**400,
        Decimal("Infinity"),
        Decimal("1E+999999"),
        Decimal("-1E-999999"),
        Decimal(10) ** 23,
        Fraction(1),
        Fraction(1, 2),
        Fraction(1, 10),
        Fraction(0.1),
        Fraction(-1, 3),
        Fraction(10**22),
        Fraction(0),
    ]
)
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
@example((Decimal("0.1"), 0.1))
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
        close: Callable[..., bool] = math.isclose
        if isinstance(left, complex) or isinstance(right, complex):
            close = cmath.isclose
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


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"x",
        b"NN",
        b"i\x01\x00",
        b"i\x02\x01\x00",
        b"i\x02\xff\xff",
        b"i\x81\x00\x01",
        b"i\x05\x01",
        b"f\x00\x00",
        b"f\x01\x00\x00\x00\x00\x00\xf8\x7f",
        b"f\x00\x00\x00\x00\x00\x00\xf8\xff",
        b"s\x01\xff",
        b"s\x02\xc0\x80",
        b"s\x04\xf4\x90\x80\x80",
        b"s\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01",
        b"s\xff\xff\xff\xff\xff\xff\xff\xff\xff\x7f",
        b"l\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01",
        b"l\x02N",
        b"d\x01N",
        b"S\x01l\x00",
        b"S\x01B\x00",
        b"d\x01S\x00N",
        b"d\x01t\x01l\x00N",
        b"S\x02TT",
        b"S\x02Ti\x01\x01",
        b"S\x02i\x01\x01M\x031.0",
        b"d\x02TNi\x01\x01N",
        b"S\x01M\x04sNaN",
        b"M\x00",
        b"M\x0201",
        b"M\x031e5",
        b"M\x031E5",
        b"M\x04 1.0",
        b"M\x0a0.00000001",
        b"M\x161E+" + b"9" * 19,
        b"Ri\x00i\x00",
        b"Ri\x01\x02i\x01\x04",
        b"Ri\x01\x01i\x01\xff",
        b"R" + encode(2**20000) + encode(3),
        b"a\x01\x02iN" + b"N",
        b"a\x01\x01ii\x09" + b"\xff" * 8 + b"\x7f",
        b"a\x01\x01ui\x01\xff",
        b"a\x01\x02iT",
        b"a\x01\x01zT",
        b"a\x02\xff\xff\xff\xff\xff\xff\xff\xff\x7f\x02b",
        b"a\x02\x00\xff\xff\xff\xff\xff\xff\xff\xff\x7fb",
        b"a\x7f" + b"\x01" * 127 + b"bT",
        b"a\x01\x01Us\x01\x00",
    ],
)
def test_malformed_bytes_are_refused(data: bytes) -> None:
    assert _core.validate(data) is not None
    with pytest.raises(ValueError, match=".+"):
        _core.decode(data)


def count(n: int) -> bytes:
    out = bytearray()
    while n >= 0x80:
        out.append(n & 0x7F | 0x80)
        n >>= 7
    return bytes([*out, n])


def within(seconds: float, work: Callable[[], Any]) -> Any:
    start = time.process_time()
    result = work()
    assert time.process_time() - start < seconds
    return result


def adversarial_values() -> Iterator[tuple[str, bytes]]:
    """Each is within the default limit of 64 KiB and as expensive as we could make it."""
    colliding = [k * (2**61 - 1) for k in range(5000)]  # one hash in Python
    yield "keys of one public hash", b"S" + count(5000) + b"".join(encode(k) for k in colliding)
    huge = [b"M" + count(len(text)) + text for text in (b"1E+%d" % (10**17 + i) for i in range(2700))]
    yield "decimals of huge exponents", b"S" + count(len(huge)) + b"".join(huge)
    yield "the same nan many times", b"S" + count(7000) + encode(NAN) * 7000
    yield "keys that are nan", b"C" + count(5900) + (encode(NAN) + b"i\x00") * 5900
    yield "a large set of small numbers", encode(set(range(16000)))
    nested: Any = frozenset()
    for i in range(198):
        nested = frozenset([nested, *range(1000 * i, 1000 * i + 60)])
    yield "nested sets", encode(nested)[:65536]
    yield (
        "fractions of the largest parts",
        b"l\x0f" + b"".join(encode(Fraction(3**10320 + i, 2**16370 + 1)) for i in range(15)),
    )
    yield "a decimal of many digits", encode(Decimal("1" * 65000))
    yield "an int of all the room", encode(1 << 500000)
    yield "a list of a decimal and an int as long", encode([Decimal(3**60000), 3**60000])
    yield "lists as deep as may be", b"l\x01" * 199 + b"N"
    yield "empty lists", b"l" + count(32000) + b"l\x00" * 32000


@pytest.mark.parametrize(
    ("name", "data"), list(adversarial_values()), ids=lambda value: value if isinstance(value, str) else ""
)
def test_a_costly_value_costs_little(name: str, data: bytes) -> None:
    assert len(data) <= 65536, name
    wrong = within(0.5, lambda: _core.validate(data))
    if wrong is None:
        within(1.0, lambda: _core.judged_equal(data, data))
        within(1.0, lambda: _core.digest(data, KEY))


def test_a_power_of_ten_too_large_to_write_out_is_compared_at_once() -> None:
    huge = encode(Decimal("1E+999999999999999999"))
    for other in (10**20000, 1.5, Fraction(1, 3), Decimal("1E+999999999999999998"), Decimal("10E+999999999999999998")):
        equal = within(0.1, lambda other=other: _core.judged_equal(huge, encode(other)))
        assert equal == (isinstance(other, Decimal) and other.adjusted() == 999999999999999999)
    assert _core.judged_equal(encode(10**20000), b"M\x081E+20000"[:10])


# ---------------------------------------------------------------- hostile objects


def called(*_: Any, **__: Any) -> NoReturn:
    raise AssertionError("code of the program was run")


SPECIALS = (
    "__eq__ __ne__ __lt__ __hash__ __iter__ __next__ __len__ __getitem__ __contains__ __bool__ __int__ __index__ "
    "__float__ __complex__ __str__ __repr__ __bytes__ __reduce__ __reduce_ex__ __getstate__ __getattr__ "
    "__getattribute__ __array__ __array_interface__ __array_struct__ __buffer__ __format__ __sizeof__ __class__ __missing__"
).split()


def liar(base: type) -> Any:
    """An object of a subclass that answers nothing honestly."""
    body = dict.fromkeys(SPECIALS, called)
    return base.__new__(type("Liar", (base,), {**body, "__class__": property(called)}))


BASES = [object, int, float, complex, str, bytes, bytearray, list, tuple, dict, set, frozenset, Decimal, Fraction]
BASES += [collections.OrderedDict, collections.Counter, collections.deque, collections.defaultdict]


@pytest.mark.parametrize("base", BASES, ids=lambda base: base.__name__)
def test_a_liar_has_no_encoding_and_is_asked_nothing(base: type) -> None:
    value = liar(base)
    for wrapped in (value, [value], (1, value), {"k": value}, collections.deque([value])):
        with pytest.raises(ValueError, match="^Liar$"):
            _core.encode(wrapped)


class Colour(enum.Enum):
    RED = 1


class Number(enum.IntEnum):
    ONE = 1


class Plain:
    pass


@pytest.mark.parametrize(
    "value",
    [
        Colour.RED,
        Number.ONE,
        Plain(),
        Plain,
        (i for i in range(3)),
        iter([]),
        range(3),
        len,
        lambda: 1,
        NotImplemented,
        ...,
        memoryview(b"a"),
        type,
        math,
        itertools.count(),
        zip(),
        map(len, []),
        {}.keys(),
        slice(1),
        object(),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_is_no_value_is_refused_by_its_types_name(value: Any) -> None:
    with pytest.raises(ValueError, match=type(value).__name__ + "$"):
        _core.encode([value])


def test_a_namedtuple_is_its_tuple_unless_it_lies() -> None:
    assert _core.encode(Point(1, 2)) == _core.encode((1, 2))
    for name in ("__eq__", "__ne__", "__hash__", "__iter__", "__len__", "__getitem__"):
        lying = type("Lying", (tuple,), {"_fields": ("x",), name: called})
        with pytest.raises(ValueError, match="^Lying$"):
            _core.encode(tuple.__new__(lying, (1,)))
    with pytest.raises(ValueError, match="^Sub$"):
        _core.encode(type("Sub", (Point,), {})(1, 2))


def test_a_class_body_with_evil_keys_is_not_looked_up() -> None:
    class Evil:
        def __hash__(self) -> int:
            return hash("_fields")

        __eq__ = called

    quiet = {"armed": False}

    class Armed(Evil):
        __hash__ = Evil.__hash__

        def __eq__(self, other: object) -> bool:
            if quiet["armed"]:
                called()
            return False

    made = type("Made", (tuple,), {Armed(): 1})
    quiet["armed"] = True
    with pytest.raises(ValueError, match="^Made$"):
        _core.encode(made())


def test_keys_with_methods_are_refused_before_they_are_hashed() -> None:
    armed = {"on": False}

    class Key:
        def __hash__(self) -> int:
            return called() if armed["on"] else 7

        def __eq__(self, other: object) -> bool:
            return called() if armed["on"] else self is other

    key = Key()
    holders = [{key: 1}, {key}, frozenset([key]), collections.OrderedDict({key: 1}), collections.Counter([key])]
    holders += [collections.OrderedDict({(1, (key,)): 1}), collections.OrderedDict({frozenset([key]): 1})]
    armed["on"] = True
    try:
        for holder in holders:
            with pytest.raises(ValueError, match="^Key$"):
                _core.encode(holder)
    finally:
        armed["on"] = False


def test_an_ordered_dict_keeps_the_order_it_was_given() -> None:
    value = collections.OrderedDict((k, k) for k in "abc")
    value.move_to_end("a")
    assert list(_core.decode(_core.encode(value))) == ["b", "c", "a"]
    keys = [1, "a", (1, (2.5,)), frozenset([Decimal(1), b"x"]), None, Point(1, 2)]
    value = collections.OrderedDict((k, 0) for k in keys)
    assert _core.judged_equal(_core.encode(value), _core.encode(copy.copy(value)))


def test_a_list_that_holds_itself_has_no_encoding() -> None:
    loop: list[Any] = []
    loop.append(loop)
    knot: dict[str, Any] = {}
    knot["k"] = [knot]
    for value in (loop, knot, (loop,)):
        with pytest.raises(ValueError, match="nested deeper than 200"):
            within(0.1, lambda value=value: _core.encode(value))


def test_a_list_nested_a_million_deep_has_no_encoding() -> None:
    nested: list[Any] = []
    for _ in range(1_000_000):
        nested = [nested]
    with pytest.raises(ValueError, match="nested deeper"):
        within(0.1, lambda: _core.encode(nested))
    with pytest.raises(ValueError, match="nested deeper"):
        within(0.1, lambda: _core.encode(nested, max_depth=10**9))
    while nested:  # or its deallocation would be what is tested
        nested = nested.pop()


def test_a_value_that_doubles_at_each_level_ends_at_the_size_limit() -> None:
    value: Any = ()
    for _ in range(100):
        value = (value, value)
    with pytest.raises(ValueError, match="larger than"):
        within(0.1, lambda: _core.encode(value))
    listed: Any = []
    for _ in range(100):
        listed = [listed] * 10
    with pytest.raises(ValueError, match="larger than"):
        within(0.1, lambda: _core.encode(listed))


def test_size_is_checked_before_work_is_done() -> None:
    large: list[Any] = [1 << 33_219_281, "a" * 10**8, "é" * 10**8, bytes(10**9), bytearray(10**8), [None] * 10**7]
    large += [-(1 << 33_219_281), Fraction(1, 1 << 33_219_281), Decimal((0, (1,) * 10**6, 0))]
    large += [dict.fromkeys(range(10**6)), set(range(10**6)), collections.deque(range(10**6))]
    large += [collections.OrderedDict.fromkeys(range(10**5))]
    for value in large:
        with pytest.raises(ValueError, match="larger than 65536 bytes"):
            within(0.02, lambda value=value: _core.encode(value))


def test_patching_the_standard_library_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    value = [collections.Counter("aab"), Fraction(1, 3), Decimal("1.5"), collections.deque([1]), {1: 2}]
    before = _core.encode(value)
    for name in ("__eq__", "__hash__", "__str__", "__new__"):
        monkeypatch.setattr(Fraction, name, called)
    monkeypatch.setattr(Fraction, "numerator", property(called))
    for name in ("__init__", "__iter__", "items", "__len__", "update"):
        monkeypatch.setattr(collections.Counter, name, called, raising=False)
    monkeypatch.setattr(collections, "Counter", called)
    monkeypatch.setattr(fractions, "Fraction", called)
    assert _core.encode(value) == before
    back = _core.decode(before)
    monkeypatch.undo()
    assert back == value


def test_a_fraction_that_was_tampered_with_does_not_validate() -> None:
    half = Fraction(1, 2)
    half._numerator = 2  # type: ignore[attr-defined]
    assert _core.validate(_core.encode(half)) == "a Fraction that is not reduced"
    half._denominator = "x"  # type: ignore[attr-defined]
    with pytest.raises(ValueError, match="^Fraction$"):
        _core.encode(half)
    with pytest.raises(ValueError, match="^Fraction$"):
        _core.encode(object.__new__(Fraction))


def test_no_finaliser_runs_while_a_value_is_read() -> None:
    ran = []

    class Garbage:
        def __del__(self) -> None:
            ran.append(1)

    gc.collect()
    old = gc.get_threshold()
    gc.set_threshold(1)
    try:
        garbage = Garbage()
        garbage.self = garbage  # type: ignore[attr-defined]
        value = [collections.deque([1]) for _ in range(200)]
        gc.disable()
        del garbage
        gc.enable()
        ran.clear()
        held = len(ran)
        _core.encode(value)
        assert len(ran) == held or sys.version_info >= (3, 12)
        assert gc.isenabled()
    finally:
        gc.set_threshold(*old)


def test_a_type_name_is_cut_short() -> None:
    with pytest.raises(ValueError, match="^é{50}$"):
        _core.encode(type("é" * 10**6, (), {})())


# ---------------------------------------------------------------- NumPy

np = pytest.importorskip("numpy")


@pytest.mark.parametrize(
    "dtype", "? i1 i2 i4 i8 u1 u2 u4 u8 longlong f2 f4 f8 c8 c16 >i4 >f8 >c8 >u2 S3 U3 >U3".split()
)
def test_an_array_comes_back_equal_in_shape_and_items(dtype: str) -> None:
    source = np.array([[0, 1, 2], [3, 4, 100]])
    array = source.astype(dtype)
    for made in (array, array.T, array[:, ::2], array[::-1], array[:0], array[0, 0:1], np.asfortranarray(array)):
        encoded = _core.encode(made)
        assert _core.validate(encoded) is None
        back = _core.decode(encoded)
        assert back.shape == made.shape
        assert back.dtype.kind == made.dtype.kind
        assert (back == made).all()
        assert _core.judged_equal(encoded, _core.encode(back))
    scalar = _core.encode(array[1, 2])
    assert scalar == _core.encode(array[1, 2].item())
    zero_dimensional = np.array(array[1, 2])
    assert _core.decode(_core.encode(zero_dimensional)).shape == ()


def test_an_array_is_equal_by_shape_and_items_and_never_to_a_list() -> None:
    ints, floats = _core.encode(np.array([1, 2])), _core.encode(np.array([1.0, 2.0]))
    assert _core.judged_equal(ints, floats)
    assert _core.same_behaviour(ints, floats)
    assert not _core.judged_equal(ints, _core.encode([1, 2]))
    assert not _core.judged_equal(ints, _core.encode(np.array([[1, 2]])))
    assert not _core.judged_equal(_core.encode(np.zeros((0, 2))), _core.encode(np.zeros((2, 0))))
    assert _core.judged_equal(floats, _core.encode(np.array([1.0, 2.0 + 1e-9])), absolute=1e-8)
    assert not _core.judged_equal(floats, _core.encode(np.array([1.0, 2.0 + 1e-9])))
    assert not _core.judged_equal(_core.encode(np.array([NAN])), _core.encode(np.array([NAN])))


def test_the_truth_of_an_array_is_that_of_its_only_item() -> None:
    truths = {(1,): True, (0,): False, (): False, (1, 1): False}
    for items, truth in truths.items():
        assert _core.is_truthy(_core.encode(np.array(items))) == truth


@pytest.mark.parametrize(
    "make",
    [
        lambda: np.array([{}, 1], dtype=object),
        lambda: np.array(["2020-01-01"], dtype="M8[D]"),
        lambda: np.datetime64("2020-01-01"),
        lambda: np.zeros(2, dtype=[("a", "i4"), ("b", "f8")]),
        lambda: np.longdouble(1),
        lambda: np.zeros(1, dtype=np.longdouble),
        lambda: np.zeros(2).view(np.recarray),
        lambda: np.ma.array([1]),
        lambda: np.dtype("i4"),
    ],
)
def test_an_array_of_anything_else_is_refused(make: Callable[[], Any]) -> None:
    with pytest.raises(ValueError, match="numpy|recarray|MaskedArray|Int32DType"):
        _core.encode(make())


def test_an_array_that_is_broadcast_to_a_huge_shape_is_refused_at_once() -> None:
    for shape in ((10**9, 10**9), (10**7,), (0, 10**18), (200_000,)):
        with pytest.raises(ValueError, match="larger|numpy"):
            within(0.02, lambda shape=shape: _core.encode(np.broadcast_to(np.int8(1), shape)))


def test_a_class_that_bears_numpys_name_is_not_numpys() -> None:
    fake = type("numpy.ndarray", (bytearray,), {})
    with pytest.raises(ValueError, match="numpy.ndarray"):
        _core.encode(fake(b"abc"))


def test_numpy_scalars_are_the_scalars_they_equal() -> None:
    for value in (
        np.int8(-5),
        np.uint64(2**64 - 1),
        np.float32(0.1),
        np.float16(0.5),
        np.bool_(True),
        np.str_("é"),
        np.bytes_(b"x"),
        np.complex64(1 + 2j),
        np.longlong(-(2**63)),
        np.float64(NAN),
    ):
        assert _core.encode(value) == _core.encode(value.item())
    assert _core.judged_equal(_core.encode({np.int64(1): np.str_("a")}), _core.encode({1: "a"}))


def test_encoding_does_not_import_numpy() -> None:
    code = "import sys; from ucoder import _core; _core.encode([1, {}]); assert 'numpy' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)
