"""What the tripwire notices: each change in an interpreter of its own."""

import subprocess
import sys

import pytest

ARMED = """
import importlib, sys, warnings, decimal, signal, gc, os, atexit, copyreg, threading
for name in ("array", "collections", "copy", "fractions", "functools", "heapq", "itertools", "json", "math", "random",
             "re", "statistics", "string", "typing", "linecache", "operator", "bisect", "datetime", "hashlib"):
    importlib.import_module(name)
import builtins, collections, fractions, heapq, json, math, statistics, string, typing
from ucoder import _jail
kept_open = []
from ucoder.jail import watched
_jail.arm(watched.watched(), watched.settings())
assert _jail.moved() == "", _jail.moved()
exec({change}, dict(globals()))
sys.stdout.write(_jail.moved())
"""

CHANGES = {
    "math.sqrt = abs": "module math",
    "builtins.len = abs": "module builtins",
    "string.smuggled = 1": "module string",
    "del json.loads": "module json",
    "sys.stdout = sys.__stdout__; sys.kept = 1": "module sys",
    "sys.modules['new'] = math": "modules",
    # Of several changes the first on the list is named, whichever was the last.
    "sys.modules['new'] = math; math.sqrt = abs": "modules",
    "math.sqrt = abs; sys.modules['new'] = math": "modules",
    "'x'.encode('idna')": "modules",
    "collections.Counter.most_common = len": "type Counter",
    "fractions.Fraction.__add__ = None": "type Fraction",
    "statistics.mean.__code__ = (lambda data: 1).__code__": "a function of a module",
    "json.dumps.__kwdefaults__ = {}": "a function of a module",
    "fractions.Fraction.limit_denominator.__defaults__ = (1,)": "a function of a module",
    "kept_open.append(open(os.devnull))": "descriptors",
    "sys.setrecursionlimit(2000)": "settings",
    "sys.settrace(lambda *a: None)": "settings",
    "gc.disable()": "settings",
    "warnings.simplefilter('error')": "settings",
    "decimal.getcontext().prec = 3": "settings",
    "decimal.setcontext(decimal.Context())": "settings",
    "signal.signal(signal.SIGALRM, lambda *a: None)": "settings",
    "atexit.register(len)": "settings",
    "copyreg.pickle(range, len)": "settings",
    "threading.Thread(target=threading.Event().wait, daemon=True).start()": None,
    "sys.path.append('x')": "settings",
}

HARMLESS = [
    "import random; random.seed(3); random.random()",
    "kept = typing.List[int], typing.Union[int, str]",
    "import re; re.compile('abc').sub('x', 'abcabc')",
    "kept = collections.Counter('abc').most_common(1), json.dumps({'a': [1]}), statistics.mean([1, 2])",
    "kept = heapq.nlargest(2, [1, 2, 3]), fractions.Fraction(1, 3) * 2, decimal.Decimal(1) / 3",
    "isinstance([], typing.Iterable)",
    "gc.collect()",
]


def moved(change: str) -> str:
    program = ARMED.replace("{change}", repr(change))
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_that_outlives_its_program_is_noticed(change: str) -> None:
    expected = CHANGES[change]
    assert moved(change) == expected if expected else moved(change) != ""


@pytest.mark.parametrize("use", HARMLESS)
def test_using_the_library_is_not_taken_for_a_change(use: str) -> None:
    assert moved(use) == ""
