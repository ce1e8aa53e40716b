"""Programs that do not end, wait, or try to bend the clocks."""

from typing import Any

import pytest

CPU_HOGS = {
    "a busy loop": "while True: pass",
    "a loop that swallows every exception": "while True:\n  try:\n   while True: pass\n  except BaseException: pass",
    "an ignored alarm": "import signal; signal.signal(signal.SIGALRM, signal.SIG_IGN)\n while True: pass",
    "a masked set of all signals":
        "import signal; signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())\n while True: pass",
    "an alarm that is armed again": "import signal\n"
        " signal.signal(signal.SIGALRM, lambda *a: signal.setitimer(signal.ITIMER_REAL, 0.01))\n"
        " signal.setitimer(signal.ITIMER_REAL, 0.01)\n while True: pass",
    "ignored CPU limit signals":
        "import signal; signal.signal(signal.SIGXCPU, signal.SIG_IGN)\n while True: pass",
    "a C loop over an endless iterator": "return any(iter(int, 1))",
    "a C loop that sums": "import itertools; return sum(itertools.repeat(0))",
    "a C loop that consumes": "import collections, itertools; collections.deque(itertools.count(), maxlen=0)",
    "a long conversion": "import sys; sys.set_int_max_str_digits(0); return int('9' * 3_000_000)",
    "backtracking": "import re; return re.match('(a+)+$', 'a' * 40 + 'b')",
    "a factorial": "import math; return math.factorial(10**7) % 2",
    "a large power": "return 7 ** 10**8 % 2",
    "patched clocks": "import time, signal\n time.time = time.monotonic = time.process_time = lambda: 0\n"
        " signal.setitimer = lambda *a: None\n while True: pass",
    "a finaliser that loops": "\n class A:\n  def __del__(self):\n   while True: pass\n A()\n return 2",
    "an exception that loops while it is made": "\n class E(Exception):\n  def __init__(self):\n   while True: pass\n"
        " raise E",
    "a comparison that loops": "\n class A(int):\n  def __eq__(self, other):\n   while True: pass\n"
        "  __hash__ = int.__hash__\n return {A(1): 1}[1]",
    "a trace function that loops": "import sys\n def t(*a):\n  while True: pass\n sys.settrace(t)\n (lambda: 1)()",
}  # fmt: skip

WAITERS = {
    "a sleep": "import time; time.sleep(1000)",
    "a sleep that is begun again": "import time\n while True: time.sleep(0.01)",
    "a select": "import select; select.select([], [], [])",
    "a lock that it holds": "import threading; lock = threading.Lock(); lock.acquire(); lock.acquire()",
    "a read from its own pipe": "import os; r, w = os.pipe(); os.read(r, 1)",
    "a wait for a signal": "import signal; signal.pause()",
    "an event": "import threading; threading.Event().wait()",
    "a join of a thread that waits": "import threading; t = threading.Thread(target=threading.Event().wait)\n"
        " t.start(); t.join()",
}  # fmt: skip

HARMLESS = {
    "stopping itself": "import os, signal; os.kill(os.getpid(), signal.SIGSTOP)",
    "a higher priority": "import os\n try: os.nice(-10)\n except OSError: pass",
    "another affinity": "import os\n try: os.sched_setaffinity(0, range(1024))\n except OSError: pass",
    "another scheduler": "import os\n try: os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(50))\n"
        " except OSError: pass",
    "a crawl of the clock": "import time; time.time = lambda: 10**12",
    "a watchdog of its own": "import faulthandler; faulthandler.dump_traceback_later(100)",
    "a CPU timer of its own": "import signal; signal.setitimer(signal.ITIMER_PROF, 100)",
}  # fmt: skip


def body(text: str) -> str:
    return f"def f(x):\n {text}\n return x + 1\n"


@pytest.mark.parametrize("text", CPU_HOGS.values(), ids=CPU_HOGS)
def test_a_program_that_burns_time_is_at_its_cpu_limit(arena: Any, text: str) -> None:
    assert arena.fate(body(text)) == "CPU_LIMIT"


@pytest.mark.parametrize("text", WAITERS.values(), ids=WAITERS)
def test_a_program_that_waits_is_at_its_wall_limit(arena: Any, text: str) -> None:
    assert arena.fate(body(text)) == "WALL_LIMIT"


@pytest.mark.parametrize("text", HARMLESS.values(), ids=HARMLESS)
def test_an_attempt_on_the_clock_changes_nothing(arena: Any, text: str) -> None:
    assert arena.fates(body(text)) == ["PASS", "PASS"]


def test_threads_that_burn_while_the_first_one_sleeps_end_at_a_limit(arena: Any) -> None:
    text = (
        "import threading, time\n"
        " for _ in range(4): threading.Thread(target=lambda: any(iter(int, 1)), daemon=True).start()\n"
        " time.sleep(100)"
    )
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
