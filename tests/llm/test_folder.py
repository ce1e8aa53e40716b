"""A model's folder and its fingerprint: found or refused by name, hashed by content and by nothing else."""

import json
import os
from pathlib import Path

import pytest

from ucoder.errors import ConfigError, MissingPackageError, ModelError
from ucoder.llm.fingerprint import folder_fingerprint
from ucoder.llm.folder import locate, locate_tokenizer


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The files of a model, as far as anyone looks at them before loading."""
    made = tmp_path / "model"
    made.mkdir()
    config = {"max_position_embeddings": 128, "dtype": "bfloat16", "eos_token_id": 7}
    (made / "config.json").write_text(json.dumps(config))
    (made / "tokenizer.json").write_text("{}")
    (made / "model.safetensors").write_bytes(bytes(range(256)) * 100)
    return made


def test_a_folder_says_what_its_model_is(folder: Path) -> None:
    model = locate(str(folder), None)
    assert (model.max_len, model.stored_dtype, model.end_ids) == (128, "bfloat16", (7,))
    (folder / "generation_config.json").write_text('{"eos_token_id": [7, 9]}')
    assert locate(str(folder), None).end_ids == (7, 9)


def test_the_language_models_part_of_a_larger_model_counts(folder: Path) -> None:
    (folder / "config.json").write_text('{"text_config": {"max_position_embeddings": 64, "dtype": "float16"}}')
    model = locate(str(folder), None)
    assert (model.max_len, model.stored_dtype, model.end_ids) == (64, "float16", ())


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("config.json", "no config.json"),
        ("model.safetensors", "no weights"),
        ("tokenizer.json", "has no tokenizer: copy tokenizer.json"),
    ],
)
def test_what_is_missing_is_named(folder: Path, name: str, message: str) -> None:
    (folder / name).unlink()
    with pytest.raises(ConfigError, match=message):
        locate(str(folder), None)


@pytest.mark.parametrize("content", ["{", "[]"])
def test_a_broken_config_is_a_model_error(folder: Path, content: str) -> None:
    (folder / "config.json").write_text(content)
    with pytest.raises(ModelError, match=r"config.json (cannot be read|does not hold an object)"):
        locate(str(folder), None)


def test_a_model_that_does_not_say_its_length_needs_the_setting(folder: Path) -> None:
    (folder / "config.json").write_text("{}")
    with pytest.raises(ModelError, match="set max_model_len"):
        _ = locate(str(folder), None).max_len


def test_more_length_than_the_model_has_is_refused(folder: Path) -> None:
    model = locate(str(folder), None)
    assert (model.length_limit(None), model.length_limit(100)) == (128, 100)
    with pytest.raises(ConfigError, match="max_model_len is 129, but the model in .* was made for 128 tokens"):
        model.length_limit(129)


def test_a_file_is_no_folder(folder: Path) -> None:
    with pytest.raises(ConfigError, match="is a file, not a folder"):
        locate(str(folder / "config.json"), None)
    with pytest.raises(ConfigError, match="tokenizer: .* is no name on the hub"):
        locate_tokenizer(str(folder / "no" / "where"), None)


def test_the_hub_is_not_asked_without_its_client(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def missing(_name: str) -> None:
        raise ImportError

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("ucoder.llm.folder.import_module", missing)
    with pytest.raises(MissingPackageError, match="there is no folder some/model; to look it up on the hub"):
        locate("some/model", None)


# ---------------------------------------------------------------- fingerprints


def test_a_copy_has_the_same_fingerprint(folder: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    copy.mkdir()
    for file in folder.iterdir():
        (copy / file.name).write_bytes(file.read_bytes())
    assert folder_fingerprint(copy) == folder_fingerprint(folder)


@pytest.mark.parametrize("name", ["model.safetensors", "tokenizer.json", "config.json"])
def test_one_byte_makes_another_model(folder: Path, name: str) -> None:
    before = folder_fingerprint(folder)
    content = bytearray((folder / name).read_bytes())
    content[len(content) // 2] ^= 1
    (folder / name).write_bytes(content)
    assert folder_fingerprint(folder) != before


def test_a_byte_changed_behind_an_old_date_is_seen(folder: Path) -> None:
    file = folder / "model.safetensors"
    before, status = folder_fingerprint(folder), file.stat()
    with file.open("r+b") as stream:
        stream.seek(5000)
        stream.write(b"\0\0")
    os.utime(file, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert folder_fingerprint(folder) != before


def test_names_count_and_by_products_do_not(folder: Path) -> None:
    before = folder_fingerprint(folder)
    (folder / "README.md").write_text("hello")
    (folder / "trainer_state.json").write_text("{}")
    (folder / "checkpoint-5").mkdir()
    assert folder_fingerprint(folder) == before
    (folder / "chat_template.jinja").write_text("{{ messages }}")
    assert folder_fingerprint(folder) != before
