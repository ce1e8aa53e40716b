"""Files, descriptors and the standard streams."""

import sys
import tempfile
from pathlib import Path
from typing import Any

import pytest
from cases.files import BAD_ENDINGS, DEEDS, ENDINGS, FOLDERS, IDIOMS, MARK


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


@pytest.mark.parametrize("program", IDIOMS.values(), ids=IDIOMS)
def test_every_honest_way_to_read_standard_input_works(arena: Any, program: str) -> None:
    assert arena.script(program, "2\n3\n", "5\n") == "PASS"


@pytest.mark.parametrize("program", ENDINGS.values(), ids=ENDINGS)
def test_every_honest_way_to_print_and_end_works(open_arena: Any, program: str) -> None:
    assert open_arena(memory_mb=512).script(program, "", "5\n") == "PASS"


@pytest.mark.parametrize(("program", "fate"), BAD_ENDINGS)
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
