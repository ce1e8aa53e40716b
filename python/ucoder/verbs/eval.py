"""`ucoder eval`: a benchmark's verdict on samples from a file, or from a model."""

import json
import os
import sys
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter

import ucoder
from ucoder.config import JudgeSettings, Limits
from ucoder.errors import ConfigError
from ucoder.evaluation.benchmark import Benchmark
from ucoder.evaluation.catalogue import benchmark
from ucoder.evaluation.data import Data, Places, locate
from ucoder.evaluation.evaluating import Examination, evaluate, identity_of, refuse_missing
from ucoder.evaluation.exam import BenchmarkProblem
from ucoder.evaluation.generating import as_lines, draw, stops
from ucoder.evaluation.references import StoredReferences
from ucoder.evaluation.samples import Programs, digest_of, read_samples
from ucoder.execution.interpreter import Interpreter, interpreter_at, packages_id
from ucoder.llm.generator import Generator, Sampling
from ucoder.llm.opening import open_generator
from ucoder.llm.settings import ModelSettings
from ucoder.prompts import PromptStyle
from ucoder.report.evaluation import print_evaluation
from ucoder.report.progress import showing_progress
from ucoder.report.rounds import showing_stages
from ucoder.stages.judging import executor_for, fresh_keep
from ucoder.store import RunDirectory
from ucoder.store.answers import AnswerStore
from ucoder.store.files import bytes_writer, publish
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
        versions["packages"] = packages_id(interpreter)
    with ExitStack() as opened:
        source: _Given | _Asked = (
            _Asked.open(options, problems, opened)
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


@dataclass(frozen=True, slots=True)
class _Given:
    """Samples from a file or folder."""

    listed: Programs
    origin: dict[str, object]
    """What decides the samples, for the evaluation's identity and its result"""

    @classmethod
    def read(
        cls, source: Path, chosen: Benchmark, problems: Mapping[str, BenchmarkProblem], *, partial: bool
    ) -> "_Given":
        listed = read_samples(source, chosen, problems)
        if not partial:
            refuse_missing(source, listed, problems)
        return cls(listed, {"digest": digest_of(listed)})

    def programs(self, _problems: Mapping[str, BenchmarkProblem], _options: EvalOptions) -> Programs:
        """The samples."""
        return self.listed


@dataclass(frozen=True, slots=True)
class _Asked:
    """A model that is asked for the samples."""

    generator: Generator
    sampling: Sampling
    style: PromptStyle
    chunk: int
    origin: dict[str, object]
    """What decides the samples, for the evaluation's identity and its result"""

    @classmethod
    def open(cls, options: EvalOptions, problems: Mapping[str, BenchmarkProblem], opened: ExitStack) -> "_Asked":
        if options.n < 1 or (options.temperature == 0.0 and options.n > 1):
            raise ConfigError(f"--n is 1 with temperature 0, and a whole number from 1 else, not {options.n}")
        settings = _model_settings(options)
        style = PromptStyle.load(options.style)
        if (style.form == "chat") != settings.chat:
            raise ConfigError(f"--style {options.style} is for models with chat={str(not settings.chat).lower()}")
        sampling = Sampling(
            temperature=options.temperature,
            top_p=options.top_p,
            max_tokens=options.max_tokens,
            stop=stops(problems.values(), style),
        )
        generator = opened.enter_context(open_generator(settings, run_seed=options.seed))
        origin = {
            "model": options.model, "fingerprint": generator.fingerprint, "style": style.digest, "n": options.n,
            "seed": options.seed, **asdict(sampling), "stop": list(sampling.stop),
        }  # fmt: skip
        return cls(generator, sampling, style, settings.chunk, origin)

    def programs(self, problems: Mapping[str, BenchmarkProblem], options: EvalOptions) -> Programs:
        """The samples; they are in the folder as a file, too."""
        with showing_stages() as report:
            programs = draw(
                problems, self.generator, self.sampling, self.style, AnswerStore(options.out / "answers"),
                n=options.n, seed=options.seed, chunk=self.chunk,
                on_answers=lambda done, total: report("candidates", done, total),
            )  # fmt: skip
        publish(options.out / "samples.jsonl", bytes_writer(as_lines(programs)))
        return programs


def _model_settings(options: EvalOptions) -> ModelSettings:
    given: dict[str, object] = {}
    for one in options.set:
        name, equals, text = one.partition("=")
        if not equals:
            raise ConfigError(f"--set takes NAME=VALUE, not {one!r}")
        try:
            given[name] = json.loads(text)
        except ValueError:
            given[name] = text
    given.setdefault("file" if given.get("door") == "scripted" else "model", options.model)
    return ModelSettings.from_mapping(given)


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
