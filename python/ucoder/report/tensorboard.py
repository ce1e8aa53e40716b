"""A run's metrics.jsonl as event files that TensorBoard reads. The package that writes them is optional."""

import importlib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from ucoder.errors import ConfigError, MissingPackageError
from ucoder.store import JsonObject
from ucoder.store.loop import read_metrics

__all__ = ["Scalar", "scalars", "write_events"]

_PACKAGE = "tensorboardX"
_NOT_IN_TAGS = re.compile(r"[^-/\w.]")
_PLACES = ("time", "attempt", "round", "stage", "place", "step", "max_steps")


@dataclass(frozen=True, slots=True)
class Scalar:
    """One figure."""

    tag: str
    step: int
    value: float
    time: float
    """Seconds since 1970"""


def scalars(lines: Iterable[JsonObject]) -> Iterator[Scalar]:
    """Every number in the lines: by round; of the training's steps, by step and round."""
    for line in lines:
        if "time" not in line or "stage" not in line:
            continue
        place = str(line.get("place", ""))
        in_round = place.startswith("round-") and "/" not in place
        if line["stage"] == "training step":
            prefix, step = f"training/{place}", int(line.get("step", 0))
        else:
            prefix, step = f"{place}/{line['stage']}" if place and not in_round else str(line["stage"]), line["round"]
        for name, value in _numbers({name: value for name, value in line.items() if name not in _PLACES}):
            yield Scalar(_NOT_IN_TAGS.sub("_", f"{prefix}/{name}"), int(step), value, float(line["time"]))


def _numbers(content: JsonObject) -> Iterator[tuple[str, float]]:
    for name, value in content.items():
        if isinstance(value, dict):
            yield from ((f"{name}/{inner}", number) for inner, number in _numbers(value))
        elif isinstance(value, int | float) and not isinstance(value, bool):
            yield name, float(value)


def write_events(run: Path, out: Path) -> int:
    """Write a run's figures below `out`; how many. ConfigError where it has none, MissingPackageError."""
    found = list(scalars(read_metrics(run)))
    if not found:
        raise ConfigError(f"--tensorboard: {run} has no metrics.jsonl, which `ucoder run` writes")
    if find_spec(_PACKAGE) is None:
        raise MissingPackageError(f"--tensorboard needs {_PACKAGE}: pip install 'ucoder[tensorboard]'")
    writer = importlib.import_module(_PACKAGE).SummaryWriter(str(out))
    try:
        for one in found:
            writer.add_scalar(one.tag, one.value, one.step, one.time)
    finally:
        writer.close()
    return len(found)
