"""What a benchmark promises, and the fixed form in which all of them stand in `evaluation.catalogue`."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol, TypeAlias

from ucoder.config import Limits
from ucoder.evaluation.exam import BenchmarkProblem
from ucoder.records import Candidate, Problem

__all__ = ["Arguments", "Benchmark", "HubFiles", "Reading", "References", "Samples"]

Arguments: TypeAlias = tuple[bytes, ...]
"""Of one call, each as an encoded value"""


class References(Protocol):
    """Runs reference solutions, for benchmarks that publish inputs without the values that are expected."""

    def values(self, problem: Problem, program: str, calls: Sequence[Arguments]) -> list[bytes]:
        """What the program returns for each call, encoded. ReferenceError where it does not run to an end."""
        ...


Reading: TypeAlias = Callable[[Path, References], list[BenchmarkProblem]]
Samples: TypeAlias = Callable[[Path], Iterator[Candidate]]


@dataclass(frozen=True, slots=True)
class HubFiles:
    """Where the data stands on the Hugging Face hub, as a data set."""

    repository: str
    pattern: str
    """Of file names, as `fnmatch` reads them; the last by name where several fit"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Benchmark:
    """A benchmark by its name on the command line."""

    name: str
    source: str
    """Where its file comes from, for people"""
    problems: Reading
    limits: Limits
    versions: Mapping[str, str] = field(default_factory=dict)
    """Published versions by the SHA-256 of the unpacked file"""
    hub: HubFiles | None = None
    caches: tuple[str, ...] = ()
    """Other places where a file of it may lie, below the user's cache folder"""
    own_samples: tuple[Callable[[Path], bool], Samples] | None = None
    """Whether a file has the authors' own format for samples, and how that is read"""
