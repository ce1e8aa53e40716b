"""A benchmark's files: given, or found where others keep them, or fetched; and which published version they are.

Looked for in this order: the files or folders that were named; the Hugging Face cache; the caches of other tools; the
hub, through `huggingface_hub`. What they hold decides the version, by the SHA-256 of the unpacked content. They are
taken in the order of their names, numbers in them as numbers: in which order somebody lists them changes nothing.
"""

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatch
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

from ucoder.errors import ConfigError, InputError, MissingPackageError
from ucoder.evaluation.benchmark import Benchmark, HubFiles
from ucoder.execution.jsonl import iter_lines

__all__ = ["UNKNOWN", "Data", "DataFile", "Places", "locate"]

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
    """A file and what it is."""

    path: Path
    sha256: str
    """Of the unpacked content"""
    version: str
    """A published version's name, or "unknown" """


@dataclass(frozen=True, slots=True)
class Data:
    """All files of a benchmark."""

    files: tuple[DataFile, ...]
    sha256: str
    """Of the unpacked contents, one after the other: that of the file where there is one"""
    version: str
    """A published version's name, or "unknown" """

    @property
    def paths(self) -> list[Path]:
        """The files, in order."""
        return [one.path for one in self.files]

    def as_json(self) -> dict[str, object]:
        """For the result."""
        files = [{"file": one.path.name, "sha256": one.sha256, "version": one.version} for one in self.files]
        return {"version": self.version, "sha256": self.sha256, "files": files}


def locate(benchmark: Benchmark, given: Sequence[Path], places: Places, *, offline: bool = False) -> Data:
    """The benchmark's files.

    given   files, and folders that hold files under the names that they have on the hub; none: look for them

    ConfigError or MissingPackageError, naming the file that is wanted and its source, where none can be had.
    InputError where one cannot be read, or a folder holds none.
    """
    paths = _named(benchmark, given) or _cached(benchmark, places)
    return _identified(paths or _fetched(benchmark, places, offline=offline), benchmark.versions)


# ---------------------------------------------------------------- where they are


def _named(benchmark: Benchmark, given: Iterable[Path]) -> list[Path]:
    found: list[Path] = []
    for path in given:
        if not path.is_dir():
            found.append(path)
            continue
        patterns = () if benchmark.hub is None else benchmark.hub.patterns
        inside = [file for pattern in patterns if (file := _last(path, pattern)) is not None]
        if not inside:
            wanted = (
                f"no file {' or '.join(patterns)}" if patterns else f"files: {benchmark.name} wants one by its name"
            )
            raise InputError(path, 0, "", f"is a folder with {wanted}")
        found += inside
    return sorted(found, key=_by_name)


def _cached(benchmark: Benchmark, places: Places) -> list[Path]:
    if benchmark.hub is not None and (found := _in_hub_cache(benchmark.hub, places.hub)):
        return found
    return [file for name in benchmark.caches if (file := places.caches / name).is_file()][:1]


def _in_hub_cache(hub: HubFiles, folder: Path) -> list[Path]:
    """The files of the snapshot that `main` names, else of the last by name that has them all; none where one lacks."""
    repository = folder / f"datasets--{hub.repository.replace('/', '--')}"
    main = repository / "refs" / "main"
    name = main.read_text(encoding="utf-8").strip() if main.is_file() else "*"
    for snapshot in sorted(repository.glob(f"snapshots/{name}"), reverse=True):
        found = [file for pattern in hub.patterns if (file := _last(snapshot, pattern)) is not None]
        if len(found) == len(hub.patterns):
            return sorted(found, key=_by_name)
    return []


def _last(folder: Path, pattern: str) -> Path | None:
    """Of the files that fit a pattern, the last by name: the newest version."""
    fitting = [one for one in folder.rglob("*") if fnmatch(one.relative_to(folder).as_posix(), pattern)]
    return max((one for one in fitting if one.is_file()), key=_by_name, default=None)


def _by_name(file: Path) -> tuple[list[tuple[str, int]], str, str]:
    pieces = re.findall(r"(\D*)(\d*)", file.stem)
    return [(text, int(digits or -1)) for text, digits in pieces], file.name, str(file)


def _fetched(benchmark: Benchmark, places: Places, *, offline: bool) -> list[Path]:
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
            hub.repository, repo_type="dataset", allow_patterns=list(hub.patterns), cache_dir=places.hub
        )
    except (OSError, ValueError, RuntimeError) as error:
        raise ConfigError(f"{wanted}. {hub.repository} could not be fetched: {error}") from error
    found = _in_hub_cache(hub, places.hub)
    if not found:
        raise ConfigError(f"{wanted}. {hub.repository} has not all of {', '.join(hub.patterns)}")
    return found


# ---------------------------------------------------------------- what they are


def _identified(paths: Iterable[Path], versions: Mapping[str, str]) -> Data:
    whole = hashlib.sha256()
    files = []
    for path in paths:
        state = hashlib.sha256()
        for content in iter_lines(path):
            state.update(content)
            whole.update(content)
        sha256 = state.hexdigest()
        files.append(DataFile(path, sha256, versions.get(sha256, UNKNOWN)))
    return Data(tuple(files), whole.hexdigest(), versions.get(whole.hexdigest(), UNKNOWN))
