"""`ucoder eval`: a benchmark's verdict on samples from a file, or from a model."""

import os
import sys
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Annotated, Literal, Protocol

from cyclopts import Parameter

import ucoder
from ucoder.config import JudgeSettings, Limits
from ucoder.errors import ConfigError
from ucoder.evaluation.benchmark import Benchmark
from ucoder.evaluation.catalogue import benchmark
from ucoder.evaluation.data import Data, Places, locate
from ucoder.evaluation.evaluating import Examination, evaluate, identity_of, refuse_missing
from ucoder.evaluation.exam import BenchmarkProblem
from ucoder.evaluation.references import StoredReferences
from ucoder.evaluation.samples import Programs, digest_of, read_samples
from ucoder.execution.interpreter import Interpreter, environment_identity, interpreter_at
from ucoder.report.evaluation import print_evaluation
from ucoder.report.progress import showing_progress
from ucoder.stages.judging import executor_for, fresh_keep
from ucoder.store import RunDirectory
from ucoder.verbs.counts import refuse_below_one

__all__ = ["EvalOptions", "evaluation"]

_REFERENCE_CPU_MS = 120_000


@Parameter(name="*")
@dataclass(frozen=True, slots=True, kw_only=True)
class EvalOptions:
    """What `ucoder eval` takes, beside the benchmark."""

    out: Path
    "Folder for the results. One that holds this very evaluation is gone on with; another run's is refused."
    samples: Path | None = None
    "JSON lines: task_id with solution or completion; the authors' own format; or a folder TASK/0.py, as EvalPlus's."
    model: str | None = None
    "Instead of samples: a folder with weights, a model's name, what a server calls it, or a file of recorded answers."
    set: Annotated[tuple[str, ...], Parameter(negative=())] = ()
    "A setting of the model, for example door=openai or base_url=http://127.0.0.1:8000/v1; may be given often."
    style: str = "base"
    "How the model is asked: base, chat, compact, or a folder of prompts."
    n: int = 1
    "Samples that the model draws for each problem."
    temperature: float = 0.0
    "0 takes the likeliest token each time; then n is 1."
    top_p: float = 0.95
    "Share of the likeliest tokens that are drawn from."
    max_tokens: int = 1024
    "Of one answer."
    seed: int = 0
    "Of all that the model draws."
    data: Annotated[tuple[Path, ...], Parameter(consume_multiple=True, negative=())] = ()
    "The benchmark's files, or a folder of them. By default looked for in caches and fetched from the Hugging Face hub."
    k: str = "1,10,100"
    "Of pass@k. Those that a problem has too few samples for are left out."
    partial: Annotated[bool, Parameter(negative=())] = False
    "Take samples of some of the problems; the figures are of those."
    python: Path | None = None
    "Interpreter or environment that runs the programs, for its packages; the one that runs ucoder by default."
    isolation: Literal["auto", "test", "candidate", "batch"] = "auto"
    "What shares a process: programs seen to leave no trace, nothing, a program's tests, a problem's (if trusted)."
    cpu_limit_ms: int | None = None
    "CPU time of one sample on one test; the benchmark's own limit by default."
    memory_mb: int | None = None
    "Memory of one sample; the benchmark's own limit by default."
    workers: int | None = None
    "Programs that run at a time; all cores by default."
    part_candidates: int = 100
    "Samples after which results are written, in whole problems; a killed evaluation repeats at most those."
    allow_weaker: Annotated[bool, Parameter(negative=())] = False
    "Run even where a layer of the sandbox is missing."
    json: Annotated[bool, Parameter(negative=())] = False
    "Print the figures as one JSON object."


def evaluation(
    bench: Annotated[str, Parameter(help="The benchmark's name.", negative=())], /, options: EvalOptions
) -> int:
    """Evaluate, print the figures, return the exit code. The help text stands in `ucoder.cli`."""
    chosen = benchmark(bench)
    if (options.samples is None) == (options.model is None):
        raise ConfigError("give either --samples FILE or --model M")
    refuse_below_one("--workers", options.workers)
    ks = _ks(options.k)
    settings = _settings(chosen, options)
    interpreter = interpreter_at(options.python or sys.executable)
    data = locate(chosen, options.data, _places(os.environ))
    problems = _problems(chosen, data, options, settings, interpreter)
    versions = {"ucoder": ucoder.__version__, "python": interpreter.version}
    if options.python is not None:
        versions |= environment_identity(interpreter)
    with ExitStack() as opened:
        source: _Source = (
            _asked(options, problems, opened)
            if options.samples is None
            else _Given.read(options.samples, chosen, problems, partial=options.partial)
        )
        identity = identity_of(chosen, data, source.origin, settings, **versions)
        directory = opened.enter_context(RunDirectory.open(options.out, identity, fresh_keep()))
        exam = Examination(chosen, data, problems, source.programs(problems, options))
        key = bytes.fromhex(directory.kept["digest_key"])
        on_progress = opened.enter_context(showing_progress())
        start = partial(executor_for, settings, workers=options.workers, digest_key=key, python=interpreter.path)
        result = evaluate(exam, directory, settings, start, ks, on_progress)
    print_evaluation(result, options.out, as_json=options.json)
    return 0


class _Source(Protocol):
    """Where the samples come from."""

    @property
    def origin(self) -> Mapping[str, object]:
        """What decides them, for the evaluation's identity and its result."""
        ...

    def programs(self, problems: Mapping[str, BenchmarkProblem], options: EvalOptions, /) -> Programs:
        """The samples by task id."""
        ...


def _asked(options: EvalOptions, problems: Mapping[str, BenchmarkProblem], opened: ExitStack) -> _Source:
    """A model. It is loaded only now: it needs packages that samples from a file do without."""
    source: _Source = import_module("ucoder.verbs.eval_model").Asked.open(options, problems, opened)
    return source


@dataclass(frozen=True, slots=True)
class _Given:
    """Samples from a file or folder."""

    listed: Programs
    origin: Mapping[str, object]

    @classmethod
    def read(
        cls, source: Path, chosen: Benchmark, problems: Mapping[str, BenchmarkProblem], *, partial: bool
    ) -> "_Given":
        listed = read_samples(source, chosen, problems)
        if not partial:
            refuse_missing(source, listed, problems)
        return cls(listed, {"digest": digest_of(listed)})

    def programs(self, _problems: Mapping[str, BenchmarkProblem], _options: EvalOptions, /) -> Programs:
        return self.listed


def _ks(text: str) -> list[int]:
    try:
        ks = [int(one) for one in text.split(",")]
    except ValueError:
        ks = []
    if not ks or min(ks) < 1:
        raise ConfigError(f"--k lists whole numbers from 1, for example 1,10,100, not {text!r}")
    return ks


def _settings(chosen: Benchmark, options: EvalOptions) -> JudgeSettings:
    limits: Limits = chosen.limits
    if options.cpu_limit_ms is not None:
        limits = replace(limits, cpu_ms=options.cpu_limit_ms)
    if options.memory_mb is not None:
        limits = replace(limits, memory_mb=options.memory_mb)
    return JudgeSettings(
        isolation=options.isolation,
        limits=limits,
        allow_weaker=options.allow_weaker,
        part_candidates=options.part_candidates,
    )


def _places(environment: Mapping[str, str]) -> Places:
    """As `huggingface_hub` and the XDG specification have it."""
    caches = Path(environment.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    home = Path(environment.get("HF_HOME") or caches / "huggingface")
    return Places(hub=Path(environment.get("HF_HUB_CACHE") or home / "hub"), caches=caches)


def _problems(
    chosen: Benchmark, data: Data, options: EvalOptions, settings: JudgeSettings, interpreter: Interpreter
) -> dict[str, BenchmarkProblem]:
    """The problems by task id; reference solutions are run where their values are wanted and not kept."""
    limits = replace(settings.limits, cpu_ms=_REFERENCE_CPU_MS, load_cpu_ms=_REFERENCE_CPU_MS)
    patient = replace(settings, isolation="candidate", limits=limits)
    version = f"{ucoder.__version__} {interpreter.version}"
    folder = _places(os.environ).caches / "ucoder" / "references"
    start = partial(executor_for, patient, workers=options.workers, digest_key=os.urandom(16), python=interpreter.path)
    with StoredReferences(folder, version, start) as references:
        found = chosen.problems(data.paths, references)
        if references.num_run:
            sys.stderr.write(f"ran {references.num_run} reference solutions; their values are kept in {folder}\n")
    return {one.problem.task_id: one for one in found}
