"""Values against an adversary: bytes no encoder wrote, and objects made to be misread.

Nothing here may run a line of the object's code, take more than a blink, or end in anything but a value or ValueError.
"""

import collections
import copy
import enum
import fractions
import gc
import itertools
import math
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from decimal import Decimal
from fractions import Fraction
from typing import Any, NoReturn

import numpy as np
import pytest

from ucoder import _core

KEY = bytes(range(16))
NAN = float("nan")
Point = collections.namedtuple("Point", "x y")  # noqa: PYI024 - the product of the function is what is tested


def encode(value: Any) -> bytes:
    return _core.encode(value, max_bytes=1 << 24)


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


@pytest.mark.parametrize("tag", [b"S", b"Z", b"d", b"O", b"C", b"D"])
def test_keys_that_were_chosen_for_their_hash_do_not_hold_up_who_decodes_them(tag: bytes) -> None:
    item = b"" if tag in (b"S", b"Z") else b"i\x01\x01"
    num_keys = 1_000_000
    data = tag + count(num_keys) + b"".join(encode(k * (2**61 - 1)) + item for k in range(num_keys))
    with pytest.raises(ValueError, match="same hash"):
        within(5.0, lambda: _core.decode(data))


def test_as_many_keys_that_nobody_chose_are_decoded() -> None:
    for value in (set(range(100_000)), {1.5 * k: k for k in range(10_000)}, {2**k for k in range(3000)}):
        assert _core.decode(encode(value)) == value


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
    "__float__ __complex__ __str__ __repr__ __bytes__ __reduce__ __reduce_ex__ __getstate__ __getattr__ __sizeof__ "
    "__getattribute__ __array__ __array_interface__ __array_struct__ __buffer__ __format__ __missing__"
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


# fmt: off
NO_VALUES = [
    Colour.RED, Number.ONE, Plain(), Plain, (i for i in range(3)), iter([]), range(3), len, lambda: 1, NotImplemented,
    ..., memoryview(b"a"), type, math, itertools.count(), zip(), map(len, []), {}.keys(), slice(1), object(),
]
# fmt: on


@pytest.mark.parametrize("value", NO_VALUES, ids=lambda value: type(value).__name__)
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


@pytest.mark.filterwarnings("ignore:non-string key")  # Python 3.13 says so
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
        def __init__(self) -> None:
            self.itself = self

        def __del__(self) -> None:
            ran.append(1)

    value: Any = 1
    for _ in range(150):  # each open deque holds an iterator, which the collector counts
        value = collections.deque([value])
    thresholds = gc.get_threshold()
    gc.collect()
    gc.disable()
    try:
        Garbage()
        gc.set_threshold(gc.get_count()[0] + 75, 1000, 1000)
        gc.enable()
        _core.encode(value)
        assert not ran
        assert gc.isenabled()
    finally:
        gc.set_threshold(*thresholds)
        gc.enable()


def test_a_type_name_is_cut_short() -> None:
    with pytest.raises(ValueError, match="^é{50}$"):
        _core.encode(type("é" * 10**6, (), {})())
    with pytest.raises(ValueError, match="^日{33}$"):
        _core.encode(type("日" * 10**6, (), {})())


# ---------------------------------------------------------------- NumPy


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
