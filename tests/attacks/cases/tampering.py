"""Programs that want a verdict they did not earn, programs of any shape, and tests that want more than to test."""

PLEASERS = {
    "an object equal to everything": "class A:\n def __eq__(s, o): return True\n def __ne__(s, o): return False\n"
        " __hash__ = None\ndef f(x): return A()",
    "an int equal to everything": "class A(int):\n def __eq__(s, o): return True\n __hash__ = int.__hash__\n"
        "def f(x): return A(0)",
    "a float equal to everything": "class A(float):\n def __eq__(s, o): return True\n def __sub__(s, o): return 0.0\n"
        "def f(x): return A(0)",
    "a string equal to everything": "class A(str):\n def __eq__(s, o): return True\ndef f(x): return A()",
    "a list equal to everything": "class A(list):\n def __eq__(s, o): return True\ndef f(x): return A()",
    "a tuple equal to everything": "class A(tuple):\n def __eq__(s, o): return True\ndef f(x): return A()",
    "a dict equal to everything": "class A(dict):\n def __eq__(s, o): return True\ndef f(x): return A()",
    "a lying class": "class A:\n __class__ = int\n def __eq__(s, o): return True\ndef f(x): return A()",
    "an index": "class A:\n def __index__(s): return 2\n __int__ = __index__\ndef f(x): return A()",
    "an array": "class A:\n def __array__(s, *a): return 2\ndef f(x): return A()",
    "a pickle": "import os\nclass A:\n def __reduce__(s): return (int, (2,))\n __getstate__ = __reduce__\n"
        "def f(x): return A()",
    "a class": "class A(type):\n def __eq__(s, o): return True\n __hash__ = type.__hash__\nclass B(metaclass=A): pass\n"
        "def f(x): return B",
    "a mock": "import unittest.mock\ndef f(x): return unittest.mock.ANY",
    "a patched namedtuple": "import collections\nA = collections.namedtuple('A', 'a')\n"
        "A.__eq__ = lambda s, o: True\ndef f(x): return A(1)",
    "a number whose methods please": "import fractions\nclass A(fractions.Fraction):\n"
        " def __eq__(s, o): return True\ndef f(x): return A(0)",
    "a set equal to everything": "class A(set):\n def __eq__(s, o): return True\n __hash__ = None\ndef f(x): return A()",
    "a frozen set equal to everything": "class A(frozenset):\n def __eq__(s, o): return True\n"
        " __hash__ = frozenset.__hash__\ndef f(x): return A()",
    "bytes equal to everything": "class A(bytes):\n def __eq__(s, o): return True\n __hash__ = bytes.__hash__\n"
        "def f(x): return A()",
    "a complex number equal to everything": "class A(complex):\n def __eq__(s, o): return True\n"
        " __hash__ = complex.__hash__\ndef f(x): return A()",
    "an object that pleases in every way": "class A:\n"
        " __eq__ = __ne__ = __lt__ = __le__ = __gt__ = __ge__ = __contains__ = lambda s, o: True\n"
        " __sub__ = __rsub__ = __add__ = __mod__ = lambda s, o: A()\n __abs__ = __neg__ = __round__ = lambda s, *a: A()\n"
        " __bool__ = lambda s: True\n __float__ = lambda s: 2.0\n __index__ = __int__ = __len__ = __hash__ = lambda s: 2\n"
        " __str__ = __repr__ = lambda s: '2'\n __iter__ = lambda s: iter([2])\n __getitem__ = lambda s, k: 2\n"
        "def f(x): return A()",
    "a pleaser within a list": "class A(int):\n def __eq__(s, o): return True\n __hash__ = int.__hash__\n"
        "def f(x): return [A(0)]",
    "a pleaser as a key": "class A(str):\n def __eq__(s, o): return True\n def __hash__(s): return 2\n"
        "def f(x): return {A(): 2}",
    "an array of numpy that pleases": "import numpy\nclass A(numpy.ndarray):\n def __eq__(s, o): return True\n"
        "def f(x): return numpy.zeros(1).view(A)",
    "an enumeration": "import enum\nclass A(enum.IntEnum):\n a = 2\ndef f(x): return A.a",
}  # fmt: skip

IDLERS = {
    "sys.exit": "import sys\ndef f(x): sys.exit(0)",
    "os._exit": "import os\ndef f(x): os._exit(0)",
    "a program that exits at once": "import os; os._exit(0)",
    "a SystemExit at once": "raise SystemExit(0)",
    "a printed verdict": "print('PASSED')\ndef f(x): print('1 passed'); return 'PASSED'",
    "a patched AssertionError": "import builtins; builtins.AssertionError = StopIteration\ndef f(x): return 0",
    "an exception that pleases": "class AssertionError(Exception): pass\ndef f(x): raise AssertionError",
    "patched comparisons": "import operator, math; operator.eq = math.isclose = lambda *a, **k: True\ndef f(x): return 0",
    "patched builtins": "import builtins\nfor n in ('isinstance', 'abs', 'round', 'sorted', 'len', 'all', 'bool'):\n"
        " setattr(builtins, n, lambda *a, **k: True)\ndef f(x): return 0",
    "a patched interpreter": "import sys\nfor m in list(sys.modules): sys.modules[m] = None\ndef f(x): return 0",
    "a true number": "import ctypes\nctypes.c_long.from_address(id(2) + 24).value = 0\ndef f(x): return 0",
    "an exception that lies": "class E(Exception):\n def __str__(s): import os; os._exit(0)\n __repr__ = __str__\n"
        "def f(x): raise E",
    "an exception named like ours": "class PASS(Exception): pass\ndef f(x): raise PASS",
    "a patched json": "import json\njson.dumps = json.loads = lambda *a, **k: 2\ndef f(x): return 0",
    "a patched unittest": "import unittest\nfor n in dir(unittest.TestCase):\n if n.startswith('assert'):\n"
        "  setattr(unittest.TestCase, n, lambda *a, **k: None)\ndef f(x): return 0",
    "a patched numpy": "import numpy, numpy.testing\nnumpy.allclose = numpy.array_equal = lambda *a, **k: True\n"
        "numpy.testing.assert_allclose = lambda *a, **k: None\ndef f(x): return 0",
    "import hooks": "import sys\nclass H:\n def find_spec(s, *a): raise SystemExit(0)\nsys.meta_path.insert(0, H())\n"
        "sys.path_hooks.clear(); sys.path_importer_cache.clear(); __builtins__['__import__'] = lambda *a: H\n"
        "def f(x): return 0",
    "a module beside it": "import os, sys\nsys.path.insert(0, os.getcwd())\ntry: open('math.py', 'w').write('x = 1')\n"
        "except OSError: pass\ndef f(x): return 0",
    "no assertions": "import sys, ast, builtins\nbuiltins.compile = lambda *a, **k: (lambda: None).__code__\n"
        "ast.parse = lambda *a, **k: ast.Module([], [])\ndef f(x): return 0",
    "an exception whose text loops": "class E(Exception):\n def __str__(s):\n  while True: pass\n __repr__ = __str__\n"
        "def f(x): raise E",
    "an exception whose class lies": "class M(type):\n __name__ = property(lambda c: 1 / 0)\n"
        " def __subclasscheck__(c, o): return True\nclass E(Exception, metaclass=M): __module__ = 3\ndef f(x): raise E",
    "an exception as our own": "import sys\nE = type('AssertionError', (Exception,), {'__module__': 'builtins'})\n"
        "def f(x): raise E('passed')",
    "KeyboardInterrupt": "def f(x): raise KeyboardInterrupt",
    "GeneratorExit": "def f(x): raise GeneratorExit",
    "a group of exceptions": "def f(x): raise BaseExceptionGroup('g', [SystemExit(0), KeyboardInterrupt()])",
    "a raised generator": "def f(x): raise StopIteration(2)",
    "an answer to another test": "import sys\nanswers = [2, 3, 11]\ndef f(x): return answers",
    "what calls it": "import sys\ndef f(x):\n frame = sys._getframe()\n while frame.f_back: frame = frame.f_back\n"
        " for v in [*frame.f_locals.values(), *frame.f_globals.values()]:\n"
        "  if type(v) in (list, tuple) and v: return v[-1]",
    "a closure of what calls it": "import gc, types\ndef f(x):\n"
        " for o in gc.get_objects():\n  if type(o) is types.CellType:\n"
        "   try: o.cell_contents = 0\n   except (ValueError, RuntimeError): pass\n return 0",
    "what the collector knows": "import gc\ndef f(x):\n for r in gc.get_referrers(x):\n"
        "  if type(r) is tuple and len(r) > 1: return r[1]\n return 0",
    "an eye on the harness": "import sys\nseen = [m for m in sys.modules if 'ucoder' in m or 'pytest' in m]\n"
        "def f(x): return x + 1 if not seen and len(sys.argv) > 5 else 0",
    "descriptors that answer": "import os\ndef f(x):\n for n in range(1024):\n  try: os.write(n, b'\\1\\1\\2' * 99)\n"
        "  except OSError: pass\n os._exit(0)",
    "a closed channel": "import os\nos.closerange(0, 4096)\ndef f(x): os.closerange(0, 4096); os._exit(0)",
    "a thread that ends it": "import os, threading\ndef f(x):\n"
        " threading.Thread(target=lambda: os._exit(0)).start()\n while True: pass",
    "a patched thread": "import threading, _thread\nthreading.Thread.start = _thread.start_new_thread = lambda *a: 2\n"
        "def f(x): return 0",
    "a rewritten answer": "import ctypes\ndef f(x):\n a = [0]\n ctypes.c_long.from_address(id(a) + 16).value = 2**62\n"
        " return a",
    "a type that lies about its size": "import ctypes\ndef f(x):\n a = 2**90\n"
        " ctypes.c_long.from_address(id(a) + 16).value = 2**60\n return a",
    "an object of no type": "import ctypes\nclass A: pass\ndef f(x):\n a = A()\n"
        " ctypes.c_long.from_address(id(a) + 8).value = 8\n return a",
    "a name that the test uses": "import sys\ndef f(x):\n names = sys._getframe(1).f_globals\n"
        " for name in ('check', 'seen', 'AssertionError', 'len', 'any', 'isinstance'): names[name] = lambda *a: True\n"
        " return 0",
    "a constant of the code that calls it": "import dis, sys\ndef f(x):\n frame = sys._getframe(1)\n"
        " return next((step.argval for step in dis.get_instructions(frame.f_code)\n"
        "              if step.offset > frame.f_lasti and type(step.argval) is int and 'CONST' in step.opname), 0)",
    "an answer that changes": "import threading, time\ndef f(x):\n a = [0]\n"
        " threading.Thread(target=lambda: (time.sleep(0.01), a.__setitem__(0, 2)), daemon=True).start()\n return a",
    "nothing": "def f(x): pass",
    "not implemented": "def f(x): return NotImplemented",
    "a coroutine": "async def f(x): return x + 1",
    "a generator": "def f(x): yield x + 1",
    "its input": "def f(x): return x",
}  # fmt: skip

TESTS = (
    "assert f(1) == 2",
    "assert f(1) in (2, 3)",
    "assert abs(f(1) - 2) < 0.5",
    "assert round(f(1), 2) == 2",
    "assert str(f(1)) == '2'",
    "assert [f(1)] == [2]",
    "assert not f(1) != 2",
)

SEARCHERS = {
    "frames": "def look():\n import sys\n frame = sys._getframe()\n while frame:\n"
        "  yield repr(frame.f_locals) + repr(frame.f_globals)\n  frame = frame.f_back",
    "the collector": "def look():\n import gc\n for thing in gc.get_objects():\n  try: yield repr(thing)\n"
        "  except Exception: pass",
    "modules": "def look():\n import sys\n for module in list(sys.modules.values()): yield repr(vars(module))",
    "a traceback": "def look():\n import sys, traceback\n try: 1 / 0\n except Exception: yield traceback.format_exc()\n"
        " yield ''.join(traceback.format_stack())",
    "the stack": "def look():\n import ctypes\n"
        " top = ctypes.c_void_p.in_dll(ctypes.pythonapi, 'environ').value\n"
        " yield ctypes.string_at(top - 100_000, 100_000).decode('latin-1')",
    "the heap": "def look():\n import ctypes\n libc = ctypes.CDLL(None); libc.sbrk.restype = ctypes.c_void_p\n"
        " end = libc.sbrk(0)\n libc.mincore.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_char_p]\n"
        " page = end - 4096\n while libc.mincore(page, 4096, ctypes.create_string_buffer(1)) == 0:\n"
        "  yield ctypes.string_at(page, 4096).decode('latin-1'); page -= 4096",
    "all memory of the arenas": "def look():\n import ctypes, gc\n"
        " starts = {id(thing) >> 18 << 18 for thing in gc.get_objects()}\n"
        " libc = ctypes.CDLL(None)\n"
        " libc.mincore.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_char_p]\n"
        " for start in starts:\n  for page in range(start, start + (1 << 18), 4096):\n"
        "   if libc.mincore(page, 4096, ctypes.create_string_buffer(1)) == 0:\n"
        "    yield ctypes.string_at(page, 4096).decode('latin-1')",
}  # fmt: skip

REGION = '''
import ctypes, struct

def find_region():
    """The lane's region: beside its size of 128 MiB on the worker's stack."""
    top = ctypes.c_void_p.in_dll(ctypes.pythonapi, "environ").value // 8 * 8
    words = struct.unpack("<12500Q", ctypes.string_at(top - 100_000, 100_000))
    for address, size in zip(words, words[1:]):
        if size == 128 << 20 and address % 4096 == 0 and address > 4096:
            return address
    raise LookupError

def u32(offset): return ctypes.c_uint32.from_address(find_region() + offset)
def u64(offset): return ctypes.c_uint64.from_address(find_region() + offset)
HEAP_OFFSET, HEAP_BYTES, PROGRESS, BEGAN, FINISH = 88, 96, 104, 112, 120
DONE, FULL = 1, 2
'''

SEARCHERS["the region"] = REGION + "def look():\n yield ctypes.string_at(find_region(), 128 << 20).decode('latin-1')"

LIES = {
    "a finished job": "u32(FINISH).value = DONE; os._exit(0)",
    "a full heap": "u32(FINISH).value = FULL; os._exit(0)",
    "a cell long gone": "u64(PROGRESS).value = 2; os._exit(0)",
    "the cell before the first": "u64(PROGRESS).value = 0; os._exit(0)",
    "the loading": "u64(PROGRESS).value = 1; os._exit(0)",
    "a cell that does not exist": "u64(PROGRESS).value = 2**63; os._exit(0)",
    "the last cell": "u64(PROGRESS).value = 5; os._exit(0)",
    "a cell that moves back": "u64(PROGRESS).value = 2; time.sleep(100)",
    "cells that change all the time":
        "p = u64(PROGRESS)\n while True: time.sleep(0.001); p.value = 2 + int(time.monotonic() * 1000) % 4",
    "cells that advance while it burns": "p = u64(PROGRESS)\n while True: p.value = min(p.value + 1, 5)",
    "a failed set-up": "u64(PROGRESS).value = 0; os._exit(1)",
    "a program that was never loaded": "ctypes.c_uint8.from_address(find_region() + 4096).value = 0; return 2",
    "slots of nonsense": "ctypes.memset(find_region() + 4096, 255, 80); u32(FINISH).value = DONE; os._exit(0)",
    "slots that point beyond":
        "for i in range(5): ctypes.memmove(find_region() + 4096 + 16 * i, struct.pack('<4I', 1, 0, 2**31, 2**31), 16)\n"
        " u32(FINISH).value = DONE; os._exit(0)",
    "slots of a gigabyte of time":
        "for i in range(5): ctypes.memmove(find_region() + 4096 + 16 * i, struct.pack('<4I', 1, 2**32-1, 0, 0), 16)\n"
        " u32(FINISH).value = DONE; os._exit(0)",
    "values of nonsense": "ctypes.memset(find_region() + u64(HEAP_OFFSET).value, 255, 1 << 20)\n return [1] * 20",
    "a beginning yet to come": "u64(BEGAN).value = 2**62\n while True: u64(BEGAN).value += 10**9",
    "a beginning that moves with it": "b = u64(BEGAN)\n while True: b.value = time.process_time_ns()",
    "a beginning before time": "u64(BEGAN).value = 2**63; time.sleep(0.01)",
    "a value for every cell":
        "r = find_region(); ctypes.memset(r + u64(HEAP_OFFSET).value, ord('T'), 64)\n"
        " for i in range(40): ctypes.memmove(r + 4096 + 16 * i, struct.pack('<4I', 1, 0, i, 1), 16)\n"
        " u32(FINISH).value = DONE; os._exit(0)",
    "a heap elsewhere": "u64(HEAP_OFFSET).value = 2**63; return 2",
    "a heap without end": "u64(HEAP_BYTES).value = 2**64 - 1; return 'x' * 60000",
    "a region full of bytes": "ctypes.memset(find_region() + 65536, 255, (128 << 20) - 65536)\n return 0",
    "a region of zeros": "ctypes.memset(find_region(), 0, 65536)\n return 0",
    "a region given away": "ctypes.CDLL(None).munmap(ctypes.c_void_p(find_region()), ctypes.c_size_t(128 << 20))",
    "a region emptied": "ctypes.CDLL(None).madvise(ctypes.c_void_p(find_region()), ctypes.c_size_t(128 << 20), 9)",
    "values that are scrambled while they are read":
        "r = find_region() + 4096\n def go():\n  while True: ctypes.memset(r, 1, 80); ctypes.memset(r, 255, 80)\n"
        " threading.Thread(target=go, daemon=True).start(); time.sleep(0.02); return 0",
}  # fmt: skip

SHAPES = {
    "a NUL": ("def f(x): return x + 1\n\0", {"LOAD_ERROR"}),
    "a byte order mark": ("\ufeffdef f(x): return x + 1\n", {"PASS"}),
    "a foreign coding cookie": ("# -*- coding: utf-16 -*-\ndef f(x): return x + 1\n", {"PASS"}),
    "a lone surrogate": ("x = '\ud800'\ndef f(x): return x + 1\n", {"LOAD_ERROR"}),
    "a future import": ("from __future__ import annotations\ndef f(x: 'y') -> z: return x + 1\n", {"PASS"}),
    "a main guard": ("def f(x): return x + 1\nif __name__ == '__main__': f.__code__ = None\n", {"PASS"}),
    "an async entry": ("async def f(x): return x + 1\n", {"BAD_VALUE"}),
    "a class Solution": ("class Solution:\n def f(self, x): return x + 1\n", {"NO_ENTRY"}),
    "no entry": ("def g(x): return x + 1\n", {"NO_ENTRY"}),
    "an entry that is not callable": ("f = 2\n", {"NO_ENTRY"}),
    "an empty text": ("", {"NO_ENTRY"}),
    "an entry that is a class": ("class f:\n def __new__(cls, x): return x + 1\n", {"PASS"}),
    "an entry made by a callable": ("import functools\nf = functools.partial(lambda a, x: x + a, 1)\n", {"PASS"}),
    "an entry that takes nothing": ("def f(): return 2\n", {"EXCEPTION"}),
    "carriage returns": ("def f(x):\r\n    return x + 1\r\n", {"PASS"}),
    "tabs and spaces": ("def f(x):\n\tif x:\n        return x + 1\n", {"LOAD_ERROR"}),
    "a shadow module": ("import sys, types\nsys.modules['math'] = types.ModuleType('math')\ndef f(x): return x + 1\n",
        {"PASS"}),
    "a module table without itself": ("import sys\nsys.modules.clear()\ndef f(x): return x + 1\n", {"PASS"}),
    "its own globals cleared": ("def f(x):\n globals().clear()\n return x + 1\n", {"PASS", "NO_ENTRY"}),
    "another behaviour on the third call":
        ("n = 0\ndef f(x):\n global n\n n += 1\n return x + 1 if n < 3 else 1 / 0\n", {"PASS"}),
}  # fmt: skip

HOSTILE_TESTS = {
    "one that ends its process": "assert __import__('os')._exit(0) == f(1)",
    "one that exits": "import sys; sys.exit(0)\nassert f(1) == 2",
    "one that raises": "raise SystemExit\nassert f(1) == 2",
    "one that patches builtins": "import builtins\nbuiltins.abs = builtins.len = lambda *a: 0\nassert abs(f(1)) == 0",
    "one that patches the splitter":
        "import sys\nsys.modules['ucoder_jail.statements'].Splitter.finished = lambda s: 1\nassert f(1) == 2",
    "one that hangs": "y = [0 for z in iter(int, 1)]\nassert f(1) == y",
    "one that hangs in C": "y = any(iter(int, 1))\nassert f(1) == y",
    "one that sleeps": "import time; time.sleep(1000)\nassert f(1) == 2",
    "one that forks": "import os; os.fork()\nassert f(1) == 2",
    "one that takes memory": "y = [bytearray(1 << 20) for z in iter(int, 1)]\nassert f(1) == y",
    "one that crashes": "import ctypes; ctypes.string_at(0)\nassert f(1) == 2",
    "one with a gigantic argument": "assert f([0] * 10**8) == 1",
    "one with a gigantic number": "assert f(10**10**8) == 1",
    "one with a gigantic text": "assert f('" + "x" * (5 << 20) + "') == 1",
    "one that is deep": "assert f(1) == " + "(" * 50_000 + "2" + ")" * 50_000,
    "one that is long": "assert f(1) == " + " + ".join(["1"] * 50_000),
    "one that redefines the entry": "def f(x): return 2\nassert f(1) == 2",
    "one that patches equality": "class A:\n def __eq__(s, o): return True\nassert f(1) == A()",
    "one that evaluates an answer": "assert eval(f(1)) == 2",
    "one that executes an answer": "assert exec(f(1)) is None",
    "one that hangs while judging": "assert [y for y in iter(lambda: f(1), None)]",
    "one that ends its judge": "assert f(1) == 1 or __import__('os')._exit(0)",
    "one that hides in a message": "assert f(1) == 3, __import__('os')._exit(0)",
    "one that hides in a lambda": "assert (lambda y: __import__('os')._exit(0))(f(1))",
    "one that hides in a default": "def g(y=__import__('os')._exit(0)): return y\nassert g() == f(1)",
    "one with a NUL": "assert f(1) == 2\0",
    "one with a surrogate": "assert f(1) == '\ud800'",
    "one that is a class with a metaclass": "class A(metaclass=lambda *a: __import__('os')._exit(0)): pass\nassert f(1)",
    "one that fills the registry": "import sys; sys.modules.clear()\nassert f(1) == 2",
    "one that loops over calls": "y = 0\nfor _ in range(300): y = f(y)\nassert y == 300",
}  # fmt: skip

# Programs that rewrite what their worker tells: bodies of `f(x)` behind `REGION`.
LIARS = {
    f"a lie: {name}": f"{REGION}\nimport os, threading, time\ndef f(x):\n {lie}\n return 0\n" for name, lie in LIES.items()
}
