"""Faults of the machinery itself: killed, stopped, starved of descriptors, closed and abandoned at any moment."""

from pathlib import Path
from typing import Any

import pytest

SLEEPER = "import time\\ndef f(x):\\n time.sleep(1000)\\n"
TEXT_OF_SLEEPER = f'SLEEPER = "{SLEEPER}"\n'


def test_a_zygote_killed_under_its_worker_is_replaced(outside: Any) -> None:
    said = outside(
        TEXT_OF_SLEEPER
        + """
e = executor(wall_ms=1500)
rows = []
thread = threading.Thread(target=lambda: rows.extend(judge(e, [HONEST, SLEEPER], ["assert f(1) == 2"])))
thread.start()
wait_for(workers)
for zygote in children(): os.kill(zygote, signal.SIGKILL)
thread.join()
say([rows, judge(e, [HONEST])])
"""
    )
    assert said == [[["PASS"], ["WALL_LIMIT"]], [["PASS"]]]


def test_zygotes_killed_while_idle_are_replaced(outside: Any) -> None:
    said = outside(
        """
e = executor()
rows = [judge(e, [HONEST])]
for zygote in children(): os.kill(zygote, signal.SIGKILL)
time.sleep(0.1)
for _ in range(3): rows.append(judge(e, [HONEST, HONEST + "#"])[:1])
say(rows)
"""
    )
    assert said == [[["PASS"]]] * 4


@pytest.mark.parametrize("victims", ["children", "workers"])
def test_what_is_killed_again_and_again_ends_in_infra_not_in_a_hang(outside: Any, victims: str) -> None:
    said = outside(
        TEXT_OF_SLEEPER
        + f"""
e = executor(workers=1, wall_ms=5000)
rows = []
thread = threading.Thread(target=lambda: rows.extend(judge(e, [SLEEPER], ["assert f(1) == 2"])))
thread.start()
while thread.is_alive():
    if workers():
        for victim in {victims}(): os.kill(victim, signal.SIGKILL)
    time.sleep(0.02)
say([rows, judge(e, [HONEST])])
"""
    )
    assert said == [[["INFRA"]], [["PASS"]]]


def test_a_worker_killed_from_outside_is_run_again_and_changes_no_verdict(outside: Any) -> None:
    said = outside(
        """
e = executor(wall_ms=20000)
rows = []
slow = "import time\\ndef f(x):\\n time.sleep(2)\\n return x + 1\\n"
thread = threading.Thread(target=lambda: rows.extend(judge(e, [HONEST, slow], ["assert f(1) == 2"])))
thread.start()
def asleep():  # the honest program's worker is gone, and the one that is there stays
    there = workers()
    time.sleep(0.4)
    return there and there == workers()
wait_for(asleep)
for worker in workers(): os.kill(worker, signal.SIGKILL)
thread.join()
say([rows, judge(e, [HONEST])])
"""
    )
    assert said == [[["PASS"], ["PASS"]], [["PASS"]]]


@pytest.mark.parametrize("death", ["os.kill(os.getpid(), signal.SIGKILL)", "os._exit(1)", "os.abort()"])
def test_a_caller_that_dies_mid_run_leaves_nothing(outside: Any, death: str) -> None:
    outside(
        TEXT_OF_SLEEPER
        + f"""
e = executor(wall_ms=60000)
threading.Thread(target=lambda: judge(e, [SLEEPER, SLEEPER + "#"]), daemon=True).start()
wait_for(lambda: len(workers()) == 2)
time.sleep(0.3)
{death}
""",
        silent=True,
    )


def test_the_whole_tree_may_be_stopped_and_continued(outside: Any) -> None:
    said = outside(
        """
import subprocess
program = "import time\\ndef f(x):\\n for _ in range(20): time.sleep(0.02)\\n return x + 1\\n"
e = executor(wall_ms=1200)
me = os.getpid()
script = f'''
import os, signal, sys, time
time.sleep(0.2)
tree = [int(p) for p in sys.argv[1:]]
for pid in tree: os.kill(pid, signal.SIGSTOP)
time.sleep(2.5)
for pid in reversed(tree): os.kill(pid, signal.SIGCONT)
'''
zygotes = children()
rows = []
thread = threading.Thread(target=lambda: rows.extend(judge(e, [program, program + "#", HONEST])))
thread.start()
wait_for(lambda: len(workers()) == 2)
stopper = subprocess.Popen([sys.executable, "-c", script, *map(str, [me, *zygotes, *workers()])])
thread.join()
stopper.wait()
say(rows)
"""
    )
    assert said == [["PASS"]] * 3


def test_running_out_of_descriptors_is_an_error_not_a_hang(outside: Any) -> None:
    said = outside(
        """
import resource
e = executor()
kept = []
resource.setrlimit(resource.RLIMIT_NOFILE, (256, 4096))
try:
    while True: kept.append(os.open("/dev/null", os.O_RDONLY))
except OSError:
    pass
try:
    first = judge(e, [HONEST, HONEST + "#"])[0][0]
except Exception as error:
    first = "error"
for descriptor in kept: os.close(descriptor)
say([first in ("PASS", "INFRA", "error"), judge(e, [HONEST])])
"""
    )
    assert said == [True, [["PASS"]]]


def test_starting_without_descriptors_is_an_error_not_a_hang(outside: Any) -> None:
    said = outside(
        """
import resource
judge(executor(), [HONEST])  # what is loaded late is loaded
resource.setrlimit(resource.RLIMIT_NOFILE, (40, 4096))
kept = []
try:
    while True: kept.append(os.open("/dev/null", os.O_RDONLY))
except OSError:
    pass
from ucoder import UcoderError
outcome = []
for spare in range(8):
    try:
        executor().close()
        outcome.append("started")
    except (UcoderError, OSError, RuntimeError) as error:
        outcome.append("error")
    os.close(kept.pop())
for descriptor in kept: os.close(descriptor)
say([outcome[0], judge(executor(), [HONEST])])
"""
    )
    assert said == ["error", [["PASS"]]]


def test_a_zygote_that_is_stopped_for_a_while_is_waited_for(outside: Any) -> None:
    said = outside(
        """
e = executor(workers=1)
zygote = children()[0]
os.kill(zygote, signal.SIGSTOP)
threading.Timer(0.5, lambda: os.kill(zygote, signal.SIGCONT)).start()
say([judge(e, [HONEST]), children() == [zygote]])
"""
    )
    assert said == [[["PASS"]], True]


def test_control_c_ends_a_judgement_at_once(outside: Any) -> None:
    said = outside(
        TEXT_OF_SLEEPER
        + """
signal.signal(signal.SIGINT, signal.default_int_handler)  # a background job of a shell has it ignored
e = executor(wall_ms=60000)
def press():
    wait_for(workers)
    os.kill(os.getpid(), signal.SIGINT)
threading.Thread(target=press).start()
start = time.monotonic()
try:
    judge(e, [SLEEPER, SLEEPER + "#", SLEEPER + "##"])
    caught = False
except KeyboardInterrupt:
    caught = True
seconds = time.monotonic() - start
wait_for(lambda: not workers(), 2)
say([caught, seconds < 5, judge(e, [HONEST])])
"""
    )
    assert said == [True, True, [["PASS"]]]


def test_a_signal_handler_of_the_caller_runs_while_it_judges(outside: Any) -> None:
    said = outside(
        """
e = executor(wall_ms=1000)
ticks = []
signal.signal(signal.SIGALRM, lambda *a: ticks.append(1))
signal.setitimer(signal.ITIMER_REAL, 0.05, 0.05)
rows = judge(e, ["import time\\ndef f(x):\\n time.sleep(0.6)\\n return x + 1\\n"])
signal.setitimer(signal.ITIMER_REAL, 0)
say([rows, len(ticks) > 2])
"""
    )
    assert said == [[["PASS"]], True]


def test_closing_while_another_thread_judges_ends_it(outside: Any) -> None:
    said = outside(
        TEXT_OF_SLEEPER
        + """
from ucoder import ExecutorClosed
e = executor(wall_ms=60000)
ends = []
def work():
    try:
        judge(e, [SLEEPER, SLEEPER + "#", HONEST])
    except ExecutorClosed:
        ends.append("closed")
threads = [threading.Thread(target=work) for _ in range(3)]
for thread in threads: thread.start()
wait_for(workers)
e.close(); e.close()
for thread in threads: thread.join()
try:
    judge(e, [HONEST])
except ExecutorClosed:
    ends.append("closed")
say([ends, children()])
"""
    )
    assert said == [["closed"] * 4, []]


def test_several_threads_share_an_executor(outside: Any) -> None:
    said = outside(
        """
e = executor(cpu_ms=500, wall_ms=5000)
rows = {}
def work(number):
    programs = [f"def f(x): return x + {i}\\n" for i in range(6)]
    tests = [f"assert f({x}) == {x + number}" for x in range(5)]
    rows[number] = [row.count("PASS") for row in judge(e, programs, tests)]
threads = [threading.Thread(target=work, args=(n,)) for n in range(6)]
for thread in threads: thread.start()
for thread in threads: thread.join()
say([rows[n] for n in range(6)])
"""
    )
    assert said == [[5 if i == n else 0 for i in range(6)] for n in range(6)]


def test_a_fork_of_the_caller_has_a_closed_executor_and_the_parent_keeps_its_own(outside: Any) -> None:
    said = outside(
        """
import gc, warnings
warnings.simplefilter("ignore")
from ucoder import ExecutorClosed
e = executor()
judge(e, [HONEST])
pid = os.fork()
if pid == 0:
    try:
        judge(e, [HONEST])
        status = 1
    except ExecutorClosed:
        status = 7
    e.close()
    del e
    gc.collect()
    fresh = executor()
    if judge(fresh, [HONEST]) != [["PASS"]]: status = 2
    fresh.close()
    os._exit(status)
status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
say([status, judge(e, [HONEST])])
"""
    )
    assert said == [7, [["PASS"]]]


def test_a_child_that_lives_on_keeps_no_process_of_a_dead_caller(outside: Any) -> None:
    said = outside(
        """
import warnings
warnings.simplefilter("ignore")
e = executor()
judge(e, [HONEST])
zygotes = children()
pid = os.fork()
if pid == 0:
    time.sleep(2)
    os._exit(0)
e.close()
say([os.path.exists(f"/proc/{zygote}") for zygote in zygotes])
os.waitpid(pid, 0)
"""
    )
    assert said == [False, False]


@pytest.mark.parametrize(
    "end",
    [
        "del e; gc.collect(); say(children())",
        "e.myself = e; del e; gc.collect(); say(children())",
        "say([])",
        "import builtins; builtins.kept = e; del e; say([])",
        "say([]); sys.exit(0)",
        "say([]); raise ValueError",
        "say([]); os._exit(0)",
        "say([]); threading.Thread(target=lambda: (time.sleep(0.2), judge(e, [HONEST]))).start()",
        "e.__enter__(); say([])",
    ],
)
def test_an_executor_that_was_never_closed_leaves_nothing(outside: Any, end: str) -> None:
    text = "import gc\ne = executor()\njudge(e, [HONEST])\n" + end
    if "myself" in end:
        text = text.replace("e = executor()", "class Own(Executor): pass\ne = Own(workers=1)")
    assert outside(text) == []


def test_an_exit_while_a_daemon_thread_judges_is_prompt(outside: Any) -> None:
    outside(
        TEXT_OF_SLEEPER
        + """
e = executor(wall_ms=60000)
threading.Thread(target=lambda: judge(e, [SLEEPER]), daemon=True).start()
wait_for(workers)
say(1)
""",
        seconds=10,
    )


def test_many_judgements_leak_nothing(outside: Any) -> None:
    said = outside(
        """
def measure():
    resident = int(open("/proc/self/statm").read().split()[1]) * 4096
    return len(os.listdir("/proc/self/fd")), len(os.listdir("/proc/self/task")), resident
e = executor()
bad = ["import os\\ndef f(x): os._exit(1)\\n", "def f(x): return 'x' * 50000\\n", "def f(:\\n"]
for _ in range(30): judge(e, [HONEST, *bad])
before = measure()
zygotes = children()
for _ in range(250): judge(e, [HONEST, *bad])
after = measure()
say([after[0] - before[0], after[1] - before[1], (after[2] - before[2]) >> 20, zygotes == children(),
     len(os.listdir("/proc")) > 0])
""",
        seconds=60,
    )
    descriptors, threads, megabytes, same, _ = said
    assert (descriptors, threads, same) == (0, 0, True)
    assert megabytes < 20


def test_many_executors_leak_nothing(outside: Any) -> None:
    said = outside(
        """
def measure(): return len(os.listdir("/proc/self/fd")), len(os.listdir("/proc/self/task"))
before = measure()
for _ in range(4):
    with executor() as e: judge(e, [HONEST])
say([measure() == before, children()])
"""
    )
    assert said == [True, []]


def test_a_callers_odd_state_does_not_reach_the_zygotes(outside: Any) -> None:
    """Blocked and ignored signals, a working directory that is gone, an umask, standard streams that are closed."""
    said = outside(
        """
import tempfile, shutil
folder = tempfile.mkdtemp(); os.chdir(folder); shutil.rmtree(folder)
os.umask(0o777)
signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
signal.signal(signal.SIGCHLD, signal.SIG_IGN)
os.environ.update(PYTHONPATH="/nonsense", PYTHONHOME="/nonsense", PYTHONSTARTUP="/nonsense", LD_PRELOAD="")
os.close(0)
e = executor()
say(judge(e, [HONEST, "def f(x):\\n while True: pass\\n"]))
e.close()
"""
    )
    assert said == [["PASS"], ["CPU_LIMIT"]]


def test_a_nice_caller_in_a_busy_machine_gets_the_same_verdicts(outside: Any) -> None:
    said = outside(
        """
import subprocess
hogs = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(3)]
try:
    os.nice(10)
    e = executor()
    work = "def f(x):\\n for _ in range(200_000): pass\\n return x + 1\\n"
    say(judge(e, [HONEST, work, "def f(x):\\n while True: pass\\n"]))
finally:
    for hog in hogs: hog.kill(); hog.wait()
"""
    )
    assert said == [["PASS"], ["PASS"], ["CPU_LIMIT"]]


def test_nothing_is_left_in_temporary_folders(outside: Any, tmp_path: Path) -> None:
    outside(
        "e = executor()\njudge(e, [HONEST])\nsay(1)\n", environment={"TMPDIR": str(tmp_path), "HOME": str(tmp_path)}
    )
    assert list(tmp_path.iterdir()) == []
