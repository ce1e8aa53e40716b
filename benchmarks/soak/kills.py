"""`ucoder judge` under fire: `scripts/soak kills [--kills 200] [--isolation auto] [--seed 0]`.

Callers, zygotes and workers of a run are killed at random moments, one at a time, until so many have been. A run whose
caller was killed is started again. What it comes to is compared with a run that nobody disturbed, and nothing of it may
be left: processes, shared memory, temporary files. No kill changes a verdict: the only cells that may differ are those
whose zygote or worker was killed twice, which are INFRA.
Prints one JSON object; exit code 1 where something of this is not so.
"""

import argparse
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

sys.path.insert(0, str(Path(__file__).parent))

from processes import children_of, is_alive

KINDS = ["caller", "zygote", "worker"]
# A right one, a wrong one, one that raises, one that takes its time, one that holds still.
PROGRAMS = [
    "def f(x): return x + {n}",
    "def f(x): return [x, {n}]",
    "def f(x): raise KeyError(x)",
    "def f(x):\n    for _ in range(300_000): pass\n    return x + {n}",
    "import time\ndef f(x):\n    time.sleep(0.02)\n    return x + {n}",
]


@dataclass
class Fire:
    """What was killed, and all processes that were seen."""

    kills: Counter[str] = field(default_factory=Counter)
    seen: set[int] = field(default_factory=set)
    restarts: int = 0
    errors: Counter[str] = field(default_factory=Counter)


def write_inputs(folder: Path, num_problems: int) -> list[str]:
    rows: dict[str, list[Any]] = {"problems": [], "candidates": [], "tests": []}
    for number in range(num_problems):
        name = f"p/{number}"
        rows["problems"].append({"task_id": name, "entry_point": "f"})
        rows["candidates"] += [{"task_id": name, "solution": text.format(n=number)} for text in PROGRAMS]
        rows["tests"].append({"task_id": name, "tests": [f"assert f({x}) == {x + number}" for x in range(4)]})
    arguments = []
    for name, content in rows.items():
        (folder / f"{name}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in content))
        arguments += [f"--{name}", str(folder / f"{name}.jsonl")]
    return arguments


def victims(caller: int) -> dict[str, list[int]]:
    zygotes = children_of(caller)
    return {"caller": [caller], "zygote": zygotes, "worker": [worker for one in zygotes for worker in children_of(one)]}


def shoot(caller: subprocess.Popen[bytes], fire: Fire, chance: random.Random, kind: str) -> None:
    """Kills one process of this kind, if there is one in the next moments."""
    deadline = time.monotonic() + 1
    while caller.poll() is None and time.monotonic() < deadline:
        by_kind = victims(caller.pid)
        fire.seen.update(pid for pids in by_kind.values() for pid in pids)
        if by_kind[kind]:
            try:
                os.kill(chance.choice(by_kind[kind]), signal.SIGKILL)
            except ProcessLookupError:
                continue
            fire.kills[kind] += 1
            return
        time.sleep(0.001)


def last_line(text: str) -> str:
    """Of an error as the command line prints it. A traceback would be a fault of ours."""
    if "Traceback" in text:
        raise SystemExit(text)
    return text.strip().splitlines()[-1] if text.strip() else "nothing was said"


def run_under_fire(
    command: list[str], environment: dict[str, str], fire: Fire, chance: random.Random, most: int
) -> bool:
    """One run to its end, however it ends. Whether it came to it by itself."""
    # The interpreter has its time to start: killing it before that says nothing.
    with (
        tempfile.TemporaryFile() as said,
        subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=said) as caller,
    ):
        while caller.poll() is None and not children_of(caller.pid):
            time.sleep(0.01)
        while caller.poll() is None and fire.kills.total() < most:
            time.sleep(chance.uniform(0, 0.15))
            shoot(caller, fire, chance, chance.choices(KINDS, weights=[2, 3, 3])[0])
        fire.restarts += caller.wait() == -signal.SIGKILL
        if caller.returncode not in (0, -signal.SIGKILL):
            # A zygote that is killed while it starts is no machine to run on: an error that says so, and the run waits.
            said.seek(0)
            fire.errors[last_line(said.read().decode())] += 1
        return caller.returncode == 0


def cells(out: Path) -> dict[tuple[Any, ...], str]:
    found: dict[tuple[Any, ...], str] = {}
    for file in sorted((out / "cells").iterdir()):
        for row in pq.read_table(file).to_pylist():
            found[row["task_id"], row["candidate"], row["test"]] = str(row["outcome"])
    return found


def compare(whole: Path, out: Path, kills: Counter[str]) -> tuple[dict[str, int], list[str]]:
    """How many cells changed in which way, and which of that must not be."""
    left, right = cells(whole), cells(out)
    changed = Counter(f"{left[key]} to {right.get(key)}" for key in left if left[key] != right.get(key))
    problems = [] if left.keys() == right.keys() else ["not the same cells"]
    problems += [f"{number} cells: {change}" for change, number in changed.items() if not change.endswith(" to INFRA")]
    # A program that is killed twice while it is loaded takes its four cells with it.
    most = 4 * ((kills["zygote"] + kills["worker"]) // 2)
    if changed.total() > most:
        problems.append(f"{changed.total()} cells changed by kills that could change {most}")
    return dict(changed), problems


def left_behind(fire: Fire, temporary: Path) -> list[str]:
    deadline = time.monotonic() + 10
    while any(map(is_alive, fire.seen)) and time.monotonic() < deadline:
        time.sleep(0.05)
    shm = Path("/dev/shm")
    names = [str(path) for path in shm.iterdir() if "ucoder" in path.name] if shm.is_dir() else []
    alive = [f"process {pid}" for pid in sorted(fire.seen) if is_alive(pid)]
    return alive + names + [str(path) for path in temporary.iterdir()]


def soak(folder: Path, num_kills: int, isolation: str, seed: int) -> dict[str, Any]:
    chance, fire, temporary = random.Random(seed), Fire(), folder / "tmp"
    temporary.mkdir()
    environment = {**os.environ, "TMPDIR": str(temporary)}
    command = [sys.executable, "-m", "ucoder", "judge", "--isolation", isolation, "--part-candidates", "10"]
    command += write_inputs(folder, num_problems=max(8, min(40, num_kills // 2)))
    whole = folder / "whole"
    subprocess.run([*command, "--out", str(whole)], check=True, capture_output=True, env=environment)
    changed: Counter[str] = Counter()
    problems: list[str] = []
    runs = 0
    while fire.kills.total() < num_kills:
        out, before = folder / f"out-{runs}", fire.kills.copy()
        while not run_under_fire([*command, "--out", str(out)], environment, fire, chance, num_kills):
            pass
        differences, wrong = compare(whole, out, fire.kills - before)
        changed.update(differences)
        problems += wrong
        shutil.rmtree(out)
        runs += 1
    return {"isolation": isolation, "kills": dict(fire.kills), "runs": runs, "restarts": fire.restarts,
            "errors": dict(fire.errors), "processes_seen": len(fire.seen), "cells_changed": dict(changed),
            "problems": problems, "left_behind": left_behind(fire, temporary)}  # fmt: skip


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--isolation", choices=["auto", "candidate", "test"], default="candidate")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        report = soak(Path(folder), options.kills, options.isolation, options.seed)
    sys.stdout.write(json.dumps(report, indent=1) + "\n")
    return 1 if report["problems"] or report["left_behind"] else 0


if __name__ == "__main__":
    sys.exit(main())
