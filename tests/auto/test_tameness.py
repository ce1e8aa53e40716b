"""Which programs are tame, and what names alone lead to."""

import builtins
import importlib
import sys
import types
from collections.abc import Iterator

import pytest

from ucoder import AssertionTest, Candidate, ExecutionMatrix, Executor, Limits, Problem
from ucoder.config import DEFAULT_PRELOAD
from ucoder.jail import tame

pytestmark = pytest.mark.usefixtures("sandbox")

TAME = [
    "def f(x): return x + 1",
    "from typing import List, Optional\ndef f(x: List[int]) -> Optional[int]: return x",
    "import math\ndef f(x): return math.floor(x) + math.pi",
    "import re\nfrom collections import Counter, defaultdict\ndef f(x): return re.sub('a', 'b', str(Counter([x])))",
    "def f(x): return [y * 2 for y in range(x) if y % 2] + [*map(str, {1: 2}.values())]",
    "def f(x):\n    try: return 1 // x\n    except ZeroDivisionError as e: return str(e)\n    finally: 2",
    "def f(x):\n    def g(n): return g(n - 1) if n else x\n    return g(x)",
    "def g():\n    yield 1\n    yield from range(2)\ndef f(x): return list(g())",
    "def f(x): return type(x) == int and type(x) is not str and type(x) == type(x)",
    "def f(x): return '{} {:>3} {name!r:{width}}'.format(x, 2, name=3, width=4)",
    "def f(x): return f'{x:,.2f} {x!r}' + '%s' % x",
    "_private = 3\ndef _help(x): return _private + x\ndef f(x): return _help(x)",
    "def g(input): return input\ndef f(x, input=2, eval=3): return g(input) + eval",
    "if __name__ == '__main__':\n    print(f(2))\ndef f(x): 'A number.'; return x",
    "from functools import lru_cache\n@lru_cache(maxsize=None)\ndef f(x): return f(x - 1) if x else 0",
    "def f(x):\n    match x:\n        case [a, *b]: return a\n        case {'k': v}: return v\n        case _: pass",
    "def f(x, *args, y=2, **kwargs):\n    (a, *b), c = [1, 2], {**kwargs}\n    c['y'] = y; del c['x']\n    return a",
    "x: int = 3\ndef f(y: 'int') -> 'str': return (lambda a, b=1: a + b)(y)",
    "import random\ndef f(x): return random.randint(1, x)",
    "import json, hashlib, heapq\ndef f(x): return hashlib.md5(str(json.loads('[1]')).encode()).hexdigest()",
    "def f(x): return next(iter([x])) + next(iter(range(x)))",
    "import os, sys as system\ndef f(x, os=1): return x",
    "def f(x):\n    import os\n    return x",
    "import no_such_module.part\ndef f(x): return no_such_module.count(x)",
    "try:\n    from no_such_module import g\nexcept ImportError as e:\n    g = str(e).count\ndef f(x): return g('o')",
    "try:\n    from .math import sqrt\nexcept ImportError:\n    pass\ndef f(x): return __name__",
    "def f(x)",  # not even loaded
]

WILD = {
    "def f(x): return eval('x')": "builtin eval",
    "eval = len\ndef f(x): return eval([x])": "builtin eval",
    "def f(x): return getattr(x, 'real')": "builtin getattr",
    "def f(x): return globals()": "builtin globals",
    "def f(x): return open(0)": "builtin open",
    "def f(x): return hash(x) + id(x)": "builtin hash",
    "def f(x): return __builtins__": "name __builtins__",
    "__builtins__ = {}\ndef f(x): return x": "name __builtins__",
    "def f(x): return __import__('os')": "builtin __import__",
    "def f(x): return f.__globals__": "attribute __globals__",
    "def f(x): return (lambda: 0).__code__": "attribute __code__",
    "def f(x): return x.__class__": "attribute __class__",
    "def f(x):\n    f.count = x\n    return x": "instruction STORE_ATTR",
    "import math\nmath.pi = 3\ndef f(x): return x": "instruction STORE_ATTR",
    "import math\ndel math.pi\ndef f(x): return x": "instruction DELETE_ATTR",
    "class A: pass\ndef f(x): return x": "instruction LOAD_BUILD_CLASS",
    "import os\ndef f(x): return os": "import os",
    "import os as o\ndef f(x): return f'{o}'": "import os",
    "import os\ndef f(x):\n    global os\n    del os\n    return x": "import os",
    "def f(x):\n    import os\n    return (lambda: os)()": "import os",
    "from os import path\ndef f(x): return x": "import os",
    "import wave\ndef f(x): return x": "import wave",  # would be loaded
    "import os.path\ndef f(x): return x": "import os.path",
    "import collections.abc\ndef f(x): return x": "import collections.abc",
    "from . import math\ndef f(x): return x": "import ",
    "__name__ = 'xml.x'\nfrom .math import sqrt\ndef f(x): return x": "binding of __name__",  # would load xml
    "def f(x):\n    global __name__\n    __name__ = x": "binding of __name__",
    "def __name__(): pass\ndef f(x): return x": "binding of __name__",
    "import os as __name__\ndef f(x): return x": "binding of __name__",
    "del __name__\ndef f(x): return x": "binding of __name__",
    "from math import *\ndef f(x): return x": None,
    "from sys import modules\ndef f(x): return x": "import of modules",
    "from functools import wraps\ndef f(x): return x": "import of wraps",
    "from typing import Type\ndef f(x): return Type": "import of Type",
    "import functools\ndef f(x): return functools.update_wrapper(f, x)": "attribute update_wrapper",
    "import operator\ndef f(x): return operator.attrgetter('a')": "attribute attrgetter",
    "import sys\ndef f(x): return sys.setrecursionlimit(9)": "attribute setrecursionlimit",
    "import decimal\ndef f(x): return decimal.getcontext()": "attribute getcontext",
    "import statistics\ndef f(x): return statistics.sys": "attribute sys",
    "import random\ndef f(x): return random.Random": "attribute Random",
    "async def f(x): return x": "async function",
    "def f(x):\n    async def g(): return [y async for y in x]\n    return g": "async function",
    "def g():\n    try:\n        yield 1\n    finally: print(1)\ndef f(x): return g()": "handler in a generator",
    "def g():\n    try:\n        yield 1\n    except: yield 2\ndef f(x): return g()": "handler in a generator",
    "def f(x):\n    with x: pass": None,
    "def f(x):\n    try: pass\n    except* ValueError: pass": None,
    "def f(x):\n    match x:\n        case int(real=y): return y": "instruction MATCH_CLASS",
    "def f(x): return type(x)": "type beyond a comparison",
    "def f(x): return type(type(x)) == x": "type beyond a comparison",
    "def f(x): return type('T', (), {}) == x": "type beyond a comparison",
    "def f(x): return type(*x) == x": "type beyond a comparison",
    "def f(x, make=type): return make(x)": "type beyond a comparison",
    "def f(x): return [type][0](x) == x": "type beyond a comparison",
    "def f(x): return '{0.real}'.format(x)": "format string",
    "def f(x): return '{0[a]}'.format(x)": "format string",
    "def f(x): return '{:{0.real}}'.format(x)": "format string",
    "def f(x): return x.format(x)": "format string",
    "def f(x): return ('{' + '0.real}').format(x)": "format string",
    "def f(x): return ('{}' if x else x).format(x)": "format string",
    "def f(x): return str.format(x, x)": "format string",
    "def f(x): return '{0.real}'.format_map(x)": "attribute format_map",
    "def f(x): return 'x' + 'y'.join(type.mro(x))": "attribute mro",
    "def f(x): return (lambda: (lambda: vars()))()()": "builtin vars",
    "def f(x): return [exec(y) for y in x]": "builtin exec",
    "def f(x): return bytearray(x)": "builtin bytearray",
    "from functools import cmp_to_key\ndef f(x): return x": "import of cmp_to_key",
    "import functools\ndef f(x): return functools.cmp_to_key(f)": "attribute cmp_to_key",
    "from itertools import chain\ndef f(x): return x": "import of chain",
    "from typing import Mapping\ndef f(x): return Mapping.items(x) == x": "import of Mapping",
    "import typing\ndef f(x): return typing.MutableMapping.items(x) == x": "attribute MutableMapping",
    "import itertools\ndef f(x): return itertools.islice(x, 1)": "attribute islice",
    "import itertools\ndef f(x): return itertools.cycle(x)": "attribute cycle",
    "import itertools\ndef f(x): return itertools.pairwise(x)": "attribute pairwise",
    "import itertools\ndef f(x): return itertools.zip_longest(x)": "attribute zip_longest",
    "import json\ndef f(x): return json.dumps(x, default=f)": "attribute dumps",
    "def f(x): return iter(f, x)": "iter beyond a container",
    "def f(x): return iter(*x)": "iter beyond a container",
    "def f(x): return list(map(iter, x, x))": "iter beyond a container",
    "def f(x, go=iter): return go(f, x)": "iter beyond a container",
    "def f(x):\n    del __doc__, __spec__\n    return x": None,
}

if sys.version_info >= (3, 12):
    WILD["def f[T](x: T) -> T: return x"] = "instruction CALL_INTRINSIC_1"
    WILD["type X = int\ndef f(x): return x"] = "instruction CALL_INTRINSIC_1"


@pytest.fixture(scope="module")
def matrix() -> Iterator[ExecutionMatrix]:
    with Executor(isolation="auto", limits=Limits(cpu_ms=200), workers=1) as executor:
        programs = [*TAME, *WILD]
        yield executor.judge(
            Problem(task_id="p", entry_point="f"),
            [Candidate(task_id="p", solution=program) for program in programs],
            [AssertionTest("assert f(1) == 2")],
        )


@pytest.mark.parametrize("program", TAME)
def test_a_program_that_only_computes_is_tame(matrix: ExecutionMatrix, program: str) -> None:
    place = TAME.index(program)
    assert matrix.why_alone[place] == -1, matrix.detail_texts[matrix.why_alone[place]]
    assert matrix.shared[place]


@pytest.mark.parametrize("program", WILD)
def test_a_program_that_could_reach_beyond_itself_is_not_tame(matrix: ExecutionMatrix, program: str) -> None:
    place = len(TAME) + list(WILD).index(program)
    expected = WILD[program]
    if program.startswith("def f(x):\n    del __doc__"):  # locals: nothing but a mistake
        assert matrix.shared[place]
        return
    assert not matrix.shared[place]
    why = matrix.detail_texts[matrix.why_alone[place]]
    assert why == expected if expected is not None else why.startswith("instruction ")


def reachable() -> dict[int, object]:
    """All objects that allowed names lead to, from the allowed builtins and modules, attribute by attribute."""
    for name in DEFAULT_PRELOAD:
        importlib.import_module(name)
    *_, refused, _, attributes, modules = tame.tables()
    waiting: list[object] = [value for name, value in vars(builtins).items() if name not in refused and name != "type"]
    waiting += [sys.modules[name] for name in modules]
    found: dict[int, object] = {}
    while waiting:
        thing = waiting.pop()
        if id(thing) in found or isinstance(thing, int | float | str | bytes | None | complex):
            continue
        found[id(thing)] = thing
        waiting += [getattr(thing, name) for name in attributes.intersection(dir(thing))]
    return found


def test_allowed_names_lead_to_nothing_that_can_be_changed() -> None:
    kinds = (
        types.BuiltinFunctionType, types.MethodType, types.FunctionType, types.MethodDescriptorType,
        types.WrapperDescriptorType, types.MethodWrapperType, types.GetSetDescriptorType, types.MemberDescriptorType,
        types.ClassMethodDescriptorType, types.ModuleType, property, type, tuple,
    )  # fmt: skip
    odd = {repr(thing) for thing in reachable().values() if not isinstance(thing, kinds)}
    assert {text for text in odd if not text.startswith(("typing.", "re.", "Ellipsis", "NotImplemented"))} == set()


def test_no_refused_builtin_is_reached_by_another_name() -> None:
    refused = tame.tables()[3]
    found = reachable()
    assert [name for name in refused if id(vars(builtins)[name]) in found] == []


def test_every_listed_module_is_as_closed_as_its_list_says() -> None:
    reachable()
    assert set(tame.tables()[-1]) == set(tame.MODULES)


def test_no_module_leads_to_one_that_is_not_listed() -> None:
    modules = {thing.__name__ for thing in reachable().values() if isinstance(thing, types.ModuleType)}
    assert modules <= set(tame.MODULES)


def test_the_class_of_classes_is_not_reached() -> None:
    assert not any(thing is type or thing is types.FunctionType for thing in reachable().values())
