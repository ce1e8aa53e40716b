"""Level `auto` says what level `candidate` says, and shares processes where that is safe."""

import gzip
import json
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import contaminate
import numpy as np
import pytest

from ucoder import (
    AssertionTest,
    Candidate,
    CheckTest,
    ExecutionMatrix,
    Executor,
    Limits,
    Outcome,
    Problem,
    StdioTest,
    Test,
)
from ucoder.config import Patience

pytestmark = pytest.mark.usefixtures("sandbox")

LIMITS = Limits(cpu_ms=150, load_cpu_ms=600, wall_ms=900, memory_mb=200, max_timeouts=2)
PURE = Problem(task_id="p", prompt="", entry_point="f")
CODET = Path(__file__).parents[2].parent / "shared" / "data" / "codet_even"

HONEST = "def f(x): return x + 1"
HANGS = "def f(x):\n    while x == 2: pass\n    return x + 1"

FATES = [
    HONEST,
    "def f(x): return x",
    HANGS,
    "def f(x):\n    while True: pass",
    "while True: pass\ndef f(x): return x",
    "def f(x): return x / 0",
    "def f(x): raise SystemExit(0)",
    "raise KeyboardInterrupt",
    "import os\ndef f(x): os._exit(0)",
    "import time\ndef f(x): time.sleep(60)",
    "def f(x): return len(bytearray(10**11))",
    "import ctypes\ndef f(x): return ctypes.string_at(0)",
    "def f(x): return (i for i in range(x))",
    "def f(x) return x",
    "def g(x): return x + 1",
    "f = 2",
    "def f(x): return f(x)",
    "def f(x): return 'x' * 10**6",
    "def f(x):\n    xs = []\n    xs.append(xs)\n    return xs",
    "seen = []\ndef f(x):\n    seen.append(x)\n    return len(seen) + x",
    "def f(x, seen=[]):\n    seen.append(x)\n    if x == 2:\n        while True: pass\n    return len(seen) + x",
    "import random\ndef f(x): return random.random()",
    "import numpy\ndef f(x): return int(numpy.int64(x)) + 1",
    "'x'.encode('idna')\ndef f(x): return x + 1",
    "def f(x): return print",
    "import no_such_module\ndef f(x): return x",
    "def f(x):\n    def deep(n): return deep(n + 1)\n    try: deep(0)\n    except RecursionError: return x + 1",
    "class Counter:\n    def __init__(self): self.n = 0\nc = Counter()\ndef f(x):\n    c.n += 1\n    return x + c.n",
]
TESTS = [f"assert f({x}) == {x + 1}" for x in range(6)]


@pytest.fixture(scope="module")
def level() -> Iterator[Callable[[str], Executor]]:
    opened: dict[str, Executor] = {}

    def open_one(isolation: str) -> Executor:
        if isolation not in opened:
            opened[isolation] = Executor(limits=LIMITS, isolation=isolation, workers=2, digest_key=bytes(16))
        return opened[isolation]

    yield open_one
    for executor in opened.values():
        executor.close()


def judged(
    executor: Executor, programs: Sequence[str], tests: Sequence[Test | str] = TESTS, problem: Problem = PURE
) -> ExecutionMatrix:
    candidates = [Candidate(task_id=problem.task_id, solution=program) for program in programs]
    return executor.judge(problem, candidates, [AssertionTest(t) if isinstance(t, str) else t for t in tests])


def names(matrix: ExecutionMatrix, candidate: int = 0) -> list[str]:
    return [Outcome(outcome).name for outcome in matrix.outcomes[candidate]]


def rows(matrix: ExecutionMatrix) -> list[list[Any]]:
    return [contaminate.row(matrix, candidate) for candidate in range(matrix.num_candidates)]


def test_every_fate_is_what_it_is_at_level_candidate(level: Callable[[str], Executor]) -> None:
    apart, together = (judged(level(name), FATES) for name in ("candidate", "auto"))
    differ = [FATES[i] for i, (a, b) in enumerate(zip(rows(apart), rows(together), strict=True)) if a != b]
    assert differ == []
    assert together.counts["shared"] >= 15


def test_tame_programs_share_workers(level: Callable[[str], Executor]) -> None:
    matrix = judged(level("auto"), [f"def f(x): return x + {k}" for k in range(48)])
    assert matrix.shared.all()
    assert matrix.counts["workers"] <= 4
    assert matrix.counts["shared"] == 48
    assert (matrix.why_alone == -1).all()


def test_slow_programs_of_one_task_do_not_leave_a_lane_idle(level: Callable[[str], Executor]) -> None:
    """Twelve are one group. What it had not begun is handed over, as often as a lane has nothing to do."""
    slow = "def f(x):\n    for _ in range(600_000): pass\n    return x + 1 + {0} - {0}"
    programs = [slow.format(k) for k in range(12)]
    together = judged(level("auto"), programs)
    assert together.shared.all()
    assert together.counts["workers"] >= 3
    assert rows(together) == rows(judged(level("candidate"), programs))
    with Executor(limits=LIMITS, workers=1) as executor:
        assert judged(executor, programs).counts["workers"] < 3


def test_why_a_program_was_not_shared_is_told(level: Callable[[str], Executor]) -> None:
    matrix = judged(level("auto"), [HONEST, "def f(x): return eval('x')", "import numpy\ndef f(x): return x"])
    assert matrix.shared.tolist() == [True, False, False]
    assert dict(matrix.why_alone_counts()) == {"builtin eval": 1, "names a module that is loaded on demand": 1}


def test_a_hang_costs_only_the_program_that_hangs(level: Callable[[str], Executor]) -> None:
    programs = [f"def f(x): return x + {k}" for k in range(1, 12)]
    programs[3:3] = [HANGS, "def f(x):\n    while True: pass"]
    matrix = judged(level("auto"), programs)
    assert matrix.shared.all()
    assert names(matrix, 3) == ["PASS", "PASS", "CPU_LIMIT", "PASS", "PASS", "PASS"]
    assert names(matrix, 4) == ["CPU_LIMIT", "CPU_LIMIT", "SKIPPED", "SKIPPED", "SKIPPED", "SKIPPED"]
    assert names(matrix, 0) == names(matrix, 0) == ["PASS"] * 6
    assert all(set(names(matrix, other)) == {"WRONG"} for other in range(5, 13))


def test_what_a_hog_takes_is_not_missing_for_the_next() -> None:
    hog = "kept = [b'x' * (1 << 20) for _ in range(120)]\ndef f(x): return len(kept)"
    honest = "def f(x): return len(b'x' * (120 << 20)) - (120 << 20) + x + 1"
    limits = Limits(cpu_ms=2000, memory_mb=200)  # of memory: a busy machine takes its time to hand out 120 MiB
    with Executor(isolation="auto", workers=1, limits=limits) as executor:
        matrix = judged(executor, [hog, honest, hog + "#", honest + "#"])
    assert names(matrix, 1) == names(matrix, 3) == ["PASS"] * 6
    assert matrix.shared.all()


def test_a_program_that_moved_something_is_run_again_on_its_own(level: Callable[[str], Executor]) -> None:
    moving = "kept = 'x'.encode('idna')\ndef f(x): return x + 1"  # imports a codec: the table of modules grows
    matrix = judged(level("auto"), [HONEST, moving, HONEST + "#", HONEST + "##"])
    assert matrix.shared.tolist() == [True, False, True, True]
    assert dict(matrix.why_alone_counts()) == {"changed modules": 1}
    assert matrix.counts["moved"] == 1
    assert (matrix.outcomes == Outcome.PASS).all()


def test_arguments_are_fresh_for_every_program_and_call(level: Callable[[str], Executor]) -> None:
    programs = [f"def f(xs, t):\n    xs.append({k}); xs[0].clear()\n    return [xs, t]" for k in range(6)]
    tests = ["assert f([[1], 2], (1, [2])) == 0", "assert f([[1], 2], (1, (2, 'x'))) == 0"]
    matrix = judged(level("auto"), programs, tests)
    assert matrix.shared.all()
    for k in range(6):
        assert matrix.value(k, 0) == [[[], 2, k], (1, [2])]
        assert matrix.value(k, 1) == [[[], 2, k], (1, (2, "x"))]


def test_tests_that_cannot_be_split_keep_their_task_apart(level: Callable[[str], Executor]) -> None:
    tests = ["assert f(1) == 2", "xs = [1]\nf(xs[0])\nassert xs == [1]"]
    matrix = judged(level("auto"), [HONEST, "def f(x): return 2"], tests)
    assert matrix.trusted.tolist() == [True, False]
    assert names(matrix, 0) == ["PASS", "PASS"]
    assert not matrix.shared.any()
    assert matrix.counts["workers"] == 2


def test_scripts_are_run_as_at_level_candidate(level: Callable[[str], Executor]) -> None:
    problem = Problem(task_id="s", profile="script")
    test = StdioTest(stdin="1\n", stdout="2\n", comparison="exact")
    programs = ["print(int(input()) + 1)", "print(int(input()))", "print(1 / 0)"]
    apart, together = (judged(level(name), programs, [test], problem) for name in ("candidate", "auto"))
    assert rows(apart) == rows(together)
    assert not together.shared.any()


def test_check_functions_and_methods_are_the_same(level: Callable[[str], Executor]) -> None:
    check = CheckTest("def check(candidate):\n    assert candidate(1) == 2\n    assert candidate(2) == 3\n")
    apart, together = (judged(level(name), FATES[:6], [check]) for name in ("candidate", "auto"))
    assert rows(apart) == rows(together)
    problem = Problem(task_id="p", entry_point="f().upper")
    apart, together = (
        judged(level(name), ["f = str", HONEST], ["assert f().upper() == ''"], problem)
        for name in ("candidate", "auto")
    )
    assert rows(apart) == rows(together)


@pytest.mark.parametrize("wait_ms", [0, 800])
def test_patience_decides_the_same(wait_ms: int) -> None:
    # So slow that it is noticed on a busy machine, too, where the one who looks at its clock comes late.
    slow = "def f(x):\n    for _ in range(8_000_000): pass\n    return x + 1"
    limits = Limits(cpu_ms=800, load_cpu_ms=600, wall_ms=6000, memory_mb=200, max_timeouts=2)
    programs = [HANGS, slow, HONEST, HONEST + " + 0", "def f(x): return x", "def f(x):\n    while True: pass"]
    patience = Patience(mode="deciding", first_cpu_ms=5, wait_ms=wait_ms, tau=1)
    found = []
    for isolation in ("candidate", "auto"):
        with Executor(limits=limits, isolation=isolation, workers=1, patience=patience) as executor:
            found.append(judged(executor, programs))
    assert np.array_equal(found[0].outcomes, found[1].outcomes)
    assert found[0].counts["put_off"] == found[1].counts["put_off"] >= 2


def test_threads_may_judge_at_the_same_time(level: Callable[[str], Executor]) -> None:
    executor = level("auto")
    found: dict[int, list[list[Any]]] = {}

    def work(place: int) -> None:
        found[place] = rows(judged(executor, [*FATES[:3], f"def f(x): return {place}"], TESTS[:2]))

    threads = [threading.Thread(target=work, args=(place,)) for place in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found[0][:3] == found[1][:3] == found[2][:3] == found[3][:3]
    assert [found[place][3][1][0][0] == Outcome.PASS for place in range(4)] == [False, True, False, False]


def test_contaminating_programs_change_no_honest_row() -> None:
    found = contaminate.run(batches=25, seed=11, workers=2)
    assert found["examples"] == []
    assert found["contaminating, shared"] > 20
    assert found["honest, shared"] > 50


def test_more_answers_than_a_worker_can_hold_are_all_kept() -> None:
    programs = [f"def f(x): return [{k}] * 200_000 + [x]" for k in range(20)]
    limits = Limits(cpu_ms=1000, memory_mb=256, value_bytes=8 << 20)
    found = []
    for isolation in ("candidate", "auto"):
        with Executor(limits=limits, isolation=isolation, workers=1) as executor:
            found.append(rows(judged(executor, programs, TESTS[:4])))
    assert found[0] == found[1]


@pytest.mark.skipif(not CODET.is_dir(), reason="codet_even is not here")
def test_real_candidates_get_the_same_matrix() -> None:
    def read(name: str) -> list[dict[str, Any]]:
        with gzip.open(CODET / f"{name}.jsonl.gz", "rt", encoding="utf-8") as lines:
            return [json.loads(line) for line in lines]

    problems = {row["task_id"]: row for row in read("problems")}
    tests = {row["task_id"]: row["tests"] for row in read("asserts")}
    candidates = read("candidates")
    limits = Limits(cpu_ms=60, max_timeouts=1)
    for task_id in list(problems)[3:12:4]:
        problem = Problem(task_id, problems[task_id]["prompt"], problems[task_id]["entry_point"])
        mine = [Candidate(task_id, None, row["completion"]) for row in candidates if row["task_id"] == task_id]
        found = []
        for isolation in ("candidate", "auto"):
            with Executor(isolation=isolation, limits=limits) as executor:
                found.append(executor.judge(problem, mine, [AssertionTest(text) for text in tests[task_id]]))
        certain = ~(found[0].at_limit | found[1].at_limit).any(axis=1)
        assert np.array_equal(found[0].outcomes[certain], found[1].outcomes[certain])
        assert certain.mean() > 0.9
