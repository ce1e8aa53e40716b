"""Programs that do not end, wait, or try to bend the clocks: bodies of `f(x)`."""

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
    "ten to the power of a power": "return 10 ** 10 ** 8 % 10 and 2",
    "a profiler that loops": "import sys\n def t(*a):\n  while True: pass\n sys.setprofile(t)\n (lambda: 1)()",
    "a native search without end": "import ctypes, itertools\n"
        " ctypes.pythonapi.PySequence_Contains(ctypes.py_object(itertools.repeat(0)), ctypes.py_object(1))",
    "native work without the interpreter's lock": "import ctypes\n b = ctypes.create_string_buffer(1 << 24)\n"
        " libc = ctypes.CDLL(None)\n while True: libc.memset(b, 0, 1 << 24)",
    "a storm of system calls": "import ctypes\n libc = ctypes.CDLL(None)\n while True: libc.syscall(39)",
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
    "a native sleep": "import ctypes; ctypes.CDLL(None).sleep(1000)",
    "a native sleep without signals": "import ctypes, signal\n"
        " signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals()); ctypes.CDLL(None).sleep(1000)",
    "a native pause": "import ctypes; ctypes.CDLL(None).pause()",
    "a futex that nobody wakes": "import ctypes\n word = ctypes.c_int(0)\n"
        " ctypes.CDLL(None).syscall(202, ctypes.byref(word), 0, 0, None, None, 0)",
    "a native poll": "import ctypes; ctypes.CDLL(None).poll(None, 0, -1)",
    "a read of an empty pipe, natively": "import ctypes, os\n r, w = os.pipe()\n"
        " ctypes.CDLL(None).read(r, ctypes.create_string_buffer(1), 1)",
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
    "a native stop of itself": "import ctypes; libc = ctypes.CDLL(None); libc.kill(libc.getpid(), 19)",
    "a native stop of its thread": "import ctypes; ctypes.CDLL(None).syscall(234, 1, 1, 19)",
    "a native priority": "import ctypes; libc = ctypes.CDLL(None); libc.nice(-10); libc.syscall(141, 0, 0, -20)",
    "a native affinity": "import ctypes; ctypes.CDLL(None).syscall(203, 0, 8, ctypes.byref(ctypes.c_ulong(1)))",
    "a native scheduler": "import ctypes; ctypes.CDLL(None).syscall(144, 0, 1, ctypes.byref(ctypes.c_int(50)))",
    "a CPU timer of its own": "import signal; signal.setitimer(signal.ITIMER_PROF, 100)",
}  # fmt: skip

# Only the first thread's waiting is known: on a busy machine these may be at their wall limit instead.
BUSY_THREADS = {
    "a thread that loops where the first one waits for it": "import threading\n"
        " t = threading.Thread(target=lambda: any(iter(int, 1))); t.start(); t.join()",
    "threads that loop where the first one sleeps": "import threading, time\n"
        " for _ in range(4): threading.Thread(target=lambda: any(iter(int, 1)), daemon=True).start()\n time.sleep(100)",
}  # fmt: skip

# Values whose methods do not end: reading a value never calls them.
LOOPING_VALUES = {
    name: f"\n class A{base}:\n  def {method}(self, *a):\n   while True: pass\n return {value}"
    for name, base, method, value in (
        ("an iteration that loops", "", "__iter__", "A()"),
        ("a representation that loops", "", "__repr__", "A()"),
        ("a length that loops", "(list)", "__len__", "A()"),
        ("an equality that loops", "", "__eq__", "A()"),
        ("a hash that loops", "(int)", "__hash__", "[A()]"),
        ("an attribute that loops", "", "__getattribute__", "A()"),
        ("an index that loops", "", "__index__", "(A(),)"),
        ("a reduction that loops", "", "__reduce_ex__", "{1: A()}"),
        ("items that loop", "(dict)", "__getitem__", "A(a=1)"),
        ("an array that loops", "", "__array__", "A()"),
        ("a truth that loops", "", "__bool__", "A()"),
    )
}
