"""`ucoder serve` under load: many clients, programs that are honest, hang, or write without end.

    python benchmarks/serve_load.py [--clients 32] [--requests 4000] [--workers N]

starts a service, asks it from as many threads, and prints one JSON object: answers by status and outcome, times in
milliseconds for the honest programs and for all, and the service's memory after the first quarter and at the end.
Exit code 1 where a request got no answer or a wrong one.
"""

import argparse
import contextlib
import http.client
import itertools
import json
import re
import statistics
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

RUN_SECONDS = 1.0
OUTPUT_BYTES = 200_000
# How often each is asked for, the program, and what the answer has to be.
MIX: list[tuple[int, str, str, str]] = [
    (70, "honest", "print(sum(map(int, input().split())))", "ENDED"),
    (10, "raises", "print(1)\nraise ValueError('no')", "EXIT"),
    (5, "writes much", "print('x' * 100_000)", "ENDED"),
    (5, "writes without end", "while True: print('x' * 1000)", "OUTPUT_LIMIT"),
    (5, "sleeps", "import time; time.sleep(99)", "WALL_LIMIT"),
    (5, "runs on", "while True: pass", "LIMIT"),
]
PROGRAMS = [one for one in MIX for _ in range(one[0])]


@dataclass
class Tally:
    """What came back. Threads add to it under its lock."""

    statuses: Counter[int] = field(default_factory=Counter)
    outcomes: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    times: dict[str, list[float]] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)


class Client:
    """One connection; `http.client` opens it again where the service has closed it."""

    def __init__(self, port: int) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=300)

    def run(self, code: str) -> tuple[int, dict[str, Any]]:
        fields = {"code": code, "language": "python", "stdin": "20 22\n", "run_timeout": RUN_SECONDS}
        self._connection.request("POST", "/run_code", json.dumps(fields).encode(), {"Content-Type": "application/json"})
        response = self._connection.getresponse()
        return response.status, json.loads(response.read())

    def close(self) -> None:
        self._connection.close()


def start(workers: int | None) -> tuple[subprocess.Popen[str], int]:
    command = [Path(sys.executable).with_name("ucoder"), "serve", "--port", "0", "--output-bytes", str(OUTPUT_BYTES)]
    command += ["--max-waiting", "100000"] + (["--workers", str(workers)] if workers else [])
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    line = process.stderr.readline()
    if "http://" not in line:
        raise SystemExit(f"the service did not start: {line}")
    return process, int(line.rsplit(":", 1)[1])


def memory_mb(process: subprocess.Popen[str]) -> float:
    found = re.search(r"VmRSS:\s+(\d+)", Path(f"/proc/{process.pid}/status").read_text())
    return round(int(found[1]) / 1024, 1) if found else float("nan")


def descriptors(process: subprocess.Popen[str]) -> int:
    return sum(1 for _ in Path(f"/proc/{process.pid}/fd").iterdir())


def ask(port: int, numbers: Iterable[int], tally: Tally) -> None:
    with contextlib.closing(Client(port)) as client:
        ask_each(client, numbers, tally)


def ask_each(client: Client, numbers: Iterable[int], tally: Tally) -> None:
    for number in numbers:
        _, name, code, expected = PROGRAMS[number * 7919 % len(PROGRAMS)]
        began = time.perf_counter()
        try:
            status, answer = client.run(code)
        except (OSError, http.client.HTTPException, ValueError) as error:
            with tally.lock:
                tally.wrong.append(f"{name}: {error!r}")
            client.close()
            continue
        seconds = time.perf_counter() - began
        outcome = str(answer.get("outcome"))
        with tally.lock:
            tally.statuses[status] += 1
            tally.outcomes[f"{name}: {outcome}"] += 1
            tally.times.setdefault(name, []).append(seconds * 1000)
            is_right = outcome.endswith(expected) and (name != "honest" or answer["run_result"]["stdout"] == "42\n")
            if status != 200 or not is_right:
                tally.wrong.append(f"{name}: {status} {json.dumps(answer)[:200]}")


def ask_all(port: int, clients: int, first: int, end: int, tally: Tally) -> None:
    """The requests of this range, shared out among the clients as they come to them."""
    numbers = itertools.count(first)
    lock = threading.Lock()

    def share() -> Iterator[int]:
        while True:
            with lock:
                number = next(numbers)
            if number >= end:
                return
            yield number

    with ThreadPoolExecutor(clients) as pool:
        for done in [pool.submit(ask, port, share(), tally) for _ in range(clients)]:
            done.result()


def spread(times: list[float]) -> dict[str, float]:
    cuts = statistics.quantiles(times, n=100)
    return {"p50": round(cuts[49], 1), "p99": round(cuts[98], 1), "most": round(max(times), 1)}


def measure(clients: int, requests: int, workers: int | None) -> dict[str, Any]:
    process, port = start(workers)
    try:
        tally = Tally()
        began = time.perf_counter()
        ask_all(port, clients, 0, requests // 4, tally)
        early = memory_mb(process), descriptors(process)
        ask_all(port, clients, requests // 4, requests, tally)
        seconds = time.perf_counter() - began
        late = memory_mb(process), descriptors(process)
    finally:
        process.terminate()
        process.communicate(timeout=60)
    every = [one for times in tally.times.values() for one in times]
    return {
        "clients": clients, "requests": requests, "seconds": round(seconds, 1),
        "requests_per_second": round(requests / seconds, 1), "statuses": dict(tally.statuses),
        "outcomes": dict(sorted(tally.outcomes.items())), "unanswered_or_wrong": len(tally.wrong),
        "examples": tally.wrong[:5], "honest_ms": spread(tally.times["honest"]), "all_ms": spread(every),
        "memory_mb": {"after a quarter": early[0], "at the end": late[0]},
        "descriptors": {"after a quarter": early[1], "at the end": late[1]}, "exit_code": process.returncode,
    }  # fmt: skip


def main() -> int:
    parser = argparse.ArgumentParser(description="Measures ucoder serve under a mixed load.")
    parser.add_argument("--clients", type=int, default=32)
    parser.add_argument("--requests", type=int, default=4000)
    parser.add_argument("--workers", type=int, default=None)
    options = parser.parse_args()
    figures = measure(options.clients, options.requests, options.workers)
    sys.stdout.write(json.dumps(figures, indent=1) + "\n")
    return int(figures["unanswered_or_wrong"] > 0 or figures["exit_code"] != 0)


if __name__ == "__main__":
    raise SystemExit(main())
