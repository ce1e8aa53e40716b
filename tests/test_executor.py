"""What a matrix says, cell by cell: every outcome, every level, every kind of test."""

import os
import signal
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest

from ucoder import (
    AssertionTest,
    CallTest,
    Candidate,
    CheckTest,
    ExecutionMatrix,
    Executor,
    Limits,
    Outcome,
    Problem,
    StdioTest,
    Task,
    Test,
    ValueCallTest,
)
from ucoder.execution.evidence import Evidence

pytestmark = pytest.mark.usefixtures("sandbox")

LIMITS = Limits(cpu_ms=150, load_cpu_ms=600, wall_ms=900, memory_mb=200, max_timeouts=2)
PURE = Problem(task_id="p", prompt="", entry_point="f")
SCRIPT = Problem(task_id="s", profile="script")


@pytest.fixture(scope="module")
def executor() -> Iterator[Executor]:
    with Executor(limits=LIMITS, workers=2) as shared:
        yield shared


def judged(
    executor: Executor, programs: Sequence[str], tests: Sequence[Test | str], problem: Problem = PURE
) -> ExecutionMatrix:
    candidates = [Candidate(task_id=problem.task_id, solution=program) for program in programs]
    return executor.judge(problem, candidates, [AssertionTest(t) if isinstance(t, str) else t for t in tests])


def names(matrix: ExecutionMatrix, candidate: int = 0) -> list[str]:
    return [Outcome(outcome).name for outcome in matrix.outcomes[candidate]]


@pytest.mark.parametrize(
    ("program", "outcome"),
    [
        ("def f(x): return x + 1", "PASS"),
        ("def f(x): return x", "WRONG"),
        ("def f(x): return x / 0", "EXCEPTION"),
        ("def f(x): raise SystemExit(0)", "EXIT"),
        ("import os\ndef f(x): os._exit(0)", "EXIT"),
        ("def f(x):\n    while True: pass", "CPU_LIMIT"),
        ("import time\ndef f(x): time.sleep(60)", "WALL_LIMIT"),
        ("def f(x): return len(bytearray(10**11))", "MEMORY"),
        ("import ctypes\ndef f(x): return ctypes.string_at(0)", "SIGNAL"),
        ("import socket\ndef f(x): return socket.socket()", "FORBIDDEN"),
        ("def f(x): return (i for i in range(x))", "BAD_VALUE"),
        ("def f(x) return x", "LOAD_ERROR"),
        ("def g(x): return x + 1", "NO_ENTRY"),
        ("f = 2", "NO_ENTRY"),
    ],
)
def test_each_fate_of_a_function_has_its_outcome(executor: Executor, program: str, outcome: str) -> None:
    assert names(judged(executor, [program], ["assert f(1) == 2"])) == [outcome]


@pytest.mark.parametrize(
    ("program", "outcome"),
    [
        ("print(int(input()) + 1)", "PASS"),
        ("print(int(input()))", "WRONG"),
        ("print(2)\nraise ValueError", "EXCEPTION"),
        ("print(2)\nraise SystemExit(3)", "EXIT"),
        ("print(2)\nraise SystemExit(0)", "PASS"),
        ("print('x' * 3_000_000)", "OUTPUT_LIMIT"),
        ("while True: pass", "CPU_LIMIT"),
        ("print(2", "LOAD_ERROR"),
        ("import os\nprint(2, flush=True)\nos.fork()", "FORBIDDEN"),
    ],
)
def test_each_fate_of_a_script_has_its_outcome(executor: Executor, program: str, outcome: str) -> None:
    test = StdioTest(stdin="1\n", stdout="2\n", comparison="exact")
    assert names(judged(executor, [program], [test], SCRIPT)) == [outcome]


def test_a_candidate_out_of_timeouts_is_skipped_and_a_void_test_is_not_run(executor: Executor) -> None:
    program = "def f(x):\n    while x != 3: pass\n    return x"
    tests = [f"assert f({i}) == {i}" for i in (3, 1, 2, 4)] + ["assert ____ == f(1)"]
    matrix = judged(executor, [program], tests)
    assert names(matrix) == ["PASS", "CPU_LIMIT", "CPU_LIMIT", "SKIPPED", "NOT_RUN"]
    assert matrix.test_kinds[-1] == "void"


def test_a_zygote_that_keeps_dying_is_our_fault_and_not_the_programs() -> None:
    with Executor(limits=Limits(cpu_ms=150, wall_ms=8000), workers=1) as executor:
        stop = threading.Event()

        def kill_zygotes() -> None:
            while not stop.wait(0.5):
                for pid in children(os.getpid()):
                    os.kill(pid, signal.SIGKILL)

        killer = threading.Thread(target=kill_zygotes)
        killer.start()
        try:
            matrix = judged(executor, ["import time\ndef f(x):\n    time.sleep(4)\n    return 2"], ["assert f(1) == 2"])
        finally:
            stop.set()
            killer.join()
        assert names(matrix) == ["INFRA"]
        assert names(judged(executor, ["def f(x): return 2"], ["assert f(1) == 2"])) == ["PASS"]


def children(pid: int) -> list[int]:
    listings = [listing.read_text().split() for listing in Path(f"/proc/{pid}/task").glob("*/children")]
    return [int(c) for listing in listings for c in listing if b"zygote.py" in Path(f"/proc/{c}/cmdline").read_bytes()]


@pytest.mark.parametrize("level", ["auto", "test", "candidate", "batch"])
def test_every_level_gives_the_same_matrix_for_programs_without_state(level: str) -> None:
    programs = [f"def f(x): return x * {k} if x != {k} else 1 // 0" for k in range(8)]
    programs += ["def f(x):\n    while x == 2: pass\n    return x", "def f(", "import os\ndef f(x): os._exit(x)"]
    tests = [f"assert f({i}) == {i * 2}" for i in range(6)]
    with Executor(limits=LIMITS, isolation=level, workers=2) as executor:
        matrix = judged(executor, programs, tests)
    expected = [["EXCEPTION" if x == k else "PASS" if x * k == x * 2 else "WRONG" for x in range(6)] for k in range(8)]
    expected.append(["PASS", "WRONG", "CPU_LIMIT", "WRONG", "WRONG", "WRONG"])
    expected += [["LOAD_ERROR"] * 6, ["EXIT"] * 6]
    assert [names(matrix, candidate) for candidate in range(len(programs))] == expected


def test_state_is_kept_at_level_candidate_and_not_at_level_test() -> None:
    program = "seen = []\ndef f(x):\n    seen.append(x)\n    return len(seen)"
    tests = [f"assert f({i}) == 1" for i in range(3)]
    with Executor(limits=LIMITS, isolation="candidate", workers=1) as executor:
        assert names(judged(executor, [program], tests)) == ["PASS", "WRONG", "WRONG"]
    with Executor(limits=LIMITS, isolation="test", workers=1) as executor:
        assert names(judged(executor, [program], tests)) == ["PASS", "PASS", "PASS"]


@pytest.mark.parametrize(
    ("assertion", "value", "holds"),
    [
        ("assert f(1) == 3", "3.0", True),
        ("assert 3 == f(1)", "4", False),
        ("assert f(1) is True", "1", False),
        ("assert f(1) is None", "None", True),
        ("assert not f(1)", "[]", True),
        ("assert f(1)", "0", False),
        ("assert f(1) != [1]", "(1,)", True),
        ("assert round(f(1), 2) == 1.5", "1.4999", True),
        ("assert abs(f(1) - 2.5) < 1e-6", "2.5000001", True),
        ("assert sorted(f(1)) == [1, 2]", "{2, 1}", True),
        ("assert f(1)[0] == 1", "None", False),
        ("assert 1 < f(1) < 3", "2", True),
        ("assert f(1) == 1 and f(2) == 1", "1", True),
        ("assert f(f(1)) == 2", "2", True),
        ("assert helper(f(1)) == 20", "2", True),
        ("assert f(helper(1)) == {'a': (1, 2.0)}, 'message'", "{'a': (1, 2)}", True),
    ],
)
def test_assertions_are_judged_outside_as_python_would(
    executor: Executor, assertion: str, value: str, holds: bool
) -> None:
    problem = Problem(
        task_id="p", prompt='def helper(x):\n    return x * 10\n\ndef f(x):\n    """A number."""\n', entry_point="f"
    )
    matrix = judged(executor, [f"def f(x): return {value}"], [assertion], problem)
    assert matrix.trusted.all()
    assert names(matrix) == ["PASS" if holds else "WRONG"]


def test_a_check_function_is_split_into_calls(executor: Executor) -> None:
    check = CheckTest("def check(candidate):\n    assert candidate(1) == 2\n    assert candidate(2) == 3\n")
    matrix = judged(executor, ["def f(x): return x + 1", "def f(x): return 2"], [check])
    assert matrix.test_kinds == ("split",)
    assert [names(matrix, c) for c in (0, 1)] == [["PASS"], ["WRONG"]]


def test_what_cannot_be_split_is_marked_untrusted(executor: Executor) -> None:
    tests = ["assert f(1) == 2", "xs = [1]\nf(xs)\nassert xs == [1]"]
    matrix = judged(executor, ["def f(x): return 2"], tests)
    assert matrix.trusted.tolist() == [True, False]
    assert names(matrix) == ["PASS", "PASS"]


def test_calls_with_values_and_expressions_are_tests_too(executor: Executor) -> None:
    tests: list[Test] = [
        ValueCallTest(args=[1, [2, "x"]], kwargs={"k": None}, expected=[1, [2, "x"], None]),
        CallTest(call="f(1, (2,), k=0.5)", expected="[1, (2,), 0.5000001]", absolute=1e-6),
    ]
    matrix = judged(executor, ["def f(a, b, k): return [a, b, k]"], tests)
    assert names(matrix) == ["PASS", "PASS"]


def test_a_method_of_a_class_can_be_the_entry(executor: Executor) -> None:
    problem = Problem(task_id="p", entry_point="Solution().double")
    program = "class Solution:\n    count = 0\n    def double(self, x):\n        self.count += 1\n        return 2 * x"
    matrix = judged(executor, [program, "class Other: pass"], ["assert Solution().double(4) == 8"], problem)
    assert [names(matrix, c) for c in (0, 1)] == [["PASS"], ["NO_ENTRY"]]


def test_each_call_gets_arguments_of_its_own(executor: Executor) -> None:
    program = "def f(xs):\n    xs.append(1)\n    return len(xs)"
    assert names(judged(executor, [program], ["assert f([]) == 1", "assert f([ ]) == 1", "assert f([0]) == 2"])) == [
        "PASS",
        "PASS",
        "PASS",
    ]


def test_identical_programs_and_inputs_are_run_once(executor: Executor) -> None:
    program = "def f(x): return x"
    matrix = judged(executor, [program, "def f(x): return 1", program], ["assert f(1) == 1", "assert f(1) == 2"])
    assert matrix.first_twin.tolist() == [0, 1, 0]
    assert matrix.counts["runs"] == 2
    assert matrix.counts["shared_inputs"] == 1
    assert names(matrix, 0) == names(matrix, 2) == ["PASS", "WRONG"]


def test_values_are_numbered_by_first_appearance_and_equal_ones_share_a_number(executor: Executor) -> None:
    programs = ["def f(x): return 2", "def f(x): return x", "def f(x): return x * 1.0"]
    matrix = judged(executor, programs, ["assert f(1) == 2", "assert f(2) == 2"])
    assert matrix.values.tolist() == [[0, 0], [1, 0], [1, 0]]
    assert matrix.value(1, 0) == 1


def test_a_cell_near_its_limit_is_measured_twice_and_marked() -> None:
    # A loop that spins until the process has used just over the limit: in the band every time it is run.
    program = "import time\ndef f(x):\n    while time.process_time() < 0.11: pass\n    return 2"
    with Executor(limits=Limits(cpu_ms=100, max_timeouts=1), workers=1) as executor:
        matrix = judged(executor, [program], ["assert f(1) == 2"])
    assert matrix.at_limit.all()
    assert matrix.counts["requeued"] >= 1


@pytest.mark.parametrize(
    "read",
    [
        "input()",
        "open(0).readline()",
        "next(iter(__import__('sys').stdin))",
        "__import__('sys').stdin.buffer.readline()",
        "__import__('sys').stdin.read()",
        "__import__('os').read(0, 100)",
    ],
)
def test_every_way_of_reading_standard_input_works(executor: Executor, read: str) -> None:
    test = StdioTest(stdin="41\n", stdout="42", comparison="whitespace")
    assert names(judged(executor, [f"print(int({read}) + 1)"], [test], SCRIPT)) == ["PASS"]


def test_a_script_is_the_main_program(executor: Executor) -> None:
    program = "import atexit\natexit.register(print, 'end')\nif __name__ == '__main__':\n    print('start')"
    test = StdioTest(stdin="", stdout="start\nend\n", comparison="exact")
    assert names(judged(executor, [program], [test], SCRIPT)) == ["PASS"]


def test_the_same_task_twice_gives_the_same_matrix(executor: Executor) -> None:
    programs = [
        "import random\ndef f(x): return random.random()",
        "def f(x): return list({'a', 'b', 'c', str(x)})",
        "import numpy\ndef f(x): return float(x)",
    ]
    tests = [f"assert f({i}) == {i}" for i in range(4)]
    first, second = (judged(executor, programs, tests) for _ in range(2))
    assert np.array_equal(first.outcomes, second.outcomes)
    assert first.value_bytes == second.value_bytes


def test_threads_share_an_executor(executor: Executor) -> None:
    results: list[list[str]] = [[] for _ in range(6)]

    def work(place: int) -> None:
        results[place] = names(
            judged(executor, [f"def f(x): return {place}"], ["assert f(1) == 3", "assert f(2) == 4"])
        )

    threads = [threading.Thread(target=work, args=(place,)) for place in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results[3] == ["PASS", "WRONG"]
    assert results[4] == ["WRONG", "PASS"]


def test_a_sleeping_program_does_not_delay_its_neighbours_for_long(executor: Executor) -> None:
    start = time.monotonic()
    sleeper = "import time\ndef f(x): time.sleep(60)"
    matrix = judged(executor, [sleeper, "def f(x): return 2"], ["assert f(1) == 2", "assert f(2) == 2"])
    assert [names(matrix, c) for c in (0, 1)] == [["WALL_LIMIT", "WALL_LIMIT"], ["PASS", "PASS"]]
    assert time.monotonic() - start < 10


def test_an_executor_says_which_layers_are_active(executor: Executor) -> None:
    assert {"user_namespace", "pid_namespace", "network_namespace", "mount_namespace", "seccomp"} <= set(
        executor.layers
    )
    assert sys.platform == "linux"


def test_scripts_of_a_batch_do_not_mix(executor: Executor) -> None:
    tests: list[Test] = [StdioTest(stdin=f"{i}\n", stdout=f"{i + 1}\n", comparison="exact") for i in range(2)]
    programs = ["print(int(input()) + 1)", "x = int(input())\nprint(x + 1)", "print(0)"]
    with Executor(limits=LIMITS, isolation="batch", workers=1) as batch:
        matrix = judged(batch, programs, tests, SCRIPT)
    assert [names(matrix, c) for c in range(3)] == [["PASS", "PASS"], ["PASS", "PASS"], ["WRONG", "WRONG"]]
    assert names(judged(executor, programs, tests, SCRIPT)) == ["PASS", "PASS"]


def test_a_slow_judgement_of_one_answer_does_not_cost_anothers(executor: Executor) -> None:
    prompt = "def slow(n):\n    while n > 100: pass\n    return n\n"
    problem = Problem(task_id="p", prompt=prompt, entry_point="f")
    programs = [f"def f(x): return {10**k}" for k in range(12, 16)] + ["def f(x): return 2"]
    matrix = judged(executor, programs, ["assert slow(f(1)) == 2"], problem)
    assert [names(matrix, c) for c in range(5)] == [["WRONG"]] * 4 + [["PASS"]]


@pytest.mark.parametrize("assertion", ["assert f(1)", "assert not f(1)"])
def test_an_array_of_several_items_is_neither_true_nor_false(executor: Executor, assertion: str) -> None:
    assert names(judged(executor, ["import numpy\ndef f(x): return numpy.array([1, 2])"], [assertion])) == ["WRONG"]


def test_a_zygote_with_fewer_layers_than_promised_runs_nothing(tmp_path: Path) -> None:
    # A module that starts a thread at import makes user namespaces impossible for the zygote that has it.
    packages = tmp_path / "site-packages"
    packages.mkdir()
    (packages / "thready.py").write_text(
        "import threading, time\nthreading.Thread(target=time.sleep, args=(99,), daemon=True).start()\n"
    )
    python = tmp_path / "python"
    python.write_text(f'#!/bin/sh\nexec env PYTHONPATH={packages} {sys.executable} "$@"\n')
    python.chmod(0o755)
    with Executor(limits=LIMITS, workers=1, python=str(python), preload_on_demand=["thready"]) as executor:
        assert names(judged(executor, ["def f(x): return 2"], ["assert f(1) == 2"])) == ["PASS"]
        assert names(judged(executor, ["import thready\ndef f(x): return 2"], ["assert f(1) == 2"])) == ["INFRA"]


def test_an_answer_that_would_take_hours_to_decode_is_evidence_like_another() -> None:
    """Its keys have one hash, as every multiple of 2**61 - 1 has."""
    program = "def f(n): return frozenset((2 ** 61 - 1) * k for k in range(n))"
    task = Task(Problem("t", entry_point="f"), (Candidate("t", solution=program),), (AssertionTest("assert f(3000)"),))
    with Executor(workers=1) as executor:
        matrix = executor.judge(task.problem, task.candidates, task.tests)
    assert matrix.outcomes[0, 0] == Outcome.PASS
    evidence = Evidence()
    evidence.add(task, matrix)
    assert evidence.tables()["values"]["text"].to_pylist() == ["<too many keys with the same hash>"]


def test_a_judgement_ends_when_it_has_taken_as_long_as_it_may() -> None:
    problem, candidate = Problem("t", entry_point="f"), Candidate("t", solution="def f(x): return x")
    tests = [AssertionTest(f"assert f([0 for _ in iter(int, 1)], {k}) == 1") for k in range(30)]
    with Executor(workers=1) as executor:
        began = time.monotonic()
        with pytest.raises(TimeoutError, match="longer than it may"):
            executor.judge(problem, [candidate], tests, max_seconds=1)
        assert time.monotonic() - began < 15
        assert executor.judge(problem, [candidate], [AssertionTest("assert f(1) == 1")]).outcomes[0, 0] == Outcome.PASS


def test_a_program_that_has_itself_killed_by_a_limit_of_its_own_is_no_fault_of_ours() -> None:
    """A limit of no CPU time is SIGKILL at the next tick. A reward passes faults of ours over."""
    lowered = "import resource\n{}def f(x):\n    {}\n    while True: pass"
    limit = "resource.setrlimit(resource.RLIMIT_CPU, (0, 0))"
    programs = [lowered.format("", limit), lowered.format(f"{limit}\nwhile True: pass\n", "pass")]
    problem = Problem(task_id="p", entry_point="f")
    with Executor(isolation="candidate", workers=1) as executor:
        candidates = [Candidate(task_id="p", solution=program) for program in programs]
        matrix = executor.judge(problem, candidates, [AssertionTest(f"assert f({k}) == 1") for k in range(2)])
    assert Outcome.INFRA not in matrix.outcomes
    assert Outcome.PASS not in matrix.outcomes
    assert matrix.counts["requeued"] == 0
