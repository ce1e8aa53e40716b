"""What made the gain: the quickstart over several seeds, beside models that learned other programs of its problems.

    python benchmarks/quickstart.py OUT [SEED ...]

Each seed is a whole run: problems, tests, programs, training, controls of the first round. A run that was stopped goes
on. Prints the tables of `quickstart.md`: seeds are averaged problem by problem, intervals are over the held-out
problems (paired bootstrap). About ten minutes a seed on two cores.
"""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pyarrow.parquet as pq

from ucoder.loop_records import Score
from ucoder.rounds.result import control_figures

CONTROLS = ("random", "lowest-perplexity", "success-rate", "self-distillation")
# More problems and more programs to measure on than the preset has, which is to be over in minutes.
SETTINGS = (f"controls.sources={json.dumps(CONTROLS)}", "problems.answers_per_kind=240", "evaluation.n=10")

Scores = dict[str, Score]


def run(out: Path, seed: int) -> Path:
    folder = out / f"seed-{seed}"
    sets = [part for one in (f"seed={seed}", f"train.seed={seed}", *SETTINGS) for part in ("--set", one)]
    command = [sys.executable, "-m", "ucoder", "run", "quickstart", "--out", str(folder), "--resume", "--json", *sets]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    (folder / "result.json").write_text(done.stdout)
    return folder


def scores(folder: Path) -> Scores:
    rows = pq.read_table(folder / "evaluation" / "records.parquet", partitioning=None).to_pylist()
    return {row["problem_id"]: Score(**row) for row in rows}


def line(name: str, runs: list[Scores], reference: list[Scores]) -> str:
    """A model's row: pass@1 with its interval, that of each seed, and the paired difference to the reference."""
    one = control_figures(name, runs, reference)
    mean, less = one.evaluation, one.less_consensus
    seeds = ", ".join(f"{100 * rate:.1f}" for rate in one.by_seed)
    difference = (
        f"{100 * less.mean:+.1f} ({100 * less.low:+.1f} to {100 * less.high:+.1f})" if runs is not reference else ""
    )
    return (
        f"| {name} | {100 * mean.mean:.1f} | {100 * mean.low:.1f} to {100 * mean.high:.1f} | {seeds} | {difference} |"
    )


def tables(folders: list[Path]) -> Iterator[str]:
    start = [scores(folder / "start") for folder in folders]
    rounds = sorted({place.name for folder in folders for place in folder.glob("round-*")})
    yield "| model | pass@1 | 95 % interval | by seed | less the start |\n|---|---|---|---|---|"
    yield line("at the start", start, start)
    for number, name in enumerate(rounds, 1):
        yield line(f"after round {number}", [scores(folder / name) for folder in folders], start)
    first = [scores(folder / "round-00") for folder in folders]
    yield "\n| learned from (first round) | pass@1 | 95 % interval | by seed | less consensus |\n|---|---|---|---|---|"
    yield line("consensus", first, first)
    for source in CONTROLS:
        yield line(source, [scores(folder / f"round-00/controls/{source}-0") for folder in folders], first)
    yield line("nothing: the start", start, first)


def main(out: Path, seeds: list[int]) -> None:
    for text in tables([run(out, seed) for seed in seeds]):
        sys.stdout.write(text + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]), [int(one) for one in sys.argv[2:]] or [1, 2, 3])
