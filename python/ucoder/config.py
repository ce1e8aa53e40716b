"""Settings of the executor and of a judging job: frozen, validated where they are made, unknown keys refused.

Nothing here reads the environment. Units are in the names; 0 never means "no limit" except where it says so.
"""

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Literal, Self

from ucoder.errors import ConfigError

__all__ = [
    "DEFAULT_PRELOAD",
    "DEFAULT_PRELOAD_ON_DEMAND",
    "ISOLATION_LEVELS",
    "JudgeSettings",
    "Limits",
    "Patience",
    "Shard",
]

ISOLATION_LEVELS = ("auto", "test", "candidate", "batch")
"""What shares a process: candidates of a problem whose code shows that they leave no trace (the others as "candidate"),
nothing, the tests of a candidate, the candidates of a problem."""

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
    """Raise ConfigError unless the level exists."""
    if level not in ISOLATION_LEVELS:
        raise ConfigError(f"isolation is one of {', '.join(ISOLATION_LEVELS)}, not {level!r}")


def _check_integer(name: str, value: object, low: int, high: int) -> None:
    if not isinstance(value, int) or isinstance(value, bool):
        raise ConfigError(f"{name} is a whole number, not {value!r}")
    if not low <= value <= high:
        raise ConfigError(f"{name} lies between {low} and {high}, not at {value}")


def _check_share(name: str, value: object) -> None:
    if not isinstance(value, int | float) or isinstance(value, bool) or not 0 <= value <= 1:
        raise ConfigError(f"{name} lies between 0 and 1, not at {value!r}")


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """For which programs a CPU limit is waited out (the hang policy). ConfigError where a field is out of range.

    "full"      every cell may use its whole limit: what a benchmark, a reward or a truth needs
    "deciding"  every program is first run with `first_cpu_ms` a cell. One that is stopped by it is put off; its limit
                is raised only while its answers could still change which cluster of equal behaviour is the largest,
                and within what the problem's hangs may cost together. What was not waited for is CPU_LIMIT, with a
                detail that says so, and `at_limit`
    """

    mode: Literal["full", "deciding"] = "full"
    first_cpu_ms: int = 4
    """The short limit. Without effect unless it is at most a third of the CPU limit."""
    wait_ms: int = 12
    """CPU time for raised limits: so much for each program of a problem that was put off."""
    rho: float = 0.8
    """Share of the tests that a candidate must have run to an end to be chosen (2512.17385, sec. 2)."""
    tau: int = 2
    """Candidates that a cluster must have to be chosen."""

    def __post_init__(self) -> None:
        if self.mode not in ("full", "deciding"):
            raise ConfigError(f"patience is 'full' or 'deciding', not {self.mode!r}")
        _check_share("rho", self.rho)
        _check_integer("first_cpu_ms", self.first_cpu_ms, 1, 3_600_000)
        _check_integer("tau", self.tau, 1, 1 << 30)
        _check_integer("wait_ms", self.wait_ms, 0, 3_600_000)


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

    isolation: str = "auto"
    limits: Limits = field(default_factory=Limits)
    patience: Patience = field(default_factory=Patience)
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
