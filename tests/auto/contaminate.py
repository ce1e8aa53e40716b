"""Batches in which contaminating programs stand among honest ones: is an honest row ever another than it is alone?

    python tests/auto/contaminate.py [--batches 2000] [--seed 0] [--workers 2]

Each batch is a task at level `auto`: some honest programs, some that try to leave something behind, in random order.
Half of what they try is refused by the static check; the other half passes it and must be harmless. Every honest row
(outcomes, values, details) has to equal the row of the same program at level `candidate`. Prints one JSON object; exit
code 1 where a row differs.
"""

import argparse
import json
import random
import sys
from collections import Counter
from typing import Any

from ucoder import AssertionTest, Candidate, ExecutionMatrix, Executor, Limits, Problem

LIMITS = Limits(cpu_ms=250, load_cpu_ms=500, wall_ms=2000, memory_mb=128, max_timeouts=1)
PROBLEM = Problem(task_id="batch", entry_point="f")
TESTS = ("assert f([3, 1, 2], 5) == 0", "assert f([[1], [2, 3]], 'abc') == 0", "assert f([3, 1, 2], 5) == 1")

# Honest programs look at all that a tame neighbour may touch. Each is run as it is and in a few variants.
HONEST = {
    "results": """import math, re, json, heapq, bisect, itertools, functools, operator, string, statistics, copy
from collections import Counter, defaultdict, deque, OrderedDict
def f(xs, k):
    flat = [len(str(x)) for x in xs]
    heap = copy.deepcopy(flat)
    heapq.heapify(heap)
    counts = Counter(str(xs))
    return [sorted(flat), math.sqrt(4), json.loads('[1, {"a": 2}]'), re.sub('[0-9]', 'd', str(xs)), heap,
            bisect.bisect(flat, 1), list(itertools.accumulate(flat)), functools.reduce(operator.add, flat, 0),
            string.ascii_letters, statistics.mean(flat), counts.most_common(2), str(k).upper(), max(flat), sum(flat)]
""",
    "numbers": """from decimal import Decimal
from fractions import Fraction
def f(xs, k):
    return [str(Decimal(1) / 3), str(Decimal('1.25').quantize(Decimal('0.1'))), str(Fraction(1, 3) * 2),
            float('0.1') + 0.2, divmod(-7, 2), round(2.5), int('7', 8), 2 ** 100, '%.3f' % 2.0005, f'{1234.5:,.2f}']
""",
    "random": """import random
first = random.random()
def f(xs, k):
    ys = list(range(10))
    random.shuffle(ys)
    return [first, random.random(), random.randint(1, 100), ys, random.gauss(0, 1), random.sample(range(50), 3)]
""",
    "types": """from typing import List, Union, Optional, Dict, Tuple
def f(xs: List[int], k: Union[int, str]) -> Optional[Dict[str, int]]:
    return [str(List[Union[str, int]]), str(List[Union[int, str]]), str(Dict[str, Tuple[int, ...]]),
            isinstance(k, str), type(k) == int, str(type(xs) == list)]
""",
    "state": """seen = []
def f(xs, k, memory=[], table={}):
    memory.append(k)
    table[str(k)] = len(table)
    seen.append(len(xs))
    xs.append(k)
    return [len(memory), sorted(table.items()), list(seen), xs]
""",
    "depth": """def deep(n):
    try:
        return deep(n + 1)
    except RecursionError:
        return n
def f(xs, k):
    return deep(0)
""",
    "sets": """def f(xs, k):
    return [list({'b', 'a', 'd', 'c', str(k)}), list({5, 3, 1, 99}), sorted({str(x) for x in xs}), list('hello')]
""",
    "errors": """import re
def f(xs, k):
    caught = []
    for bad in (lambda: 1 // 0, lambda: [][1], lambda: {}['x'], lambda: int('x'), lambda: re.compile('('),
                lambda: xs + k):
        try:
            bad()
        except Exception as error:
            caught.append(str(error))
    return caught
""",
    "generators": """from functools import lru_cache
@lru_cache(maxsize=None)
def fib(n):
    return n if n < 2 else fib(n - 1) + fib(n - 2)
def numbers(n):
    while True:
        yield n
        n += 1
def f(xs, k):
    source = numbers(3)
    return [next(source), next(source), fib(30), [*zip(source, 'ab')], sum(x for x in range(10) if x % 2)]
""",
    "memory": """def f(xs, k):
    try:
        return len(b'x' * (60 << 20))
    except MemoryError:
        return 'no memory'
""",
    "wild witness": """import sys, gc, signal, warnings, decimal, math, json, os
class Thing:
    def __init__(self): self.value = 4
def f(xs, k):
    return [Thing().value, sys.getrecursionlimit(), gc.isenabled(), str(signal.getsignal(signal.SIGALRM)),
            len(warnings.filters), decimal.getcontext().prec, math.sqrt(4), json.dumps([1]), sorted([2, 1]),
            len(sys.meta_path), os.getcwd(), 'candidate' in sys.modules]
""",
    "wrong": "def f(xs, k):\n    return xs[k]\n",
    "not loaded": "def f(xs, k)\n    return 1\n",
    "no entry": "def g(xs, k):\n    return 1\n",
}  # fmt: skip

# Refused by the static check: these are run on their own.
WILD = [
    "import builtins; builtins.{builtin} = lambda *a, **k: {number}",
    "import math; math.{function} = lambda *a: {number}",
    "import sys, types; sys.modules['{module}'] = types.ModuleType('{module}')",
    "import sys; sys.setrecursionlimit({number} + 60)",
    "import random; random.random = lambda: 0.{number}; random.Random.random = lambda self: 0",
    "import decimal; decimal.getcontext().prec = {small}",
    "import decimal; decimal.getcontext().traps[decimal.Inexact] = True",
    "import warnings; warnings.simplefilter('error'); warnings.filters.clear()",
    "import locale; locale.setlocale(locale.LC_ALL, 'C')",
    "import os, sys; sys.kept = [open('/dev/null') for _ in range({small})]",
    "import threading; threading.Thread(target=threading.Event().wait, daemon=True).start()",
    "import string; string.ascii_letters = 'x' * {number}",
    "import json; json.dumps.__kwdefaults__['indent'] = {small}",
    "import statistics; statistics.mean.__code__ = (lambda data: {number}).__code__",
    "import {module}; {module}.__dict__.clear()",
    "import gc; gc.disable(); gc.set_threshold(1); gc.callbacks.append(print)",
    "from signal import *; signal(SIGALRM, lambda *a: 1 // 0); setitimer(ITIMER_REAL, 0.00{small})",
    "import atexit, copyreg; atexit.register(print); copyreg.pickle(complex, lambda c: (int, ()))",
    "import functools, heapq; functools.wraps(len)(heapq.merge); functools.update_wrapper(heapq.nlargest, len)",
    "import collections; collections.Counter.most_common = lambda self, n=None: {number}",
    "import collections.abc; collections.abc.Sequence.register(int)",
    "import weakref\nclass T: pass\nt = T()\nweakref.finalize(t, exec, 'import math; math.sqrt = None')\nt.self = t",
    "class D:\n def __del__(self):\n  import math, builtins\n  math.sqrt = builtins.len = None\nd = [D()]\nd.append(d)",
    "def g():\n try:\n  yield 1\n finally:\n  __import__('math').sqrt = None\nsource = g(); next(source)",
    "'{{0.__class__.__init__.__globals__}}'.format(print)",
    "t = type('T', (), {{'__eq__': lambda *a: True, '__hash__': lambda s: {number}}})",
    "exec('import math; math.floor = lambda x: {number}')",
    "getattr(__import__('re'), '_cache').clear(); __import__('re')._MAXCACHE = 0",
    "globals()['__builtins__']['len'] = lambda x: {number}",
    "__builtins__['{builtin}'] = None",
    "import ctypes; ctypes.c_long.from_address(id({small}) + 24).value = {number}",
    "import sys; sys.settrace(lambda *a: None); sys.setswitchinterval(10)",
    "import enum, re; re.RegexFlag.I = {number}",
    "import typing; typing.List = dict; typing._cleanups.clear()",
    "import os; os._exit({small})",
    "import os, signal; os.kill(os.getpid(), signal.SIGSEGV)",
]  # fmt: skip

# Tame, by the static check: they share a process with the honest ones.
TAME = [
    "import random; random.seed({number}); [random.random() for _ in range({number})]",
    "from typing import List, Union\nkept = [List[Union[int, str]], Union[int, None]]",
    "import re; kept = [re.compile('a' * n) for n in range({number})]",
    "import re; kept = re.sub('(x)', lambda m: m.group(1) * {small}, 'x' * {number})",
    "import re; re.compile('a', 1)",
    "kept = []; kept.append(kept); kept.append(lambda: kept)",
    "def numbers():\n    yield from range({number})\nsource = numbers(); next(source)",
    "len = lambda x: {number}; sorted = list; sum = max; str = repr",
    "range = 5\ndel range\nprint = 7",
    "from functools import lru_cache\n@lru_cache(maxsize=None)\ndef h(n): return h(n - 1) + 1 if n else 0\nh({small})",
    "from functools import lru_cache, partial\nkept = lru_cache(maxsize=None)(partial(max, {number}))\nkept(1)",
    "from decimal import Decimal as D\ntry: D('1E+999999') * D('1E+999999')\nexcept ArithmeticError as e: kept = e",
    "from decimal import Decimal\ntry:\n    Decimal('NaN') < 1\nexcept ArithmeticError: pass",
    "kept = [b'x' * (1 << 20) for _ in range({small})]",
    "kept = b'x' * ({small} << 23)",
    "kept = [[]] * {number}\nfor _ in range({number}): kept = [kept]",
    "def down(n): return down(n + 1)\ntry: down(0)\nexcept RecursionError as e: kept = e; raise ValueError",
    "try: 1 // 0\nexcept ZeroDivisionError as e: kept = [e]; kept.append(kept)",
    "print('x' * {number} * 100)",
    "from collections import Counter\nkept = Counter('abc'); kept.update(kept)",
    "from collections import defaultdict\ntree = lambda: defaultdict(tree)\nkept = tree(); kept[1][2][3]",
    "kept = 'x'.encode('idna')",
    "kept = b'x'.decode('utf_7') + 'y'.encode('cp037').decode('cp500')",
    "import json; kept = json.loads('[' * {small} + ']' * {small})",
    "kept = {{n: str(n) for n in range({number} * 100)}}",
    "kept = '{{}} {{:>{small}}}'.format({number}, 'x')",
    "kept = 7 ** {number}; kept = str(10 ** {small})",
    "import copy; kept = copy.deepcopy([{small}] * {number}); kept = copy.copy(len)",
    "import heapq, operator\nkept = heapq.merge([1, {small}], [2], key=lambda x: -x); next(kept)",
    "import hashlib; kept = hashlib.md5(b'x' * {number}); kept.update(b'y')",
    "xs = [3, 1, 2]\ntry: xs.sort(key=lambda x: xs.append(x))\nexcept ValueError: pass",
    "import itertools; a, b = itertools.tee(iter(range({number}))); next(a); kept = itertools.accumulate([a, b])",
    "import time; time.sleep(0.00{small})",
    "raise SystemExit({small})",
    "raise KeyboardInterrupt",
    "while True: pass",
    "kept = [0] * (1 << {small} << 22)",
    "__all__ = ['f']; __name__ = '__main__'; __doc__ = None",
    "import sys; kept = [sys.maxsize, sys.version_info]",
    "import statistics; kept = statistics.multimode([1, 1, {small}])",
    "import datetime; kept = datetime.date(2000, 1, {small}) + datetime.timedelta(days={number})",
]  # fmt: skip

# How the function itself behaves, beside what its module did.
BODIES = [
    "def f(xs, k):\n    return {small}\n",
    "def f(xs, k):\n    xs.append({number}); xs.reverse()\n    return xs\n",
    "def f(xs, k, memory=[]):\n    memory.extend([{number}] * {number})\n    xs[0] = memory\n    return len(memory)\n",
    "def f(xs, k):\n    global kept\n    kept = [kept, xs] if 'kept' else xs\n    return xs\n",
    "def f(xs, k):\n    return (x for x in xs)\n",
    "def f(xs, k):\n    if k == 'abc':\n        while True: pass\n    return k\n",
    "def f(xs, k):\n    return f(xs, k)\n",
    "def f(xs, k):\n    raise ValueError([xs, f])\n",
    "def f(xs, k):\n    return [0] * ({small} << 23)\n",
]


def contaminating(rng: random.Random) -> str:
    """One program that tries to leave something behind."""
    stain = rng.choice(rng.choice([WILD, TAME]))
    words = {"builtin": rng.choice(["len", "sorted", "sum", "str", "isinstance", "max"]),
             "function": rng.choice(["sqrt", "floor", "inf", "pi"]),
             "module": rng.choice(["json", "re", "math", "collections", "random", "string"]),
             "number": rng.randint(10, 600), "small": rng.randint(1, 9)}  # fmt: skip
    return (stain + "\n" + rng.choice(BODIES)).format(**words)


def honest(rng: random.Random) -> tuple[str, str]:
    """A program and its name. What follows it makes its text another one, so that it is run each time."""
    name = rng.choice(list(HONEST))
    return name, HONEST[name]


def row(matrix: ExecutionMatrix, candidate: int) -> list[Any]:
    """All that is said of one program, save times."""
    cells = []
    for test in range(matrix.num_tests):
        index = matrix.values[candidate, test]
        value = matrix.value_bytes[index].hex() if index >= 0 else ""
        cells.append((int(matrix.outcomes[candidate, test]), value, matrix.detail(candidate, test)))
    return [int(matrix.load_causes[candidate]), cells]


def judged(executor: Executor, programs: list[str]) -> ExecutionMatrix:
    candidates = [Candidate(task_id=PROBLEM.task_id, solution=program) for program in programs]
    return executor.judge(PROBLEM, candidates, [AssertionTest(test) for test in TESTS])


def run(batches: int, seed: int, workers: int) -> dict[str, Any]:
    """Judge the batches; what differed, and what was shared."""
    with Executor(isolation="candidate", limits=LIMITS, workers=workers) as executor:
        matrix = judged(executor, list(HONEST.values()))
    expected = {name: row(matrix, place) for place, name in enumerate(HONEST)}
    rng = random.Random(seed)
    counts: Counter[str] = Counter()
    different: list[dict[str, Any]] = []
    with Executor(isolation="auto", limits=LIMITS, workers=workers) as executor:
        for batch in range(batches):
            members = [honest(rng) for _ in range(rng.randint(3, 6))]
            members += [("", contaminating(rng)) for _ in range(rng.randint(3, 7))]
            rng.shuffle(members)
            programs = [program + "#" * place for place, (_, program) in enumerate(members)]
            matrix = judged(executor, programs)
            counts["moved"] += matrix.counts["moved"]
            for place, (name, _) in enumerate(members):
                kind = "honest" if name else "contaminating"
                counts[kind] += 1
                counts[f"{kind}, shared"] += int(matrix.shared[place])
                if name and row(matrix, place) != expected[name]:
                    different.append({"batch": batch, "honest": name, "place": place, "programs": programs,
                                      "is": row(matrix, place), "should be": expected[name]})  # fmt: skip
    return {"batches": batches, "seed": seed, **counts, "different": len(different), "examples": different[:3]}


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--batches", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--workers", type=int, default=2)
    options = parser.parse_args()
    found = run(options.batches, options.seed, options.workers)
    sys.stdout.write(json.dumps(found, indent=1) + "\n")
    return 1 if found["different"] else 0


if __name__ == "__main__":
    sys.exit(main())
