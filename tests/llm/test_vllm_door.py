"""The vllm door with the real engine, on a CPU: agreement with the transformers door, seeds, deaths, hand-over."""

import math
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.conftest import needed

from ucoder.errors import ConfigError, EngineError, GeneratorError
from ucoder.llm.generator import Message, Request, Sampling
from ucoder.llm.opening import open_generator
from ucoder.llm.settings import ModelSettings

from .conftest import all_differ, texts_of

pytestmark = [pytest.mark.one_python, pytest.mark.timeout(300)]

# A small cache, no compilation, blocks small enough for short prompts to be found in the cache.
ENGINE = {"enforce_eager": True, "kv_cache_memory_bytes": 64 << 20, "max_num_seqs": 64, "block_size": 32}
PROMPTS = ["def add(a, b):", "class Stack:\n    def push(self", "assert", "Write a function that"]
DRAWN = Sampling(temperature=1.0, top_p=0.9, max_tokens=40)


@pytest.fixture(scope="module", autouse=True)
def quiet_cpu() -> Iterator[None]:
    """One thread, since several processes that spin starve one another; and no compiler."""
    needed("vllm")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("OMP_NUM_THREADS", "1")
        patch.setenv("TORCHDYNAMO_DISABLE", "1")
        yield


def settings(folder: Path, **changed: Any) -> ModelSettings:
    usual = {"door": "vllm", "model": str(folder), "device": "cpu", "chunk": 4, "chat": True, "engine_args": ENGINE}
    return ModelSettings.from_mapping({**usual, **changed})


@pytest.fixture(scope="module")
def logs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("logs")


@pytest.fixture(scope="module")
def engine(model_folder: Path, logs: Path) -> Iterator[Any]:
    with open_generator(settings(model_folder), run_seed=1, log_dir=logs) as generator:
        yield generator


@pytest.fixture(scope="module")
def reference(model_folder: Path) -> Iterator[Any]:
    same = {"door": "transformers", "model": str(model_folder), "device": "cpu", "chat": True}
    with open_generator(ModelSettings.from_mapping(same), run_seed=1) as generator:
        yield generator


def requests(n: int = 6) -> list[Request]:
    return [Request(id=str(i), prompt=prompt, n=n, seed=100 + i) for i, prompt in enumerate(PROMPTS)]


def greedy() -> list[Request]:
    return [Request(id=prompt, prompt=prompt, n=1, seed=0) for prompt in PROMPTS]


def is_gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] == "Z"


def test_the_prompt_of_many_samples_is_computed_once(engine: Any, model_folder: Path) -> None:
    """That is what the prefix cache is for, and no setting takes it away."""
    assert engine._engines[0].spec.arguments["engine"]["enable_prefix_caching"] is True
    with pytest.raises(ConfigError, match="'enable_prefix_caching' is set through another setting"):
        settings(model_folder, engine_args={"enable_prefix_caching": False})


def test_it_agrees_with_the_transformers_door(engine: Any, reference: Any) -> None:
    sampling = Sampling(temperature=0, max_tokens=60)
    ours, theirs = texts_of(engine, greedy(), sampling), texts_of(reference, greedy(), sampling)
    assert engine.fingerprint == reference.fingerprint
    for key, one in ours.items():
        other = theirs[key]
        assert (one.text, one.num_tokens, one.ending) == (other.text, other.num_tokens, other.ending)
        assert math.isclose(one.mean_logprob, other.mean_logprob, abs_tol=1e-4)


def test_logprobs_are_the_models_own_at_any_temperature(engine: Any, reference: Any) -> None:
    """Texts are drawn by other means here and there, so those of vLLM are scored by the other door's model."""
    torch = needed("torch")
    texts = texts_of(engine, requests(16), Sampling(temperature=0.7, top_p=0.8, max_tokens=4))
    checked = 0
    for (request_id, _), one in texts.items():
        ids = reference._tokenizer.encode(one.text)
        ids += [0] * (one.ending == "stop")
        if len(ids) != one.num_tokens:
            continue  # the text can be spelt with other tokens than were drawn
        prompt = reference._tokenizer.encode(PROMPTS[int(request_id)])
        with torch.no_grad():
            scores = torch.log_softmax(reference._model(torch.tensor([prompt + ids])).logits[0].float(), -1)
        chosen = [scores[len(prompt) - 1 + place, token].item() for place, token in enumerate(ids)]
        assert math.isclose(one.mean_logprob, sum(chosen) / len(chosen), abs_tol=1e-4)
        checked += 1
    assert checked > 10


def test_the_same_seed_is_the_same_text_whatever_else_runs(engine: Any) -> None:
    together = texts_of(engine, requests(), DRAWN)
    alone = {}
    for request in reversed(requests()):
        alone |= texts_of(engine, [request], DRAWN)
    assert alone == together
    rest = texts_of(engine, [Request(id="0", prompt=PROMPTS[0], n=2, seed=100, first_index=4)], DRAWN)
    assert rest == {key: together[key] for key in (("0", 4), ("0", 5))}
    assert all_differ(together.values())


def test_stop_strings_end_texts_as_in_the_transformers_door(engine: Any, reference: Any) -> None:
    sampling = Sampling(temperature=0, max_tokens=60, stop=("e", "\nx"))
    ours, theirs = texts_of(engine, greedy(), sampling), texts_of(reference, greedy(), sampling)
    assert any(one.ending == "stop" for one in ours.values())
    for key, one in ours.items():
        assert (one.text, one.num_tokens, one.ending) == (theirs[key].text, theirs[key].num_tokens, theirs[key].ending)


def test_conversations_go_through_the_same_template(engine: Any, reference: Any) -> None:
    prompt = (Message("user", "Add two numbers."),)
    assert engine.render(prompt) == reference.render(prompt)
    ask = [Request(id="q", prompt=prompt, n=1, seed=0)]
    sampling = Sampling(temperature=0, max_tokens=20)
    assert texts_of(engine, ask, sampling)["q", 0].text == texts_of(reference, ask, sampling)["q", 0].text


def test_a_prompt_that_leaves_no_room_stops_nothing(engine: Any) -> None:
    asked = [Request(id="long", prompt="def " * 600, n=2, seed=0), *requests(1)]
    texts = texts_of(engine, asked, DRAWN)
    assert {(texts["long", i].ending, texts["long", i].num_tokens) for i in (0, 1)} == {("length", 0)}
    assert len(texts) == 2 + len(PROMPTS)


def test_a_caller_that_stops_listening_leaves_nothing_behind(engine: Any) -> None:
    before = texts_of(engine, requests(), DRAWN)
    asking = engine.sample(requests(64), Sampling(max_tokens=400))
    next(asking)
    asking.close()
    assert texts_of(engine, requests(), DRAWN) == before


def test_a_killed_engine_is_started_again_and_nothing_is_lost(engine: Any) -> None:
    whole = texts_of(engine, requests(), DRAWN)
    asking = engine.sample(requests(), DRAWN)
    parts = [next(asking)]
    os.kill(engine.engine_pids[0], signal.SIGKILL)
    parts += asking
    texts = {(s.request_id, s.first_index + i): one for s in parts for i, one in enumerate(s.completions)}
    assert texts == whole
    assert engine.num_restarts == 1


def test_files_that_changed_under_a_run_end_it(model_folder: Path, tmp_path: Path, logs: Path) -> None:
    folder = tmp_path / "model"
    folder.mkdir()
    for file in model_folder.iterdir():
        (folder / file.name).write_bytes(file.read_bytes())
    with open_generator(settings(folder), run_seed=1, log_dir=logs / "changed") as generator:
        asking = generator.sample(requests(), DRAWN)
        next(asking)
        (folder / "generation_config.json").write_text("{}")
        os.kill(generator.engine_pids[0], signal.SIGKILL)
        with pytest.raises(EngineError, match="are not what they were"):
            list(asking)
        with pytest.raises(GeneratorError, match="closed"):
            list(generator.sample(requests(), DRAWN))


def test_an_engine_that_keeps_dying_ends_the_run_with_its_log(other_model_folder: Path, logs: Path) -> None:
    """And before that: it is another checkpoint, and gives other texts; repetition is cut; engine seeds differ."""
    changed = {"seeding": "engine", "max_restarts": 0, "repetition_window": 32, "repetition_repeats": 2}
    with open_generator(settings(other_model_folder, **changed), run_seed=1, log_dir=logs / "other") as generator:
        first, second = texts_of(generator, requests(), DRAWN), texts_of(generator, requests(), DRAWN)
        assert all_differ([*first.values(), *second.values()])
        asking = generator.sample(requests(64), Sampling(max_tokens=400))
        os.kill(generator.engine_pids[0], signal.SIGKILL)
        with pytest.raises(
            EngineError, match=r"ended \(exit status -9\), after 0 restarts; the end of .*engine-0.log:"
        ):
            list(asking)


def test_repetition_is_cut_where_the_transformers_door_cuts_it(parrot_folder: Path, logs: Path) -> None:
    changed = {"repetition_window": 64, "repetition_repeats": 4}
    sampling = Sampling(temperature=0, max_tokens=400)
    same = {"door": "transformers", "model": str(parrot_folder), "device": "cpu", **changed}
    with open_generator(ModelSettings.from_mapping(same), run_seed=1) as reference:
        theirs = texts_of(reference, greedy(), sampling)
    with open_generator(settings(parrot_folder, **changed), run_seed=1, log_dir=logs / "parrot") as generator:
        ours = texts_of(generator, greedy(), sampling)
    assert {one.ending for one in ours.values()} == {"repetition"}
    for key, one in ours.items():
        assert (one.text, one.num_tokens) == (theirs[key].text, theirs[key].num_tokens)
        assert math.isclose(one.mean_logprob, theirs[key].mean_logprob, abs_tol=1e-4)


def test_an_engine_that_does_not_start_says_why(model_folder: Path, logs: Path) -> None:
    wrong = {**ENGINE, "no_such_argument": 1}
    with pytest.raises(EngineError, match="(?s)did not start: .*no_such_argument.*the end of "):
        open_generator(settings(model_folder, engine_args=wrong), run_seed=1, log_dir=logs / "wrong")


def test_two_engines_share_the_work_and_one_stands_in_for_the_other(
    engine: Any, model_folder: Path, logs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Data parallel without GPUs: two groups of none."""
    monkeypatch.setattr("ucoder.llm.vllm._groups", lambda _settings: [[], []])
    asked = [Request(id=str(i), prompt=f"def f{i}(", n=2, seed=i) for i in range(40)]
    whole = texts_of(engine, asked, DRAWN)
    with open_generator(settings(model_folder, max_in_flight=8), run_seed=1, log_dir=logs / "two") as generator:
        assert texts_of(generator, asked, DRAWN) == whole
        asking = generator.sample(asked, DRAWN)
        parts = []
        for part in asking:  # until both are seen at work: one may be ahead of the other
            parts.append(part)
            loads = [one.load for one in generator._engines]
            assert max(loads) <= 8
            if min(loads) > 0:
                break
        else:
            pytest.fail("one engine did all the work")
        os.kill(generator.engine_pids[1], signal.SIGKILL)
        parts += asking
        texts = {(s.request_id, s.first_index + i): one for s in parts for i, one in enumerate(s.completions)}
        assert texts == whole


def test_an_engine_that_falls_silent_is_started_again(engine: Any, model_folder: Path, logs: Path) -> None:
    """Also when it has stopped reading, and there is more to send than the pipe takes."""
    asked = [Request(id=str(i), prompt=f"{i} def" * 60, n=1, seed=i) for i in range(150)]
    sampling = Sampling(max_tokens=3)
    whole = texts_of(engine, asked, sampling)
    with open_generator(settings(model_folder, stall_s=3), run_seed=1, log_dir=logs / "silent") as generator:
        time.sleep(3.5)  # silence without work is none
        assert texts_of(generator, asked[:1], sampling) == {("0", 0): whole["0", 0]}
        assert generator.num_restarts == 0
        os.kill(generator.engine_pids[0], signal.SIGSTOP)
        assert texts_of(generator, asked, sampling) == whole
        assert generator.num_restarts == 1


def test_more_gpus_than_there_are_is_refused(model_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ucoder.llm.vllm.visible_gpus", list)
    with pytest.raises(ConfigError, match=r"to use 4 GPU\(s\), but this machine shows none"):
        open_generator(settings(model_folder, device="auto", tensor_parallel=4), run_seed=1)
    monkeypatch.setattr("ucoder.llm.vllm.visible_gpus", lambda: ["0", "1"])
    with pytest.raises(ConfigError, match="tensor_parallel 2 times data_parallel 2 makes 4 GPUs, and there are 2"):
        open_generator(settings(model_folder, device="auto", tensor_parallel=2, data_parallel=2), run_seed=1)


PARENT = """
import sys, time
from pathlib import Path
from ucoder.llm.opening import open_generator
from ucoder.llm.settings import ModelSettings
generator = open_generator(ModelSettings.model_validate_json(sys.argv[1]), run_seed=1, log_dir=Path(sys.argv[2]))
print(*generator.engine_pids, flush=True)
time.sleep(600)
"""


def test_the_parents_death_ends_the_engine(model_folder: Path, logs: Path) -> None:
    given = settings(model_folder).model_dump_json(exclude_unset=True)
    command = [sys.executable, "-c", PARENT, given, str(logs / "orphan")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        pids = [int(pid) for pid in parent.stdout.readline().split()]
        assert pids
        assert not any(is_gone(pid) for pid in pids)
        parent.kill()
    until = time.monotonic() + 20
    while not all(is_gone(pid) for pid in pids) and time.monotonic() < until:
        time.sleep(0.1)
    assert all(is_gone(pid) for pid in pids)
