"""Ctrl-C stays Ctrl-C, also where it falls into a library's code in C."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

__all__ = ["interruption_kept"]


@contextmanager
def interruption_kept() -> Iterator[None]:
    """Whatever error ends the block after SIGINT came is the interruption: KeyboardInterrupt, raised from that error.

    Python raises KeyboardInterrupt wherever it happens to be, and a library that calls back into Python from C may take
    it for a fault of its own and raise another error instead; NumPy does, where it compares. Without effect outside of
    the main thread and where somebody else handles the signal.
    """
    came = False

    def note(number: int, frame: FrameType | None) -> None:
        nonlocal came
        came = True
        signal.default_int_handler(number, frame)

    is_ours = (
        threading.current_thread() is threading.main_thread()
        and signal.getsignal(signal.SIGINT) is signal.default_int_handler
    )
    if is_ours:
        signal.signal(signal.SIGINT, note)
    try:
        yield
    except Exception as error:
        if came:
            raise KeyboardInterrupt from error
        raise
    finally:
        if is_ours:
            signal.signal(signal.SIGINT, signal.default_int_handler)
