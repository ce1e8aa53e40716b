"""The same promises where the caller is an ordinary user: a selection, run by root as nobody."""

import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NoReturn

import pytest

NOBODY = 65534

PROGRAMS = {
    "an honest program": ("def f(x): return x + 1", "PASS"),
    "a busy loop": ("def f(x):\n while True: pass", "CPU_LIMIT"),
    "a C loop": ("def f(x): return any(iter(int, 1))", "CPU_LIMIT"),
    "a sleep": ("import time\ndef f(x): time.sleep(1000)", "WALL_LIMIT"),
    "memory": ("def f(x): return bytearray(10**11)", "MEMORY"),
    "a fork": ("import os\ndef f(x): os.fork()", "FORBIDDEN"),
    "a shell": ("import os\ndef f(x): return os.system('true')", "FORBIDDEN"),
    "a socket": ("import socket\ndef f(x): return socket.socket().fileno()", "FORBIDDEN"),
    "ptrace": ("import ctypes\ndef f(x): return ctypes.CDLL(None).ptrace(0, 0, 0, 0)", "FORBIDDEN"),
    "a file": ("def f(x):\n try: open('/tmp/ucoder-attack-nobody', 'w')\n except OSError: return x + 1", "PASS"),
    "signals": ("import os\ndef f(x):\n try: os.kill(-1, 9)\n except OSError: pass\n return x + 1", "PASS"),
    "its place": ("import os\ndef f(x): return os.getpid() + (os.getppid() == 0) + (os.getuid() == 0)", "PASS"),
    "the host": ("import os\ndef f(x): return 2 + os.path.exists('/etc/passwd') + os.path.exists('/proc/1')", "PASS"),
    "an exit": ("import os\ndef f(x): os._exit(0)", "EXIT"),
    "a crash": ("import ctypes\ndef f(x): ctypes.string_at(0)", "SIGNAL"),
    "a pleaser": ("class A:\n def __eq__(s, o): return True\ndef f(x): return A()", "BAD_VALUE"),
    "no load": ("1 / 0", "LOAD_ERROR"),
}


def readable_python(folder: str) -> str | None:
    """An interpreter that nobody may run and that has what the package needs."""
    for python in dict.fromkeys((sys.executable, os.path.realpath(sys.executable), "/usr/bin/python3")):
        command = [python, "-c", "import numpy, ucoder"]
        with contextlib.suppress(OSError):
            done = subprocess.run(
                command, env=environment(folder), cwd="/", user=NOBODY, group=NOBODY, extra_groups=[],
                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False,
            )  # fmt: skip
            if done.returncode == 0:
                return python
    return None


def environment(folder: str) -> dict[str, str]:
    import numpy as np

    return {**os.environ, "PYTHONPATH": f"{folder}:{Path(np.__file__).parent.parent}", "HOME": "/"}


@pytest.fixture(scope="module")
def as_nobody(outside: Callable[..., Any], go_without: Callable[[str], NoReturn]) -> Iterator[Callable[..., Any]]:
    """`outside`, as an ordinary user, with a copy of the package that everybody may read."""
    import ucoder

    if os.geteuid() != 0:
        pytest.skip("only root can become another user; without root every other test is this one")
    folder = tempfile.mkdtemp(prefix="ucoder-tests-")
    try:
        Path(folder).chmod(0o755)
        shutil.copytree(Path(ucoder.__file__).parent, Path(folder) / "ucoder", dirs_exist_ok=True)
        python = readable_python(folder)
        if python is None:
            if not Path(f"/usr/bin/python3.{sys.version_info.minor}").exists():
                pytest.skip("the only interpreters of this version lie in another user's home")
            go_without("no interpreter here can be run by another user")
        yield lambda text, **options: outside(
            text, user=NOBODY, python=python, environment=environment(folder), **options
        )
    finally:
        shutil.rmtree(folder)


@pytest.mark.parametrize("level", ["candidate", "test"])
def test_an_ordinary_user_gets_the_same_verdicts(as_nobody: Callable[..., Any], level: str) -> None:
    programs = [program for program, _ in PROGRAMS.values()]
    said = as_nobody(f"say([row[0] for row in judge(executor(isolation={level!r}), {programs!r})])", seconds=40)
    assert dict(zip(PROGRAMS, said, strict=True)) == {name: fate for name, (_, fate) in PROGRAMS.items()}
    assert not Path("/tmp/ucoder-attack-nobody").exists()


def test_an_ordinary_user_has_every_layer(as_nobody: Callable[..., Any]) -> None:
    assert len(as_nobody("say(list(executor().layers))")) == 10


def test_an_ordinary_users_scripts_work(as_nobody: Callable[..., Any]) -> None:
    said = as_nobody("""
from ucoder import StdioTest
matrix = executor().judge(Problem("attack"), [Candidate("attack", solution="print(int(input()) + 1)")],
                          [StdioTest("1", "2\\n", "exact")])
say(matrix.outcomes.tolist())
""")
    assert said == [[1]]


def test_an_ordinary_user_that_dies_leaves_nothing(as_nobody: Callable[..., Any]) -> None:
    as_nobody(
        """
e = executor(wall_ms=60000)
threading.Thread(target=lambda: judge(e, ["import time\\ndef f(x): time.sleep(1000)\\n"]), daemon=True).start()
wait_for(workers)
os.kill(os.getpid(), signal.SIGKILL)
""",
        silent=True,
    )


MACHINE_SUITE = """import os, socket, subprocess, sys, tempfile, unittest
class T(unittest.TestCase):
    def test_files(self):
        with tempfile.NamedTemporaryFile() as file: self.assertTrue(file.name.startswith("/tmp/"))
    def test_processes(self):
        self.assertEqual(subprocess.run([sys.executable, "-c", "1 / 0"], stderr=subprocess.DEVNULL).returncode, 1)
    def test_loopback(self):
        with socket.create_server(("localhost", 0)) as server: socket.create_connection(server.getsockname()).close()
"""


def test_an_ordinary_users_programs_get_machines(as_nobody: Callable[..., Any]) -> None:
    programs = ["def f(x): pass", "import os\nwhile True:\n try: os.fork()\n except OSError: pass\n"]
    said = as_nobody(f"""
from ucoder import UnittestTest
programs = [Candidate("attack", solution=text) for text in {programs!r}]
matrix = executor(memory_mb=512).judge(Problem("attack"), programs, [UnittestTest({MACHINE_SUITE!r})])
say([[Outcome(code).name for code in row] for row in matrix.outcomes.tolist()])
""")
    assert said == [["PASS"], ["LOAD_ERROR"]]
