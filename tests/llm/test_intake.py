"""The intake: parts of requests as they come, in order, without waiting while there is other work."""

import threading
import time
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ucoder.errors import ConfigError
from ucoder.llm.generator import Request, Sampling
from ucoder.llm.intake import Intake, parts_of

DRAWN = Sampling()


def request(name: str = "q", n: int = 1, first_index: int = 0) -> Request:
    return Request(id=name, prompt=name, n=n, seed=0, first_index=first_index)


@given(st.integers(1, 100), st.integers(0, 50), st.integers(1, 40))
def test_parts_are_the_request_in_order(n: int, first: int, chunk: int) -> None:
    parts = parts_of(request(n=n, first_index=first), chunk, DRAWN)
    assert [i for part in parts for i in range(part.first_index, part.first_index + part.n)] == list(
        range(first, first + n)
    )
    assert all(part.n == chunk for part in parts[:-1])


def test_parts_come_in_order_and_then_none() -> None:
    with Intake((request(str(i), n=3) for i in range(5)), DRAWN, chunk=2) as intake:
        taken = [intake.take(None) for _ in range(10)]
        assert [(part.request.id, part.n) for part in taken if part] == [(str(i), n) for i in range(5) for n in (2, 1)]
        assert not intake.exhausted
        assert intake.take(None) is None
        assert intake.exhausted
        assert intake.take(0) is None


def test_what_has_not_come_yet_is_not_waited_for() -> None:
    come = threading.Event()

    def late() -> Iterator[Request]:
        come.wait()
        yield request()

    with Intake(late(), DRAWN, chunk=1) as intake:
        assert intake.take(0) is None
        assert intake.take(0.01) is None
        assert not intake.exhausted
        come.set()
        assert intake.take(None) is not None


def test_an_endless_iterable_is_read_a_little_ahead_and_then_let_go() -> None:
    read = []

    def endless() -> Iterator[Request]:
        while True:
            read.append(1)
            yield request()

    with Intake(endless(), DRAWN, chunk=1, ahead=4) as intake:
        assert intake.take(None) is not None
        time.sleep(0.05)
        assert len(read) <= 7
        reader = intake._reader
    reader.join(timeout=5)
    assert not reader.is_alive()


def test_an_error_comes_after_what_was_good() -> None:
    def broken() -> Iterator[Request]:
        yield request()
        raise KeyError("gone")

    with Intake(broken(), DRAWN, chunk=1) as intake:
        assert intake.take(None) is not None
        with pytest.raises(KeyError, match="gone"):
            intake.take(None)


def test_greedy_texts_are_asked_for_one_at_a_time() -> None:
    with pytest.raises(ConfigError, match="request 'q' asks for n = 2"):
        parts_of(request(n=2), 4, Sampling(temperature=0))
