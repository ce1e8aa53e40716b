"""The openai door and vLLM's real server on loopback: completions and chat, held against the transformers door."""

import math
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.conftest import needed

from ucoder.llm.generator import Generator, Message, Request, Sampling
from ucoder.llm.opening import open_generator
from ucoder.llm.settings import ModelSettings

from .conftest import all_differ, texts_of

pytestmark = [pytest.mark.one_python, pytest.mark.timeout(300)]

PROMPTS = ["def add(a, b):", "assert", "Write a function that"]
GREEDY = Sampling(temperature=0, max_tokens=40)
START_S = 180


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port


@pytest.fixture(scope="module")
def address(model_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    needed("vllm")
    port, log = free_port(), tmp_path_factory.mktemp("server") / "log"
    options = {
        "--model": str(model_folder), "--served-model-name": "tiny", "--dtype": "float32", "--max-model-len": "256",
        "--max-num-seqs": "32", "--block-size": "32", "--kv-cache-memory-bytes": str(64 << 20), "--port": str(port),
        "--host": "127.0.0.1",
    }  # fmt: skip
    command = [sys.executable, "-m", "vllm.entrypoints.openai.api_server", "--enforce-eager"]
    quiet = {
        "OMP_NUM_THREADS": "1", "TORCHDYNAMO_DISABLE": "1", "VLLM_NO_USAGE_STATS": "1", "HF_HUB_OFFLINE": "1",
        "VLLM_HOST_IP": "127.0.0.1",
    }  # fmt: skip
    with log.open("wb") as stream, subprocess.Popen(
        command + [word for option in options.items() for word in option],
        stdout=stream, stderr=stream, env={**os.environ, **quiet}, start_new_session=True,
    ) as server:  # fmt: skip
        try:
            until = time.monotonic() + START_S
            while not is_ready(port):
                assert server.poll() is None, log.read_text()[-3000:]
                assert time.monotonic() < until, log.read_text()[-3000:]
                time.sleep(0.5)
            yield f"http://127.0.0.1:{port}/v1"
        finally:
            os.killpg(server.pid, 9)


def is_ready(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=2) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


@pytest.fixture(scope="module")
def reference(model_folder: Path) -> Iterator[Generator]:
    same = {"door": "transformers", "model": str(model_folder), "device": "cpu", "chat": True}
    with open_generator(ModelSettings.from_mapping(same), run_seed=1) as generator:
        yield generator


def opened(address: str, **changed: Any) -> Generator:
    usual = {"door": "openai", "model": "tiny", "base_url": address, "chunk": 4}
    return open_generator(ModelSettings.from_mapping({**usual, **changed}), run_seed=1)


def test_completions_agree_with_the_transformers_door(address: str, reference: Generator) -> None:
    asked = [Request(id=prompt, prompt=prompt, n=1, seed=0) for prompt in PROMPTS]
    with opened(address) as generator:
        ours = texts_of(generator, asked, GREEDY)
    theirs = texts_of(reference, asked, GREEDY)
    for key, one in ours.items():
        assert (one.text, one.num_tokens, one.ending) == (theirs[key].text, theirs[key].num_tokens, theirs[key].ending)
        assert math.isclose(one.mean_logprob or 0, theirs[key].mean_logprob or 0, abs_tol=1e-4)


@pytest.mark.parametrize("endpoint", ["chat", "completions"])
def test_chat_agrees_with_the_transformers_door(
    address: str, reference: Generator, model_folder: Path, endpoint: str
) -> None:
    asked = [Request(id="q", prompt=(Message("user", "Add two numbers."),), n=1, seed=0)]
    own_template = {"tokenizer": str(model_folder)} if endpoint == "completions" else {}
    with opened(address, endpoint=endpoint, chat=True, **own_template) as generator:
        ours = texts_of(generator, asked, GREEDY)["q", 0]
    theirs = texts_of(reference, asked, GREEDY)["q", 0]
    assert (ours.text, ours.num_tokens, ours.ending) == (theirs.text, theirs.num_tokens, theirs.ending)
    assert math.isclose(ours.mean_logprob or 0, theirs.mean_logprob or 0, abs_tol=1e-4)


@pytest.mark.parametrize("seeding", ["request", "engine"])
def test_seeds_behave(address: str, seeding: str) -> None:
    asked = [Request(id=prompt, prompt=prompt, n=8, seed=5) for prompt in PROMPTS]
    drawn = Sampling(temperature=1.0, max_tokens=30)
    with opened(address, seeding=seeding) as generator:
        first, second = texts_of(generator, asked, drawn), texts_of(generator, reversed(asked), drawn)
    assert first == second
    assert all_differ(first.values())


def test_prompts_that_are_too_long_stop_nothing(address: str) -> None:
    asked = [
        Request(id="long", prompt="def " * 300, n=2, seed=0),
        Request(id="full", prompt="=" * 200, n=1, seed=0),
        Request(id="short", prompt="def", n=1, seed=0),
    ]
    with opened(address) as generator:
        texts = texts_of(generator, asked, Sampling(max_tokens=200))
    assert {(texts["long", i].ending, texts["long", i].num_tokens) for i in (0, 1)} == {("length", 0)}
    assert 0 < texts["full", 0].num_tokens <= 56
    assert texts["short", 0].num_tokens > 0
