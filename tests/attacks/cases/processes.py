"""Programs that start, signal, watch or outlive processes."""

NATIVE = "import ctypes\nlibc = ctypes.CDLL(None, use_errno=True)\n"

BREEDERS = {
    "os.fork": "import os\ndef f(x): return os.fork()",
    "a fork bomb": "import os\ndef f(x):\n while True:\n  try: os.fork()\n  except OSError: pass",
    "a daemon forked twice": "import os\ndef f(x):\n if os.fork() == 0:\n  os.setsid()\n  os.fork()\n"
        "  while True: pass\n return x + 1",
    "a native fork": NATIVE + "def f(x): return libc.fork()",
    "a native vfork": NATIVE + "def f(x): return libc.syscall(58)",
    "a raw clone": NATIVE + "def f(x): return libc.syscall(56, 17, 0, 0, 0, 0)",
    "a clone into new namespaces": NATIVE + "def f(x): return libc.syscall(56, 0x10000011, 0, 0, 0, 0)",
    "a subprocess": "import subprocess\ndef f(x): return subprocess.run(['/bin/true']).returncode",
    "a shell": "import os\ndef f(x): return os.system('true')",
    "a spawned process": "import os\ndef f(x): return os.posix_spawn('/bin/true', ['true'], {})",
    "a process of multiprocessing":
        "import multiprocessing\ndef f(x):\n p = multiprocessing.get_context('fork').Process(target=int)\n p.start()",
    "another program in its place":
        "import os, sys\ndef f(x): os.execv('/proc/self/exe', ['python'])",
    "its own interpreter in its place":
        "import os, sys\ndef f(x): os.execv(sys.executable, ['python', '-c', ''])",
    "a pidfd": NATIVE + "def f(x): return libc.syscall(434, 1, 0)",
    "a queued signal": NATIVE + "def f(x): return libc.syscall(129, 1, 9, ctypes.create_string_buffer(128))",
    "ptrace": NATIVE + "def f(x): return libc.ptrace(0, 0, 0, 0)",
    "a native shell": NATIVE + "def f(x): return libc.system(b'true')",
    "a native spawn": NATIVE + "def f(x): return libc.posix_spawn(ctypes.byref(ctypes.c_int()), b'/bin/true', None,"
        " None, (ctypes.c_char_p * 2)(b'true', None), None)",
    "a raw clone that shares nothing but a parent": NATIVE + "def f(x): return libc.syscall(56, 0x8011, 0, 0, 0, 0)",
    "a fork from a thread": "import os, threading\ndef f(x):\n"
        " t = threading.Thread(target=os.fork); t.start(); t.join(); return x + 1",
    "writing another's memory": NATIVE + "def f(x): return libc.syscall(311, 1, 0, 0, 0, 0, 0)",
    "a filter of its own": NATIVE + "def f(x): return libc.syscall(317, 1, 0, 0)",
    "another's memory": NATIVE + "def f(x): return libc.syscall(310, 1, 0, 0, 0, 0, 0)",
    "another's descriptors": NATIVE + "def f(x): return libc.syscall(438, 3, 1, 0)",
    "a personality": NATIVE + "def f(x): return libc.personality(0x0400000)",
    "a local descriptor table": NATIVE + "def f(x): return libc.syscall(154, 0, 0, 0)",
}  # fmt: skip

IMPOTENT = {
    "killing its parent": "import os\n try: os.kill(os.getppid(), 9)\n except OSError: pass",
    "killing everyone": "import os\n try: os.kill(-1, 9)\n except OSError: pass",
    "killing its group": "import os\n try: os.killpg(0, 9)\n except OSError: pass",
    "killing every number": "import os\n for pid in range(2, 40000):\n"
        "  try: os.kill(pid, 9)\n  except OSError: pass",
    "stopping everyone": "import os\n try: os.kill(-1, 19)\n except OSError: pass",
    "a debugger's hooks": "import sys, threading\n sys.settrace(lambda *a: None); sys.setprofile(lambda *a: None)\n"
        " sys.addaudithook(lambda *a: None)",
    "a fork's hooks": "import os; os.register_at_fork(before=lambda: 1 / 0, after_in_parent=lambda: 1 / 0)",
    "functions for the end": "import atexit, weakref, sys\n atexit.register(lambda: 1 / 0)\n"
        " weakref.finalize(f, lambda: 1 / 0)\n sys.excepthook = None; sys.unraisablehook = None",
    "an object that dies late": "import sys\n class A:\n  def __del__(self): print('late')\n sys.late = A()",
    "a session of its own": "import os\n try: os.setsid()\n except OSError: pass",
    "prctl": "import ctypes; assert ctypes.CDLL(None).prctl(1, 0) == -1",
    "clone3": "import ctypes; assert ctypes.CDLL(None).syscall(435, (ctypes.c_ulong * 11)(0, 0, 0, 0, 17), 88) == -1",
    "killing everyone natively": "import ctypes; ctypes.CDLL(None).syscall(62, -1, 9)",
    "killing its parent natively": "import ctypes; l = ctypes.CDLL(None); assert l.kill(l.getppid() or 2, 9) in (0, -1)",
    "signals to threads of others": "import ctypes; l = ctypes.CDLL(None)\n"
        " for pid in range(2, 5000): assert l.syscall(234, pid, pid, 9) == l.syscall(200, pid, 9) == -1",
    "its parent's memory": "import os\n for path in ('/proc/%d/mem' % os.getppid(), '/proc/1/mem', '/proc/self/mem'):\n"
        "  assert not os.path.exists(path)",
    "a filter by prctl": "import ctypes; assert ctypes.CDLL(None).prctl(22, 2, 0, 0, 0) == -1",
    "a debugger by prctl": "import ctypes; assert ctypes.CDLL(None).prctl(0x59616d61, -1, 0, 0, 0) == -1",
    "a subreaper": "import ctypes; assert ctypes.CDLL(None).prctl(36, 1, 0, 0, 0) == -1",
    "a process name": "import ctypes; ctypes.CDLL(None).prctl(15, b'ucoder-zygote', 0, 0, 0)",
    "limits raised natively": "import ctypes; l = ctypes.CDLL(None); big = (ctypes.c_ulong * 2)(-1, -1)\n"
        " for n in (0, 1, 4, 6, 7, 8, 9, 11, 12): assert l.setrlimit(n, big) == l.prlimit(0, n, big, None) == -1",
    "limits of another": "import ctypes; l = ctypes.CDLL(None); big = (ctypes.c_ulong * 2)(-1, -1)\n"
        " assert l.prlimit(2, 7, big, None) == l.prlimit(-1, 7, None, big) == -1",
    "a thread in namespaces of its own": "import ctypes; l = ctypes.CDLL(None)\n"
        " for flag in (0x20000, 0x2000000, 0x4000000, 0x8000000, 0x10000000, 0x20000000, 0x40000000):\n"
        "  assert l.syscall(56, flag | 0x10000 | 0x800 | 0x100, 0, 0, 0, 0) == -1",
    "no death with its parent": "import ctypes; assert ctypes.CDLL(None).prctl(1, 0, 0, 0, 0) == -1",
    "another thread pointer": "import ctypes; assert ctypes.CDLL(None).syscall(158, 0x1003, 0) == -1",
    "a system call that does not exist": "import ctypes; assert ctypes.CDLL(None).syscall(435, 0, 0) == -1",
    "waiting for children it has not": "import os\n try: os.wait()\n except ChildProcessError: pass",
}  # fmt: skip
