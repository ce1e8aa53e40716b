"""Where there is no executor the package imports, and says what is missing when it is asked to run something.

Built here with the option that other systems have it built with, and put in the place of the installed core.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

import pytest

import ucoder

ROOT = Path(__file__).parents[1]
REASON = "the executor needs Linux"

pytestmark = [pytest.mark.one_python, pytest.mark.timeout(900)]


@pytest.fixture(scope="module")
def off_linux(tmp_path_factory: pytest.TempPathFactory, go_without: Callable[[str], NoReturn]) -> dict[str, str]:
    """The environment of a process in which `ucoder` is the package without its executor."""
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)])
    cmake = shutil.which("cmake", path=path)
    if cmake is None or (shutil.which("c++") is None and "CXX" not in os.environ):
        go_without("cmake or a C++ compiler is missing")
    build = tmp_path_factory.mktemp("build")
    python = f"-DPython_EXECUTABLE={sys.executable}"
    options = ["-DUCODER_EXECUTOR=OFF", "-DUCODER_PYTHON=ON", "-DCMAKE_BUILD_TYPE=Debug", python]
    configure = [cmake, "-S", ROOT, "-B", build, *options]
    for command in (configure, [cmake, "--build", build, "--target", "_core", "--parallel"]):
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
    place = tmp_path_factory.mktemp("packages")
    without = shutil.ignore_patterns("_core.*.so", "_jail.*.so", "__pycache__")
    shutil.copytree(Path(ucoder.__file__).parent, place / "ucoder", ignore=without)
    shutil.copy(next(build.glob("_core.*.so")), place / "ucoder")
    return {**os.environ, "PYTHONPATH": str(place)}


def ran(environment: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, *arguments], capture_output=True, text=True, check=False, env=environment)


def test_every_public_name_can_be_imported(off_linux: dict[str, str]) -> None:
    done = ran(off_linux, "-c", "from ucoder import *\nimport ucoder\nprint(ucoder.Executor, ucoder.check)")
    assert done.returncode == 0, done.stderr


def test_signatures_and_values_work(off_linux: dict[str, str]) -> None:
    program = """
import numpy as np
from ucoder import _core
assert _core.cluster_bits(np.array([[True], [False], [True]])).labels.tolist() == [0, 1, 0]
assert _core.decode(_core.encode([1, "x"])) == [1, "x"]
"""
    done = ran(off_linux, "-c", program)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("call", ["ucoder.Executor()", "ucoder.check('def f(x): return x', 'assert f(1) == 1')"])
def test_the_executor_says_that_it_needs_linux(off_linux: dict[str, str], call: str) -> None:
    program = f"import ucoder\ntry:\n    {call}\nexcept ucoder.SandboxUnavailable as error:\n    print(error)"
    done = ran(off_linux, "-c", program)
    assert done.stdout.startswith(REASON), done.stderr


def test_the_command_line_says_so_too(off_linux: dict[str, str], tmp_path: Path) -> None:
    judged = ran(off_linux, "-m", "ucoder", "judge", "--sample", "--out", str(tmp_path / "out"))
    assert (judged.returncode, judged.stdout) == (1, "")
    assert REASON in judged.stderr
    assert "Traceback" not in judged.stderr
    doctor = ran(off_linux, "-m", "ucoder", "doctor")
    assert doctor.returncode == 1
    assert REASON in doctor.stdout
    assert "The executor will not run here: linux missing." in doctor.stdout
