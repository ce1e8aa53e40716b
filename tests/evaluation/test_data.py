"""Where a benchmark's files are looked for, and what is said of them."""

import gzip
import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any, ClassVar

import pytest
from tests.conftest import needed

from ucoder.errors import ConfigError, InputError
from ucoder.evaluation import livecodebench
from ucoder.evaluation.catalogue import BENCHMARKS, benchmark
from ucoder.evaluation.data import Places, locate
from ucoder.evaluation.exam import read_problems

LIVE = benchmark("livecodebench")
FILES = livecodebench.FILES


def problem(name: str) -> dict[str, str]:
    """Of LiveCodeBench: print the double of a number."""
    cases = [{"input": f"{number}\n", "output": f"{2 * number}\n", "testtype": "stdin"} for number in (2, 3)]
    return {
        "question_content": "Double it.", "question_id": name, "starter_code": "", "metadata": "{}",
        "public_test_cases": json.dumps(cases[:1]), "private_test_cases": json.dumps(cases[1:]),
    }  # fmt: skip


def lines(*rows: object) -> str:
    return "".join(json.dumps(row) + "\n" for row in rows)


def published(folder: Path, *names: str) -> Path:
    """A folder with some of the files, a problem in each."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in names:
        (folder / name).write_text(lines(problem(f"of {name}")))
    return folder


def cached(hub: Path, repository: str, commit: str, *names: str, main: bool = False) -> Path:
    """A snapshot in a Hugging Face cache."""
    root = hub / f"datasets--{repository.replace('/', '--')}"
    for name in names:
        file = root / "snapshots" / commit / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps({"of": commit}))
    if main:
        (root / "refs").mkdir()
        (root / "refs" / "main").write_text(commit)
    return root


# ---------------------------------------------------------------- files and folders that are named


def test_a_folder_gives_the_files_that_it_has_in_the_order_of_their_numbers(tmp_path: Path) -> None:
    folder = published(tmp_path / "all", "test2.jsonl", "test.jsonl", "test3.jsonl", "other.jsonl")
    found = locate(LIVE, [folder], Places(tmp_path, tmp_path))
    assert [path.name for path in found.paths] == ["test.jsonl", "test2.jsonl", "test3.jsonl"]


def test_the_order_in_which_files_are_named_changes_nothing(tmp_path: Path) -> None:
    folder = published(tmp_path / "all", *FILES)
    files = [folder / name for name in ("test10.jsonl", *reversed(FILES))]
    published(folder, "test10.jsonl")
    found = locate(LIVE, files, Places(tmp_path, tmp_path))
    assert [path.name for path in found.paths] == [*FILES, "test10.jsonl"]
    assert found == locate(LIVE, files[::-1], Places(tmp_path, tmp_path))


def test_the_checksum_is_that_of_all_files_one_after_the_other(tmp_path: Path) -> None:
    folder = published(tmp_path / "all", *FILES[:3])
    contents = [(folder / name).read_bytes() for name in FILES[:3]]
    (folder / FILES[1]).write_bytes(gzip.compress(contents[1]))
    found = locate(LIVE, [folder], Places(tmp_path, tmp_path))
    assert [one.sha256 for one in found.files] == [hashlib.sha256(content).hexdigest() for content in contents]
    (tmp_path / "whole.jsonl").write_bytes(b"".join(contents))
    assert found.sha256 == locate(LIVE, [tmp_path / "whole.jsonl"], Places(tmp_path, tmp_path)).sha256


@pytest.mark.parametrize(("name", "wanted"), [("livecodebench", r"test6\.jsonl"), ("mbpp+", "files: mbpp")])
def test_a_folder_without_the_files_is_refused(tmp_path: Path, name: str, wanted: str) -> None:
    with pytest.raises(InputError, match=f"is a folder with .*{wanted}"):
        locate(benchmark(name), [tmp_path], Places(tmp_path, tmp_path))


def test_a_problem_that_stands_in_two_files_is_refused(tmp_path: Path) -> None:
    folder = published(tmp_path / "all", *FILES[:2])
    (folder / FILES[1]).write_text(lines(problem("another"), problem("of test.jsonl")))
    with pytest.raises(InputError, match=r"test2\.jsonl, line 2, field 'question_id': .*test\.jsonl, line 1"):
        read_problems(livecodebench.problem, folder / FILES[0], folder / FILES[1], id_field="question_id")


# ---------------------------------------------------------------- caches and the hub


def test_the_hub_cache_is_looked_into(tmp_path: Path) -> None:
    for commit in ("a" * 40, "b" * 40):
        name = "openai_humaneval/test-00000-of-00001.parquet"
        cached(tmp_path, "openai/openai_humaneval", commit, name, main=commit[0] == "a")
    found = locate(benchmark("humaneval"), [], Places(hub=tmp_path, caches=tmp_path), offline=True)
    assert "a" * 40 in str(found.paths[0])
    assert found.version == "unknown"


@pytest.mark.parametrize(
    ("name", "repository", "there", "taken"),
    [
        (
            "bigcodebench",
            "bigcode/bigcodebench",
            ("data/v0.1.0_hf-0.parquet", "data/v0.1.2-0.parquet", "data/v0.1.10-0.parquet"),
            ("v0.1.10-0.parquet",),
        ),
        ("livecodebench", "livecodebench/code_generation_lite", FILES, FILES),
        (
            "mbpp",
            "google-research-datasets/mbpp",
            tuple(
                f"{kind}/{part}-0.parquet"
                for kind in ("full", "sanitized")
                for part in ("prompt", "test", "train", "validation")
            ),
            ("prompt-0.parquet", "test-0.parquet", "train-0.parquet", "validation-0.parquet"),
        ),
    ],
)
def test_of_versions_the_newest_is_taken_and_of_parts_all(
    tmp_path: Path, name: str, repository: str, there: tuple[str, ...], taken: tuple[str, ...]
) -> None:
    cached(tmp_path, repository, "a" * 40, *there, main=True)
    found = locate(benchmark(name), [], Places(hub=tmp_path, caches=tmp_path), offline=True)
    assert tuple(path.name for path in found.paths) == taken
    assert not any("full" in path.parts for path in found.paths)


def test_a_cache_that_lacks_a_part_is_not_taken_for_the_whole(tmp_path: Path) -> None:
    cached(tmp_path, "livecodebench/code_generation_lite", "a" * 40, *FILES[:5], main=True)
    with pytest.raises(ConfigError, match="livecodebench wants its data"):
        locate(LIVE, [], Places(hub=tmp_path, caches=tmp_path), offline=True)


@pytest.mark.parametrize("name", BENCHMARKS)
def test_a_file_that_cannot_be_had_is_named_with_its_source(tmp_path: Path, name: str) -> None:
    with pytest.raises(ConfigError, match=rf"{name.replace('+', '.')} wants its data: give --data FILE; .*https://"):
        locate(benchmark(name), [], Places(hub=tmp_path, caches=tmp_path), offline=True)


class Hub(BaseHTTPRequestHandler):
    """As much of the hub's protocol as a download of a few files takes."""

    files: ClassVar[dict[str, bytes]] = {}
    commit = "c" * 40

    def do_HEAD(self) -> None:
        self._answer(with_body=False)

    def do_GET(self) -> None:
        self._answer(with_body=True)

    def _answer(self, *, with_body: bool) -> None:
        path = self.path.partition("?")[0]
        name = path.rpartition("/")[2]
        if "/resolve/" in path:
            content = self.files.get(name)
        elif path.startswith("/api/datasets/") and "/tree/" in path:
            listed = [{"type": "file", "path": one, "size": len(text), "oid": one} for one, text in self.files.items()]
            content = json.dumps(listed).encode()
        else:
            info = {
                "id": "livecodebench/code_generation_lite",
                "sha": self.commit,
                "siblings": [{"rfilename": one} for one in self.files],
            }
            content = json.dumps(info).encode()
        self.send_response(404 if content is None else 200)
        self.send_header("Content-Length", str(len(content or b"")))
        self.send_header("ETag", f'"{hashlib.sha256(content or b"").hexdigest()}"')
        self.send_header("X-Repo-Commit", self.commit)
        self.end_headers()
        if with_body and content is not None:
            self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Nobody reads it."""


@pytest.fixture
def hub() -> Iterator[str]:
    Hub.files = {name: lines(problem(f"of {name}")).encode() for name in FILES} | {"README.md": b"about"}
    server = ThreadingHTTPServer(("127.0.0.1", 0), Hub)
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


Evaluate = Callable[..., dict[str, Any]]


@pytest.fixture
def evaluate(works: None, tmp_path: Path) -> Evaluate:  # noqa: ARG001
    """The figures of the command on a right program for every problem."""

    def run(*options: str, names: tuple[str, ...] = FILES, to: str = "out", **environment: str) -> dict[str, Any]:
        rows = [{"task_id": f"of {name}", "solution": "print(2 * int(input()))"} for name in names]
        (tmp_path / "samples.jsonl").write_text(lines(*rows))
        command = [
            sys.executable,
            "-m",
            "ucoder",
            "eval",
            "livecodebench",
            "--samples",
            str(tmp_path / "samples.jsonl"),
        ]
        command += ["--out", str(tmp_path / to), "--json", "--workers", "1", *options]
        done = subprocess.run(command, capture_output=True, text=True, check=False, env={**os.environ, **environment})
        assert done.returncode == 0, done.stderr
        result: dict[str, Any] = json.loads(done.stdout)
        return result

    return run


def test_several_files_or_their_folder_are_one_benchmark(evaluate: Evaluate, tmp_path: Path) -> None:
    folder = published(tmp_path / "all", *FILES[:3])
    result = evaluate("--data", *(str(folder / name) for name in FILES[:3]), names=FILES[:3])
    assert (result["problems"], result["pass@1"]) == (3, 1.0)
    assert [one["file"] for one in result["data"]["files"]] == list(FILES[:3])
    assert all(len(one["sha256"]) == 64 for one in result["data"]["files"])
    assert evaluate("--data", str(folder), names=FILES[:3]) == result  # the same folder of results, too


def test_what_is_nowhere_is_fetched(evaluate: Evaluate, tmp_path: Path, hub: str) -> None:
    needed("huggingface_hub")
    place = {
        "HF_ENDPOINT": hub,
        "HF_HUB_OFFLINE": "0",
        "HF_HUB_CACHE": str(tmp_path / "hub"),
        "HF_HUB_DISABLE_TELEMETRY": "1",
        "NO_PROXY": "127.0.0.1",
    }
    result = evaluate(**place)
    assert (result["problems"], result["pass@1"]) == (6, 1.0)
    assert [one["file"] for one in result["data"]["files"]] == list(FILES)
    assert evaluate(**{**place, "HF_ENDPOINT": "http://127.0.0.1:1"}) == result  # nothing is fetched twice
    assert not list(tmp_path.rglob("README.md"))
