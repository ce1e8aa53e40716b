"""Programs that change or read files, and scripts that use their standard streams."""

import os
import tempfile
from pathlib import Path

MARK = f"ucoder-attack-{os.getpid()}"

FOLDERS = f"""import ctypes, os, sys, tempfile
LIBC = ctypes.CDLL(None)
PLACES = ['/', '/tmp', '/var/tmp', '/dev', '/dev/shm', '/run', '/home', '/root', '/etc', '/usr/lib', '.',
          os.path.dirname(os.__file__), {str(Path.home())!r}, {str(Path.cwd())!r}, {tempfile.gettempdir()!r}]
def count(deed):
    done = 0
    for place in PLACES:
        try:
            deed(os.path.join(place, '{MARK}'), place)
            done += 1
        except OSError:
            pass
    return done
"""

DEEDS = {
    "writing": "lambda path, place: open(path, 'w')",
    "appending": "lambda path, place: open(path, 'a')",
    "a hidden file": "lambda path, place: os.open(place, os.O_TMPFILE | os.O_RDWR)",
    "making a folder": "lambda path, place: os.mkdir(path)",
    "linking": "lambda path, place: os.symlink('/etc', path)",
    "a hard link": "lambda path, place: os.link(os.__file__, path)",
    "a pipe": "lambda path, place: os.mkfifo(path)",
    "a device": "lambda path, place: os.mknod(path, 0o20666, os.makedev(1, 8))",
    "removing": "lambda path, place: [os.unlink(os.path.join(place, n)) for n in os.listdir(place)] or 1 / 0"
        " if os.path.isdir(place) and os.listdir(place) else os.unlink(path)",
    "renaming": "lambda path, place: os.rename(place, path)",
    "changing modes": "lambda path, place: os.chmod(place, 0o777)",
    "changing owners": "lambda path, place: os.chown(place, 0, 0)",
    "truncating": "lambda path, place: os.truncate(os.__file__, 0)",
    "changing times": "lambda path, place: os.utime(place)",
    "extended attributes": "lambda path, place: os.setxattr(place, 'user.x', b'x')",
    "filling a cache of bytecode": "lambda path, place: __import__('py_compile').compile(os.__file__, path + '.pyc',"
        " doraise=True)",
    "filling the disk": "lambda path, place: os.posix_fallocate(os.open(path, os.O_CREAT | os.O_WRONLY), 0, 1 << 40)",
    "an inode each": "lambda path, place: [os.close(os.open(path + str(n), os.O_CREAT)) for n in range(1000)]",
    "folders in folders": "lambda path, place: [os.mkdir(os.path.join(path, *'x' * n)) for n in range(1000)]",
    "a sparse file": "lambda path, place: os.truncate(os.open(path, os.O_CREAT | os.O_RDWR), 1 << 50)",
    "a socket's name": "lambda path, place: os.mknod(path, 0o140666)",
    "a temporary file": "lambda path, place: tempfile.mkstemp(dir=place)",
    "writing natively": "lambda path, place: [LIBC.open(path.encode(), 0o101, 0o666)] == [-1] and os.stat(path)",
    "a raw openat": "lambda path, place: [LIBC.syscall(257, -100, path.encode(), 0o102, 0o666)] == [-1] and os.stat(path)",
    "a raw creat": "lambda path, place: [LIBC.syscall(85, path.encode(), 0o666)] == [-1] and os.stat(path)",
    "a raw hidden file":
        "lambda path, place: [LIBC.syscall(257, -100, place.encode(), 0o20200002, 0o666)] == [-1] and os.stat(path)",
    "going to another root": "lambda path, place: open(os.path.join(place, '../' * 20, 'etc/passwd'))",
}  # fmt: skip

IDIOMS = {
    "input": "a = input(); b = input(); print(int(a) + int(b))",
    "open zero": "print(sum(map(int, open(0).read().split())))",
    "a loop over standard input": "import sys; print(sum(int(line) for line in sys.stdin))",
    "readlines": "import sys; print(sum(map(int, sys.stdin.readlines())))",
    "the buffer twice": "import sys; r = sys.stdin.buffer.readline; print(int(r()) + int(r()))",
    "a line, then the rest": "import sys; print(int(sys.stdin.readline()) + int(sys.stdin.read()))",
    "a raw read": "import os; print(sum(map(int, os.read(0, 100).split())))",
    "open zero in binary": "print(sum(map(int, open(0, 'rb'))))",
    "input until the end": "t = 0\ntry:\n while True: t += int(input())\nexcept EOFError: print(t)",
    "fileinput": "import fileinput; print(sum(int(line) for line in fileinput.input()))",
    "a name of input": "import sys; input = sys.stdin.readline; print(int(input()) + int(input()))",
    "the path of standard input": "import io, sys; sys.stdin = io.StringIO(sys.stdin.read()); "
        "print(int(input()) + int(input()))",
    "iteration": "import sys; lines = iter(sys.stdin); print(int(next(lines)) + int(next(lines)))",
    "one character at a time": "import sys; t = ''.join(iter(lambda: sys.stdin.read(1), '')); print(sum(map(int, t.split())))",
    "a main guard": "def main(): print(int(input()) + int(input()))\nif __name__ == '__main__': main()",
    "a map": "a, b = map(int, __import__('sys').stdin.read().split()); print(a + b)",
    "a seek": "import sys; sys.stdin.seek(0); print(sum(map(int, sys.stdin)))",
}  # fmt: skip

ENDINGS = {
    "sys.exit": "import sys; print(5); sys.exit(0)",
    "exit": "print(5); exit()",
    "os._exit": "import os; print(5, flush=True); os._exit(0)",
    "a raised SystemExit": "print(5); raise SystemExit",
    "atexit": "import atexit; atexit.register(print, 5)",
    "a thread that prints": "import threading; threading.Thread(target=print, args=(5,)).start()",
    "a thread that prints late": "import threading, time\n"
        "threading.Thread(target=lambda: (time.sleep(0.05), print(5))).start()",
    "no flush": "import sys; sys.stdout.write('5\\n')",
    "a raw write": "import os; os.write(1, b'5\\n')",
    "the buffer": "import sys; sys.stdout.buffer.write(b'5\\n')",
    "native output": "import ctypes; l = ctypes.CDLL(None); l.puts(b'5'); l.fflush(None)",
    "a second handle": "open(1, 'w').write('5\\n')",
    "a replaced stream": "import io, sys; sys.stdout = io.TextIOWrapper(sys.stdout.buffer); print(5)",
    "a recursion in a large stack": "import sys, threading\nsys.setrecursionlimit(10**6)\n"
        "threading.stack_size(64 << 20)\ndef go(n): return go(n - 1) if n else print(5)\n"
        "t = threading.Thread(target=go, args=(5000,)); t.start(); t.join()",
}  # fmt: skip

BAD_ENDINGS = [
    ("print(5); raise SystemExit(3)", "EXIT"),
    ("import os; print(5, flush=True); os._exit(3)", "EXIT"),
    ("print(5); 1 / 0", "EXCEPTION"),
    ("print(5, flush=True); import os; os.abort()", "SIGNAL"),
    ("print(5, flush=True); import os; os.fork()", "FORBIDDEN"),
    ("while True: pass", "CPU_LIMIT"),
    ("print(5, flush=True)\nwhile True: pass", "CPU_LIMIT"),
    ("import time; print(5, flush=True); time.sleep(1000)", "WALL_LIMIT"),
    ("import threading\nprint(5, flush=True)\nthreading.Thread(target=threading.Event().wait).start()", "WALL_LIMIT"),
    ("import os; r, w = os.pipe(); os.dup2(r, 0); input()", "WALL_LIMIT"),
    ("def g(:", "EXCEPTION LOAD_ERROR"),
    ("import sys; sys.stdout.close()", "WRONG EXCEPTION"),
    ("import os; os.close(1)", "WRONG EXCEPTION"),
    ("import os; os.close(1); print(5)", "EXCEPTION WRONG"),
    ("print('x' * (8 << 20))", "OUTPUT_LIMIT"),
    ("while True: print('x' * 1000)", "OUTPUT_LIMIT"),
    ("import os\nwhile True: os.write(1, b'x' * 65536)", "OUTPUT_LIMIT"),
    ("import ctypes\nlibc = ctypes.CDLL(None)\nwhile True: libc.puts(b'x' * 65536)", "OUTPUT_LIMIT"),
    ("import os; os.ftruncate(1, 1 << 50); print(5)", "EXCEPTION OUTPUT_LIMIT WRONG"),
    ("import os; os.lseek(1, 1 << 40, 0); print(5)", "EXCEPTION OUTPUT_LIMIT WRONG"),
    ("import os; os.write(1, b'5\\n\\x00')", "WRONG"),
    ("import os; os.write(1, b'\\xe2\\x82')", "WRONG"),
    ("print('\\ud800')", "WRONG EXCEPTION"),
    ("x = bytearray(10**11); print(5)", "MEMORY"),
    ("print('PASSED')", "WRONG"),
    ("import sys; sys.stderr.write('5\\n' * 10**5)", "WRONG"),
    ("import os; os.write(0, b'5\\n')", "EXCEPTION WRONG"),
    ("import subprocess; subprocess.run(['yes'])", "FORBIDDEN"),
    ("import os, sys\nwhile True: os.writev(1, [b'x' * 65536])", "OUTPUT_LIMIT"),
    (("import os, threading\nfor _ in range(8): threading.Thread(target=lambda: [os.write(1, b'x' * 65536)"
     " for _ in iter(int, 1)]).start()"), "OUTPUT_LIMIT"),
    ("import sys; sys.stdout = None; print(5)", "WRONG"),
    ("import builtins; builtins.print = lambda *a: None; print(5)", "WRONG"),
    ("import os; os.pwrite(1, b'5\\n', 1 << 19)", "WRONG"),
]  # fmt: skip
