"""What `ucoder run` says of a model that is none, or not such a one: the setting, what to do, and exit code 2."""

from pathlib import Path

import pytest
from tests.conftest import needed

pytestmark = pytest.mark.one_python


@pytest.fixture(autouse=True)
def loop() -> None:
    for package in ("torch", "transformers", "datasketch", "tomli_w"):
        needed(package)


def refused(model: str, out: Path, capsys: pytest.CaptureFixture[str], *changes: str) -> str:
    from ucoder.cli import run

    config = out.parent / "run.toml"
    config.write_text(f'[model]\ndoor = "transformers"\nmodel = "{model}"\n')
    sets = [part for change in changes for part in ("--set", change)]
    assert run(["run", str(config), "--out", str(out), *sets]) == 2
    assert not (out / "round-00").exists()
    return capsys.readouterr().err


def test_a_path_that_is_no_model_is_named(
    tmp_path: Path, base_model_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    nowhere = tmp_path / "no" / "model"
    assert f"model: there is no folder {nowhere}" in refused(str(nowhere), tmp_path / "out", capsys)
    assert "model: " in (said := refused(str(tmp_path), tmp_path / "out", capsys))
    assert "is not a model's folder: it has no config.json" in said
    file = base_model_folder / "config.json"
    assert f"model: {file} is a file, not a folder" in refused(str(file), tmp_path / "out", capsys)


def test_chat_without_a_template_is_named(
    tmp_path: Path, base_model_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    said = refused(str(base_model_folder), tmp_path / "out", capsys, "model.chat=true", "prompts=chat")
    assert "chat is true, but the tokenizer in" in said
    assert "has no chat template" in said
    assert "Set chat = false and a prompt style for base models" in said


def test_a_gpu_that_is_not_there_is_named(
    tmp_path: Path, base_model_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    if needed("torch").cuda.is_available():
        pytest.skip("there is a GPU")
    said = refused(str(base_model_folder), tmp_path / "out", capsys, "model.device=cuda")
    assert "device is 'cuda', but torch sees no GPU here: set device = 'cpu'" in said


def test_conversations_for_a_base_model_are_refused_before_the_model_is_loaded(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert "model.chat is false" in refused("/nowhere", tmp_path / "out", capsys, "prompts=chat")
