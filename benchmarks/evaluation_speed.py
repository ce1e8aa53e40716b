"""What evaluating HumanEval+ costs in CPU time: `ucoder eval`, evalplus, and the programs alone without any jail.

    python benchmarks/evaluation_speed.py --work FOLDER [--number 20] [--every 1] [--data ../shared/data]

Every problem has so many samples: its reference solution, each with a comment of its own, so that none is run for
another. All run all tests of all samples. The CPU time is that of the whole command with all of its children, from
`wait4`; what starting and reading cost is found by one sample a problem and taken off beside it ("each": of a further
sample). "alone" is one process without network that compiles each program and makes its calls, and judges nothing.
"""

import argparse
import json
import os
import subprocess
import sys
from pathlib import Path

from agreement import SETS, every, peer_command, rows_of

from ucoder.execution.peer import NAMESPACES

NAME = "humaneval+"
_ALONE = """
import copy, json, os, sys
problems = {row["task_id"]: row for row in map(json.loads, open(sys.argv[1]))}
os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
for row in map(json.loads, open(sys.argv[2])):
    problem, names = problems[row["task_id"]], {}
    exec(compile(row["solution"], "<program>", "exec"), names)
    for call in problem["base_input"] + problem["plus_input"]:
        names[problem["entry_point"]](*copy.deepcopy(call))
"""


def write_samples(file: Path, data: Path, number: int) -> Path:
    rows = (
        {"task_id": row["task_id"], "solution": f"{row['prompt']}{row['canonical_solution']}\n# {place}\n"}
        for row in rows_of(data)
        for place in range(number)
    )
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return file


def cpu_seconds(command: list[str], **environment: str) -> float:
    """Of a command and all its children. CalledProcessError where it fails."""
    started = subprocess.Popen(command, env={**os.environ, **environment}, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(started.pid, 0)
    started.returncode = os.waitstatus_to_exitcode(status)
    if started.returncode:
        raise subprocess.CalledProcessError(started.returncode, command)
    return usage.ru_utime + usage.ru_stime


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--number", type=int, default=20, help="samples of each problem")
    parser.add_argument("--every", type=int, default=1, help="of the problems, the first, and every so many after it")
    parser.add_argument("--workers", type=int, default=2)
    options = parser.parse_args()
    work = options.work.resolve()
    work.mkdir(parents=True)
    file, _, override = SETS[NAME]
    data = every(options.data / file, work / "data.jsonl", options.every)
    ucoder = [sys.executable, "-m", "ucoder", "eval", NAME, "--data", str(data), "--workers", str(options.workers)]
    cache = {"XDG_CACHE_HOME": str(work / "cache")}
    one = write_samples(work / "one.jsonl", data, 1)
    cpu_seconds([*ucoder, "--samples", str(one), "--out", str(work / "references")], **cache)  # they are kept from now
    figures: dict[str, dict[int, float]] = {"ucoder": {}, "evalplus": {}, "alone": {}}
    for number in (1, options.number):
        samples = write_samples(work / f"samples-{number}.jsonl", data, number)
        figures["ucoder"][number] = cpu_seconds(
            [*ucoder, "--samples", str(samples), "--out", str(work / f"out-{number}")], **cache
        )
        figures["evalplus"][number] = cpu_seconds(
            peer_command("humaneval", samples, options.workers),
            **{override: str(data), "XDG_CACHE_HOME": "/dev/shm/cache"},
        )
        figures["alone"][number] = cpu_seconds([*NAMESPACES, sys.executable, "-c", _ALONE, str(data), str(samples)])
    num_problems = len(list(rows_of(data)))
    each = {name: (cpu[options.number] - cpu[1]) / (options.number - 1) / num_problems for name, cpu in figures.items()}
    sys.stdout.write(
        f"{num_problems} problems, {options.number} samples each\n\n"
        "| | CPU s, all | CPU ms, each | times alone |\n|---|---|---|---|\n"
    )
    for name, cpu in figures.items():
        ratio = each[name] / each["alone"]
        sys.stdout.write(f"| {name} | {cpu[options.number]:.1f} | {1000 * each[name]:.0f} | {ratio:.2f} |\n")


if __name__ == "__main__":
    main()
