"""Answers whose public hashes are equal: looking them up costs no more than others."""

import time
from collections.abc import Iterator

import pytest

from ucoder import Candidate, Executor, Problem
from ucoder._core import encode
from ucoder.records import EncodedCallTest

NUM_ANSWERS = 20_000
HEADER = 2
"""Bytes that an encoding of this length has before the payload"""

# The answers differ in two words of eight bytes. With COLLIDE the second brings the state of the hash of libstdc++'s
# tables, MurmurHash64A with a seed that everybody knows, to the same point after all of the first.
PROGRAM = """
FACTOR = 0xC6A4A7935BD1E995
WORD = (1 << 64) - 1
INVERSE = pow(FACTOR, -1, 1 << 64)

def shifted(v):
    return v ^ (v >> 47)

def word_for(difference):
    return shifted(difference * INVERSE & WORD) * INVERSE & WORD

def f(i):
    start = (0xC70F6907 ^ (24 * FACTOR & WORD))
    first = int.from_bytes(HEAD, "little")
    start = (start ^ (shifted(first * FACTOR & WORD) * FACTOR & WORD)) * FACTOR & WORD
    step = (i * 0x9E3779B97F4A7C15 + 1) & WORD
    second = word_for(step ^ start)
    third = word_for((step * FACTOR & WORD) ^ 12345) if COLLIDE else step * 0xDEADBEEFCAFEBABD & WORD
    return HEAD[HEADER:] + second.to_bytes(8, "little") + third.to_bytes(8, "little")
"""


@pytest.fixture(scope="module")
def executor() -> Iterator[Executor]:
    with Executor(workers=1) as started:
        yield started


def caller_seconds(executor: Executor, collide: bool) -> float:
    """The best of three, of the process that keeps the answers."""
    head = encode(bytes(22))[:HEADER] + bytes(8 - HEADER)
    constants = f"HEAD = {head!r}\nHEADER = {HEADER}\nCOLLIDE = {collide}\n"
    tests = [EncodedCallTest((encode(number),), encode(None)) for number in range(NUM_ANSWERS)]
    best = float("inf")
    for _ in range(3):
        start = time.process_time()
        matrix = executor.judge(Problem("p", "", "f"), [Candidate("p", solution=constants + PROGRAM)], tests)
        best = min(best, time.process_time() - start)
        assert len(matrix.value_bytes) == NUM_ANSWERS
        assert all(one.startswith(head) and len(one) == 24 for one in matrix.value_bytes)
    return best


def test_answers_of_one_public_hash_cost_the_caller_what_others_do(executor: Executor) -> None:
    """With a public hash they take thirty times as long, and four times that for twice as many."""
    caller_seconds(executor, collide=False)
    assert caller_seconds(executor, collide=True) < 5 * caller_seconds(executor, collide=False) + 0.1
