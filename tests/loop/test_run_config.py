"""Configurations: presets, files, single settings, and what is said of a wrong one."""

from pathlib import Path

import pytest

from ucoder.errors import ConfigError
from ucoder.run_config import load_config, preset_names
from ucoder.verbs.run import parse_stages


@pytest.mark.parametrize("name", ["qwen2.5-coder-7b", "qwen2.5-coder-14b", "qwen2.5-coder-32b"])
def test_a_preset_has_the_papers_settings(name: str) -> None:
    config = load_config(name)
    assert config.candidates.n == 128
    assert config.consensus.rho == 0.8
    assert config.suites.num_tests == 100


def test_every_preset_can_be_loaded() -> None:
    assert [load_config(name).name for name in preset_names()] == preset_names()


def test_a_dotted_setting_changes_one_value() -> None:
    changes = ["candidates.n=64", "model.seeding=engine", "problems.kinds=['tool usage']"]
    config = load_config("qwen2.5-coder-7b", changes)
    assert config.candidates.n == 64
    assert config.model.seeding == "engine"
    assert config.problems.kinds == ("tool usage",)
    assert config.candidates.temperature == 0.8


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("candidates.m=64", "there is no setting candidates.m"),
        ("candidates.n=1", "candidates.n: n is 1, but consensus is agreement among several programs"),
        ("candidates.n=many", "candidates.n"),
        ("candidates.temperature=0", "temperature 0 gives the same program n times"),
        ("consensus.rule=best", "there is no rule 'best'"),
        ("rounds=0", "rounds"),
        ("model.door=gpt", "model.door"),
        ("candidates", "--set takes a.b=value"),
        ("name.first=x", "name is a value, not a table"),
    ],
)
def test_a_wrong_setting_is_named(change: str, said: str) -> None:
    with pytest.raises(ConfigError) as raised:
        load_config("qwen2.5-coder-7b", [change])
    assert said in str(raised.value)


def test_all_that_is_wrong_is_said_at_once() -> None:
    with pytest.raises(ConfigError) as raised:
        load_config("qwen2.5-coder-7b", ["candidates.n=1", "suites.num_tests=0"])
    assert "candidates.n" in str(raised.value)
    assert "suites.num_tests" in str(raised.value)


def test_a_preset_that_is_not_there_lists_those_that_are() -> None:
    with pytest.raises(ConfigError, match=r"presets are .*qwen2\.5-coder-7b"):
        load_config("qwen3")


def test_a_file_that_is_not_toml_says_where(tmp_path: Path) -> None:
    file = tmp_path / "run.toml"
    file.write_text("a = = 1\n")
    with pytest.raises(ConfigError, match="line 1"):
        load_config(str(file))


@pytest.mark.parametrize(
    ("text", "stages"),
    [
        ("problems", ("problems",)),
        ("suites..consensus", ("suites", "candidates", "consensus")),
    ],
)
def test_stages_are_a_name_or_a_range(text: str, stages: tuple[str, ...]) -> None:
    assert parse_stages(text) == stages


@pytest.mark.parametrize("text", ["tests", "suites..", "consensus..problems", ""])
def test_a_range_of_stages_that_makes_no_sense_is_refused(text: str) -> None:
    with pytest.raises(ConfigError, match="--stages"):
        parse_stages(text)


def test_a_name_without_a_value_puts_a_setting_back_to_its_default() -> None:
    assert load_config("quickstart", ["model.num_threads=", "candidates.n="]).model.num_threads is None
    assert load_config("quickstart", ["candidates.n="]).candidates.n == 128
    assert load_config("quickstart", ["train.patience="]).train.patience is None
