"""First inputs for the fuzzers: `python tests/fuzz/seeds.py FOLDER` makes a folder of them for each.

A fuzzer takes numbers from the end of its input and text from the beginning (FuzzedDataProvider of libFuzzer), so a
seed is a text, where one ends in a backslash and another letter, and some bytes behind it.
"""

import collections
import decimal
import fractions
import random
import struct
import sys
from pathlib import Path
from typing import Any

import numpy as np

from ucoder._core import encode

VALUES: list[Any] = [
    None, True, 0, -1, 2**70, 0.5, float("nan"), 1 + 2j, "text", "\ud800", b"bytes", bytearray(b"b"),
    [], [1, [2, [3]]], (1, "a"), {1, 2.5, "c"}, frozenset({(1, 2)}), {"a": [1], 2: {"b": None}},
    collections.deque([1]), collections.OrderedDict(a=1), collections.Counter("aab"), collections.defaultdict(list),
    decimal.Decimal("1.50e3"), decimal.Decimal("NaN"), fractions.Fraction(1, 3), np.arange(6.0).reshape(2, 3),
    np.array(["a", "bc"]), np.array([], dtype=np.int64),
]  # fmt: skip
ASSERTIONS = [
    "assert f(1) == 2", "assert not f('a')", "assert f([1, (2,)], key={'a': None}) == [1.5, 'x']",
    "assert f(-1) is None", "assert abs(f(2) - 1) < 1e-6", "assert f(f(1)) == 2", "assert f(1) != f(2)",
]  # fmt: skip
# What a fuzzer broke something with, kept for good.
FOUND = {
    "fuzz_worker": [  # the worker of a script that says it is done and leaves no result
        "730161730262635c20b138fa5cda778b4a76bb2ea06d6d6d6d6d6d6d6d6d6d6d6d0c0000006d6d01006d6d6d576b2c1c7a30",
    ],
}
_JUDGEMENTS = [
    ("eq", [1, 2]), ("is", None), ("true",), ("false",), ("close", 1.0, 1e-9, 0.0), ("near", 1.0, 1e-9, 0.0),
    ("rest", "_0 < 3", True),
]  # fmt: skip


def plans() -> list[bytes]:
    """What a preparing worker says of tests."""
    call = ("f", (1, [2]), {"key": "v"}, {})
    split = [("split", (((call,), judgement),)) for judgement in _JUDGEMENTS]
    chain = ("split", (((call, ("f", (0,), {}, {0: 0})), ("true",)),))
    return [encode(plan) for plan in (*split, chain, ("beside", "why"), ("void", "why"), ("evaluate",))]


def text(content: bytes) -> bytes:
    """As ConsumeRandomLengthString reads it back."""
    return content.replace(b"\\", b"\\\\") + b"\\ "


def seeds() -> dict[str, list[bytes]]:
    chance = random.Random(0)
    encoded = [encode(value) for value in VALUES]
    # The length of the first of two values is taken from the end, as so many bytes as the whole's length needs.
    pairs = [left + right + bytes([len(left)]) for left in encoded for right in (left, chance.choice(encoded))]
    tests = [text(line.encode()) + text(plan) + text(encoded[4]) for line in ASSERTIONS for plan in plans()]
    workers = [text(value) + chance.randbytes(chance.randrange(32, 512)) for value in encoded]
    reply = struct.pack("<IiiI", 15, 1234, 9, 2) + bytes(64)
    made = {
        "fuzz_value": pairs,
        "fuzz_plan": tests,
        "fuzz_worker": workers + [chance.randbytes(256) for _ in range(32)],
        "fuzz_channel": [text(reply), text(struct.pack("<III", 0, 1, 102) + b"f"), text(b"")],
    }
    return {name: contents + [bytes.fromhex(line) for line in FOUND.get(name, [])] for name, contents in made.items()}


def main() -> None:
    for name, contents in seeds().items():
        folder = Path(sys.argv[1]) / name
        folder.mkdir(parents=True, exist_ok=True)
        for number, content in enumerate(contents):
            (folder / f"{number:03d}").write_bytes(content)


if __name__ == "__main__":
    main()
