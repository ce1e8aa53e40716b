"""Settings of the executor and of a judging job: frozen, validated where they are made, unknown keys refused.

Nothing here reads the environment. Units are in the names; 0 never means "no limit" except where it says so.
"""

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Self

from ucoder.errors import ConfigError

__all__ = ["DEFAULT_PRELOAD", "DEFAULT_PRELOAD_ON_DEMAND", "ISOLATION_LEVELS", "JudgeSettings", "Limits", "Shard"]

ISOLATION_LEVELS = ("test", "candidate", "batch")
"""What is shared between runs: nothing, the tests of a candidate, the candidates of a problem."""

DEFAULT_PRELOAD = (
    "array", "bisect", "collections", "copy", "datetime", "decimal", "fractions", "functools", "hashlib", "heapq",
    "itertools", "json", "math", "operator", "random", "re", "statistics", "string", "textwrap", "typing",
)  # fmt: skip
"""Modules that programs of the usual benchmarks import; loaded once, before the forks."""

DEFAULT_PRELOAD_ON_DEMAND = ("numpy",)
"""Modules that take long to import: loaded once, too, but only for programs whose text names one."""

# Smallest and largest value of each limit. The upper ends keep arithmetic on them within 32 bits in the core.
_LIMIT_RANGES = {
    "cpu_ms": (1, 3_600_000),
    "load_cpu_ms": (1, 3_600_000),
    "wall_ms": (0, 86_400_000),
    "memory_mb": (16, 1 << 20),
    "output_bytes": (1, 1 << 30),
    "max_timeouts": (1, 1 << 30),
    "value_bytes": (16, 16 << 20),
    "value_depth": (1, 1000),
}


def check_isolation(level: str) -> None:
    """Raise ConfigError unless the level exists and can be used."""
    if level == "auto":
        message = "isolation 'auto' is not available yet: it comes once it is shown to give what 'candidate' gives"
        raise ConfigError(f"{message}; use 'candidate'")
    if level not in ISOLATION_LEVELS:
        raise ConfigError(f"isolation is one of {', '.join(ISOLATION_LEVELS)}, not {level!r}")


def _check_integer(name: str, value: object, low: int, high: int) -> None:
    if not isinstance(value, int) or isinstance(value, bool):
        raise ConfigError(f"{name} is a whole number, not {value!r}")
    if not low <= value <= high:
        raise ConfigError(f"{name} lies between {low} and {high}, not at {value}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Bounds on one program. A frozen value; ConfigError (a ValueError) where a field is out of range."""

    cpu_ms: int = 1000
    """CPU time of one cell. Believed above 1.5 times the limit; in between the cell is run again."""
    load_cpu_ms: int = 2000
    """CPU time to compile and import the candidate."""
    wall_ms: int = 0
    """Wall time of one cell, less the time it waited for a core. 0: five times the CPU limit plus one second."""
    memory_mb: int = 512
    """Address space (MiB) beyond that of a bare interpreter."""
    output_bytes: int = 1 << 20
    """What a script may write. Output of functions is discarded."""
    max_timeouts: int = 3
    """Cells of one candidate that may hit a time limit; the rest of it is SKIPPED."""
    value_bytes: int = 64 * 1024
    """Encoded size of one returned value; larger ones are BAD_VALUE."""
    value_depth: int = 200
    """Nesting of one returned value; deeper ones are BAD_VALUE."""

    def __post_init__(self) -> None:
        for name, (low, high) in _LIMIT_RANGES.items():
            _check_integer(name, getattr(self, name), low, high)

    @classmethod
    def from_mapping(cls, settings: Mapping[str, object]) -> Self:
        """The limits that a table of settings names, defaults for the rest. ConfigError on an unknown key."""
        known = [one.name for one in fields(cls)]
        for key, value in settings.items():
            if key not in known:
                raise ConfigError(f"there is no limit {key!r}; there are {', '.join(known)}")
            _check_integer(key, value, *_LIMIT_RANGES[key])
        return cls(**settings)  # type: ignore[arg-type]  # each value was checked to be an int


@dataclass(frozen=True, slots=True)
class Shard:
    """One of `count` disjoint shares of a job, counted from 1: the parts p (from 0) with p % count == index - 1."""

    index: int = 1
    count: int = 1

    def __post_init__(self) -> None:
        _check_integer("the number of shards", self.count, 1, 1_000_000)
        _check_integer("the shard", self.index, 1, self.count)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read "I/N", for example "1/4". ConfigError on anything else."""
        match = re.fullmatch(r"([0-9]{1,7})/([0-9]{1,7})", text)
        if match is None:
            raise ConfigError(f"a shard is written I/N, for example 1/4 to 4/4, not {text!r}")
        return cls(int(match[1]), int(match[2]))

    def holds(self, part: int) -> bool:
        """Whether this shard runs the part with this number (from 0)."""
        return part % self.count == self.index - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgeSettings:
    """How a judging job runs programs. Two runs with equal settings and inputs give equal results.

    The number of workers is not among them: it changes when results come, never what they are.
    """

    isolation: str = "candidate"
    limits: Limits = field(default_factory=Limits)
    allow_weaker: bool = False
    """A permission, not a property of results: the layers that were active are recorded with each part of a run."""
    preload: tuple[str, ...] = DEFAULT_PRELOAD
    preload_on_demand: tuple[str, ...] = DEFAULT_PRELOAD_ON_DEMAND
    part_candidates: int = 500
    """A part is what a killed run repeats at most: whole problems, until they have this many candidates."""

    def __post_init__(self) -> None:
        check_isolation(self.isolation)
        _check_integer("part_candidates", self.part_candidates, 1, 1_000_000)

    def as_json(self) -> dict[str, object]:
        """Plain values of what decides verdicts, for the run's record."""
        lists = {"preload": list(self.preload), "preload_on_demand": list(self.preload_on_demand)}
        settings = {**asdict(self), **lists}
        del settings["allow_weaker"]
        return settings
