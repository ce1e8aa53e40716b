"""Intake: takes requests from an iterable as there is room, without ever waiting while there is other work.

The iterable may be unbounded and may wait, even for texts that this door has yet to hand over. So a thread of its own
reads it, a few parts ahead, and the door takes what has come. A part is up to `chunk` consecutive samples of a request.
"""

import queue
import threading
from collections.abc import Iterable
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from ucoder.errors import ConfigError
from ucoder.llm.generator import Request, Sampling

__all__ = ["Intake", "Part", "parts_of"]


@dataclass(frozen=True, slots=True)
class Part:
    """Samples `first_index` to `first_index + n - 1` of a request: what is asked for and handed over in one piece."""

    request: Request
    first_index: int
    n: int


def parts_of(request: Request, chunk: int, sampling: Sampling) -> list[Part]:
    """A request in pieces. ConfigError where it asks for several greedy texts, which would all be the same."""
    if sampling.temperature == 0 and request.n > 1:
        raise ConfigError(
            f"temperature 0 gives one text, and request {request.id!r} asks for n = {request.n}: "
            "set a temperature above 0, or n = 1"
        )
    end = request.first_index + request.n
    return [Part(request, first, min(chunk, end - first)) for first in range(request.first_index, end, chunk)]


class Intake:
    """Parts of the requests, in order. A context manager: leaving it lets go of the iterable.

    The door's thread calls everything but the reading itself.
    """

    def __init__(self, requests: Iterable[Request], sampling: Sampling, chunk: int, ahead: int = 16) -> None:
        self._requests = requests
        self._sampling = sampling
        self._chunk = chunk
        self._parts: queue.Queue[Part | BaseException | None] = queue.Queue(ahead)
        self._left = threading.Event()
        self._exhausted = False
        # A daemon: an iterable that waits for ever must not keep the process.
        self._reader = threading.Thread(target=self._read, name="ucoder-requests", daemon=True)

    @property
    def exhausted(self) -> bool:
        """Whether every part was taken."""
        return self._exhausted

    def take(self, wait_s: float | None) -> Part | None:
        """The next part; None where none came within `wait_s` (None: as long as it takes) or none is left.

        An exception of the iterable is raised here.
        """
        if self._exhausted:
            return None
        try:
            part = self._parts.get(block=wait_s != 0, timeout=wait_s or None)
        except queue.Empty:
            return None
        if isinstance(part, Part):
            return part
        self._exhausted = True
        if part is not None:
            raise part
        return None

    def __enter__(self) -> Self:
        self._reader.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._left.set()

    def _read(self) -> None:
        try:
            for request in self._requests:
                for part in parts_of(request, self._chunk, self._sampling):
                    if not self._put(part):
                        return
        except BaseException as error:  # noqa: BLE001  whatever it is, the door's thread raises it
            self._put(error)
        else:
            self._put(None)

    def _put(self, part: Part | BaseException | None) -> bool:
        """Wait for room. False once nobody will take it any more."""
        while not self._left.is_set():
            try:
                self._parts.put(part, timeout=0.2)
            except queue.Full:
                continue
            return True
        return False
