"""A kernel that is out of something: forks fail, a disk is full, a layer is missing. Never a verdict.

The limits are those of a user namespace of the test's own, so that nobody else is short of anything.
"""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

import pytest

PID_NAMESPACES = "/proc/sys/user/max_pid_namespaces"
# How many there may be, below this user namespace; 0: no worker can be forked.
SET_LIMIT = f"""
def allow(number):
    with open("{PID_NAMESPACES}", "w") as file: file.write(str(number))
"""


@pytest.fixture
def inside(works: None, tmp_path: Path, go_without: Callable[[str], NoReturn]) -> str:  # noqa: ARG001
    """A Python that is root of a user namespace of its own."""
    if shutil.which("unshare") is None:
        go_without("unshare (util-linux) is missing")
    python = tmp_path / "python"
    python.write_text(f'#!/bin/sh\nexec unshare -rm -- "{sys.executable}" "$@"\n')
    python.chmod(0o755)
    if subprocess.run([python, "-c", ""], capture_output=True, check=False).returncode != 0:
        go_without("no user namespace can be made here")
    return str(python)


def test_a_fork_that_fails_for_a_while_is_tried_again(outside: Any, inside: str) -> None:
    said = outside(
        SET_LIMIT
        + """
e = executor(workers=1)
rows = [judge(e, [HONEST])]
allow(0)
threading.Timer(1.0, lambda: allow(1000)).start()
began = time.monotonic()
rows.append(judge(e, [HONEST]))
say([rows, time.monotonic() - began > 0.9])
""",
        python=inside,
    )
    assert said == [[[["PASS"]], [["PASS"]]], True]


@pytest.mark.timeout(240)
def test_a_fork_that_fails_for_good_is_infra_and_no_verdict(outside: Any, inside: str) -> None:
    said = outside(
        SET_LIMIT
        + """
e = executor(workers=1)
judge(e, [HONEST])
allow(0)
row = judge(e, [HONEST, "def f(x): return 'wrong'\\n"], ["assert f(1) == 2"])
allow(1000)
say([row, judge(e, [HONEST])])
""",
        python=inside,
        seconds=200,
    )
    assert said == [[["INFRA"], ["INFRA"]], [["PASS"]]]


def test_a_missing_layer_is_an_error_that_names_it(outside: Any, inside: str) -> None:
    said = outside(
        """
from ucoder import SandboxUnavailable
with open("/proc/sys/user/max_net_namespaces", "w") as file: file.write("0")
try:
    executor(workers=1)
    say("started")
except SandboxUnavailable as error:
    say(str(error))
""",
        python=inside,
    )
    assert "make a network namespace" in said


FULL_DISK = """
mount -t tmpfs -o size=160k tmpfs "$1" && shift || exit 99
"$@"; echo "first $?" >&2
mount -o remount,size=64m tmpfs "$0"
"$@"; echo "then $?" >&2
cp "$0/out/summary.json" "$0.json"
"""


def test_a_full_disk_is_an_error_and_with_room_the_run_goes_on(inside: str, tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    num_problems = 24
    rows: dict[str, list[Any]] = {"problems": [], "candidates": [], "tests": []}
    for number in range(num_problems):
        name = f"p/{number}"
        rows["problems"].append({"task_id": name, "entry_point": "f"})
        rows["candidates"].append({"task_id": name, "solution": f"def f(x): return x + {number}"})
        rows["tests"].append({"task_id": name, "tests": [f"assert f(1) == {number + 1}"]})
    command = [sys.executable, "-m", "ucoder", "judge", "--part-candidates", "2", "--out", str(disk / "out")]
    for name, content in rows.items():
        (tmp_path / f"{name}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in content))
        command += [f"--{name}", str(tmp_path / f"{name}.jsonl")]
    assert Path(inside).exists()  # user namespaces are there
    done = subprocess.run(
        ["unshare", "-rm", "--", "sh", "-c", FULL_DISK, str(disk), str(disk), *command],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert "could not be written: No space left on device" in done.stderr, done.stderr[-2000:]
    assert "first 0" not in done.stderr
    assert "then 0" in done.stderr, done.stderr[-2000:]
    assert json.loads(disk.with_suffix(".json").read_text())["outcomes"] == {"PASS": num_problems}
