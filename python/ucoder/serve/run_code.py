"""POST /run_code, in SandboxFusion's format: one Python program, its standard input, what came out of it."""

import time
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from ucoder._core import Outcome
from ucoder.config import Limits
from ucoder.execution.executor import Executor
from ucoder.execution.matrix import ExecutionMatrix
from ucoder.records import Candidate, Problem, StdioTest
from ucoder.serve.settings import ServeSettings
from ucoder.serve.stage import new_mark, split, staged

__all__ = ["RunCode", "limits_of", "run_code"]

_PROBLEM = Problem("run_code", profile="script")
_LANGUAGE = "python"
# What a shell would call it: 128 less, as `subprocess` has it.
_SIGNALS = {Outcome.MEMORY: -9, Outcome.OUTPUT_LIMIT: -25, Outcome.FORBIDDEN: -31}
_NAMED_SIGNALS = {"SIGILL": -4, "SIGTRAP": -5, "SIGABRT": -6, "SIGBUS": -7, "SIGFPE": -8, "SIGSEGV": -11}
_EXIT_STATUS = "exit status "


class RunCode(BaseModel):
    """A request. Fields that it does not have are passed over, as the original does."""

    model_config = ConfigDict(strict=True)

    code: str
    language: str = Field(max_length=64)
    stdin: str | None = None
    run_timeout: float = Field(10, gt=0, strict=False, allow_inf_nan=False)
    compile_timeout: float = Field(10, strict=False, allow_inf_nan=False)
    """Without effect: Python's compiling is part of the run."""
    memory_limit_MB: int = -1  # noqa: N815  the format's name
    # Of no use but to be refused. What is in them is not looked at: one answer would name millions of wrong items.
    files: dict[str, object] = Field(default_factory=dict)
    fetch_files: list[object] = Field(default_factory=list)
    args: list[object] = Field(default_factory=list)


class RunResult(BaseModel):
    """`execution_time` is in seconds by the clock, the start of a process included and waiting for a worker not."""

    status: Literal["Finished", "Error", "TimeLimitExceeded"]
    execution_time: float
    return_code: int | None
    stdout: str | None
    stderr: str | None


def refusal(request: RunCode) -> str:
    """Why a request that is well-formed cannot be served; "" where it can."""
    if request.language != _LANGUAGE:
        return f"language {request.language!r} is not supported: this service runs 'python' only"
    for name in ("files", "fetch_files", "args"):
        if getattr(request, name):
            return f"'{name}' is not supported: programs run on a read-only file system, without arguments"
    return ""


def limits_of(request: RunCode, settings: ServeSettings) -> Limits:
    """The limits that a request asks for. ValueError where they are more than the service grants."""
    if request.run_timeout > settings.max_run_seconds:
        raise ValueError(f"run_timeout is at most {settings.max_run_seconds:g} seconds here")
    if request.memory_limit_MB > settings.max_memory_mb:
        raise ValueError(f"memory_limit_MB is at most {settings.max_memory_mb} here")
    run_ms = max(round(request.run_timeout * 1000), 1)
    usual = settings.limits
    return Limits(
        cpu_ms=run_ms, load_cpu_ms=usual.load_cpu_ms, wall_ms=run_ms, output_bytes=usual.output_bytes, max_timeouts=1,
        memory_mb=usual.memory_mb if request.memory_limit_MB <= 0 else max(request.memory_limit_MB, 16),
    )  # fmt: skip


def run_code(executor: Executor, request: RunCode, limits: Limits) -> dict[str, Any]:
    """The response's fields. What the program does raises nothing."""
    if why_not := refusal(request):
        return _response("SandboxError", why_not, None, None)
    mark = new_mark()
    program = Candidate(_PROBLEM.task_id, solution=staged(request.code, mark))
    began = time.monotonic()
    matrix = executor.judge(
        _PROBLEM, [program], [StdioTest(request.stdin or "", "", "exact")], limits=limits, keep_output=True
    )
    seconds = time.monotonic() - began
    outcome = Outcome(int(matrix.outcomes[0, 0]))
    if outcome in (Outcome.INFRA, Outcome.NOT_RUN, Outcome.LOAD_ERROR):
        # The program around the script always loads, unless the two are too large.
        why = matrix.detail(0, 0) or matrix.test_notes[0]
        return _response("SandboxError", f"the program could not be run: {outcome.name} {why}".rstrip(), None, outcome)
    streams = split(matrix.value(0, 0) if matrix.values[0, 0] >= 0 else matrix.outputs[0], mark)
    ran_on = outcome in (Outcome.CPU_LIMIT, Outcome.WALL_LIMIT)
    code = None if ran_on else _return_code(matrix, outcome, streams.return_code)
    result = RunResult(
        status="TimeLimitExceeded" if ran_on else "Finished", execution_time=round(seconds, 4), return_code=code,
        stdout=streams.stdout, stderr=streams.stderr,
    )  # fmt: skip
    ended_well = code == 0
    named = "" if ended_well or outcome in (Outcome.PASS, Outcome.WRONG) else outcome.name
    return _response("Success" if ended_well else "Failed", named, result, outcome)


def _return_code(matrix: ExecutionMatrix, outcome: Outcome, said: int | None) -> int | None:
    """As a shell sees it: an exit status, or the number of the signal that ended it, negative."""
    detail = matrix.detail(0, 0)
    if outcome in (Outcome.PASS, Outcome.WRONG):
        return said if said is not None else 0
    if outcome == Outcome.EXIT and detail.startswith(_EXIT_STATUS):
        return int(detail.removeprefix(_EXIT_STATUS))
    if outcome == Outcome.SIGNAL:
        return _NAMED_SIGNALS.get(detail)
    return _SIGNALS.get(outcome, said or 1)


def _response(status: str, message: str, result: RunResult | None, outcome: Outcome | None) -> dict[str, Any]:
    return {
        "status": status,
        "message": message,
        "compile_result": None,
        "run_result": None if result is None else result.model_dump(),
        "executor_pod_name": None,
        "files": {},
        "outcome": None if outcome is None else _outcome_name(outcome, result),
    }


def _outcome_name(outcome: Outcome, result: RunResult | None) -> str:
    """ucoder's own word. A script that was only run has no verdict: PASS and WRONG are both an end."""
    if outcome not in (Outcome.PASS, Outcome.WRONG) or result is None:
        return outcome.name
    return "EXIT" if result.return_code else "ENDED"
