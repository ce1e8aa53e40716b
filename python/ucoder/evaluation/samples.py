"""Samples: programs to evaluate, from a file or a folder, each with the problem that it is for.

FILE     JSON lines `{"task_id", "completion"}` or `{"task_id", "solution"}`, as HumanEval, EvalPlus and BigCodeBench
         have them, gzipped or not; or the benchmark authors' own format
FOLDER   EvalPlus's: a folder for each problem, "/" in its id written "_", with whole programs 0.py, 1.py, ...
"""

from collections.abc import Iterator, Mapping
from pathlib import Path

from ucoder.errors import InputError
from ucoder.evaluation.benchmark import Benchmark
from ucoder.evaluation.exam import BenchmarkProblem
from ucoder.execution.jsonl import iter_rows
from ucoder.execution.reading import candidate_from
from ucoder.records import Candidate, content_id

__all__ = ["Programs", "digest_of", "read_samples"]

Programs = dict[str, list[Candidate]]


def read_samples(source: Path, benchmark: Benchmark, problems: Mapping[str, BenchmarkProblem]) -> Programs:
    """The programs by task id, problems in their own order, samples in the source's. InputError at the first fault."""
    found: Programs = {task_id: [] for task_id in problems}
    own = benchmark.own_samples
    if source.is_dir():
        samples = _in_folder(source, problems)
    elif own is not None and own[0](source):
        samples = _own(source, own[1](source), problems)
    else:
        samples = _in_file(source, problems)
    for candidate in samples:
        found[candidate.task_id].append(candidate)
    listed = {task_id: candidates for task_id, candidates in found.items() if candidates}
    if not listed:
        raise InputError(source, 0, "", "holds no samples")
    return listed


def digest_of(programs: Programs) -> str:
    """Equal exactly where all programs are, for the same problems in the same order."""
    return content_id(
        *(content_id(task_id, *(one.solution or "" for one in found)) for task_id, found in programs.items())
    )


def _in_file(file: Path, problems: Mapping[str, BenchmarkProblem]) -> Iterator[Candidate]:
    records = {task_id: problem.problem for task_id, problem in problems.items()}
    for row in iter_rows(file):
        one = candidate_from(row, records)
        yield problems[one.task_id].candidate(
            solution=one.solution, completion=one.completion, mean_logprob=one.mean_logprob
        )


def _own(file: Path, samples: Iterator[Candidate], problems: Mapping[str, BenchmarkProblem]) -> Iterator[Candidate]:
    for sample in samples:
        if sample.task_id not in problems:
            raise InputError(file, 0, "", f"no problem is called {sample.task_id[:80]!r}")
        yield problems[sample.task_id].candidate(solution=sample.solution, completion=sample.completion)


def _in_folder(folder: Path, problems: Mapping[str, BenchmarkProblem]) -> Iterator[Candidate]:
    names = {task_id.replace("/", "_"): task_id for task_id in problems}
    for inner in sorted(one for one in folder.iterdir() if one.is_dir()):
        if inner.name not in names:
            raise InputError(inner, 0, "", "no problem has this name")
        files = [file for file in inner.glob("*.py") if file.is_file()]
        if strange := [file for file in files if not file.stem.isdecimal()]:
            raise InputError(strange[0], 0, "", "is not named by a number, as 0.py is")
        for file in sorted(files, key=lambda one: int(one.stem)):
            try:
                text = file.read_text(encoding="utf-8")
            except (OSError, UnicodeDecodeError) as error:
                raise InputError(file, 0, "", f"cannot be read: {error}") from None
            yield problems[names[inner.name]].candidate(solution=text)
