"""`ucoder sweep`: selection yield and cost against sampling settings, n and the number of tests."""

import os
import shutil
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from functools import cache
from itertools import product
from pathlib import Path
from typing import Annotated

import numpy as np
import pyarrow as pa  # type: ignore[import-untyped]  # it ships no types
from cyclopts import Parameter
from numpy.typing import NDArray

from ucoder.config import Limits
from ucoder.consensus.rules import RULES
from ucoder.errors import ConfigError, OtherRunError
from ucoder.execution.executor import Executor
from ucoder.execution.judged import StoredProblem
from ucoder.llm.generator import Generator
from ucoder.llm.opening import open_generator
from ucoder.loop_records import Skeleton, Suite
from ucoder.report.sweep import SweepRow, print_sweep
from ucoder.rounds import STAGES
from ucoder.run_config import RunConfig, load_config
from ucoder.stages.planning import mean_tokens
from ucoder.stages.sweeping import GridRow, Sizes, costed_problems, sweep_problems
from ucoder.stages.truths import true_tests, verdicts
from ucoder.store import JsonObject, RunRecord, publish, write_json
from ucoder.store.files import table_writer, take_lock
from ucoder.store.loop import read_run
from ucoder.store.stages import StageFolder
from ucoder.verbs.run import running

__all__ = ["SweepOptions", "sweep"]

_STAGES = STAGES[: STAGES.index("candidates") + 1]
_SHARED = ("problems", "ratings", "skeletons", "suites")
_INSTEAD = {"candidates.n": "--n", "suites.num_tests": "--num-tests"}
_TESTS = (5, 10, 20, 50, 100, 200, 500, 1000)


@Parameter(name="*")
@dataclass(frozen=True, slots=True, kw_only=True)
class SweepOptions:
    """What `ucoder sweep` takes, beside the configuration."""

    out: Path
    "Folder of the sweep; below it, one of a run for each setting."
    set: Annotated[tuple[str, ...], Parameter(negative=())] = ()
    "A changed setting, for example candidates.top_p=1; may be given often."
    over: Annotated[tuple[str, ...], Parameter(negative=())] = ()
    "A setting and its values, for example candidates.temperature=0.4,0.8; several are combined."
    n: str = ""
    "Answers for a problem, for example 2,4,8,16: the most are drawn. By default powers of two up to candidates.n."
    num_tests: str = ""
    "Tests of a problem, for example 5,10,20: the most are asked for. By default some up to suites.num_tests."
    truth: Path | None = None
    "True tests, JSON lines with task_id (of a problem of these runs) and tests; a file, or a folder of such files."
    draws: int = 8
    "Random orders of candidates and tests that each smaller size is the mean of."
    json: Annotated[bool, Parameter(negative=())] = False
    "Print the table as one JSON object."


@dataclass(frozen=True, slots=True)
class _Run:
    """One combination of settings."""

    values: dict[str, str]
    settings: RunConfig
    folder: Path


def sweep(config: str, options: SweepOptions) -> int:
    """Run every setting, draw the table from what was executed, print it, return the exit code. The help text stands
    in `ucoder.cli`.
    """
    sizes = _sizes(load_config(config, options.set), options)
    runs = list(_runs(config, options, sizes))
    with _held(options.out, [run.folder.name for run in runs]), ExitStack() as stack:

        @cache
        def opened() -> Generator:
            first = runs[0]
            return stack.enter_context(
                open_generator(
                    first.settings.model,
                    run_seed=first.settings.seed,
                    attempt=_num_attempts(runs),
                    log_dir=first.folder / "logs",
                )
            )

        is_one_model = len({(run.settings.model.model_dump_json(), run.settings.seed) for run in runs}) == 1
        rows: list[SweepRow] = []
        for number, run in enumerate(runs, 1):
            sys.stderr.write(f"{number} of {len(runs)}: {run.folder.name}\n")
            _share_stages(runs[0], run)
            with running(
                run.settings, run.folder, resume=True, stages=_STAGES, generator=opened if is_one_model else None
            ):
                rows += [SweepRow(run.values, row) for row in _table(run, sizes, options.truth)]
        summary = _summary(options, sizes, runs, rows)
        write_json(options.out / "sweep.json", summary)
        publish(options.out / "sweep.parquet", table_writer(_parquet(rows)))
    print_sweep(summary, rows, options.out, as_json=options.json)
    return 0


# ---------------------------------------------------------------- what is swept


def _sizes(settings: RunConfig, options: SweepOptions) -> Sizes:
    powers = [1 << power for power in range(1, 17) if 1 << power < settings.candidates.n]
    tests = [number for number in _TESTS if number < settings.suites.num_tests]
    n = _numbers("--n", options.n) or (*powers, settings.candidates.n)
    num_tests = _numbers("--num-tests", options.num_tests) or (*tests, settings.suites.num_tests)
    if n[0] < 2:
        raise ConfigError(f"--n: candidates.n is {n[0]}, but consensus is agreement among several programs: at least 2")
    if num_tests[0] < 1:
        raise ConfigError(f"--num-tests: suites.num_tests is {num_tests[0]}, but a selection needs at least 1")
    if num_tests[-1] < settings.suites.min_tests:
        raise ConfigError(
            f"--num-tests: with at most {num_tests[-1]} tests every problem is dropped, for suites.min_tests is "
            f"{settings.suites.min_tests}"
        )
    if not 1 <= options.draws <= 1000:
        raise ConfigError(f"--draws lies between 1 and 1000, not at {options.draws}")
    return Sizes(n=n, num_tests=num_tests, draws=options.draws, seed=settings.seed)


def _numbers(option: str, text: str) -> tuple[int, ...]:
    try:
        return tuple(sorted({int(part) for part in text.split(",")})) if text else ()
    except ValueError:
        raise ConfigError(f"{option} takes whole numbers, for example 2,4,8, not {text!r}") from None


def _runs(config: str, options: SweepOptions, sizes: Sizes) -> Iterator[_Run]:
    """The combinations, each checked now: a wrong value must not show when half of the sweep is done."""
    axes: dict[str, list[str]] = {}
    for text in options.over:
        name, sign, values = text.partition("=")
        if not sign or not name or not all(values.split(",")):
            raise ConfigError(f"--over takes a.b=value,value, not {text!r}")
        if name in _INSTEAD:
            raise ConfigError(f"--over {name}: give {_INSTEAD[name]} instead; fewer are drawn from the most")
        if name in axes:
            raise ConfigError(f"--over {name} is given twice")
        axes[name] = list(dict.fromkeys(values.split(",")))
    sized = [f"candidates.n={sizes.n[-1]}", f"suites.num_tests={sizes.num_tests[-1]}"]
    for combination in product(*axes.values()):
        changes = [f"{name}={value}" for name, value in zip(axes, combination, strict=True)]
        settings = load_config(config, [*options.set, *sized, *changes])
        name = ",".join(changes).replace(os.sep, "_") or "run"
        yield _Run(dict(zip(axes, combination, strict=True)), settings, options.out / name)


@contextmanager
def _held(out: Path, names: Sequence[str]) -> Iterator[None]:
    """Hold the sweep's folder. OtherRunError where it holds what no sweep leaves there."""
    out.mkdir(parents=True, exist_ok=True)
    ours = {"lock", "sweep.json", "sweep.parquet", ".sweep.json.tmp", ".sweep.parquet.tmp", *names}
    foreign = sorted(
        entry.name
        for entry in out.iterdir()
        if entry.name not in ours and "=" not in entry.name and entry.name != "run"
    )
    if foreign:
        raise OtherRunError(f"{out} holds {foreign[0]!r} and is no sweep's folder: give a new or an empty one")
    lock = take_lock(out)
    try:
        yield
    finally:
        os.close(lock)


def _num_attempts(runs: Sequence[_Run]) -> int:
    """Attempts of all runs so far: a number that the model's next start does not share with an earlier one."""
    return sum(len(read_run(run.folder)["attempts"]) for run in runs if (run.folder / "run.json").exists())


def _share_stages(first: _Run, run: _Run) -> None:
    """Give a new run the stages of the first one. Each is kept only where its key, made of all that it depends on, is
    the same; then nothing is asked twice.
    """
    if run is first or run.folder.exists():
        return
    copy = run.folder.with_name(f".{run.folder.name}.tmp")
    shutil.rmtree(copy, ignore_errors=True)  # one that was stopped
    # Programs drawn under other settings would be in the way of counting tokens.
    are_same = _asking(first.settings) == _asking(run.settings)
    for part in (*_SHARED, *(["candidates/answers"] if are_same else [])):
        source = first.folder / "round-00" / part
        if source.is_dir():
            shutil.copytree(source, copy / "round-00" / part, copy_function=_link)
    shutil.copyfile(first.folder / "run.json", copy / "run.json")
    copy.rename(run.folder)


def _asking(settings: RunConfig) -> JsonObject:
    """The settings that decide what the model is asked."""
    return settings.model_dump(exclude={"name", "execution", "consensus"})


def _link(source: str, target: str) -> None:
    """Files of a run are replaced, never written to, so that two runs can share one."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copyfile(source, target)


# ---------------------------------------------------------------- the table


def _table(run: _Run, sizes: Sizes, truth: Path | None) -> list[GridRow]:
    """All sizes of one run. Its folder is held."""
    folder = run.folder / "round-00"
    record = RunRecord.load(folder / "cells")
    right = _right(run, record, truth) if truth else {}
    choice = run.settings.consensus
    settings = choice.model_copy(update={"resamples": 0}).settings(run.settings.seed)

    def of(stored: StoredProblem) -> NDArray[np.bool_] | None:
        return right.get(stored.judged.task_id)

    grid = sweep_problems(costed_problems(record), sizes, RULES[choice.rule], settings, of)
    num_problems = len(StageFolder(folder / "suites").load("records", Suite))
    tokens, _ = mean_tokens(folder / "candidates" / "answers")
    return grid.rows(num_problems, tokens or 0.0)


def _right(run: _Run, record: RunRecord, truth: Path) -> dict[str, NDArray[np.bool_]]:
    """By problem, who passes the true tests."""
    skeletons = StageFolder(run.folder / "round-00" / "skeletons").load("records", Skeleton)
    problems = [one.as_problem() for one in skeletons]
    tests = true_tests(truth, problems)
    execution = run.settings.execution
    limits = Limits(cpu_ms=execution.cpu_limit_ms, load_cpu_ms=execution.load_limit_ms, memory_mb=execution.memory_mb)
    stored = (one.stored for one in costed_problems(record))
    with Executor(
        workers=execution.workers, limits=limits, allow_weaker=execution.allow_weaker,
        python=execution.python or sys.executable,
    ) as executor:  # fmt: skip
        return dict(verdicts(stored, problems, tests, executor))


def _summary(options: SweepOptions, sizes: Sizes, runs: Sequence[_Run], rows: Sequence[SweepRow]) -> JsonObject:
    return {
        "out": str(options.out),
        "rule": runs[0].settings.consensus.rule,
        "n": list(sizes.n),
        "num_tests": list(sizes.num_tests),
        "draws": sizes.draws,
        "seed": sizes.seed,
        "truth": str(options.truth) if options.truth else None,
        "runs": [{"settings": run.values, "folder": run.folder.name} for run in runs],
        "table": [{**row.settings, **asdict(row.grid)} for row in rows],
    }


def _parquet(rows: Sequence[SweepRow]) -> pa.Table:
    return pa.Table.from_pylist([{**row.settings, **asdict(row.grid)} for row in rows])
