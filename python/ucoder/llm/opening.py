"""Opening a model: the door that its settings name, loaded only now, and everything checked before work starts."""

import re
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path

from ucoder.errors import MissingPackageError
from ucoder.llm.folder import locate
from ucoder.llm.generator import Generator
from ucoder.llm.gpus import visible_gpus
from ucoder.llm.scripted import ScriptedGenerator
from ucoder.llm.settings import Door, ModelSettings

__all__ = ["chosen_door", "local_folder", "open_generator"]

# What a door needs installed, and the extra that brings it.
_NEEDED: dict[str, tuple[tuple[str, ...], str]] = {
    "transformers": (("torch", "transformers", "safetensors"), "train"),
    "vllm": (("vllm", "transformers"), "vllm"),
    "openai": (("openai",), "loop"),
}

_OLDEST: dict[str, tuple[int, ...]] = {"torch": (2, 11), "transformers": (5, 0), "vllm": (0, 30)}


def chosen_door(settings: ModelSettings) -> Door:
    """The door that "auto" stands for: vllm where it is installed and there is a GPU to use, else transformers."""
    if settings.door != "auto":
        return settings.door
    wants_gpu = settings.device != "cpu" and bool(visible_gpus())
    return "vllm" if wants_gpu and find_spec("vllm") is not None else "transformers"


def local_folder(settings: ModelSettings) -> Path | None:
    """The folder of weights on this machine, downloaded where it is a name on the hub; None where a door has none.

    Its fingerprint is the generator's, so that nothing need be loaded to know which model it is. ConfigError where
    there is no such model.
    """
    if chosen_door(settings) not in ("vllm", "transformers"):
        return None
    return locate(settings.model, settings.revision).path


def open_generator(
    settings: ModelSettings, *, run_seed: int, attempt: int = 0, replica: int = 0, log_dir: Path | None = None
) -> Generator:
    """The model behind its door, ready to be asked.

    `attempt` counts the starts of this run and `replica` the samplers that share it: with seeding "engine", no two of
    them draw the same. Engines write their logs to `log_dir`, or to a temporary folder.

    Raises before any work: ConfigError for a setting that cannot be met, MissingPackageError, ModelError for broken
    files, EngineError for an engine that does not start, ServerError for a server that is down or is none.
    """
    door = chosen_door(settings)
    if door == "scripted":
        return ScriptedGenerator(Path(settings.file), settings.chunk)
    packages, extra = _NEEDED[door]
    missing = [name for name in packages if find_spec(name) is None]
    if missing:
        raise MissingPackageError(f"door {door!r} needs {' and '.join(missing)}: pip install 'ucoder[{extra}]'")
    for name in packages:
        _refuse_old(name, f"door {door!r}", extra)
    module = import_module(f"ucoder.llm.{door}")
    logs = {"log_dir": log_dir} if door == "vllm" else {}
    generator: Generator = getattr(module, f"open_{door}")(
        settings, run_seed=run_seed, attempt=attempt, replica=replica, **logs
    )
    return generator


def _refuse_old(package: str, door: str, extra: str) -> None:
    """MissingPackageError where the version is one that the door was not written for. A build under another name, of
    which there is no record, is taken as it is.
    """
    try:
        installed = version(package)
    except PackageNotFoundError:
        return
    oldest = _OLDEST.get(package, ())
    if tuple(map(int, re.findall(r"\d+", installed)[:2])) < oldest:
        raise MissingPackageError(
            f"{door} needs {package} {'.'.join(map(str, oldest))} or newer, and {installed} is installed: "
            f"pip install --upgrade 'ucoder[{extra}]'"
        )
