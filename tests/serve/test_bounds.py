"""No client can hang the service, fill it, or reach it from elsewhere unless that is meant; it ends when it is told."""

import contextlib
import http.client
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from .conftest import UCODER, Service

pytestmark = pytest.mark.one_python

Start = Callable[..., Service]
HEAD = b"POST /run_code HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"


def received_until_closed(connection: socket.socket) -> int:
    """Bytes that come before the other side ends the connection. TimeoutError where it does not, for 20 s."""
    received = 0
    connection.settimeout(20)
    with contextlib.suppress(ConnectionError):
        while chunk := connection.recv(1 << 20):
            received += len(chunk)
    return received


def is_open(connection: socket.socket) -> bool:
    """Sends one more byte."""
    try:
        connection.sendall(b"P")
    except ConnectionError:
        return False
    return True


def connected(service: Service, data: bytes = b"") -> socket.socket:
    connection = socket.create_connection(("127.0.0.1", service.port))
    connection.sendall(data)
    return connection


@pytest.mark.parametrize("begun", [b"", b"POST /run", HEAD])
def test_a_client_that_does_not_finish_its_head_is_cut_off(start: Start, begun: bytes) -> None:
    service = start("--workers", "1", "--client-seconds", "0.5")
    with connected(service, begun) as connection:
        received_until_closed(connection)
    assert service.run("print(1)")["status"] == "Success"


def test_a_client_that_sends_its_head_byte_by_byte_is_cut_off(start: Start) -> None:
    service = start("--workers", "1", "--client-seconds", "0.6")
    with connected(service) as connection:
        connection.settimeout(0.01)
        began = time.monotonic()
        while is_open(connection):
            assert time.monotonic() - began < 30
            time.sleep(0.1)


def test_a_body_that_does_not_come_is_not_waited_for(start: Start) -> None:
    service = start("--workers", "1", "--client-seconds", "0.5")
    with connected(service, HEAD + b"Content-Length: 100\r\n\r\n{") as connection:
        connection.settimeout(30)
        assert connection.recv(65536).startswith(b"HTTP/1.1 408")
        received_until_closed(connection)


def test_a_client_that_does_not_read_is_cut_off(start: Start) -> None:
    service = start("--workers", "1", "--client-seconds", "0.5", "--output-bytes", str(16 << 20))
    body = b'{"language": "python", "code": "print(\'x\' * (15 << 20))"}'
    with socket.socket() as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.connect(("127.0.0.1", service.port))
        connection.sendall(HEAD + b"Content-Length: %d\r\n\r\n" % len(body) + body)
        began = time.monotonic()
        while service.ask("GET", "/health").json["served"] < 1:
            assert time.monotonic() - began < 60
            time.sleep(0.1)
        time.sleep(2)
        assert received_until_closed(connection) < 15 << 20


def test_a_body_that_is_too_large_is_refused_announced_or_not(start: Start) -> None:
    service = start("--workers", "1", "--max-body-bytes", "2000")
    assert service.ask("POST", "/run_code", b"[" + b"1," * 2000).status == 413
    connection = http.client.HTTPConnection("127.0.0.1", service.port, timeout=30)
    connection.request("POST", "/run_code", iter([b"[" + b"1," * 2000]), {"Content-Type": "application/json"})
    assert connection.getresponse().status == 413
    connection.close()


@pytest.mark.parametrize(
    ("body", "headers", "status"),
    [
        (b"{", {}, 400),
        (b"[" * 10**5, {}, 400),
        (b"\xff", {}, 400),
        (b"1" * 10**5, {}, 400),
        (b"[]", {}, 422),
        (b"null", {}, 422),
        (b"{}", {"Content-Type": "text/plain"}, 415),
        (b"{}", {"Content-Type": ""}, 415),
    ],
)
def test_every_refusal_is_json(service: Service, body: bytes, headers: dict[str, str], status: int) -> None:
    answer = service.ask("POST", "/run_code", body, **headers)
    assert answer.status == status
    assert answer.json["detail"]


LIST, OBJECT = b"[" + b"1," * 1_000_000 + b"1]", b"{" + b",".join(b'"%d":""' % k for k in range(300_000)) + b"}"


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/run_code", b'{"language": "python", "code": "", "args": %s}' % LIST),
        ("/run_code", b'{"language": "python", "code": "", "fetch_files": %s}' % LIST),
        ("/run_code", b'{"language": "python", "code": "", "files": %s}' % OBJECT),
        ("/run_code", OBJECT),
        ("/judge", b'{"problem": {}, "candidates": %s, "tests": [1]}' % LIST),
        ("/judge", b'{"problem": {}, "candidates": [1], "tests": %s}' % LIST),
        ("/judge", b'{"problem": {}, "candidates": [1], "tests": [1], "limits": %s}' % OBJECT),
        ("/judge", OBJECT),
    ],
)
def test_millions_of_wrong_things_are_refused_in_few_words_and_little_memory(
    service: Service, path: str, body: bytes
) -> None:
    before = service.memory_mb()
    answer = service.ask("POST", path, body)
    assert answer.status == 422 or answer.json["status"] == "SandboxError"
    assert len(str(answer.json)) < 2000
    assert service.memory_mb() < before + 400


def test_other_paths_and_methods_are_refused_in_json_too(service: Service) -> None:
    assert service.ask("GET", "/nowhere").status == 404
    assert service.ask("GET", "/run_code").status == 405
    assert service.ask("GET", "/v1/ping").json == "pong"


def test_what_may_not_even_wait_is_turned_away_at_once_and_nothing_else_is(start: Start) -> None:
    service = start("--workers", "1", "--max-waiting", "2")
    request = {"code": "import time; time.sleep(1)", "language": "python", "run_timeout": 30}
    with ThreadPoolExecutor(8) as clients:
        answers = list(clients.map(lambda _: service.ask("POST", "/run_code", request), range(8)))
    by_status = {status: [one for one in answers if one.status == status] for status in (200, 429)}
    assert len(by_status[200]) + len(by_status[429]) == 8
    assert len(by_status[200]) >= 3
    assert by_status[429]
    assert by_status[429][0].headers["retry-after"] == "1"
    assert service.ask("GET", "/health").json["refused"] == len(by_status[429])


def test_a_request_whose_client_has_gone_before_its_turn_is_never_run(start: Start) -> None:
    service = start("--workers", "1")
    body = b'{"language": "python", "run_timeout": 30, "code": "import time; time.sleep(1.5)"}'
    sent = HEAD + b"Content-Length: %d\r\n\r\n" % len(body) + body
    first, *others = [connected(service, sent) for _ in range(6)]
    began = time.monotonic()
    while (state := service.ask("GET", "/health").json)["waiting"] < 5:
        assert time.monotonic() - began < 30, state
    for one in others:
        one.close()
    while (state := service.ask("GET", "/health").json)["waiting"]:
        assert time.monotonic() - began < 30, state
    first.settimeout(30)
    assert first.recv(100).startswith(b"HTTP/1.1 200")
    assert service.ask("GET", "/health").json["served"] == 1
    first.close()


def test_requests_on_too_many_connections_are_refused_and_then_served_again(start: Start) -> None:
    service = start("--workers", "1", "--max-connections", "10")
    idle = [connected(service) for _ in range(20)]
    time.sleep(0.3)
    connection = http.client.HTTPConnection("127.0.0.1", service.port, timeout=30)
    connection.request("GET", "/health")
    assert connection.getresponse().status == 503
    connection.close()
    for one in idle:
        one.close()
    time.sleep(0.3)
    assert service.ask("GET", "/health").status == 200


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_lets_what_runs_end_and_leaves_nothing(start: Start, number: signal.Signals) -> None:
    service = start("--workers", "1")
    answers: list[Any] = []
    client = threading.Thread(target=lambda: answers.append(service.run("import time; time.sleep(1); print('done')")))
    client.start()
    while not service.ask("GET", "/health").json["running"]:
        time.sleep(0.02)
    service.process.send_signal(number)
    client.join(30)
    assert answers[0]["run_result"]["stdout"] == "done\n"
    assert service.process.wait(30) == 0


def test_what_does_not_end_in_time_after_a_signal_is_told_so(start: Start) -> None:
    service = start("--workers", "1", "--shutdown-seconds", "0.5")
    request = {"code": "import time; time.sleep(50)", "language": "python", "run_timeout": 55}
    answers: list[Any] = []
    client = threading.Thread(target=lambda: answers.append(service.ask("POST", "/run_code", request)))
    client.start()
    while not service.ask("GET", "/health").json["running"]:
        time.sleep(0.02)
    service.process.terminate()
    assert service.process.wait(30) == 0
    client.join(30)
    assert answers[0].status == 503
    assert answers[0].json == {"detail": "the service is shutting down"}


@pytest.mark.parametrize("host", ["0.0.0.0", "::"])
@pytest.mark.usefixtures("packages")
def test_it_cannot_be_reached_from_elsewhere_unless_that_is_said(host: str) -> None:
    command = [UCODER, "serve", "--host", host, "--port", "0"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "--allow-remote" in done.stderr


def test_whoever_opens_it_to_others_is_told_what_that_means(start: Start) -> None:
    service = start("--workers", "1", "--host", "0.0.0.0", "--allow-remote")
    assert service.run("print(1)")["status"] == "Success"


@pytest.mark.usefixtures("packages")
def test_a_port_that_is_taken_is_wrong_use() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        command = [UCODER, "serve", "--port", str(taken.getsockname()[1])]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "cannot listen" in done.stderr


@pytest.mark.usefixtures("packages")
def test_an_interpreter_that_is_none_is_wrong_use() -> None:
    done = subprocess.run([UCODER, "serve", "--port", "0", "--python", "/nowhere"], capture_output=True, check=False)
    assert done.returncode == 2
    assert b"/nowhere is no interpreter" in done.stderr


def test_tests_that_hang_do_not_hold_the_workers_for_longer_than_a_judgement_may_take(start: Start) -> None:
    service = start("--workers", "1", "--max-judge-seconds", "2")
    hanging = [f"assert f([0 for _ in iter(int, 1)], {k}) == 1" for k in range(40)]
    body = {
        "problem": {"entry_point": "f"}, "candidates": [{"solution": "def f(x): return x"}], "tests": hanging,
        "limits": {"cpu_ms": 10, "load_cpu_ms": 10, "wall_ms": 50, "max_timeouts": 1},
    }  # fmt: skip
    began = time.monotonic()
    answer = service.ask("POST", "/judge", body)
    assert (answer.status, answer.json["detail"][-9:]) == (422, "2 seconds")
    assert time.monotonic() - began < 20
    assert service.run("print(1)")["status"] == "Success"
