"""Splits real tests, and judges trusted or sandboxed programs by the parts, in processes that are thrown away.

Reads one job a line from stdin and answers with one line of JSON: {"plans": [[status, reason, num_parts], ...],
"verdicts": [[by_parts, beside], ...]}. A job has `entry_point`, `preamble`, `tests` as [kind, text] and `programs`.
Started by `census` alone, without a network and under limits: test texts and programs are untrusted.
"""

import copy
import importlib.util
import json
import os
import random
import resource
import signal
import sys
from pathlib import Path
from typing import Any

MEMORY_BYTES = 2 << 30
CPU_SECONDS = 10
PROGRAM_SECONDS = 3  # of CPU time: the machine may be busy


def load_package(folder: str) -> None:
    """The jail's package as the workers load it: by path, under a name of its own."""
    spec = importlib.util.spec_from_file_location(
        "ucoder_jail", Path(folder) / "__init__.py", submodule_search_locations=[folder]
    )
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["ucoder_jail"] = module
    spec.loader.exec_module(module)


def jail(name: str) -> Any:
    return importlib.import_module(f"ucoder_jail.{name}")


def in_child(work: Any, *args: Any) -> Any:
    """What `work` returns, through JSON, from a fork with limits; None where it does not come to an end."""
    reader, writer = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(reader)
        signal.alarm(60)
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
        resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS * 4, CPU_SECONDS * 4))
        null = os.open(os.devnull, os.O_RDWR)
        for descriptor in (0, 1, 2):
            os.dup2(null, descriptor)
        try:
            with os.fdopen(writer, "w") as channel:
                json.dump(work(*args), channel)
        finally:
            os._exit(0)
    os.close(writer)
    with os.fdopen(reader) as channel:
        text = channel.read()
    os.waitpid(pid, 0)
    return json.loads(text) if text else None


def first_pass(job: dict[str, Any]) -> list[list[Any]]:
    """The plans of all tests as far as nothing of them has to be executed."""
    names = frozenset(jail("preamble").load(job["preamble"], job["entry_point"]))
    split = jail("assertions").split
    return [summary(split(kind, text, job["entry_point"], names, None)) for kind, text in job["tests"]]


def summary(plan: Any) -> list[Any]:
    """[status, reason, number of parts]."""
    reason = plan[1] if plan[0] in ("void", "beside") else ""
    return [plan[0], reason, len(plan[1]) if plan[0] == "split" else 0]


def plan_of(kind: str, text: Any, job: dict[str, Any], namespace: dict[str, Any]) -> Any:
    """Both passes, the second in this process."""
    assertions = jail("assertions")
    plan = assertions.split(kind, text, job["entry_point"], frozenset(namespace), None)
    if plan[0] == "evaluate":
        plan = assertions.split(kind, text, job["entry_point"], frozenset(namespace), namespace)
    return plan


def examine(job: dict[str, Any], index: int) -> dict[str, Any]:
    """One test: its plan, and each program's verdict by the parts and by running the test beside it."""
    kind, text = job["tests"][index]
    namespace = jail("preamble").load(job["preamble"], job["entry_point"])
    plan = plan_of(kind, text, job, namespace)
    verdicts = []
    for program in job["programs"] if plan[0] == "split" else []:
        by_parts = within_time(lambda source=program: holds(source, plan[1], job, namespace))
        verdicts.append([by_parts, within_time(lambda source=program: passes(source, kind, text, job))])
    return {"plan": summary(plan), "verdicts": verdicts}


def within_time(work: Any) -> str:
    """What became of it: "pass", "wrong", "time", or the type of what was raised."""
    signal.signal(signal.SIGPROF, _out_of_time)
    signal.setitimer(signal.ITIMER_PROF, PROGRAM_SECONDS)
    try:
        return "pass" if work() else "wrong"
    except _OutOfTime:
        return "time"
    except BaseException as error:
        return type(error).__name__
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)


class _OutOfTime(BaseException):
    pass


def _out_of_time(_signal: int, _frame: object) -> None:
    raise _OutOfTime


def program_namespace(source: str) -> dict[str, Any]:
    namespace: dict[str, Any] = {"__name__": "program"}
    exec(compile(source, "<program>", "exec", dont_inherit=True), namespace)
    return namespace


def holds(source: str, parts: Any, job: dict[str, Any], namespace: dict[str, Any]) -> bool:
    program = program_namespace(source)
    owner, _, method = job["entry_point"].rpartition("().")
    return all(part_holds(program, owner, method, part, namespace) for part in parts)


def part_holds(program: dict[str, Any], owner: str, method: str, part: Any, namespace: dict[str, Any]) -> bool:
    calls, judgement = part
    values: list[Any] = []
    for _, args, kwargs, refs in calls:
        places = list(copy.deepcopy(args))
        named = copy.deepcopy(kwargs)
        for place, earlier in refs.items():
            if isinstance(place, int):
                places[place] = values[earlier]
            else:
                named[place] = values[earlier]
        function = getattr(program[owner](), method) if owner else program[method]
        values.append(copy.deepcopy(function(*places, **named)))
    value = values[-1]
    match judgement:
        case ("eq", expected):
            return bool(value == expected)
        case ("is", constant):
            return value is constant
        case ("true",):
            return bool(value)
        case ("false",):
            return not value
        case ("close" | "near" | "approx" | "isclose", expected, absolute, relative):
            return bool(abs(value - expected) <= max(relative * max(abs(value), abs(expected)), absolute))
        case ("rest", rest, _):
            return bool(jail("judging").evaluate(rest, tuple(values), namespace) is True)
    raise ValueError(judgement)


def passes(source: str, kind: str, text: str, job: dict[str, Any]) -> bool:
    random.seed(0)
    jail("beside").run(kind, text, program_namespace(source), job["entry_point"])
    return True


def answer_to(job: dict[str, Any]) -> list[dict[str, Any]]:
    """One entry a test: its plan, and the programs' verdicts. A child of its own for each test that executes."""
    plans = in_child(first_pass, job) if not job["programs"] else None
    answer = []
    for index in range(len(job["tests"])):
        if plans and plans[index][0] != "evaluate":
            answer.append({"plan": plans[index], "verdicts": []})
        else:
            answer.append(in_child(examine, job, index) or {"plan": ["lost", "", 0], "verdicts": []})
    return answer


def main() -> None:
    load_package(sys.argv[1])
    sys.set_int_max_str_digits(10_000)
    for line in sys.stdin:
        job = json.loads(line)
        answer = answer_to(job)
        print(json.dumps({"plans": [one["plan"] for one in answer], "verdicts": [one["verdicts"] for one in answer]}))
        sys.stdout.flush()


if __name__ == "__main__":
    main()
