"""Writes the sample: `python -m sample.build [FOLDER]`, from the folder `examples`.

The output is the same, byte for byte, in every run. Of all the programs only the reference of each problem is run.
"""

import gzip
import io
import json
import sys
from collections.abc import Iterable
from pathlib import Path

from .candidates import candidates
from .families import PROBLEMS
from .problem import Problem
from .suites import check_function, hidden_tests, model_suite

SHIPPED = Path(__file__).parents[2] / "python" / "ucoder" / "presets" / "sample"


def problem_row(problem: Problem) -> dict[str, object]:
    row: dict[str, object] = {"task_id": problem.task_id, "prompt": problem.prompt}
    if problem.is_script:
        row["profile"] = "script"
    else:
        row |= {"entry_point": problem.entry_point, "test": check_function(problem)}
    return row | {"canonical_solution": problem.completion(problem.right[0])}


def tables() -> dict[str, list[dict[str, object]]]:
    """The rows of every file, by file name."""
    names = ("problems", "candidates", "tests", "truth", "truth_tests", "test_labels")
    rows: dict[str, list[dict[str, object]]] = {name: [] for name in names}
    for ordinal, problem in enumerate(PROBLEMS):
        task: dict[str, object] = {"task_id": problem.task_id}
        rows["problems"].append(problem_row(problem))
        for made in candidates(problem, ordinal):
            rows["candidates"].append(task | {made.field: made.text, "mean_logprob": made.mean_logprob})
            rows["truth"].append(task | {"label": made.label, "flaw": made.flaw})
        suite = model_suite(problem)
        rows["tests"].append(task | {"tests": [test.test for test in suite]})
        rows["test_labels"].append(task | {"labels": [test.label for test in suite]})
        rows["truth_tests"].append(task | {"tests": hidden_tests(problem)})
    return rows


def compressed(rows: Iterable[dict[str, object]]) -> bytes:
    """JSON lines in gzip without a time or a file name."""
    text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    buffer = io.BytesIO()
    with gzip.GzipFile(filename="", mode="wb", compresslevel=9, fileobj=buffer, mtime=0) as stream:
        stream.write(text.encode())
    return buffer.getvalue()


def write(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, rows in tables().items():
        (folder / f"{name}.jsonl.gz").write_bytes(compressed(rows))


if __name__ == "__main__":
    write(Path(sys.argv[1]) if len(sys.argv) > 1 else SHIPPED)
