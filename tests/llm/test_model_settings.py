"""Settings of a model: what does not fit together is refused with the setting's name and what to do."""

import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ucoder.errors import ConfigError, MissingPackageError
from ucoder.llm.generator import Request, Sampling
from ucoder.llm.opening import chosen_door, open_generator
from ucoder.llm.seeds import engine_seed, sample_seed
from ucoder.llm.settings import ModelSettings

WRONG = {
    "an unknown key": ({"model": "m", "tempo": 1}, "model.tempo: there is no such setting; there are door, model"),
    "no model": ({"door": "vllm"}, "door 'vllm' needs model"),
    "an unknown door": ({"door": "llama", "model": "m"}, "model.door: .*'auto'.*not 'llama'"),
    "no file": ({"door": "scripted"}, "door 'scripted' needs file"),
    "no address": ({"door": "openai", "model": "m"}, "door 'openai' needs base_url, for example"),
    "an address without scheme": ({"door": "openai", "model": "m", "base_url": "host:80"}, "needs base_url"),
    "a chat endpoint without chat": (
        {"door": "openai", "model": "m", "base_url": "http://h/v1", "endpoint": "chat"},
        "set chat = true",
    ),
    "chat without a tokenizer": (
        {"door": "openai", "model": "m", "base_url": "http://h/v1", "chat": True},
        "needs tokenizer.*or set endpoint = 'chat'",
    ),
    "a setting of another door": (
        {"door": "transformers", "model": "m", "tensor_parallel": 2},
        "tensor_parallel means nothing to door 'transformers'; it is for auto and vllm",
    ),
    "GPUs on a CPU": ({"door": "vllm", "model": "m", "device": "cpu", "data_parallel": 2}, "count GPUs"),
    "an engine argument that is ours": (
        {"door": "vllm", "model": "m", "engine_args": {"seed": 3}},
        "engine_args: 'seed' is set through another setting",
    ),
    "a number out of range": ({"model": "m", "chunk": 0}, "model.chunk: .*greater than or equal to 1, not 0"),
    "a word for a number": ({"model": "m", "max_in_flight": "many"}, "model.max_in_flight: .*not 'many'"),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_cannot_be_is_refused(case: str) -> None:
    settings, message = WRONG[case]
    with pytest.raises(ConfigError, match=message):
        ModelSettings.from_mapping(settings)


def test_every_setting_says_what_it_is() -> None:
    undocumented = [name for name, field in ModelSettings.model_fields.items() if not field.description]
    assert not undocumented


def test_settings_do_not_change() -> None:
    settings = ModelSettings(model="m")
    with pytest.raises(ValueError, match="frozen"):
        settings.chunk = 3  # type: ignore[misc]


def test_settings_survive_their_own_dump() -> None:
    settings = ModelSettings(door="vllm", model="m", engine_args={"enforce_eager": True, "block_size": 32})
    assert ModelSettings.from_mapping(settings.model_dump()) == settings
    assert ModelSettings.from_mapping(settings.model_dump(exclude_unset=True)) == settings


@pytest.mark.parametrize(
    "wrong",
    [{"temperature": -0.1}, {"temperature": 2.1}, {"top_p": 0.0}, {"top_p": 1.1}, {"max_tokens": 0}, {"stop": ("",)}],
)
def test_sampling_out_of_range_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ConfigError, match=next(iter(wrong))):
        Sampling(**wrong)


def test_a_request_for_nothing_is_refused() -> None:
    with pytest.raises(ConfigError, match="asks for 0 samples"):
        Request(id="q", prompt="p", n=0, seed=0)


def test_auto_is_transformers_where_there_is_no_gpu() -> None:
    assert chosen_door(ModelSettings(model="m", device="cpu")) == "transformers"


@pytest.mark.parametrize("door", ["vllm", "transformers", "openai"])
def test_a_missing_package_is_named_with_its_extra(door: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("ucoder.llm.opening.find_spec", lambda _name: None)
    address = {"base_url": "http://127.0.0.1:9/v1"} if door == "openai" else {}
    with pytest.raises(MissingPackageError, match=re.escape(f"door '{door}' needs ") + ".*pip install 'ucoder"):
        open_generator(ModelSettings.from_mapping({"door": door, "model": str(tmp_path), **address}), run_seed=0)


@pytest.mark.parametrize(("package", "old"), [("torch", "2.10.1"), ("transformers", "4.57.6"), ("vllm", "0.29.0+cpu")])
def test_a_version_that_is_too_old_is_named(
    package: str, old: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    versions = {"torch": "2.13.0+cpu", "transformers": "5.23.0", "vllm": "0.33.1", "safetensors": "0.1", package: old}
    monkeypatch.setattr("ucoder.llm.opening.find_spec", lambda name: name)
    monkeypatch.setattr("ucoder.llm.opening.version", versions.__getitem__)
    door = "vllm" if package == "vllm" else "transformers"
    with pytest.raises(
        MissingPackageError, match=rf"door '{door}' needs {package} .* or newer, and {re.escape(old)} is"
    ):
        open_generator(ModelSettings.from_mapping({"door": door, "model": str(tmp_path)}), run_seed=0)


@given(st.integers(0, 2**64 - 1), st.integers(0, 1000))
def test_sample_seeds_fit_every_engine(seed: int, index: int) -> None:
    assert 0 <= sample_seed(seed, index) < 1 << 63
    assert sample_seed(seed, index) == sample_seed(seed, index)


def test_no_two_starts_of_engines_share_a_seed() -> None:
    seeds = {
        engine_seed(run, attempt, replica, engine, start)
        for run in range(3) for attempt in range(4) for replica in range(4) for engine in range(4) for start in range(4)
    }  # fmt: skip
    assert len(seeds) == 3 * 4**4
    assert all(0 <= seed < 1 << 32 for seed in seeds)
