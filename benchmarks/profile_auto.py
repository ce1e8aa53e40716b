"""Where the CPU time of level `auto` goes, by kind of process: `perf` over the candidates that no limit stops.

    python benchmarks/profile_auto.py FOLDER [--workers 1]

FOLDER as for `cpu_each.py`. Workers carry their kind as their name; zygotes are `python`, the caller with the
supervisor's threads is `caller`. Needs perf (Debian: linux-perf).
"""

import argparse
import pickle
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

from cpu_each import LIMITS, tasks_of

from ucoder.execution.speed import throughput


def run_named(file: Path, workers: int) -> None:
    """What is profiled: the caller's name is set, so that it is told from its zygotes."""
    tasks = pickle.loads(file.read_bytes())  # written by ourselves a moment ago
    Path(f"/proc/self/task/{threading.get_native_id()}/comm").write_text("caller")
    ran = throughput(tasks, isolation="auto", workers=workers, limits=LIMITS)
    sys.stdout.write(f"{ran.candidates} candidates, {ran.candidates / ran.seconds:.0f}/s under perf\n")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--run", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.run:
        return run_named(options.folder, options.workers)
    with tempfile.TemporaryDirectory() as folder:
        tasks, samples = Path(folder) / "tasks", Path(folder) / "perf.data"
        tasks.write_bytes(pickle.dumps(tasks_of(options.folder)[0]))
        again = [sys.executable, __file__, str(tasks), "--run", "--workers", str(options.workers)]
        subprocess.run(["perf", "record", "-q", "-e", "cpu-clock", "-F", "1999", "-o", samples, *again], check=True)
        report = ["perf", "report", "-q", "-i", samples, "--sort", "comm"]
        sys.stdout.write(subprocess.run(report, capture_output=True, text=True, check=True).stdout)
    return None


if __name__ == "__main__":
    main()
