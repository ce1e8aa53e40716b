"""A process with an engine, seen from outside: started, spoken to, watched, ended.

    parent (no GPU, no vLLM)
     └ engine          a session of its own: whatever vLLM starts belongs to it and goes with it
        └ vLLM's own workers

Two pipes carry JSON lines; standard output and error go to a log. The parent's death closes the pipes, on which the
engine kills its session. The engine's death closes them, too, on which the parent kills what is left of the session.
"""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

__all__ = ["EngineProcess", "EngineSpec"]

_LOG_TAIL_LINES = 15
_LOG_TAIL_BYTES = 16_384
_GRACE_S = 5.0


@dataclass(frozen=True, slots=True)
class EngineSpec:
    """What an engine is started with."""

    module: str
    arguments: Mapping[str, Any]
    """The first line that the engine reads, but for the seed"""
    environment: Mapping[str, str]
    """Beyond what this process has"""
    log: Path


class EngineProcess:
    """One start of an engine. One thread at a time."""

    def __init__(self, spec: EngineSpec, seed: int) -> None:
        self._log = spec.log
        spec.log.parent.mkdir(parents=True, exist_ok=True)
        engine_in, self._to = os.pipe()
        self.channel, engine_out = os.pipe()
        try:
            with spec.log.open("ab") as log:
                # -P: a file of the working directory must not stand in for a module.
                self._process = subprocess.Popen(
                    [sys.executable, "-P", "-m", spec.module, str(engine_in), str(engine_out)],
                    env={**os.environ, **spec.environment},
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=subprocess.STDOUT,
                    pass_fds=(engine_in, engine_out),
                    start_new_session=True,
                )
        finally:
            os.close(engine_in)
            os.close(engine_out)
        # An engine that was stopped takes nothing, and must not stop us: what does not fit into the pipe waits here.
        os.set_blocking(self._to, False)
        self._unsent = bytearray()
        self._buffer = b""
        self.ready = False
        self.heard_s = time.monotonic()
        start = {**spec.arguments, "engine": {**spec.arguments["engine"], "seed": seed}}
        self.send(start)

    @property
    def pid(self) -> int:
        """Of the engine's main process, which leads its session."""
        return self._process.pid

    def send(self, message: Mapping[str, Any]) -> None:
        """Write one line, as far as it goes. A dead engine is noticed by its silence, not here."""
        self._unsent += json.dumps(message, separators=(",", ":")).encode() + b"\n"
        self.flush()

    def flush(self) -> bool:
        """Write what is left. Whether nothing is."""
        with contextlib.suppress(BrokenPipeError, BlockingIOError):
            while self._unsent:
                del self._unsent[: os.write(self._to, self._unsent)]
        return not self._unsent

    def receive(self) -> list[dict[str, Any]] | None:
        """What the engine said, once the channel is readable; None once it has ended."""
        data = os.read(self.channel, 1 << 20)
        if not data:
            return None
        self.heard_s = time.monotonic()
        *lines, self._buffer = (self._buffer + data).split(b"\n")
        return [json.loads(line) for line in lines]

    def log_tail(self) -> str:
        """The end of the engine's log."""
        try:
            with self._log.open("rb") as stream:
                stream.seek(max(0, self._log.stat().st_size - _LOG_TAIL_BYTES))
                lines = stream.read().decode("utf-8", "replace").splitlines()
        except OSError as error:
            return f"(its log {self._log} cannot be read: {error.strerror})"
        return "\n".join([f"the end of {self._log}:", *lines[-_LOG_TAIL_LINES:]])

    def end(self) -> int | None:
        """Kill the session and wait until its leader is gone. Idempotent. Returns its exit status, None if it hangs."""
        if self._to >= 0:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, signal.SIGKILL)
            os.close(self._to)
            os.close(self.channel)
            self._to = -1
        # A process that hangs inside a driver does not even take SIGKILL; it is left to the kernel.
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(_GRACE_S)
        return self._process.returncode
