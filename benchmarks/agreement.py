"""Verdicts beside evalplus's on the same samples: mutants of the reference solutions of HumanEval+ and MBPP+.

    python benchmarks/agreement.py --work FOLDER [--number 10] [--data ../shared/data]

FOLDER keeps the samples, our evidence and evalplus's results: a second run does only what is missing. `agreement.md`
has the figures and what each kind of difference is.

evalplus is PyPI's 0.3.1 with its own limits. It has no sandbox, so it runs as the peers of `ucoder bench` do: without
network, in processes of its own, on a root that is read-only. It gets the data from the same files.
"""

import argparse
import json
import os
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from mutants import mutants

import ucoder
from ucoder.config import JudgeSettings
from ucoder.evaluation.benchmark import Benchmark
from ucoder.evaluation.catalogue import BENCHMARKS
from ucoder.evaluation.data import Data, Places, locate
from ucoder.evaluation.evaluating import Examination, evaluate, identity_of
from ucoder.evaluation.exam import BenchmarkProblem
from ucoder.evaluation.references import StoredReferences
from ucoder.evaluation.samples import digest_of, read_samples
from ucoder.execution.executor import Executor
from ucoder.execution.jsonl import iter_lines
from ucoder.execution.peer import NAMESPACES
from ucoder.report.progress import showing_progress
from ucoder.stages.judging import fresh_keep
from ucoder.store import RunDirectory

SETS = {
    "humaneval+": ("humanevalplus/HumanEvalPlus.jsonl.gz", "humaneval", "HUMANEVAL_OVERRIDE_PATH"),
    "mbpp+": ("mbppplus/MbppPlus.jsonl.gz", "mbpp", "MBPP_OVERRIDE_PATH"),
}
LIMIT_MS = 1000
"""evalplus's: a second of wall time for a test, or four times what the reference took."""
Row = dict[str, Any]


# ---------------------------------------------------------------- samples


def problems_of(bench: Benchmark, data: Data, work: Path, workers: int) -> dict[str, BenchmarkProblem]:
    limits = replace(bench.limits, cpu_ms=120_000, load_cpu_ms=120_000)
    version = f"{ucoder.__version__} {sys.version.split()[0]}"
    with StoredReferences(
        work / "references", version, lambda: Executor(workers=workers, isolation="candidate", limits=limits)
    ) as references:
        return {one.problem.task_id: one for one in bench.problems(data.paths, references)}


def write_samples(file: Path, problems: dict[str, BenchmarkProblem], number: int, seed: str) -> None:
    rows = [
        {"task_id": task_id, "solution": mutant.program, "kind": mutant.kind}
        for task_id, problem in problems.items()
        for mutant in mutants(problem.reference or "", problem.problem.entry_point or "", number, f"{seed} {task_id}")
    ]
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))


def every(data: Path, chosen: Path, step: int) -> Path:
    """A data file with some of the problems, for both."""
    if not chosen.exists():
        chosen.write_bytes(b"".join(list(iter_lines(data))[::step]))
    return chosen


def rows_of(file: Path) -> Iterator[Row]:
    return map(json.loads, file.read_text().splitlines())


# ---------------------------------------------------------------- the two


def ours(
    bench: Benchmark, data: Data, problems: dict[str, BenchmarkProblem], samples: Path, work: Path, workers: int
) -> Row:
    """eval_results.json of our own evaluation."""
    programs = read_samples(samples, bench, problems)
    settings = JudgeSettings(limits=replace(bench.limits, cpu_ms=LIMIT_MS), part_candidates=100)
    identity = identity_of(
        bench, data, {"digest": digest_of(programs)}, settings, ucoder=ucoder.__version__, python=sys.version.split()[0]
    )
    exam = Examination(bench, data, problems, programs)
    with (
        RunDirectory.open(work / f"ours-{bench.name}", identity, fresh_keep()) as directory,
        showing_progress() as show,
    ):
        key = bytes.fromhex(directory.kept["digest_key"])

        def start() -> Executor:
            return Executor(workers=workers, limits=settings.limits, digest_key=key)

        evaluate(exam, directory, settings, start, [1], show)
    results: Row = json.loads((work / f"ours-{bench.name}" / "eval_results.json").read_text())
    return results


_CHILD = """
import contextlib, json, os, pathlib, sys
answer = os.fdopen(os.dup(1), "w")
os.dup2(2, 1)
samples = pathlib.Path("/dev/shm/samples.jsonl")
samples.write_text(pathlib.Path(sys.argv[2]).read_text())
from evalplus.evaluate import evaluate
evaluate(sys.argv[1], samples=str(samples), parallel=int(sys.argv[3]))
answer.write(pathlib.Path("/dev/shm/samples_eval_results.json").read_text())
answer.flush()
os._exit(0)
"""


def peer_command(dataset: str, samples: Path, workers: int) -> list[str]:
    """evalplus on a file of samples; its results go to standard output."""
    return [*NAMESPACES, sys.executable, "-c", _CHILD, dataset, str(samples.resolve()), str(workers)]


def theirs(dataset: str, override: str, data: Path, samples: Path, file: Path, workers: int) -> Row:
    """eval_results.json of evalplus."""
    if not file.exists():
        environment = {**os.environ, override: str(data.resolve()), "XDG_CACHE_HOME": "/dev/shm/cache"}
        ran = subprocess.run(
            peer_command(dataset, samples, workers), env=environment, stdout=subprocess.PIPE, check=True
        )
        file.write_bytes(ran.stdout)
    results: Row = json.loads(file.read_text())
    return results


# ---------------------------------------------------------------- side by side


def compare(samples: Path, ours: Row, theirs: Row) -> tuple[Counter[tuple[str, str, str]], list[Row]]:
    """Counts of (class, our verdict, theirs), each "pass" or "fail" of base and added tests; and the differences."""
    counts: Counter[tuple[str, str, str]] = Counter()
    different = []
    seen: defaultdict[str, int] = defaultdict(int)
    for row in rows_of(samples):
        place = seen[row["task_id"]]
        seen[row["task_id"]] += 1
        pair = [results["eval"][row["task_id"]][place] for results in (ours, theirs)]
        verdicts = ["/".join(_short(one[name]) for name in ("base_status", "plus_status")) for one in pair]
        counts[row["kind"], verdicts[0], verdicts[1]] += 1
        if verdicts[0] != verdicts[1]:
            different.append({**row, "sample": place, "ours": verdicts[0], "theirs": verdicts[1]})
    return counts, different


def _short(status: str | None) -> str:
    """evalplus says fail for most time-outs, too."""
    return "pass" if status == "pass" else "fail"


def print_table(name: str, counts: Counter[tuple[str, str, str]]) -> None:
    sys.stdout.write(f"\n{name}\n\n| class | samples | both pass | both fail | different |\n|---|---|---|---|---|\n")
    kinds = list(dict.fromkeys(kind for kind, _, _ in counts))
    for kind in [*kinds, "all"]:
        mine = {key: count for key, count in counts.items() if kind in (key[0], "all")}
        same = sum(count for (_, left, right), count in mine.items() if left == right)
        passed = sum(count for (_, left, right), count in mine.items() if left == right == "pass/pass")
        total = sum(mine.values())
        sys.stdout.write(f"| {kind} | {total:,} | {passed:,} | {same - passed:,} | {total - same:,} |\n")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--number", type=int, default=10, help="mutants of each reference solution")
    parser.add_argument("--every", type=int, default=1, help="of the problems, the first, and every so many after it")
    parser.add_argument("--seed", default="1")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--only", choices=SETS)
    options = parser.parse_args()
    options.work.mkdir(parents=True, exist_ok=True)
    for name, (file, dataset, override) in SETS.items():
        if options.only not in (None, name):
            continue
        bench = BENCHMARKS[name]
        nowhere = Places(hub=options.work, caches=options.work)
        chosen = every(options.data / file, options.work / f"data-{name}.jsonl", options.every)
        data = locate(bench, [chosen], nowhere, offline=True)
        problems = problems_of(bench, data, options.work, options.workers)
        samples = options.work / f"samples-{name}.jsonl"
        if not samples.exists():
            write_samples(samples, problems, options.number, options.seed)
        mine = ours(bench, data, problems, samples, options.work, options.workers)
        other = theirs(dataset, override, chosen, samples, options.work / f"evalplus-{name}.json", options.workers)
        counts, different = compare(samples, mine, other)
        print_table(name, counts)
        (options.work / f"different-{name}.json").write_text(json.dumps(different, indent=1))


if __name__ == "__main__":
    main()
