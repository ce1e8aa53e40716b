"""A service in a process of its own, as users start it. Tests skip where its packages are missing."""

import http.client
import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

UCODER = Path(sys.executable).with_name("ucoder")


@dataclass(frozen=True)
class Answer:
    status: int
    json: Any
    headers: dict[str, str]


@dataclass(frozen=True)
class Service:
    process: subprocess.Popen[str]
    port: int

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> Answer:
        """One request; `body` is bytes, or what is sent as JSON."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        sent = body if isinstance(body, bytes | None) else json.dumps(body).encode()
        try:
            connection.request(method, path, sent, {"Content-Type": "application/json", **headers})
            response = connection.getresponse()
            return Answer(response.status, json.loads(response.read()), dict(response.getheaders()))
        finally:
            connection.close()

    def run(self, code: str, **fields: Any) -> dict[str, Any]:
        """The response to /run_code."""
        answer = self.ask("POST", "/run_code", {"code": code, "language": "python", **fields})
        assert answer.status == 200, answer
        return answer.json  # type: ignore[no-any-return]

    def memory_mb(self) -> float:
        """Resident, of the service's own process."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+)", status)[1]) / 1024  # type: ignore[index]


@contextmanager
def served(*options: str) -> Iterator[Service]:
    command = [str(UCODER), "serve", "--port", "0", *options]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env={**os.environ, "PYTHONUNBUFFERED": "1"})
    try:
        assert process.stderr is not None
        line = process.stderr.readline()
        while "http://" not in line:
            assert line, "the service did not start"
            line = process.stderr.readline()
        yield Service(process, int(line.rsplit(":", 1)[1]))
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
        try:
            process.communicate(timeout=30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
            raise


@pytest.fixture(scope="session")
def packages() -> None:
    for name in ("pydantic", "starlette", "uvicorn"):
        if find_spec(name) is None:
            if os.environ.get("CI") == "true":
                pytest.fail(f"{name} is not installed")
            pytest.skip(f"{name} is not installed: pip install 'ucoder[serve]'")


@pytest.fixture
def start(request: pytest.FixtureRequest) -> Iterator[Callable[..., Service]]:
    """Starts a service with options; it is ended after the test."""
    request.getfixturevalue("packages")
    request.getfixturevalue("sandbox")
    with ExitStack() as stack:
        yield lambda *options: stack.enter_context(served(*options))


@pytest.fixture(scope="module")
def service(
    request: pytest.FixtureRequest, missing_layers: dict[str, str], go_without: Callable[[str], Any]
) -> Iterator[Service]:
    """One for the tests of a module that leave it as it was."""
    request.getfixturevalue("packages")
    if missing_layers:
        go_without("; ".join(f"{name}: {problem}" for name, problem in missing_layers.items()))
    with served("--workers", "2", "--output-bytes", "100000") as one:
        yield one
