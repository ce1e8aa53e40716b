"""Files, descriptors and the standard streams."""

import os
import sys
import tempfile
from pathlib import Path
from typing import Any

import pytest

MARK = f"ucoder-attack-{os.getpid()}"

FOLDERS = f"""import os, sys, tempfile
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
    "going to another root": "lambda path, place: open(os.path.join(place, '../' * 20, 'etc/passwd'))",
}  # fmt: skip


@pytest.mark.parametrize("deed", DEEDS.values(), ids=DEEDS)
def test_nothing_can_be_changed_anywhere(arena: Any, deed: str) -> None:
    program = f"{FOLDERS}DEED = {deed}\ndef f(x): return count(DEED)\n"
    assert arena.fate(program, "assert f(1) == 0") == "PASS"
    for folder in ("/", "/tmp", "/dev/shm", Path.home(), Path.cwd(), tempfile.gettempdir()):
        assert not (Path(folder) / MARK).exists()


@pytest.mark.parametrize(
    "path",
    [
        "/proc/self/mem", "/proc/self/maps", "/proc/self/fd", "/proc/1/environ", "/proc/1/cmdline", "/proc", "/sys",
        "/etc/passwd", "/etc/shadow", "/root", "/home", "/dev/mem", "/dev/tty", "/dev/ptmx", "/dev/shm", "/dev/kmsg",
        "/var", "/run", "/tmp/.X11-unix", "/.dockerenv",
    ],
)  # fmt: skip
def test_the_host_is_not_there(arena: Any, path: str) -> None:
    if any(entry.startswith(path + "/") for entry in sys.path):
        pytest.skip("the interpreter lies below")
    program = f"import os\ndef f(x): return os.path.exists({path!r}) and os.listdir({path!r})\n"
    fate = arena.fate(program, "assert not f(1)")
    assert fate == "PASS", arena.matrix.detail(1, 0)


def test_the_package_itself_is_not_there(arena: Any) -> None:
    import ucoder

    folder = str(Path(ucoder.__file__).parent)
    program = f"import os\ndef f(x): return os.path.isdir({folder!r}) and os.listdir({folder!r})\n"
    assert arena.fate(program, "assert not f(1)") == "PASS"


def test_the_environment_is_built_not_inherited(arena: Any, monkeypatch: Any) -> None:
    monkeypatch.setenv("UCODER_ATTACK_SECRET", "x")
    assert arena.fate("import os\ndef f(x): return dict(os.environ)\n") == "WRONG"
    assert "UCODER_ATTACK_SECRET" not in arena.value(1, 0)


def test_no_descriptor_is_inherited(arena: Any) -> None:
    program = """import os
def f(x):
    found = []
    for fd in range(1024):
        try:
            os.fstat(fd)
            found.append(fd)
        except OSError:
            pass
    return found
"""
    assert arena.fate(program, "assert f(1) == [0, 1, 2]") == "PASS"


@pytest.mark.parametrize(
    "text",
    [
        "os.closerange(0, 65536)",
        "[os.dup2(0, fd) for fd in range(1, 200)]",
        "[os.write(fd, b'x' * 1000) for fd in (1, 2)]",
        "[os.ftruncate(fd, 0) for fd in (1, 2) if 0]",
    ],
)
def test_descriptors_may_be_spoiled_and_answers_still_cross(arena: Any, text: str) -> None:
    assert arena.fates(f"import os\ndef f(x):\n {text}\n return x + 1\n") == ["PASS", "PASS"]


@pytest.mark.parametrize("opened", ["open('/dev/null')", "os.pipe()", "socket.socketpair()", "select.epoll()"])
def test_descriptors_run_out_for_the_program_only(arena: Any, opened: str) -> None:
    program = (
        "import os, socket, select\ndef f(x):\n kept = []\n try:\n"
        f"  while len(kept) < 10**5: kept.append({opened})\n except OSError as error:\n  return error.errno\n"
    )
    assert arena.fates(program, ["assert f(1) == 24"]) == ["PASS"]


@pytest.mark.parametrize(
    "text", ["print('x' * 10**6)", "import os; os.write(1, b'x' * 10**6)", "print('x', flush=True)"]
)
def test_a_functions_output_goes_nowhere(open_arena: Any, text: str) -> None:
    program = f"def f(x):\n for _ in range(20): {text}\n return x + 1\n" if ";" not in text else (
        f"import os\ndef f(x):\n for _ in range(20): {text.partition('; ')[2]}\n return x + 1\n"
    )  # fmt: skip
    assert open_arena(cpu_ms=1000, wall_ms=5000).fates(program) == ["PASS", "PASS"]


# ---------------------------------------------------------------- scripts

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
    "one character at a time": "import sys; t = ''.join(iter(lambda: sys.stdin.read(1), '')); print(sum(map(int, t.split())))",  # noqa: E501
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


@pytest.mark.parametrize("program", IDIOMS.values(), ids=IDIOMS)
def test_every_honest_way_to_read_standard_input_works(arena: Any, program: str) -> None:
    assert arena.script(program, "2\n3\n", "5\n") == "PASS"


@pytest.mark.parametrize("program", ENDINGS.values(), ids=ENDINGS)
def test_every_honest_way_to_print_and_end_works(open_arena: Any, program: str) -> None:
    assert open_arena(memory_mb=512).script(program, "", "5\n") == "PASS"


@pytest.mark.parametrize(
    ("program", "fate"),
    [
        ("print(5); raise SystemExit(3)", "EXIT"),
        ("import os; print(5, flush=True); os._exit(3)", "EXIT"),
        ("print(5); 1 / 0", "EXCEPTION"),
        ("print(5, flush=True); import os; os.abort()", "SIGNAL"),
        ("print(5, flush=True); import os; os.fork()", "FORBIDDEN"),
        ("while True: pass", "CPU_LIMIT"),
        ("print(5, flush=True)\nwhile True: pass", "CPU_LIMIT"),
        ("import time; print(5, flush=True); time.sleep(1000)", "WALL_LIMIT"),
        ("import threading\nprint(5, flush=True)\nthreading.Thread(target=threading.Event().wait).start()", "WALL_LIMIT"),  # noqa: E501
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
    ],
)  # fmt: skip
def test_a_script_that_ends_badly_is_told_so(arena: Any, program: str, fate: str) -> None:
    assert arena.script(program, "", "5\n") in fate.split()


@pytest.mark.parametrize("size", [190 << 10, (1 << 20) - 10])
def test_much_honest_output_arrives(open_arena: Any, size: int) -> None:
    program = f"print('x' * {size})"
    assert open_arena(cpu_ms=1000, wall_ms=5000).script(program, "", "x" * size + "\n") == "PASS"


def test_much_honest_input_arrives(open_arena: Any) -> None:
    text = "7 " * (1 << 20)
    program = "import sys; print(len(sys.stdin.read().split()))"
    assert open_arena(cpu_ms=1000, wall_ms=5000).script(program, text, f"{1 << 20}\n") == "PASS"


def test_bytes_that_are_no_text_cross_both_ways(arena: Any) -> None:
    program = "import sys; sys.stdout.buffer.write(sys.stdin.buffer.read())"
    text = "\x00\ud800é\n\x7f"
    assert arena.script(program, text, text) == "PASS"


def test_a_script_sees_no_earlier_output_and_no_expectation(arena: Any) -> None:
    program = "import os; print(os.pread(1, 100, 0), os.fstat(1).st_size, os.lseek(1, 0, 2))"
    for _ in range(3):
        assert arena.script(program, "", "b'' 0 0\n") == "PASS"
