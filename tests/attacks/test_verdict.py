"""Programs that want a verdict they did not earn, and tests that want more than to test."""

from typing import Any

import pytest

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
    "patched comparisons": "import operator, math; operator.eq = math.isclose = lambda *a, **k: True\ndef f(x): return 0",  # noqa: E501
    "patched builtins": "import builtins\nfor n in ('isinstance', 'abs', 'round', 'sorted', 'len', 'all', 'bool'):\n"
        " setattr(builtins, n, lambda *a, **k: True)\ndef f(x): return 0",
    "a patched interpreter": "import sys\nfor m in list(sys.modules): sys.modules[m] = None\ndef f(x): return 0",
    "a true number": "import ctypes\nctypes.c_long.from_address(id(2) + 24).value = 0\ndef f(x): return 0",
    "an exception that lies": "class E(Exception):\n def __str__(s): import os; os._exit(0)\n __repr__ = __str__\n"
        "def f(x): raise E",
    "an exception named like ours": "class PASS(Exception): pass\ndef f(x): raise PASS",
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


@pytest.mark.parametrize("program", [*PLEASERS.values(), *IDLERS.values()], ids=[*PLEASERS, *IDLERS])
def test_no_pass_without_the_right_value(open_arena: Any, program: str) -> None:
    fates = open_arena(cpu_ms=500, wall_ms=3000).fates(program, TESTS)
    assert "PASS" not in fates
    assert "INFRA" not in fates
    assert "NOT_RUN" not in fates


@pytest.mark.parametrize("program", PLEASERS.values(), ids=PLEASERS)
def test_an_object_that_pleases_is_no_value(open_arena: Any, program: str) -> None:
    assert set(open_arena(cpu_ms=500, wall_ms=3000).fates(program)) <= {"BAD_VALUE", "WRONG", "NO_ENTRY"}


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
PROGRESS, FINISH, STEP, HEAP_OFFSET, HEAP_BYTES = 104, 112, 116, 88, 96
DONE, FULL = 1, 2
'''
SEARCHERS["the region"] = REGION + "def look():\n yield ctypes.string_at(find_region(), 128 << 20).decode('latin-1')"

NEEDLE = "needle-in-the-hay"


@pytest.mark.parametrize("searcher", SEARCHERS.values(), ids=SEARCHERS)
def test_the_expectation_is_nowhere_in_the_programs_process(open_arena: Any, searcher: str) -> None:
    """The program finds its own needle as often as where no test has one."""
    program = f"""{searcher}
def f(x):
    word = '-'.join(['needle', 'in', 'the', 'hay'])
    return sum(word in text for text in look())
"""
    tests = [
        f"assert f(1) == '{NEEDLE}'",
        f"assert f(1) not in (5, '{NEEDLE}')",
        f"assert f(1) == 0, '{NEEDLE}'",
        f"y = '{NEEDLE}'.upper().lower()\nassert f(1) != y",
    ]
    arena = open_arena(cpu_ms=4000, wall_ms=20000, memory_mb=1024)
    arena.judge(["def f(x): return 'warm'\n", "def f(x): return 'up'\n"], tests)
    arena.judge([program], tests)
    assert arena.kinds() == ("split",) * 4
    found = arena.value(0, 0)
    arena.judge([program], ["assert f(1) == 5"])
    assert found == arena.value(0, 0)


def test_an_argument_that_has_to_be_there_is_found_by_the_same_search(open_arena: Any) -> None:
    program = f"{SEARCHERS['the region']}\ndef f(x):\n return sum(x in text for text in look())\n"
    open_arena(cpu_ms=4000, wall_ms=20000, memory_mb=1024).judge([program], [f"assert f('{NEEDLE}') == 1"])
    assert open_arena(cpu_ms=4000, wall_ms=20000, memory_mb=1024).value(0, 0) == 1


def test_nothing_of_an_earlier_candidate_is_in_the_region(open_arena: Any) -> None:
    owner = f"def f(x): return '{NEEDLE}' * 100\n"
    program = (
        f"{SEARCHERS['the region']}\ndef f(x):\n word = '-'.join(['needle', 'in', 'the', 'hay'])\n"
        " return sum(word in text for text in look())\n"
    )
    arena = open_arena(cpu_ms=4000, wall_ms=20000, memory_mb=1024)
    programs = [program if i % 2 else owner + "#" * i for i in range(6)]
    arena.judge([text + "\n" + "#" * i for i, text in enumerate(programs)], ["assert f(1) == 0"])
    assert [arena.value(i, 0) for i in (1, 3, 5)] == [0, 0, 0]


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
    "a failed set-up": "u32(STEP).value = 3; u64(PROGRESS).value = 0; os._exit(1)",
    "a program that was never loaded": "ctypes.c_uint8.from_address(find_region() + 4096).value = 0; return 2",
    "slots of nonsense": "ctypes.memset(find_region() + 4096, 255, 80); u32(FINISH).value = DONE; os._exit(0)",
    "slots that point beyond":
        "for i in range(5): ctypes.memmove(find_region() + 4096 + 16 * i, struct.pack('<4I', 1, 0, 2**31, 2**31), 16)\n"
        " u32(FINISH).value = DONE; os._exit(0)",
    "slots of a gigabyte of time":
        "for i in range(5): ctypes.memmove(find_region() + 4096 + 16 * i, struct.pack('<4I', 1, 2**32-1, 0, 0), 16)\n"
        " u32(FINISH).value = DONE; os._exit(0)",
    "values of nonsense": "ctypes.memset(find_region() + u64(HEAP_OFFSET).value, 255, 1 << 20)\n return [1] * 20",
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


@pytest.mark.parametrize(
    ("lie", "level"),
    [pytest.param(lie, "candidate", id=name) for name, lie in LIES.items()]
    + [pytest.param(LIES[name], "test", id=f"{name}, level test") for name in ("a full heap", "a cell long gone")],
)
def test_a_lie_in_the_shared_region_gains_nothing(outside: Any, lie: str, level: str) -> None:
    """None of them hangs the caller, passes, or puts the blame on the machinery."""
    program = f"{REGION}\nimport os, threading, time\ndef f(x):\n {lie}\n return 0\n"
    tests = [f"assert f({x}) == {x + 1}" for x in range(4)]
    honest, row, again = outside(
        f"""
e = executor(isolation={level!r})
rows = judge(e, [HONEST, {program!r}], {tests!r})
say([*rows, judge(e, [HONEST], {tests!r})[0]])
""",
        seconds=12,
    )
    assert honest == again == ["PASS"] * 4
    assert not {"PASS", "INFRA", "NOT_RUN"} & set(row)


def test_a_program_that_lies_about_its_time_buys_no_more_of_it(outside: Any) -> None:
    """It claims the band around the limit for every cell, and sleeps when a cell is run again alone."""
    program = f"""{REGION}
import time
def f(x):
    if u32(24).value != 30: time.sleep(100)
    if x == 29:
        for slot in range(31): ctypes.c_uint32.from_address(find_region() + 4096 + 16 * slot + 4).value = 200_000
    return x + 1
"""
    tests = [f"assert f({x}) == {x + 1}" for x in range(30)]
    assert outside(
        f"""
e = executor()
start = time.monotonic()
judge(e, [{program!r}], {tests!r})
say(time.monotonic() - start < 10)
""",
        seconds=60,
    )


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


@pytest.mark.parametrize(("program", "fates"), SHAPES.values(), ids=SHAPES)
def test_a_source_of_any_shape_has_its_outcome(arena: Any, program: str, fates: set[str]) -> None:
    assert set(arena.fates(program)) == fates


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
    "one that is a class with a metaclass": "class A(metaclass=lambda *a: __import__('os')._exit(0)): pass\nassert f(1)",  # noqa: E501
    "one that fills the registry": "import sys; sys.modules.clear()\nassert f(1) == 2",
    "one that loops over calls": "y = 0\nfor _ in range(300): y = f(y)\nassert y == 300",
}  # fmt: skip


@pytest.mark.parametrize("hostile", HOSTILE_TESTS.values(), ids=HOSTILE_TESTS)
def test_a_hostile_test_contaminates_no_other_test(open_arena: Any, hostile: str) -> None:
    calm = ["assert f(1) == 2", "assert abs(f(-9)) == 8", "assert sorted([f(1), f(0)]) == [1, 2]", "assert f(2) in [3]"]
    tests = [*calm[:2], hostile, *calm[2:]]
    arena = open_arena(cpu_ms=500, wall_ms=3000, max_timeouts=50)
    good, bad = arena.judge(["def f(x): return x + 1\n", "def f(x): return None\n"], tests, prompt="import math\n")
    assert good[:2] + good[3:] == ["PASS"] * 4
    assert "PASS" not in bad[:2] + bad[3:]


def test_a_hostile_prompt_costs_only_tests_that_need_it(arena: Any) -> None:
    for prompt in ("import os; os._exit(0)\n", "while True: pass\n", "1 / 0\n", "def (\n"):
        rows = arena.judge(["def f(x): return x + 1\n"], ["assert f(1) == 2"], prompt=prompt)
        assert rows == [["PASS"]]


FORGERY = "\"type('A', (), {'__eq__': lambda s, o: True})()\""


@pytest.mark.parametrize(
    "test",
    [
        "assert eval(f(1)) == 823641907",
        "assert eval(str(f(1))) == 823641907",
        "assert (lambda y: eval(y))(f(1)) == 823641907",
        "g = eval\nassert g(f(1)) == 823641907",
        "assert [eval(y) for y in [f(1)]][0] == 823641907",
        "y = {}\nexec(f(1), y)\nassert y['z'] == 823641907",
        "import builtins\nassert builtins.eval(f(1)) == 823641907",
        "assert __builtins__['eval'](f(1)) == 823641907",
    ],
)
def test_a_test_that_runs_an_answer_as_code_is_not_called_trusted(arena: Any, test: str) -> None:
    rows = arena.judge([f"def f(x): return {FORGERY}\n"], [test])
    assert arena.matrix is not None
    assert rows != [["PASS"]] or not arena.matrix.trusted[0]


def test_a_test_that_lies_in_its_workers_region_is_void(outside: Any) -> None:
    text = f"{REGION}\nimport os\nu32(STEP).value = 3\nu64(PROGRESS).value = 0\nos._exit(1)\nassert f(1) == 2"
    assert outside(f"say(judge(executor(), [HONEST], ['assert f(1) == 2', {text!r}]))") == [["PASS", "NOT_RUN"]]


def test_a_test_that_forges_a_plan_does_not_fill_the_caller(outside: Any) -> None:
    text = """import sys
calls = tuple(('f', (None,), {}, {0: i - 1}) if i else ('f', (1,), {}, {}) for i in range(20_000))
sys.modules['ucoder_jail.statements'].Splitter.finished = lambda s: ((calls, ('eq', 1)),)
y = sys.maxsize
assert f(y) == 2"""
    said = outside(
        f"""
import resource
resource.setrlimit(resource.RLIMIT_AS, (4 << 30, 4 << 30))
say(judge(executor(), [HONEST], ['assert f(1) == 2', {text!r}])[0][0])
""",
        seconds=60,
    )
    assert said == "PASS"


def test_a_test_with_many_chained_calls_does_not_fill_the_caller(outside: Any) -> None:
    said = outside(
        """
import resource
resource.setrlimit(resource.RLIMIT_AS, (4 << 30, 4 << 30))
test = "y = 0\\nfor _ in range(9000): y = f(y)\\nassert y == 9000"
say(judge(executor(), [HONEST], ['assert f(1) == 2', test])[0][0])
""",
        seconds=60,
    )
    assert said == "PASS"


def test_tests_with_large_arguments_end_with_verdicts(outside: Any) -> None:
    said = outside(
        """
tests = [f"assert f('a' * 3000000 + '{i}') == 2" for i in range(40)]
program = "def f(x): return 2 if x == 1 else len(x)\\n"
say(judge(executor(cpu_ms=1000, wall_ms=6000), [program], ["assert f(1) == 2", *tests])[0])
""",
        seconds=60,
    )
    assert said[0] == "PASS"


def test_a_test_that_cannot_be_split_is_not_called_trusted(arena: Any, check_function: Any) -> None:
    text = "class A:\n def __eq__(s, o): return o == 2\ndef check(candidate):\n assert candidate(1) == A()\n"
    arena.judge(["def f(x): return x + 1\n"], [check_function(text)])
    assert arena.kinds() == ("beside",)
    assert not arena.matrix.trusted.any()


@pytest.mark.parametrize(
    "text", ["print('2')\nimport os; os.close(1)", "import sys; sys.exit(0)", "print('PASSED')", ""]
)
def test_a_silent_script_has_not_passed(arena: Any, text: str) -> None:
    assert arena.script(text, "1", "3\n") in ("WRONG", "EXCEPTION")


ONCE = "seen = []\ndef f(x):\n seen.append(x)\n return len(seen)\n"
CLOCK = "import time\ndef f(x): return time.perf_counter_ns()\n"
COUNTED = [
    "assert f(1) == f(1)",
    "assert [f(1), f(1)] == [f(1), f(1)]",
    "a = f(1)\nb = f(1)\nassert a == b",
    "assert len({f(1), f(1), f(1)}) == 1",
]


@pytest.mark.parametrize("test", COUNTED)
def test_what_an_assertion_asks_twice_is_asked_twice(open_arena: Any, test: str) -> None:
    arena = open_arena("candidate")
    assert arena.judge([ONCE, CLOCK, "def f(x): return x\n"], [test]) == [["WRONG"], ["WRONG"], ["PASS"]]
    assert arena.matrix.trusted[0]
    assert open_arena("test").judge([CLOCK], [test]) == [["WRONG"]]


def test_an_answer_that_is_read_as_a_literal_is_not_held_against_its_program(arena: Any) -> None:
    rows = arena.judge(["def f(x): return '[1]'\n"], ["import ast\nassert ast.literal_eval(f(1)) == [1]"])
    assert rows == [["PASS"]]
    assert not arena.matrix.trusted[0]
