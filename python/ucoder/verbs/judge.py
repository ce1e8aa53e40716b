"""`ucoder judge`: candidates x tests, into a folder of evidence."""

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter

import ucoder
from ucoder.config import JudgeSettings, Limits, Patience, Shard
from ucoder.errors import ConfigError
from ucoder.execution.executor import PACKAGE_DIR
from ucoder.execution.inputs import InputPaths, Inputs
from ucoder.execution.interpreter import Interpreter, environment_identity, interpreter_at
from ucoder.execution.tally import summarize
from ucoder.report.progress import showing_progress
from ucoder.report.summary import print_summary
from ucoder.stages.judging import executor_for, fresh_keep, identity_of, plan_parts
from ucoder.stages.judging import judge as judge_parts
from ucoder.store import JsonObject, RunDirectory
from ucoder.verbs.counts import refuse_below_one

__all__ = ["SAMPLE", "JudgeOptions", "judge"]

_SAMPLE_DIR = Path(PACKAGE_DIR) / "presets" / "sample"
SAMPLE = InputPaths(*(_SAMPLE_DIR / f"{name}.jsonl.gz" for name in ("problems", "candidates", "tests")))
"""The sample that the package ships."""

_DEFAULTS = JudgeSettings()


@Parameter(name="*")
@dataclass(frozen=True, slots=True, kw_only=True)
class JudgeOptions:
    """What `ucoder judge` takes."""

    out: Path
    "Folder for the results. One that holds this very run is gone on with; another run's is refused."
    problems: Path | None = None
    "JSON lines: task_id, prompt, entry_point; optionally test, canonical_solution, profile."
    candidates: Path | None = None
    "JSON lines: task_id with completion (continues the prompt) or solution (whole); optionally mean_logprob."
    tests: Path | None = None
    "JSON lines: task_id with tests (assertions or objects). The problems file itself: its check functions."
    sample: Annotated[bool, Parameter(negative=())] = False
    "Judge the sample that comes with ucoder, instead of files."
    isolation: Literal["auto", "test", "candidate", "batch"] = "auto"
    "What shares a process: programs seen to leave no trace, nothing, a candidate's runs, a problem's (if trusted)."
    cpu_limit_ms: int = _DEFAULTS.limits.cpu_ms
    "CPU time of one candidate on one test."
    load_limit_ms: int = _DEFAULTS.limits.load_cpu_ms
    "CPU time to load a candidate."
    memory_mb: int = _DEFAULTS.limits.memory_mb
    "Memory of one candidate."
    max_timeouts: int = _DEFAULTS.limits.max_timeouts
    "Tests on which a candidate may hit a time limit; the rest of it is skipped."
    patience: Literal["full", "deciding"] = "full"
    "Programs for which the CPU limit is waited out: all, or those that could change the largest cluster of a problem."
    rho: float = _DEFAULTS.patience.rho
    "With --patience deciding: share of the tests that a candidate must run to an end on to be chosen."
    python: Path | None = None
    "Interpreter or environment that runs the programs, for its packages; the one that runs ucoder by default."
    workers: int | None = None
    "Programs that run at a time; all cores by default."
    shard: str = "1/1"
    "Judge one of N shares of the job, I/N from 1/N to N/N; `ucoder merge` puts them together."
    part_candidates: int = _DEFAULTS.part_candidates
    "Candidates after which results are written; a killed run repeats at most those."
    allow_weaker: Annotated[bool, Parameter(negative=())] = False
    "Run even where a layer of the sandbox is missing."
    json: Annotated[bool, Parameter(negative=())] = False
    "Print the summary as one JSON object."


def judge(options: JudgeOptions) -> int:
    """Judge, print the summary, return the exit code. The help text stands in `ucoder.cli`."""
    paths = _input_paths(options)
    settings = JudgeSettings(
        isolation=options.isolation,
        limits=Limits(
            cpu_ms=options.cpu_limit_ms,
            load_cpu_ms=options.load_limit_ms,
            memory_mb=options.memory_mb,
            max_timeouts=options.max_timeouts,
        ),
        patience=Patience(mode=options.patience, rho=options.rho),
        allow_weaker=options.allow_weaker,
        part_candidates=options.part_candidates,
    )
    shard = Shard.parse(options.shard)
    refuse_below_one("--workers", options.workers)
    interpreter = interpreter_at(options.python or sys.executable)
    with Inputs.open(paths) as inputs:
        identity = identity_of(inputs, settings, shard, ucoder.__version__)
        if options.python is not None:
            identity |= environment_identity(interpreter)
        with RunDirectory.open(options.out, identity, fresh_keep()) as directory:
            summary = directory.summary
            if summary is not None:
                sys.stderr.write(f"{options.out} is finished already; this is its summary\n")
            else:
                summary = _run(inputs, directory, settings, shard, options.workers, interpreter)
    print_summary(summary, options.out, as_json=options.json)
    return 0


def _input_paths(options: JudgeOptions) -> InputPaths:
    given = {"--problems": options.problems, "--candidates": options.candidates, "--tests": options.tests}
    if options.sample:
        if named := [name for name, path in given.items() if path is not None]:
            raise ConfigError(f"--sample stands instead of {named[0]}: give one of them")
        return SAMPLE
    if missing := [name for name, path in given.items() if path is None]:
        raise ConfigError(f"{' and '.join(missing)} must be given, or --sample instead of the three files")
    return InputPaths(*(path for path in given.values() if path is not None))


def _run(
    inputs: Inputs,
    directory: RunDirectory,
    settings: JudgeSettings,
    shard: Shard,
    workers: int | None,
    interpreter: Interpreter,
) -> JsonObject:
    """Judge what is not judged yet, and finish the folder."""
    parts = plan_parts(inputs.num_candidates(), settings.part_candidates)
    mine = [part for part in parts if shard.holds(part.number)]
    finished = directory.finished_parts()
    if finished:
        sys.stderr.write(f"going on: {len(finished)} of {len(mine)} parts are finished\n")
    if len(finished) < len(mine):
        with (
            executor_for(
                settings,
                workers=workers,
                digest_key=bytes.fromhex(directory.kept["digest_key"]),
                python=interpreter.path,
            ) as executor,
            showing_progress() as on_progress,
        ):
            judge_parts(inputs, directory, executor, mine, on_progress)
    summary = summarize(directory.identity, directory.finished_parts().values())
    directory.finish(summary)
    return summary
