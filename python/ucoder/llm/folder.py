"""A model's folder: found, downloaded where it is a name on the hub, and looked at before anything is loaded."""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

from ucoder.errors import ConfigError, MissingPackageError, ModelError
from ucoder.loop_settings import place_of

__all__ = ["ModelFolder", "locate", "locate_tokenizer"]

_HUB_NAME = re.compile(r"[A-Za-z0-9][\w.-]*(/[A-Za-z0-9][\w.-]*)?")
_WEIGHTS = ("*.safetensors", "*.bin")
_TOKENIZER = ("tokenizer.json", "tokenizer.model", "vocab.json", "tokenizer_config.json")


@dataclass(frozen=True, slots=True)
class ModelFolder:
    """What a model's folder says of the model. `config` and `generation` are the JSON files of those names."""

    path: Path
    config: dict[str, Any]
    generation: dict[str, Any]

    @property
    def max_len(self) -> int:
        """Tokens of prompt and text that the model was made for. ModelError where it does not say."""
        value = self._text_config().get("max_position_embeddings")
        if not isinstance(value, int):
            raise ModelError(f"{self.path}/config.json has no max_position_embeddings: set max_model_len")
        return value

    def length_limit(self, wanted: int | None) -> int:
        """Tokens of prompt and text together. ConfigError where more are wanted than the model was made for."""
        if wanted is None:
            return self.max_len
        made_for = self._text_config().get("max_position_embeddings")
        if isinstance(made_for, int) and wanted > made_for:
            raise ConfigError(f"max_model_len is {wanted}, but the model in {self.path} was made for {made_for} tokens")
        return wanted

    @property
    def stored_dtype(self) -> str:
        """Type of the stored weights: "float32", "bfloat16" or "float16"."""
        config = self._text_config()
        name = str(config.get("dtype") or config.get("torch_dtype") or "float32").removeprefix("torch.")
        return name if name in ("float32", "bfloat16", "float16") else "bfloat16"

    @property
    def end_ids(self) -> tuple[int, ...]:
        """Tokens that end a text, by the generation config, else by the model's own."""
        return _ids(self.generation.get("eos_token_id")) or _ids(self._text_config().get("eos_token_id"))

    def _text_config(self) -> dict[str, Any]:
        # Models that also see or hear keep the language model's settings one level down.
        inner = self.config.get("text_config")
        return {**self.config, **inner} if isinstance(inner, dict) else self.config


def locate(model: str, revision: str | None) -> ModelFolder:
    """The folder of a model, downloaded where `model` is a hub name.

    ConfigError where it is neither, ModelError where files are missing or broken.
    """
    path = _folder("model", model, revision)
    if not (path / "config.json").exists():
        raise ConfigError(f"model: {path} is not a model's folder: it has no config.json")
    if not any(file for pattern in _WEIGHTS for file in path.glob(pattern)):
        raise ConfigError(f"model: {path} is not a model's folder: it has no weights (*.safetensors)")
    if not any((path / name).exists() for name in _TOKENIZER):
        raise ConfigError(
            f"model: {path} has no tokenizer: copy tokenizer.json and its kin from the model it came from"
        )
    return ModelFolder(
        path, _read_json(path / "config.json"), _read_json(path / "generation_config.json", optional=True)
    )


def locate_tokenizer(name: str, revision: str | None) -> Path:
    """The folder of a tokenizer, likewise."""
    path = _folder("tokenizer", name, revision, ("*.json", "*.jinja", "*.model", "*.txt"))
    if not any((path / one).exists() for one in _TOKENIZER):
        raise ConfigError(f"tokenizer: {path} is not a tokenizer's folder: it has no tokenizer.json or its kin")
    return path


def _folder(setting: str, name: str, revision: str | None, patterns: Sequence[str] | None = None) -> Path:
    path = place_of(name)
    if path.is_dir():
        return path.resolve()
    if path.exists():
        raise ConfigError(f"{setting}: {name} is a file, not a folder")
    if not _HUB_NAME.fullmatch(name):
        raise ConfigError(f"{setting}: there is no folder {name}, and it is no name on the hub either")
    return _download(setting, name, revision, patterns)


def _download(setting: str, name: str, revision: str | None, patterns: Sequence[str] | None) -> Path:
    try:
        hub = import_module("huggingface_hub")
    except ImportError:
        raise MissingPackageError(
            f"{setting}: there is no folder {name}; to look it up on the hub, huggingface_hub is needed: "
            "pip install 'ucoder[train]'"
        ) from None
    wanted = patterns or ("*.safetensors", "*.json", "*.jinja", "*.model", "*.txt", "*.py")
    try:
        return Path(hub.snapshot_download(name, revision=revision, allow_patterns=list(wanted)))
    except Exception as error:  # the hub's client raises its own, httpx's and OSErrors
        raise ConfigError(
            f"{setting}: there is no folder {name}, and the hub does not give it: {_first_line(error)}"
        ) from error


def _first_line(error: BaseException) -> str:
    return next((line for line in str(error).splitlines() if line.strip()), type(error).__name__)


def _ids(value: object) -> tuple[int, ...]:
    if isinstance(value, int):
        return (value,)
    return tuple(one for one in value if isinstance(one, int)) if isinstance(value, list) else ()


def _read_json(file: Path, *, optional: bool = False) -> dict[str, Any]:
    if optional and not file.exists():
        return {}
    try:
        content = json.loads(file.read_bytes())
    except (OSError, ValueError) as error:
        raise ModelError(f"{file} cannot be read: {error}") from error
    if not isinstance(content, dict):
        raise ModelError(f"{file} does not hold an object")
    return content
