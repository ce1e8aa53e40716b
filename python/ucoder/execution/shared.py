"""Executors that belong to nobody: one for each level of isolation, started when first asked for, kept to the end.

A child by fork has its own: the parent's would refuse to work there.
"""

import os
import threading

from ucoder.execution.executor import Executor

__all__ = ["shared_executor"]

_started: dict[tuple[int, str], Executor] = {}
_lock = threading.Lock()


def shared_executor(isolation: str = "auto") -> Executor:
    """This process's executor of that level, with default settings. Raises SandboxUnavailable."""
    key = (os.getpid(), isolation)
    with _lock:
        if key not in _started:
            _started[key] = Executor(isolation=isolation)
        return _started[key]
