"""Runs a program as `__main__` on the process's real standard streams, as the interpreter itself would.

So every honest way of reading input works: `input()`, `open(0)`, `sys.stdin` as text or buffer, `os.read(0)`.
"""

import atexit
import io
import sys
import threading
import types
from typing import Any

ARGUMENTS = ["main.py"]


def run(code: types.CodeType) -> int:
    """Executes a program and what it left for the end of the process. Returns 0, or raises what the program raised.

    A `SystemExit` with status None or 0 is a normal end, as for any process.
    """
    _open_streams()
    sys.argv = list(ARGUMENTS)
    module = types.ModuleType("__main__")
    module.__dict__["__builtins__"] = __builtins__
    sys.modules["__main__"] = module
    atexit._clear()  # noqa: SLF001  there is no other way to be the only program of a process
    try:
        exec(code, module.__dict__)
    except SystemExit as ending:
        if ending.code not in (None, 0):
            _finish()
            raise
    except BaseException:
        _finish()
        raise
    _finish()
    return 0


def _open_streams() -> None:
    sys.stdin = sys.__stdin__ = _text(0, "r")  # type: ignore[misc]
    sys.stdout = sys.__stdout__ = _text(1, "w")  # type: ignore[misc]
    sys.stderr = sys.__stderr__ = _text(2, "w")  # type: ignore[misc]


def _text(descriptor: int, mode: str) -> io.TextIOWrapper:
    errors = "backslashreplace" if descriptor == 2 else "surrogateescape"
    stream: Any = open(descriptor, mode, encoding="utf-8", errors=errors, closefd=False)  # noqa: SIM115  stays open
    return stream  # type: ignore[no-any-return]


def _finish() -> None:
    """What the interpreter does at its end: threads are waited for, exit functions called, output is flushed."""
    threading._shutdown()  # type: ignore[attr-defined]  # noqa: SLF001  as Py_Finalize does
    atexit._run_exitfuncs()  # noqa: SLF001  as Py_Finalize does
    for stream in (sys.stdout, sys.__stdout__):
        if stream is not None and not getattr(stream, "closed", False):
            stream.flush()
