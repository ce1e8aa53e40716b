"""What Python itself says of assertions: a line of JSON {"preamble", "programs", "texts"} in, rows of words out.

Run in a process without a network and under limits; it executes what the grammar of `assertion_texts` makes, alone.
"""

import ast
import contextlib
import io
import json
import re
import resource
import signal
import sys
import types
import warnings
from typing import Any

LINE = re.compile(r"[^\r\n]*(?:\r\n?|\n)|[^\r\n]+")
SECONDS = 5


class TooLong(BaseException):
    pass


def stop(*_: object) -> None:
    raise TooLong


def compiled(text: str) -> types.CodeType | None:
    """As it is documented: of lines that are no Python, those before them; nothing after the last assertion."""
    lines = LINE.findall(text)
    first = next((line for line in lines if line.strip()), "")
    indent = first[: len(first) - len(first.lstrip(" \t"))]
    lines = [line.removeprefix(indent) for line in lines]
    for count in range(len(lines), 0, -1):
        with contextlib.suppress(SyntaxError, ValueError):
            compile("".join(lines[:count]), "<text>", "exec")
            module = ast.parse("".join(lines[:count]))
            asserting = [any(isinstance(node, ast.Assert) for node in ast.walk(one)) for one in module.body]
            module.body = module.body[: len(asserting) - [*reversed(asserting), True].index(True)]
            return compile(module, "<text>", "exec") if module.body else None
    return None


def word(program: types.CodeType, text: types.CodeType | None) -> str:
    if text is None:
        return "none"
    namespace: dict[str, Any] = {}
    signal.setitimer(signal.ITIMER_REAL, SECONDS)
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            exec(program, namespace)
            exec(text, dict(namespace))
    except AssertionError:
        return "fail"
    except BaseException as error:
        return type(error).__name__
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
    return "pass"


def main() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (2 << 30, 2 << 30))
    signal.signal(signal.SIGALRM, stop)
    warnings.simplefilter("ignore")
    for line in sys.stdin:
        job = json.loads(line)
        texts = [compiled(text) for text in job["texts"]]
        programs = [compile(job["preamble"] + program, "<program>", "exec") for program in job["programs"]]
        print(json.dumps([[word(program, text) for text in texts] for program in programs]))


main()
