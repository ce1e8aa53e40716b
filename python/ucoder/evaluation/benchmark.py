"""What a benchmark promises: the form in which each stands in its own file, and all in `evaluation.catalogue`."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol, TypeAlias

from ucoder.config import Limits
from ucoder.evaluation.exam import BenchmarkProblem, read_problems
from ucoder.execution.jsonl import Row
from ucoder.records import Candidate, Problem

__all__ = ["Arguments", "Benchmark", "HubFiles", "Reading", "References", "Samples", "self_contained"]

Arguments: TypeAlias = tuple[bytes, ...]
"""Of one call, each as an encoded value"""


class References(Protocol):
    """Runs reference solutions, for benchmarks that publish inputs without the values that are expected."""

    def values(self, row: Row, problem: Problem, program: str, calls: Sequence[Arguments]) -> list[bytes]:
        """What the program of a row returns for each call, encoded. InputError where it does not run to an end."""
        ...


Reading: TypeAlias = Callable[[Row, References], BenchmarkProblem | None]
"""From a row of a published file to its problem; None where the row is of no concern to the benchmark"""
Samples: TypeAlias = Callable[[Path], Iterator[Candidate]]


def self_contained(problem: Callable[[Row], BenchmarkProblem | None]) -> Reading:
    """The reading of a benchmark that publishes what is expected: no reference is run."""
    return lambda row, _references: problem(row)


@dataclass(frozen=True, slots=True)
class HubFiles:
    """Where the data stands on the Hugging Face hub, as a data set."""

    repository: str
    patterns: tuple[str, ...]
    """One for each file that is wanted, as `fnmatch` reads them; of several that fit one, the last by name"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Benchmark:
    """A benchmark by its name on the command line."""

    name: str
    source: str
    """Where its files come from, for people"""
    problem: Reading
    limits: Limits
    id_field: str = "task_id"
    """What the rows call the name of a problem"""
    versions: Mapping[str, str] = field(default_factory=dict)
    """Published versions by the SHA-256 of the unpacked content"""
    hub: HubFiles | None = None
    caches: tuple[str, ...] = ()
    """Other places where a file of it may lie, below the user's cache folder"""
    own_samples: tuple[Callable[[Path], bool], Samples] | None = None
    """Whether a file has the authors' own format for samples, and how that is read"""

    def problems(self, files: Sequence[Path], references: References) -> list[BenchmarkProblem]:
        """The problems of published files. InputError where one is not, or a problem stands in them twice."""
        return read_problems(lambda row: self.problem(row, references), *files, id_field=self.id_field)
