"""The program around a client's script, inside the jail: its text is what `stage.staged` sends. Nothing imports it
for its own sake.

Runs the script as `__main__`, keeps the end of what it writes to `sys.stderr`, prints its traceback there as the
interpreter would, and writes both, with the exit code, behind its output when everything else has ended.
"""

import atexit
import io
import json
import linecache
import os
import sys
import traceback
import types
from typing import Any


class Tail(io.BytesIO):
    """The end of what was written."""

    def __init__(self, most: int) -> None:
        super().__init__()
        self.most = most

    def write(self, data: Any) -> int:  # noqa: ANN401  bytes or like bytes, as for any stream
        written = super().write(data)
        if self.tell() > 2 * self.most:
            kept = self.getvalue()[-self.most :]
            self.seek(0)
            self.truncate()
            super().write(kept)
        return written


def run(source: str, mark: str, most: int) -> None:
    """`most` bytes of standard error are kept."""
    tail = Tail(most)
    errors = io.TextIOWrapper(tail, encoding="utf-8", errors="backslashreplace", write_through=True)
    output = os.dup(1)
    code = 0

    def finish() -> None:
        for stream in (sys.stdout, sys.__stdout__):
            if stream is not None and not getattr(stream, "closed", False):
                stream.flush()
        text = tail.getvalue()[-most:].decode("utf-8", "replace")
        os.write(output, (mark + json.dumps([code, text])).encode("ascii"))

    atexit.register(finish)  # the first to be registered is the last to be called
    main = types.ModuleType("__main__")
    sys.modules["__main__"] = main
    sys.stderr = sys.__stderr__ = errors  # type: ignore[misc]
    linecache.cache["main.py"] = len(source), None, source.splitlines(keepends=True), "main.py"
    try:
        exec(compile(source, "main.py", "exec", dont_inherit=True), main.__dict__)
    except SystemExit as ending:
        code = ending.code & 255 if isinstance(ending.code, int) else int(ending.code is not None)
        if ending.code is not None and not isinstance(ending.code, int):
            errors.write(f"{ending.code}\n")
    except BaseException as failure:  # noqa: BLE001  it is the script's
        code = 1
        trace = failure.__traceback__
        traceback.print_exception(type(failure), failure, trace and trace.tb_next, file=errors)
