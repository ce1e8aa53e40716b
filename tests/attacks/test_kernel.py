"""Raw system calls: what an honest program never asks for ends it, the rest of the kernel is not there."""

import platform
from typing import Any

import pytest
from cases import body
from cases.kernel import FILTERED, NATIVE

pytestmark = pytest.mark.skipif(platform.machine() != "x86_64", reason="the numbers are those of x86-64")


@pytest.mark.parametrize(("text", "fate"), FILTERED.values(), ids=FILTERED)
def test_a_raw_call_is_answered_as_the_policy_says(arena: Any, text: str, fate: str) -> None:
    assert arena.fates(NATIVE + body(text)) == [fate, fate]


# mov eax, 20 (getpid of i386); int 0x80; ret
GATE = "b'\\xb8\\x14\\x00\\x00\\x00\\xcd\\x80\\xc3'"


@pytest.mark.parametrize("flags", ["0x22", "0x21"])
def test_the_i386_gate_is_out_of_reach_without_code_of_its_own(arena: Any, flags: str) -> None:
    program = f"""{NATIVE}libc.mmap.restype = ctypes.c_void_p
def f(x):
    page = libc.mmap(None, 4096, 3, {flags}, -1, 0)
    ctypes.memmove(page, {GATE}, 8)
    libc.mprotect(ctypes.c_void_p(page), 4096, 5)
    return ctypes.CFUNCTYPE(ctypes.c_int)(page)()
"""
    assert arena.fates(program) == ["SIGNAL", "SIGNAL"]


def test_the_i386_gate_of_a_script_kills_it(arena: Any) -> None:
    """A script's output is a file, and a file can be mapped as code: the architecture check is what holds."""
    program = f"""{NATIVE}import os
libc.mmap.restype = ctypes.c_void_p
os.write(1, {GATE}.ljust(4096, b'\\x90'))
page = libc.mmap(None, 4096, 5, 1, 1, 0)
if page in (None, ctypes.c_void_p(-1).value):
    os.abort()
print(ctypes.CFUNCTYPE(ctypes.c_int)(page)())
"""
    assert arena.script(program) in ("FORBIDDEN", "SIGNAL")


def test_a_service_on_the_hosts_loopback_is_out_of_reach(arena: Any) -> None:
    import socket

    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.5)
        port = server.getsockname()[1]
        program = f"import socket\ndef f(x): return socket.create_connection(('127.0.0.1', {port}), 1).fileno()\n"
        assert arena.fate(program) == "FORBIDDEN"
        with pytest.raises(TimeoutError):
            server.accept()


@pytest.mark.parametrize(
    "text",
    [
        "import socket; socket.getaddrinfo('example.org', 80)",
        "import urllib.request; urllib.request.urlopen('http://127.0.0.1/', timeout=1)",
        "import socket; socket.gethostbyname('localhost')",
    ],
)
def test_no_name_is_looked_up(arena: Any, text: str) -> None:
    assert arena.fate(f"def f(x):\n {text}\n return x + 1\n") in ("FORBIDDEN", "EXCEPTION")


def test_an_event_loop_still_works(open_arena: Any) -> None:
    program = """import asyncio
async def g(x):
    await asyncio.sleep(0)
    return x + 1
def f(x):
    return asyncio.run(g(x))
"""
    assert open_arena(cpu_ms=1000, wall_ms=5000).fates(program) == ["PASS", "PASS"]


def test_the_layers_are_all_recorded(arena: Any) -> None:
    arena.judge(["def f(x): return x + 1\n"], ["assert f(1) == 2"])
    assert {"seccomp", "pid_namespace", "network_namespace", "mount_namespace"} <= set(arena.matrix.layers)
