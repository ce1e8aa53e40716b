"""`ucoder run` with a model behind a server: killed in each stage, and with a server or a model that fails."""

import json
import os
import pty
import re
import signal
import subprocess
import sys
import termios
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
import tomli_w
from author import speak

from conftest import SETTINGS
from ucoder.rounds import STAGES

pytest.importorskip("openai", reason="the openai door needs ucoder[loop]")

pytestmark = [pytest.mark.one_python, pytest.mark.timeout(600)]

ASKING = STAGES[: STAGES.index("consensus")]
RECORDS = ("problems", "ratings", "skeletons", "suites", "selections")
MODELS = {"object": "list", "data": [{"id": "author", "object": "model", "created": 1, "owned_by": "us"}]}
ENDS = {"<|rating|>": "ratings", "<|skeleton|>": "skeletons", "<|tests|>": "suites", "<|program|>": "candidates"}
Say = Callable[[str, str, int], Any]
"""The text, or anything else as the whole reply, for (stage, prompt, seed); None answers nothing at all."""


def author(_stage: str, prompt: str, seed: int) -> str:
    """What is said follows from prompt and seed, as with a real model."""
    return speak(prompt, seed % 51)


class Server:
    """The author as a model server. `say` may be changed while it runs; `asked` counts requests by stage."""

    def __init__(self) -> None:
        self.say: Say = author
        self.on_request: Callable[[str, int], None] = lambda _stage, _number: None
        self.asked: Counter[str] = Counter()
        lock = threading.Lock()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def reply(self, content: object) -> None:
                data = content.encode() if isinstance(content, str) else json.dumps(content).encode()
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def do_GET(self) -> None:
                self.reply(MODELS)

            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                prompt = body["prompt"].rstrip()
                stage = next((name for end, name in ENDS.items() if prompt.endswith(end)), "problems")
                with lock:
                    outer.asked[stage] += 1
                    number = outer.asked[stage]
                outer.on_request(stage, number)
                said = outer.say(stage, body["prompt"], body["seed"])
                if isinstance(said, str):
                    logprobs = {"token_logprobs": [-len(said) / 1000], "tokens": ["a"], "text_offset": [0]}
                    said = {"choices": [{"index": 0, "text": said, "finish_reason": "stop", "logprobs": logprobs}]}
                if said is not None:
                    self.reply(said)

            def log_message(self, *_args: object) -> None:
                pass

        class Quiet(ThreadingHTTPServer):
            def handle_error(self, *_args: object) -> None:
                """A client that was killed is no news."""

        self._listening = Quiet(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self._listening.server_port}/v1"
        self._thread = threading.Thread(target=self._listening.serve_forever, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._listening.shutdown()
        self._listening.server_close()
        self._thread.join()


@pytest.fixture(scope="module")
def one_server() -> Iterator[Server]:
    server = Server()
    yield server
    server.close()


@pytest.fixture
def server(one_server: Server, undisturbed: Path) -> Server:  # noqa: ARG001  what it asks comes first
    one_server.say, one_server.on_request = author, lambda _stage, _number: None
    one_server.asked.clear()
    return one_server


@pytest.fixture(scope="module")
def config(one_server: Server, tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("config") / "run.toml"
    model = {"door": "openai", "model": "author", "base_url": one_server.address, "retries": 0, "concurrency": 4}
    consensus = {"resamples": 2000}  # so that there is time to kill it
    file.write_text(tomli_w.dumps({"model": model, **SETTINGS, "consensus": consensus}))
    return file


def command(*arguments: object) -> list[str]:
    return [sys.executable, "-m", "ucoder", *map(str, arguments)]


def ucoder(*arguments: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command(*arguments), capture_output=True, text=True, timeout=300, check=False)


def rows(file: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = pq.read_table(file, partitioning=None).to_pylist()
    return found


def records(run: Path) -> dict[str, list[dict[str, Any]]]:
    return {
        f"{stage}/{table}": rows(run / "round-00" / stage / f"{table}.parquet")
        for stage in RECORDS
        for table in ("records", "drops")
    }


@pytest.fixture(scope="module")
def undisturbed(one_server: Server, config: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("undisturbed") / "run"
    one_server.say, one_server.on_request = author, lambda _stage, _number: None
    one_server.asked.clear()
    done = ucoder("run", config, "--out", out, "--stages", "problems..consensus")
    assert done.returncode == 0, done.stderr
    assert one_server.asked.keys() == set(ASKING)
    return out


def marker(out: Path, stage: str) -> Path:
    return out / "round-00" / ("selections" if stage == "consensus" else stage) / "stage.json"


def run_until(server: Server, out: Path, config: Path, stage: str, at: int) -> None:
    """Go on with the run, and kill it when it asks the `at`-th question of a stage."""
    server.asked.clear()
    process = subprocess.Popen(command("run", config, "--out", out, "--resume"), stderr=subprocess.DEVNULL)

    def kill(asked: str, number: int) -> None:
        if (asked, number) == (stage, at):
            process.send_signal(signal.SIGKILL)

    server.on_request = kill
    assert process.wait(timeout=300) == -signal.SIGKILL
    server.on_request = lambda _stage, _number: None


def kill_when(condition: Callable[[], bool], out: Path, config: Path) -> None:
    process = subprocess.Popen(command("run", config, "--out", out, "--resume"), stderr=subprocess.DEVNULL)
    while not condition():
        assert process.poll() is None, "it was faster"
        time.sleep(0.002)
    process.send_signal(signal.SIGKILL)
    process.wait(timeout=60)


def test_a_run_killed_in_each_of_its_six_stages_ends_as_an_undisturbed_one(
    server: Server, config: Path, undisturbed: Path, tmp_path: Path
) -> None:
    out = tmp_path / "run"
    for place, stage in enumerate(ASKING):
        run_until(server, out, config, stage, at=5)
        assert not marker(out, stage).exists()
        finished = ASKING[: max(0, place - 1)]
        assert not any(server.asked[before] for before in finished), "what was finished was asked for again"
    # Everything is drawn, and programs are running.
    kill_when(lambda: any((out / "round-00/candidates/answers").glob("answers-*.parquet")), out, config)
    assert not marker(out, "candidates").exists()
    kill_when(marker(out, "candidates").exists, out, config)
    assert not marker(out, "consensus").exists(), "it was not in consensus any more"
    server.asked.clear()
    done = ucoder("run", config, "--out", out, "--resume")
    assert done.returncode == 0, done.stderr
    assert not server.asked
    assert records(out) == records(undisturbed)


def test_a_second_run_of_a_folder_that_is_in_use_is_refused(
    server: Server, config: Path, undisturbed: Path, tmp_path: Path
) -> None:
    out = tmp_path / "run"
    begun = threading.Event()
    free = threading.Event()

    def hold(_stage: str, _number: int) -> None:
        begun.set()
        free.wait(60)

    server.on_request = hold
    first = subprocess.Popen(command("run", config, "--out", out), stderr=subprocess.DEVNULL)
    try:
        assert begun.wait(60)
        for more in ([], ["--resume"]):
            second = ucoder("run", config, "--out", out, *more)
            assert second.returncode == 1
            assert f"another process is writing to {out}" in second.stderr
    finally:
        free.set()
    assert first.wait(timeout=300) == 0
    assert records(out) == records(undisturbed), "the refused ones must leave no trace"


@pytest.mark.parametrize(
    ("reply", "said"),
    [({"ok": True}, "answers what is no answer"), ("<html>", "answers what is no answer"), (None, "does not answer")],
    ids=["no choices", "a web page", "the line goes dead"],
)
def test_a_server_that_fails_in_the_middle_costs_nothing_that_was_drawn(
    server: Server, config: Path, undisturbed: Path, tmp_path: Path, reply: object, said: str
) -> None:
    out = tmp_path / "run"

    def failing(stage: str, prompt: str, seed: int) -> Any:
        if stage != "suites" or server.asked["suites"] < 12:
            return author(stage, prompt, seed)
        # An object or nothing at all; text would be an answer.
        return [reply] if isinstance(reply, str) else reply

    server.say = failing
    failed = ucoder("run", config, "--out", out)
    assert failed.returncode == 1
    assert f"base_url: the server at {server.address} {said}" in failed.stderr
    assert "with --resume goes on from there" in failed.stderr
    drawn = sum(len(rows(file)) for file in (out / "round-00/suites/answers").glob("*.parquet"))
    assert drawn >= 3
    server.say = author
    total = len(rows(next((undisturbed / "round-00/suites/answers").glob("*.parquet"))))
    server.asked.clear()
    done = ucoder("run", config, "--out", out, "--resume")
    assert done.returncode == 0, done.stderr
    assert server.asked["suites"] == total - drawn
    assert records(out) == records(undisturbed)


@pytest.mark.parametrize(
    ("stage", "advice"),
    [
        ("problems", "prompt style"),
        ("ratings", "ratings.enabled = false"),
        ("skeletons", "skeletons.source = 'problem'"),
        ("suites", "prompt style"),
        ("candidates", "prompt style"),
    ],
)
def test_a_model_that_says_nothing_usable_in_a_stage_ends_the_run_with_advice(
    server: Server, config: Path, tmp_path: Path, stage: str, advice: str
) -> None:
    server.say = lambda asked, prompt, seed: " " if asked == stage else author(asked, prompt, seed)
    done = ucoder("run", config, "--out", tmp_path / "run")
    assert done.returncode == 1
    assert f"{stage}/1: none of " in done.stderr
    assert advice in done.stderr
    assert not marker(tmp_path / "run", stage).exists()
    assert any((tmp_path / "run/round-00" / stage / "answers").glob("*.parquet")), "what it said is kept"


def test_what_the_filter_on_ratings_drops_is_kept_with_its_reason(
    config: Path, undisturbed: Path, tmp_path: Path
) -> None:
    out = tmp_path / "run"
    subprocess.run(["cp", "-r", undisturbed, out], check=True)
    done = ucoder("run", config, "--out", out, "--resume", "--set", "ratings.min_quality=3.5")
    assert done.returncode == 0, done.stderr
    low = [row["problem_id"] for row in rows(out / "round-00/ratings/records.parquet") if row["quality"] < 3.5]
    drops = rows(out / "round-00/ratings/drops.parquet")
    assert [row["subject"] for row in drops if row["reason"] == "low-quality"] == low != []
    assert json.loads(marker(out, "ratings").read_text())["counts"]["low-quality"] == len(low)
    assert f"{len(low)} low-quality" in done.stdout
    total = len(rows(out / "round-00/problems/records.parquet"))
    assert f"{total - len(low)} of {total} problems pass" in done.stdout


def test_a_terminal_of_80_columns_shows_rate_and_time_left(server: Server, config: Path, tmp_path: Path) -> None:
    def slow(stage: str, prompt: str, seed: int) -> str:
        time.sleep(0.3 if stage == "suites" else 0)
        return author(stage, prompt, seed)

    server.say = slow
    screen, its_end = pty.openpty()
    termios.tcsetwinsize(its_end, (24, 80))
    run = command("run", config, "--out", tmp_path / "run", "--stages", "problems..suites")
    environment = {name: value for name, value in os.environ.items() if name not in ("COLUMNS", "NO_COLOR")}
    with subprocess.Popen(run, stderr=its_end, env={**environment, "TERM": "xterm"}) as process:
        os.close(its_end)
        shown = b""
        while True:
            try:
                shown += os.read(screen, 1 << 16)
            except OSError:  # the other end is closed
                break
        assert process.wait(timeout=60) == 0
    os.close(screen)
    text = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", shown.decode())
    assert re.search(r"suites [^\r\n]*\d+ of 30, \d+\.\d/s, 0:00:\d\d left", text), text[-2000:]


def test_while_candidates_are_drawn_anew_no_marker_says_they_are_finished(
    server: Server, config: Path, undisturbed: Path, tmp_path: Path
) -> None:
    """Put back in the middle, the old settings would find other cells than their marker means."""
    out = tmp_path / "run"
    subprocess.run(["cp", "-r", undisturbed, out], check=True)
    more = tmp_path / "more.toml"
    more.write_text(config.read_text().replace("n = 8", "n = 10"))
    run_until(server, out, more, "candidates", at=3)
    assert not marker(out, "candidates").exists()
    done = ucoder("run", config, "--out", out, "--resume")
    assert done.returncode == 0, done.stderr
    assert records(out) == records(undisturbed)
