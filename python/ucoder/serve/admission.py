"""Admission: which requests run now, which wait, which are turned away at once.

Work runs in threads of its own, as many as there are workers, so that a client that has gone gives its place up only
when its work has really ended; work that has not begun is dropped with it.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, TypeVar

__all__ = ["Admission", "Busy"]

T = TypeVar("T")


class Busy(Exception):  # noqa: N818  the name says what is the case
    """As many requests wait as may."""


class Admission:
    """At most `num_running` calls run and `num_waiting` wait. For one event loop."""

    def __init__(self, num_running: int, num_waiting: int) -> None:
        self._pool = ThreadPoolExecutor(num_running, thread_name_prefix="request")
        self._num_running = num_running
        self._most = num_running + num_waiting
        self._open: set[Future[Any]] = set()

    @property
    def num_running(self) -> int:
        """Calls that a thread is at."""
        return min(len(self._open), self._num_running)

    @property
    def num_waiting(self) -> int:
        """Calls that no thread has begun."""
        return len(self._open) - self.num_running

    async def run(self, call: Callable[[], T]) -> T:
        """What the call returns or raises, when its turn has come. Raises Busy at once where too many wait."""
        if len(self._open) >= self._most:
            raise Busy
        loop = asyncio.get_running_loop()
        future = self._pool.submit(call)
        self._open.add(future)
        future.add_done_callback(lambda done: _in_loop(loop, self._open.discard, done))
        return await asyncio.wrap_future(future)  # cancelling this cancels the call if it has not begun

    def close(self) -> None:
        """Drop what has not begun; what runs is not waited for."""
        self._pool.shutdown(wait=False, cancel_futures=True)


def _in_loop(loop: asyncio.AbstractEventLoop, call: Callable[[Future[Any]], None], done: Future[Any]) -> None:
    """In the loop's thread; nowhere if the loop is over."""
    if not loop.is_closed():
        loop.call_soon_threadsafe(call, done)
