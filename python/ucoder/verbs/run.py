"""`ucoder run`: the loop, from a preset or a configuration file, into a folder that can be resumed at any moment."""

import os
import platform
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, replace
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, Self

import tomli_w
from cyclopts import Parameter

import ucoder
from ucoder.config import Patience, Shard
from ucoder.errors import ConfigError, GeneratorError, MissingPackageError
from ucoder.execution.executor import Executor, num_cores
from ucoder.execution.interpreter import interpreter_at
from ucoder.execution.jsonl import iter_rows
from ucoder.execution.machine import installed_versions
from ucoder.llm.fingerprint import folder_fingerprint
from ucoder.llm.generator import Generator
from ucoder.llm.gpus import visible_gpus
from ucoder.llm.opening import chosen_door, local_folder, open_generator
from ucoder.llm.settings import ModelSettings
from ucoder.prompts import PromptStyle
from ucoder.report.rounds import print_run, showing_stages
from ucoder.rounds import LEARNING, STAGES, Loop, LoopResult, Tools
from ucoder.run_config import RunConfig, load_config
from ucoder.stages.contamination import BenchmarkIndex, benchmark_task
from ucoder.stages.evaluation import Exam, read_exams
from ucoder.stages.judging import executor_for
from ucoder.store.loop import LoopDirectory

__all__ = ["RunOptions", "default_stages", "parse_stages", "run", "running"]

SHARED = ("problems", "ratings", "skeletons", "suites", "candidates")
"""Stages that machines can share out"""


@Parameter(name="*")
@dataclass(frozen=True, slots=True, kw_only=True)
class RunOptions:
    """Options of `ucoder run`."""

    set: Annotated[tuple[str, ...], Parameter(negative=())] = ()
    "A changed setting, for example candidates.n=64; may be given often. A name with = alone: its default."
    out: Path | None = None
    "Folder of the run; runs/NAME by default."
    resume: Annotated[bool, Parameter(negative=())] = False
    "Go on with the run that is in the folder."
    stages: str = ""
    """A stage, or a range of them, of: problems, ratings, skeletons, suites, candidates, consensus, lessons, training,
    evaluation. By default all of them; to consensus where the model is behind a door that cannot be trained."""
    shard: str = "1/1"
    "Ask and execute one of N shares, I/N from 1/N to N/N; `ucoder merge` puts them together."
    json: Annotated[bool, Parameter(negative=())] = False
    "Print what came of it as one JSON object."


def run(config: str, options: RunOptions = RunOptions()) -> int:
    """Run, print what came of it, return the exit code. The help text stands in `ucoder.cli`."""
    # Before torch is loaded, here and in the trainer: threads that wait by spinning starve the executor's programs.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    settings = load_config(config, options.set)
    stages = parse_stages(options.stages) if options.stages else default_stages(settings)
    if set(stages) & set(LEARNING) and not _can_learn(settings):
        raise ConfigError(
            f"--stages {options.stages}: model.door is {settings.model.door!r}, behind which no weights can be "
            "trained; use door 'vllm' or 'transformers', or end at consensus"
        )
    if "training" in stages and (missing := [name for name in ("torch", "accelerate") if find_spec(name) is None]):
        raise MissingPackageError(
            f"training needs {' and '.join(missing)}: pip install 'ucoder[train]', or end with --stages "
            "problems..consensus"
        )
    shard = Shard.parse(options.shard)
    if shard.count > 1 and "problems" in stages and len(stages) > 1:
        raise ConfigError(
            "--shard: near-duplicates are dropped among all problems, so stage 'problems' is shared out alone "
            "(--stages problems); merge and finish it, then share out later stages"
        )
    if shard.count > 1 and set(stages) - set(SHARED):
        raise ConfigError(f"--shard: only {SHARED[0]} to {SHARED[-1]} are shared out: --stages suites..candidates")
    out = options.out if options.out is not None else Path("runs") / settings.name
    with running(settings, out, resume=options.resume, stages=stages, shard=shard) as (directory, result):
        print_run(directory, result, stages[-1], as_json=options.json)
    return 0


def _can_learn(settings: RunConfig) -> bool:
    return chosen_door(settings.model) in ("vllm", "transformers")


def default_stages(settings: RunConfig) -> tuple[str, ...]:
    """All that the model's door allows."""
    return STAGES if _can_learn(settings) else tuple(one for one in STAGES if one not in LEARNING)


@contextmanager
def running(
    settings: RunConfig,
    out: Path,
    *,
    resume: bool,
    stages: Sequence[str] = STAGES,
    shard: Shard = Shard(),  # noqa: B008  a frozen value
    generator: Callable[[], Generator] | None = None,
) -> Iterator[tuple[LoopDirectory, LoopResult]]:
    """Do the stages in a folder; give the folder, still held, and what came of it.

    `generator`: a model that the caller opens and ends, the one of the settings; otherwise it is opened here.
    """
    style = _style(settings)
    benchmarks = _benchmarks(settings)
    exams = read_exams(settings.evaluation) if settings.evaluation.enabled else []
    if "candidates" in stages:
        _executor(settings, bytes(16), workers=1).close()  # what this machine lacks is said now, not hours later
    with LoopDirectory.open(out, ucoder.__version__, resume=resume) as directory:
        _note_start(directory, settings, stages, shard)
        with _tools(settings, directory, style, benchmarks, exams, shard) as tools:
            if generator is not None:
                given = generator
                tools = replace(  # noqa: PLW2901  the same but for its model
                    tools, generator=lambda _: given(), fingerprint=lambda _: given().fingerprint
                )
            try:
                result = Loop(settings, tools, stages=stages, shard=shard).run()
            except GeneratorError as error:
                error.add_note("What was drawn so far is kept: the same command with --resume goes on from there.")
                raise
        directory.note_attempt(ended=round(time.time(), 3))
        yield directory, result


def parse_stages(text: str) -> tuple[str, ...]:
    """The stages that "a", "a..b" name, in order. ConfigError where there is no such stage or the range is empty."""
    first, dots, last = text.partition("..")
    names = (first, last if dots else first)
    if unknown := [name for name in names if name not in STAGES]:
        raise ConfigError(f"--stages: there is no stage {unknown[0]!r}; there are {', '.join(STAGES)}")
    begin, end = (STAGES.index(name) for name in names)
    if end < begin:
        raise ConfigError(f"--stages: {last!r} comes before {first!r}")
    return STAGES[begin : end + 1]


def _style(settings: RunConfig) -> PromptStyle:
    """The prompt style. ConfigError where it is none, or not one for such a model."""
    try:
        style = PromptStyle.load(settings.prompts)
    except ConfigError as error:
        raise ConfigError(f"prompts: {error}") from error
    model = settings.model
    if model.door != "scripted" and style.form == "chat" and not model.chat:
        raise ConfigError(
            f"prompts = {settings.prompts!r} holds conversations, but model.chat is false: set model.chat = true for "
            "an instruct model, or prompts = 'base' for a base model"
        )
    if model.door == "openai" and model.endpoint == "chat" and style.form == "text":
        raise ConfigError(
            f"model.endpoint 'chat' takes conversations, but prompts = {settings.prompts!r} holds text: set prompts = "
            "'chat', or model.endpoint = 'completions'"
        )
    return style


def _executor(
    settings: RunConfig, digest_key: bytes, *, workers: int | None, patience: Patience | None = None
) -> Executor:
    judging = settings.execution.judging(settings.consensus.rho, settings.consensus.tau)
    if patience is not None:
        judging = replace(judging, patience=patience)
    return executor_for(judging, workers=workers, digest_key=digest_key, python=_python(settings))


def _python(settings: RunConfig) -> str:
    """The interpreter that runs programs. ConfigError where it is none, or none that the executor can go into."""
    try:
        return interpreter_at(settings.execution.python or sys.executable).path
    except ConfigError as error:
        raise ConfigError(f"execution.python: {error}") from error


def _benchmarks(settings: RunConfig) -> BenchmarkIndex:
    """The tasks of the benchmark files. InputError and ConfigError where one cannot be read."""
    tasks = []
    for name in settings.benchmarks:
        file = Path(name)
        if not file.is_file():
            raise ConfigError(f"benchmarks: there is no file {name}")
        stem = file.name.removesuffix(".gz").removesuffix(".jsonl")
        tasks += [benchmark_task(f"{file.parent.name}/{stem}", row.fields) for row in iter_rows(file)]
    return BenchmarkIndex(tasks, settings.contamination)


def _note_start(directory: LoopDirectory, settings: RunConfig, stages: Sequence[str], shard: Shard) -> None:
    directory.note_attempt(stages=list(stages), shard=asdict(shard))
    resolved = settings.model_dump(mode="json", exclude_none=True)
    # Only what was said of the model: settings of other doors would be refused if the file were given to a run.
    resolved["model"] = settings.model.model_dump(mode="json", exclude_unset=True)
    directory.note_text("config.resolved.toml", tomli_w.dumps(resolved))
    directory.note(
        "environment",
        {
            "ucoder": ucoder.__version__,
            "python": platform.python_version(),
            "platform": platform.platform(),
            "cores": num_cores(),
            "gpus": visible_gpus(),
            "packages": installed_versions(),
            "argv": sys.argv[1:],
        },
    )


class _Sampler:
    """The model that is asked now, behind its door: one at a time, so that a GPU holds one."""

    def __init__(self, settings: RunConfig, directory: LoopDirectory, shard: Shard) -> None:
        self._settings = settings
        self._directory = directory
        self._shard = shard
        self._open: tuple[str, Generator] | None = None

    def _model(self, name: str) -> ModelSettings:
        model = self._settings.model
        return model.model_copy(update={"model": name, "revision": None}) if name else model

    def __call__(self, name: str) -> Generator:
        if self._open is None or self._open[0] != name:
            self.close()
            generator = open_generator(
                self._model(name),
                run_seed=self._settings.seed,
                attempt=self._directory.attempt,
                replica=self._shard.index - 1,
                log_dir=self._directory.path / "logs",
            )
            self._open = (name, generator)
        return self._open[1]

    def fingerprint(self, name: str) -> str:
        """By the model's files, where they are here."""
        folder = local_folder(self._model(name))
        return self(name).fingerprint if folder is None else folder_fingerprint(folder)

    def close(self) -> None:
        """End the model that is open, if there is one."""
        if self._open is not None:
            self._open[1].close()
            self._open = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()


@contextmanager
def _tools(
    settings: RunConfig,
    directory: LoopDirectory,
    style: PromptStyle,
    benchmarks: BenchmarkIndex,
    exams: Sequence[Exam],
    shard: Shard,
) -> Iterator[Tools]:
    """Model and executor, each started when it is first needed and ended here."""
    with ExitStack() as stack:
        sampler = stack.enter_context(_Sampler(settings, directory, shard))
        key, workers = bytes.fromhex(directory.digest_key), settings.execution.workers

        def started(patience: Patience | None) -> Executor:
            return stack.enter_context(_executor(settings, key, workers=workers, patience=patience))

        with showing_stages() as report:
            yield Tools(
                generator=sampler,
                fingerprint=sampler.fingerprint,
                release=sampler.close,
                executor=cache(lambda: started(None)),
                examiner=cache(lambda: started(Patience())),
                directory=directory,
                style=style,
                benchmarks=benchmarks,
                exams=exams,
                version=ucoder.__version__,
                report=report,
            )
