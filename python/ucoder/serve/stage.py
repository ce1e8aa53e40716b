"""A script that is run for its two streams and its exit code instead of a verdict.

The jail keeps one stream, standard output. So a program around the script (`stage_program`) sends what was written to
`sys.stderr`, and the exit code, behind it, with a mark that no output is likely to have. The mark is no secret from
the script: it can say whatever it wants about itself, and about nothing else.
"""

import json
import secrets
from dataclasses import dataclass
from pathlib import Path

__all__ = ["MAX_STDERR_BYTES", "Streams", "new_mark", "split", "staged"]

MAX_STDERR_BYTES = 64 * 1024
"""The end of what was written is kept."""

_PROGRAM = Path(__file__).with_name("stage_program.py").read_text(encoding="utf-8")


@dataclass(frozen=True, slots=True)
class Streams:
    """What a script wrote and how it ended. `stderr` and `return_code` are None where it ended before it could say."""

    stdout: str
    stderr: str | None
    return_code: int | None


def new_mark() -> str:
    """A mark for one run."""
    return f"\x00{secrets.token_hex(16)}\x00"


def staged(source: str, mark: str) -> str:
    """The program that runs a script so that `split` understands what comes out of it."""
    return f"{_PROGRAM}\n\nrun({source!a}, {mark!r}, {MAX_STDERR_BYTES})\n"


def split(output: bytes, mark: str) -> Streams:
    """What came out, taken apart. Never raises: a script may write anything. Bytes that are not UTF-8 become U+FFFD."""
    stdout, found, tail = output.rpartition(mark.encode())
    try:
        code, stderr = json.loads(tail) if found else (None, None)
    except (ValueError, TypeError, RecursionError):
        code, stderr = None, None
    if not (type(code) is int and isinstance(stderr, str)):
        return Streams((stdout if found else output).decode("utf-8", "replace"), None, None)
    return Streams(stdout.decode("utf-8", "replace"), stderr, code)
