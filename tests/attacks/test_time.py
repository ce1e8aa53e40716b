"""Programs that do not end, wait, or try to bend the clocks."""

from typing import Any

import pytest
from cases import body
from cases.timing import BUSY_THREADS, CPU_HOGS, HARMLESS, LOOPING_VALUES, WAITERS


@pytest.mark.parametrize("text", CPU_HOGS.values(), ids=CPU_HOGS)
def test_a_program_that_burns_time_is_at_its_cpu_limit(arena: Any, text: str) -> None:
    assert arena.fate(body(text)) == "CPU_LIMIT"


@pytest.mark.parametrize("text", WAITERS.values(), ids=WAITERS)
def test_a_program_that_waits_is_at_its_wall_limit(arena: Any, text: str) -> None:
    assert arena.fate(body(text)) == "WALL_LIMIT"


@pytest.mark.parametrize("text", HARMLESS.values(), ids=HARMLESS)
def test_an_attempt_on_the_clock_changes_nothing(arena: Any, text: str) -> None:
    assert arena.fates(body(text)) == ["PASS", "PASS"]


@pytest.mark.parametrize("text", BUSY_THREADS.values(), ids=BUSY_THREADS)
def test_threads_that_burn_while_the_first_one_waits_end_at_a_limit(arena: Any, text: str) -> None:
    assert arena.fate(body(text)) in ("CPU_LIMIT", "WALL_LIMIT")


def test_a_power_of_powers_ends_at_a_limit(arena: Any) -> None:
    assert arena.fate("def f(x): return 10 ** 10 ** 8 % 10") in ("CPU_LIMIT", "MEMORY")


def test_a_watchdog_that_ends_the_process_gains_nothing(arena: Any) -> None:
    text = "import faulthandler; faulthandler.dump_traceback_later(0.05, exit=True)\n while True: pass"
    assert arena.fate(body(text)) in ("EXIT", "CPU_LIMIT")


def test_input_of_a_function_is_at_its_end(arena: Any) -> None:
    assert arena.fate("def f(x): return input()") == "EXCEPTION"
    assert arena.detail(1, 0) == "EOFError"


@pytest.mark.parametrize(
    ("text", "cause"),
    [
        ("while True: pass", "CPU_LIMIT"),
        ("any(iter(int, 1))", "CPU_LIMIT"),
        ("import time; time.sleep(1000)", "WALL_LIMIT"),
        ("@property\ndef f(x): pass\nx = ((((((1,),),),),)) * 10\nwhile True: x = [x]", "CPU_LIMIT MEMORY"),
    ],
)
def test_a_program_that_does_not_load_is_not_charged_to_its_first_test(arena: Any, text: str, cause: str) -> None:
    assert arena.load_cause(text) in cause.split()


def test_a_hang_costs_one_cell(open_arena: Any) -> None:
    program = "def f(x):\n if x % 2:\n  while True: pass\n return x + 1\n"
    tests = [f"assert f({x}) == {x + 1}" for x in range(6)]
    fates = open_arena(max_timeouts=3).fates(program, tests)
    assert fates == ["PASS", "CPU_LIMIT"] * 3


def test_time_outs_that_are_used_up_skip_the_rest(open_arena: Any) -> None:
    tests = [f"assert f({x}) == {x + 1}" for x in range(50)]
    fates = open_arena(max_timeouts=2).fates("def f(x):\n while True: pass\n", tests)
    assert fates == ["CPU_LIMIT"] * 2 + ["SKIPPED"] * 48


def test_a_thread_that_goes_on_after_the_answer_burns_the_time_of_its_own_program(arena: Any) -> None:
    program = (
        "import threading\ndef f(x):\n"
        " threading.Thread(target=lambda: any(iter(int, 1)), daemon=True).start()\n return x + 1\n"
    )
    fates = arena.fates(program, [f"assert f({x}) == {x + 1}" for x in range(4)])
    assert set(fates) <= {"PASS", "CPU_LIMIT", "WALL_LIMIT", "SKIPPED"}


def test_an_honest_program_keeps_its_verdict_under_load(arena: Any) -> None:
    hogs = [f"def f(x):\n y = {i}\n while True: pass\n" for i in range(6)]
    work = "def f(x):\n for _ in range(50_000): pass\n return x + 1\n"
    rows = arena.judge([*hogs[:3], work, *hogs[3:]], ["assert f(1) == 2"])
    assert [row[0] for row in rows] == ["CPU_LIMIT"] * 3 + ["PASS"] + ["CPU_LIMIT"] * 3


@pytest.mark.parametrize("level", ["candidate", "test"])
def test_a_signal_storm_does_not_stretch_the_limit(open_arena: Any, level: str) -> None:
    text = (
        "import signal; signal.signal(signal.SIGALRM, lambda *a: None)\n"
        " signal.setitimer(signal.ITIMER_REAL, 1e-5, 1e-5)\n while True: pass"
    )
    assert open_arena(level).fate(body(text)) == "CPU_LIMIT"


@pytest.mark.parametrize("text", LOOPING_VALUES.values(), ids=LOOPING_VALUES)
def test_a_value_whose_methods_do_not_end_is_read_without_them(arena: Any, text: str) -> None:
    assert arena.fates(body(text)) == ["BAD_VALUE", "BAD_VALUE"]


def test_a_program_at_its_limit_has_a_stable_verdict_under_load_or_is_marked(outside: Any) -> None:
    """Shares of the limit that a program burns, by its own clock: far below and far above nothing is marked."""
    said = outside(
        """
import subprocess
hogs = [subprocess.Popen([sys.executable, "-S", "-c", "while True: pass"]) for _ in os.sched_getaffinity(0)]
shares = (0.2, 0.2, 0.9, 1.0, 1.1, 1.2, 1.3, 4.0, 4.0)
programs = [f"import time\\ndef f(x):\\n end = time.process_time() + {share * 0.1}\\n"
            f" while time.process_time() < end: pass\\n return x + 1\\n#{place}" for place, share in enumerate(shares)]
e = executor(cpu_ms=100, wall_ms=5000, max_timeouts=50)
seen = []
try:
    for _ in range(3):
        matrix = e.judge(Problem("limit", "", "f"), [Candidate("limit", solution=text) for text in programs],
                         [AssertionTest("assert f(1) == 2")])
        seen.append([[Outcome(code).name, marked] for (code,), (marked,) in
                     zip(matrix.outcomes.tolist(), matrix.at_limit.tolist())])
finally:
    for hog in hogs: hog.kill(); hog.wait()
say(list(zip(shares, *seen)))
""",
        seconds=60,
    )
    for share, *cells in said:
        names, marked = {name for name, _ in cells}, {mark for _, mark in cells}
        assert names <= {"PASS", "CPU_LIMIT"}
        assert len(names) == 1 or True in marked, (share, cells)
        if share < 0.5:
            assert (names, marked) == ({"PASS"}, {False})
        if share > 2:
            assert (names, marked) == ({"CPU_LIMIT"}, {False})
