"""Judges stdin/stdout programs that come with verdicts somebody recorded, and says where the two disagree.

    python examples/codecontests.py convert PROBLEMS.jsonl.gz CANDIDATES.jsonl.gz FOLDER
    ucoder judge --problems FOLDER/problems.jsonl --candidates FOLDER/candidates.jsonl --tests FOLDER/tests.jsonl \
        --cpu-limit-ms 2000 --max-timeouts 1 --out RUN
    python examples/codecontests.py compare FOLDER RUN

Problems: {"pid", "test_list": [{"input", "output": [text]}]}. Candidates: {"task_id": pid, "candidates": [{"code",
"recorded_pass": true, false or null}]}. Outputs are compared by words, as programming contests do.
"""

import gzip
import json
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq


def rows(path: str | Path) -> Iterator[dict[str, Any]]:
    data = Path(path).read_bytes()
    for line in (gzip.decompress(data) if str(path).endswith(".gz") else data).splitlines():
        yield json.loads(line)


def write(path: Path, records: list[dict[str, Any]]) -> None:
    path.write_text("".join(json.dumps(record) + "\n" for record in records), encoding="utf-8")


def convert(problems: str, candidates: str, folder: str) -> None:
    out = Path(folder)
    out.mkdir(parents=True, exist_ok=True)
    given = list(rows(problems))
    write(out / "problems.jsonl", [{"task_id": p["pid"], "prompt": "", "profile": "script"} for p in given])
    tests = [
        {
            "task_id": p["pid"],
            "tests": [{"input": t["input"], "output": t["output"][0], "compare": "whitespace"} for t in p["test_list"]],
        }
        for p in given
    ]
    write(out / "tests.jsonl", tests)
    programs = [(row["task_id"], entry) for row in rows(candidates) for entry in row["candidates"]]
    write(out / "candidates.jsonl", [{"task_id": task, "solution": entry["code"]} for task, entry in programs])
    write(out / "recorded.jsonl", [{"task_id": task, "pass": entry["recorded_pass"]} for task, entry in programs])


def compare(folder: str, run: str) -> None:
    outcomes: dict[tuple[str, int], Counter[str]] = defaultdict(Counter)
    for part in sorted((Path(run) / "cells").glob("*.parquet")):
        table = pq.read_table(part, columns=["task_id", "candidate", "outcome"])
        columns = (table[name].to_pylist() for name in ("task_id", "candidate", "outcome"))
        for task, candidate, outcome in zip(*columns, strict=True):
            outcomes[task, candidate][outcome] += 1
    agreement: Counter[tuple[bool | None, bool]] = Counter()
    place: Counter[str] = Counter()
    for row in rows(Path(folder) / "recorded.jsonl"):
        task = row["task_id"]
        counts = outcomes[task, place[task]]
        passed = set(counts) == {"PASS"}
        agreement[row["pass"], passed] += 1
        if row["pass"] is not None and row["pass"] != passed:
            print(f"{task} candidate {place[task]}: recorded {row['pass']}, now {dict(counts)}")
        place[task] += 1
    for (recorded, now), count in sorted(agreement.items(), key=str):
        print(f"recorded {recorded}, now {now}: {count}")


if __name__ == "__main__":
    if sys.argv[1:2] == ["convert"] and len(sys.argv) == 5:
        convert(*sys.argv[2:])
    elif sys.argv[1:2] == ["compare"] and len(sys.argv) == 4:
        compare(*sys.argv[2:])
    else:
        sys.exit(__doc__)
