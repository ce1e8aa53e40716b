"""`ucoder serve`: the executor as an HTTP service on this machine."""

import sys
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from ucoder.config import Limits
from ucoder.errors import MissingPackageError
from ucoder.execution.executor import Executor

__all__ = ["ServeOptions", "serve"]

_USUAL = Limits()
_PACKAGES = ("pydantic", "starlette", "uvicorn")


@Parameter(name="*")
@dataclass(frozen=True, slots=True, kw_only=True)
class ServeOptions:
    """What `ucoder serve` takes."""

    host: str = "127.0.0.1"
    "Address to listen on. Anything but a loopback address needs --allow-remote."
    port: int = 8080
    "Port to listen on; 0 takes a free one, which is printed."
    allow_remote: Annotated[bool, Parameter(negative=())] = False
    "Listen where other machines can reach it: whoever does so runs programs here. No password, no encryption."
    workers: int | None = None
    "Requests that run at a time; all cores by default."
    python: Path | None = None
    "Interpreter or environment that runs the programs, for its packages; the one that runs ucoder by default."
    isolation: str = "candidate"
    "What shares a process in /judge, as in `ucoder judge`."
    cpu_limit_ms: int = _USUAL.cpu_ms
    "CPU time of a candidate on one test, where a /judge request says nothing else."
    memory_mb: int = _USUAL.memory_mb
    "Memory of a program, where a request says nothing else."
    output_bytes: int = _USUAL.output_bytes
    "The most that a script may write."
    max_run_seconds: float = 60
    "The longest time limit that a request may ask for."
    max_memory_mb: int = 4096
    "The most memory that a request may ask for; so much for each worker may be taken at once."
    max_judge_seconds: float = 3600
    "What one /judge request could take if every candidate used up its time-outs, and may take; beyond, it gets 422."
    max_body_bytes: int = 8 << 20
    "The largest request."
    max_waiting: int = 256
    "Requests that may wait for a worker; what comes beyond that gets 429."
    max_connections: int = 1024
    "Open connections; requests on more get 503."
    client_seconds: float = 30
    "How long a client may take to send a request's head, its body, or to take in what it is sent."
    shutdown_seconds: float = 10
    "How long requests in flight may go on after SIGTERM or Ctrl-C."


def serve(options: ServeOptions = ServeOptions()) -> int:
    """Serve until a signal comes; returns the exit code. The help text stands in `ucoder.cli`."""
    missing = [name for name in _PACKAGES if find_spec(name) is None]
    if missing:
        raise MissingPackageError(f"ucoder serve needs {' and '.join(missing)}: pip install 'ucoder[serve]'")
    settings_of, server = import_module("ucoder.serve.settings"), import_module("ucoder.serve.server")
    limits = Limits(cpu_ms=options.cpu_limit_ms, memory_mb=options.memory_mb, output_bytes=options.output_bytes)
    settings = settings_of.ServeSettings(
        limits=limits, max_run_seconds=options.max_run_seconds, max_memory_mb=options.max_memory_mb,
        max_judge_seconds=options.max_judge_seconds, max_body_bytes=options.max_body_bytes,
        max_waiting=options.max_waiting, max_connections=options.max_connections,
        client_seconds=options.client_seconds, shutdown_seconds=options.shutdown_seconds,
    )  # fmt: skip
    listener = server.bind(options.host, options.port, allow_remote=options.allow_remote)
    python = str(options.python or sys.executable)
    executor = Executor(workers=options.workers, isolation=options.isolation, limits=limits, python=python)
    host, port = listener.getsockname()[:2]
    if options.allow_remote:
        _say(f"whoever reaches {host} port {port} runs programs here: no password, no encryption")
    where = f"http://{f'[{host}]' if ':' in host else host}:{port}"
    server.serve(executor, settings, listener, lambda: _say(f"{executor.num_workers} workers on {where}"))
    _say("stopped")
    return 0


def _say(text: str) -> None:
    sys.stderr.write(f"ucoder serve: {text}\n")
    sys.stderr.flush()
