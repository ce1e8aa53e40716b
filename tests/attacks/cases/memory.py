"""Programs that take memory, and values without measure: bodies of `f(x)`."""

GREEDY = {
    "one large buffer": "return bytearray(10**11)",
    "a slow leak": "x = []\n while True: x.append(bytearray(1 << 20))",
    "a leak of small objects": "x = []\n while True: x.append([0] * 1000)",
    "a leak inside an except": "x = []\n while True:\n  try: x.append(bytearray(1 << 20))\n"
        "  except ValueError: pass",
    "a long string": "return len('x' * 10**10)",
    "a leak in threads": "import threading\n x = []\n def leak():\n  while True: x.append(bytearray(1 << 20))\n"
        " t = threading.Thread(target=leak); t.start(); t.join()\n leak()",
    "a doubling list": "x = [0]\n while True: x = x + x",
}  # fmt: skip

MAPPERS = {
    "a sparse mapping": "import mmap; mmap.mmap(-1, 1 << 40)",
    "a shared mapping": "import mmap; m = mmap.mmap(-1, 1 << 30, flags=mmap.MAP_SHARED); m.write(b'x' * (1 << 30))",
    "a populated mapping": "import mmap; m = mmap.mmap(-1, 1 << 30, flags=0x8022); m.write(b'x' * (1 << 30))",
    "a mapping that grows": "import mmap; m = mmap.mmap(-1, 1 << 20)\n while True: m.resize(m.size() * 2)",
    "shared memory by a name": "from multiprocessing import shared_memory\n"
        " return shared_memory.SharedMemory(create=True, size=1 << 30).size",
    "many mappings": "import mmap; x = []\n while True: x.append(mmap.mmap(-1, 1 << 24))",
}

ENDLESS_VALUES = {
    "a generator": "return iter(int, 1)",
    "a counter": "import itertools; return itertools.count()",
    "a list in itself": "a = []; a.append(a); return a",
    "a dict in itself": "a = {}; a[1] = a; return a",
    "a tuple around a list around it": "a = []; t = (a,); a.append(t); return t",
    "a million lists deep": "a = []\n for _ in range(10**6): a = [a]\n return a",
    "a large string": "return 'x' * 10**8",
    "a large list": "return [0] * 10**7",
    "a gigabyte of zeros": "return [bytes(1 << 26)] * 16",
    "a number of ten million digits": "import sys; sys.set_int_max_str_digits(0); return 1 << 33_219_281",
    "a large number": "return 1 << 33_000_000",
    "one object many times": "a = ['x' * 1000]\n for _ in range(30): a = [a, a]\n return a",
    "a range": "return range(10**18)",
    "a memory view": "return memoryview(b'x')",
}

# Native code asks until it is refused, and goes on: the limit holds, and nothing else happens.
REFUSED_NATIVELY = {
    "raw mappings": "import ctypes; libc = ctypes.CDLL(None); libc.mmap.restype = ctypes.c_long\n"
        " while libc.mmap(None, 1 << 24, 3, 0x22, -1, 0) != -1: pass",
    "populated raw mappings": "import ctypes; libc = ctypes.CDLL(None); libc.mmap.restype = ctypes.c_long\n"
        " while libc.mmap(None, 1 << 24, 3, 0x8022, -1, 0) != -1: pass",
    "shared raw mappings": "import ctypes; libc = ctypes.CDLL(None); libc.mmap.restype = ctypes.c_long\n"
        " while libc.mmap(None, 1 << 24, 3, 0x21, -1, 0) != -1: pass",
    "mappings without reserve": "import ctypes; libc = ctypes.CDLL(None); libc.mmap.restype = ctypes.c_long\n"
        " while libc.mmap(None, ctypes.c_long(1 << 34), 3, 0x4022, -1, 0) != -1: pass",
    "locked mappings": "import ctypes; libc = ctypes.CDLL(None); libc.mmap.restype = ctypes.c_long\n"
        " while libc.mmap(None, 1 << 24, 3, 0x2022, -1, 0) != -1: pass",
    "huge pages": "import ctypes; libc = ctypes.CDLL(None); libc.mmap.restype = ctypes.c_long\n"
        " while libc.mmap(None, 1 << 24, 3, 0x40022, -1, 0) != -1: pass",
    "the program's break": "import ctypes; libc = ctypes.CDLL(None); libc.sbrk.restype = ctypes.c_long\n"
        " while libc.sbrk(1 << 24) != -1: pass",
    "native allocations": "import ctypes; libc = ctypes.CDLL(None); libc.malloc.restype = ctypes.c_void_p\n"
        " while p := libc.malloc(1 << 24): libc.memset(ctypes.c_void_p(p), 1, 1 << 24)",
    "stacks of threads": "import threading; threading.stack_size(64 << 20)\n try:\n"
        "  while True: threading.Thread(target=threading.Event().wait, daemon=True).start()\n"
        " except (RuntimeError, MemoryError): pass",
}  # fmt: skip
