"""A benchmark's file: given, or found where others keep it, or fetched; and which published version it is.

Looked for in this order: the file that was named; the Hugging Face cache; the caches of other tools; the hub, through
`huggingface_hub`. What it holds decides the version, by the SHA-256 of the unpacked content.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatch
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

from ucoder.errors import ConfigError, MissingPackageError
from ucoder.evaluation.benchmark import Benchmark, HubFiles
from ucoder.execution.jsonl import iter_lines

__all__ = ["UNKNOWN", "DataFile", "Places", "locate"]

UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Places:
    """Where a machine keeps what was fetched."""

    hub: Path
    """The cache of `huggingface_hub`"""
    caches: Path
    """The user's cache folder"""


@dataclass(frozen=True, slots=True)
class DataFile:
    """A benchmark's file and what it is."""

    path: Path
    sha256: str
    """Of the unpacked content"""
    version: str
    """A published version's name, or "unknown" """

    def as_json(self) -> dict[str, str]:
        """For the result."""
        return {"file": self.path.name, "sha256": self.sha256, "version": self.version}


def locate(benchmark: Benchmark, given: Path | None, places: Places, *, offline: bool = False) -> DataFile:
    """The benchmark's file.

    ConfigError or MissingPackageError, naming the file that is wanted and its source, where none can be had.
    InputError where it cannot be read.
    """
    path = given or _cached(benchmark, places)
    if path is None:
        path = _fetched(benchmark, places, offline=offline)
    sha256 = _digest(path)
    return DataFile(path, sha256, benchmark.versions.get(sha256, UNKNOWN))


def _cached(benchmark: Benchmark, places: Places) -> Path | None:
    if benchmark.hub is not None:
        found = list(_in_hub_cache(benchmark.hub, places.hub))
        if found:
            return found[-1]
    return next((file for name in benchmark.caches if (file := places.caches / name).is_file()), None)


def _in_hub_cache(hub: HubFiles, folder: Path) -> Iterator[Path]:
    """Files of the snapshot that `main` names, else of any, by name."""
    repository = folder / f"datasets--{hub.repository.replace('/', '--')}"
    main = repository / "refs" / "main"
    name = main.read_text(encoding="utf-8").strip() if main.is_file() else "*"
    for snapshot in sorted(repository.glob(f"snapshots/{name}")):
        files = sorted(file for file in snapshot.rglob("*") if file.is_file())
        yield from (file for file in files if fnmatch(file.relative_to(snapshot).as_posix(), hub.pattern))


def _fetched(benchmark: Benchmark, places: Places, *, offline: bool) -> Path:
    wanted = f"{benchmark.name} wants its data: give --data FILE; it comes from {benchmark.source}"
    hub = benchmark.hub
    if hub is None or offline:
        raise ConfigError(wanted)
    if find_spec("huggingface_hub") is None:
        raise MissingPackageError(
            f"{wanted}. With huggingface_hub (pip install huggingface_hub) it is fetched from {hub.repository}"
        )
    library = import_module("huggingface_hub")
    try:
        library.snapshot_download(
            hub.repository, repo_type="dataset", allow_patterns=[hub.pattern], cache_dir=places.hub
        )
    except (OSError, ValueError, RuntimeError) as error:
        raise ConfigError(f"{wanted}. {hub.repository} could not be fetched: {error}") from error
    found = list(_in_hub_cache(hub, places.hub))
    if not found:
        raise ConfigError(f"{wanted}. {hub.repository} has no file {hub.pattern}")
    return found[-1]


def _digest(path: Path) -> str:
    state = hashlib.sha256()
    for content in iter_lines(path):
        state.update(content)
    return state.hexdigest()
