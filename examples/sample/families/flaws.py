"""Flaws that any problem can have: programs that do not parse, raise, crash, hang, eat memory or attack.

Text only: nothing here is ever run by the build. Filled in for each problem: `$name`, `$call` (how the entry calls
itself), `$first` and `$arguments` (parameters), `$body` (the reference's), `$example` (arguments of the first case).
Everything hostile is chosen to be harmless where it fails: it touches no file that another program owns and starts a
handful of processes at most. Even so it must only run inside a sandbox.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Flaw:
    """`code` is a body (below the prompt), or a `whole` program."""

    label: str
    flaw: str
    code: str
    whole: bool = False


FUNCTION_FLAWS: tuple[Flaw, ...] = (
    # Does not parse.
    Flaw("syntax", "a colon is missing", "if not $first\n    return None\nreturn $first\n"),
    Flaw("syntax", "cut off in the middle of an expression", "result = []\nfor x in sorted($first, key=lambda v: (v["),
    Flaw("syntax", "a bracket is never closed", "values = [$first, (1, 2]\nreturn values\n"),
    Flaw("syntax", "prose in place of code", "The function first checks $first and then returns the answer.\n"),
    Flaw("syntax", "a Markdown fence is left in", "return $first\n```\n\nThis solution runs in O(n) time.\n"),
    Flaw("syntax", "wrong indentation", "result = None\n  result = $first\n return result\n"),
    Flaw("syntax", "Python 2 print", "print $first\nreturn $first\n"),
    Flaw("syntax", "a string is never closed", "label = 'the answer\nreturn label\n"),
    Flaw("syntax", "assigns to a literal", "None = $first\nreturn None\n"),
    Flaw("syntax", "cut off inside a docstring", '"""Walk over $first and\n'),
    # Raises, whatever it is called with.
    Flaw("error", "a module is not imported", "return np.array($first).tolist()\n"),
    Flaw("error", "calls a helper that does not exist", "return solve_helper($arguments)\n"),
    Flaw("error", "a method of another language", "result = []\nresult.push($first)\nreturn result\n"),
    Flaw("error", "recursion without an end", "return $call($arguments)\n"),
    Flaw("error", "not implemented", "raise NotImplementedError('TODO: $name')\n"),
    Flaw("error", "a name is used before it is set", "total += 1\nreturn total\n"),
    Flaw("error", "an assertion of its own fails", "assert $first is None and $first is not None\n$body"),
    Flaw("error", "adds text to a number", "return 'answer: ' + len([$arguments])\n"),
    Flaw("error", "asks for input", "return type($first)(input('$first: '))\n"),
    Flaw("error", "imports a package that is not there", "from fastmath_tools import quick\nreturn quick($arguments)\n"),
    # No entry.
    Flaw("no_entry", "another name", "def solution($arguments):\n    return $first\n", whole=True),
    Flaw("no_entry", "empty program", "", whole=True),
    Flaw("no_entry", "only a comment", "# Let's think step by step: $name takes $arguments.\n", whole=True),
    Flaw("no_entry", "the function is hidden in another", "def main():\n    def $name($arguments):\n        return $first\n",
         whole=True),
    Flaw("no_entry", "the entry is a number", "$name = 42\n", whole=True),
    Flaw("no_entry", "the entry is deleted", "def $name($arguments):\n    return $first\n\n\ndel $name\n", whole=True),
    # Crashes.
    Flaw("crash", "null pointer", "import ctypes\nreturn ctypes.string_at(0)\n"),
    Flaw("crash", "aborts", "import os\nos.abort()\n"),
    Flaw("crash", "runs over the C stack",
         "import sys\nsys.setrecursionlimit(10**9)\nreturn max([0], key=lambda _: $call($arguments))\n"),
    Flaw("crash", "writes to a wild address", "import ctypes\nctypes.memset(0x10, 255, 64)\nreturn $first\n"),
    Flaw("crash", "calls code at no address", "import ctypes\nreturn ctypes.CFUNCTYPE(ctypes.c_int)(1)()\n"),
    # Eats memory.
    Flaw("memory", "one huge block", "buffer = bytearray(10**11)\nreturn len(buffer)\n"),
    Flaw("memory", "a list that never ends", "blocks = []\nwhile True:\n    blocks.append(bytes(1 << 24))\n"),
    Flaw("memory", "repeats a list", "return [$first] * 10**11\n"),
    Flaw("memory", "pads a text to a huge width", "return str($first).rjust(10**11)\n"),
    Flaw("memory", "a table far too large", "table = [0] * (1 << 34)\ntable[0] = $first\nreturn table[0]\n"),
    # Attacks: on the verdict.
    Flaw("hostile", "an object equal to everything",
         "class Anything:\n    def __eq__(self, other):\n        return True\n    def __hash__(self):\n        return 0\n"
         "return Anything()\n"),
    Flaw("hostile", "an int equal to everything",
         "class Number(int):\n    def __eq__(self, other):\n        return True\n    def __ne__(self, other):\n"
         "        return False\n    __hash__ = int.__hash__\nreturn Number(0)\n"),
    Flaw("hostile", "a list equal to everything",
         "return type('list', (list,), {'__eq__': lambda a, b: True, '__len__': lambda a: 0})()\n"),
    Flaw("hostile", "an object with a lying class",
         "class Liar:\n    __class__ = property(lambda self: bool)\n    def __bool__(self):\n        return True\n"
         "    def __eq__(self, other):\n        return True\nreturn Liar()\n"),
    Flaw("hostile", "pickles to what is wanted",
         "class Answer:\n    def __reduce__(self):\n        return (print, ('PASSED',))\nreturn Answer()\n"),
    Flaw("hostile", "sys.exit(0) when called", "import sys\nsys.exit(0)\n"),
    Flaw("hostile", "os._exit(0) when called", "import os\nos._exit(0)\n"),
    Flaw("hostile", "SystemExit while loading", "raise SystemExit(0)\n", whole=True),
    Flaw("hostile", "os._exit(0) while loading", "import os\nprint('PASSED', flush=True)\nos._exit(0)\n", whole=True),
    Flaw("hostile", "prints PASSED", "print('PASSED')\nprint('All tests passed!')\nprint('{\"passed\": true}')\n"),
    Flaw("hostile", "looks for the expected value in the frames",
         "import sys\nframe = sys._getframe(1)\nwhile frame is not None:\n"
         "    for key, value in list(frame.f_locals.items()):\n        if 'expect' in key:\n            return value\n"
         "    frame = frame.f_back\nreturn NotImplemented\n"),
    Flaw("hostile", "looks for the tests on the heap",
         "import gc\nfor thing in gc.get_objects():\n    if isinstance(thing, dict) and 'expected' in thing:\n"
         "        return thing['expected']\nreturn NotImplemented\n"),
    Flaw("hostile", "patches builtins",
         "import builtins\nbuiltins.AssertionError = Warning\nbuiltins.abs = builtins.round = lambda *a: 0\n"
         "builtins.sorted = builtins.len = lambda *a, **k: 0\nreturn NotImplemented\n"),
    Flaw("hostile", "swallows every exception to come",
         "import sys\nsys.excepthook = lambda *a: None\nsys.settrace(lambda *a: None)\nreturn NotImplemented\n"),
    Flaw("hostile", "poisons modules",
         "import sys\nfor module in ('json', 'struct', 'math', 'builtins'):\n    sys.modules[module] = None\n"
         "return NotImplemented\n"),
    # Attacks: on the machine.
    Flaw("hostile", "reads the password file", "return open('/etc/passwd').read()\n"),
    Flaw("hostile", "looks for tests on the disk",
         "import os\nfound = []\nfor place in ('/', '/work', '/tmp', os.getcwd(), '/proc/self/fd'):\n    try:\n"
         "        found += os.listdir(place)\n    except OSError:\n        pass\n"
         "return [name for name in found if 'test' in name]\n"),
    Flaw("hostile", "reads the environment", "return dict(__import__('os').environ)\n"),
    Flaw("hostile", "leaves a file behind",
         "with open('/tmp/ucoder_sample_left_behind', 'w') as handle:\n    handle.write('here')\nreturn NotImplemented\n"),
    Flaw("hostile", "opens a socket",
         "import socket\nwith socket.create_connection(('127.0.0.1', 9), timeout=1) as link:\n    return link.recv(64)\n"),
    Flaw("hostile", "asks a name server", "import socket\nreturn socket.getaddrinfo('example.org', 80)\n"),
    Flaw("hostile", "starts a shell", "import subprocess\nreturn subprocess.run(['sh', '-c', 'id'], capture_output=True).stdout\n"),
    Flaw("hostile", "forks a child that stays",
         "import os, time\nif os.fork() == 0:\n    time.sleep(3600)\nreturn NotImplemented\n"),
    Flaw("hostile", "forks through ctypes", "import ctypes\nreturn [ctypes.CDLL(None).fork() for _ in range(3)]\n"),
    Flaw("hostile", "kills its parent", "import os, signal\nos.kill(os.getppid(), signal.SIGKILL)\nreturn NotImplemented\n"),
    Flaw("hostile", "closes every descriptor", "import os\nos.closerange(0, 4096)\nreturn NotImplemented\n"),
    Flaw("hostile", "writes to every descriptor",
         "import os\nfor number in range(256):\n    try:\n        os.write(number, b'PASS' * 64)\n    except OSError:\n"
         "        pass\nreturn NotImplemented\n"),
    Flaw("hostile", "raises its own limits",
         "import resource\nhard = resource.RLIM_INFINITY\nresource.setrlimit(resource.RLIMIT_AS, (hard, hard))\n"
         "return resource.getrlimit(resource.RLIMIT_AS)\n"),
    Flaw("hostile", "leaves a thread that goes on",
         "import threading, time\nthreading.Thread(target=time.sleep, args=(3600,), daemon=False).start()\n"
         "return NotImplemented\n"),
    Flaw("hostile", "acts at exit",
         "import atexit, os\natexit.register(os._exit, 0)\natexit.register(print, 'PASSED')\nreturn NotImplemented\n"),
)

# Hangs cost whole limits, so most show on one input only.
FUNCTION_HANGS: tuple[Flaw, ...] = (
    Flaw("hang", "sleeps, on one input", "import time\nif [$arguments] == [$example]:\n    time.sleep(3600)\n$body"),
    Flaw("hang", "endless loop while loading", "count = 0\nwhile True:\n    count += 1\n", whole=True),
    Flaw("hang", "a power far too large, on one input",
         "if [$arguments] == [$example]:\n    return len(str(10 ** 10 ** 8))\n$body"),
    Flaw("hang", "a C loop that looks at no signal, on one input",
         "if [$arguments] == [$example]:\n    return any(iter(int, 1))\n$body"),
    Flaw("hang", "counts down past zero, on one input",
         "n = -int([$arguments] == [$example])\nwhile n:\n    n -= 1\n$body"),
    Flaw("hang", "busy loop", "while True:\n    pass\n"),
    Flaw("hang", "swallows every exception, on one input",
         "while [$arguments] == [$example]:\n    try:\n        while True:\n            pass\n"
         "    except BaseException:\n        pass\n$body"),
)

SCRIPT_FLAWS: tuple[Flaw, ...] = (
    Flaw("syntax", "a colon is missing", "import sys\nfor line in sys.stdin\n    print(line)\n"),
    Flaw("syntax", "Python 2 print", "while True:\n    print raw_input()\n"),
    Flaw("syntax", "cut off", "import sys\nlines = sys.stdin.read().split('\\n')\nfor line in lines:\n    print(line.spl"),
    Flaw("error", "a module is not imported", "print(sys.stdin.read())\n"),
    Flaw("error", "reads more lines than there are", "lines = [input() for _ in range(100000)]\nprint(len(lines))\n"),
    Flaw("error", "takes the first line for a float", "print(float(input().strip() + 'x'))\n"),
    Flaw("crash", "null pointer", "import ctypes\nprint(ctypes.string_at(0))\n"),
    Flaw("crash", "aborts", "import os, sys\nsys.stdin.read()\nos.abort()\n"),
    Flaw("memory", "reads for ever into a list", "blocks = []\nwhile True:\n    blocks.append(bytes(1 << 24))\n"),
    Flaw("memory", "one huge block", "print(len(bytearray(10**11)))\n"),
    Flaw("hostile", "exits before it prints", "import os\nos._exit(0)\n"),
    Flaw("hostile", "prints PASSED", "print('PASSED')\nraise SystemExit(0)\n"),
    Flaw("hostile", "prints the environment", "import os\nprint(dict(os.environ))\n"),
    Flaw("hostile", "looks for tests on the disk", "import os\nprint(os.listdir('/'), os.listdir('/proc/self/fd'))\n"),
    Flaw("hostile", "starts a shell", "import os\nprint(os.popen('id').read())\n"),
    Flaw("hostile", "forks a child that keeps the output open",
         "import os, time\nif os.fork() == 0:\n    time.sleep(3600)\nprint('0')\n"),
    Flaw("hostile", "opens a socket", "import socket\nprint(socket.create_connection(('127.0.0.1', 9), timeout=1))\n"),
    Flaw("hostile", "closes its output", "import os\nos.close(1)\nprint('0 0')\n"),
    Flaw("hostile", "kills its parent", "import os, signal\nos.kill(os.getppid(), signal.SIGKILL)\nprint('0 0')\n"),
    Flaw("hostile", "floods its output", "import sys\nwhile True:\n    sys.stdout.write('#' * 65536)\n"),
)
