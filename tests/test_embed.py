"""The core is a library for other CMake projects: built, installed, found by one, and used."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

import pytest

ROOT = Path(__file__).parents[1]
# The folder the scripts build in as well, so that nothing is compiled twice.
BUILD = Path(os.environ.get("UCODER_BUILD", ROOT / "build")) / "dev"
NO_SANDBOX = 77

pytestmark = [pytest.mark.one_python, pytest.mark.timeout(900)]


def run(*command: str | Path) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.fixture(scope="module")
def cmake(go_without: Callable[[str], NoReturn]) -> str:
    beside_python = str(Path(sys.executable).parent)
    found = shutil.which("cmake", path=os.pathsep.join([beside_python, os.environ.get("PATH", os.defpath)]))
    if found is None:
        go_without("cmake is missing")
    if shutil.which("c++") is None and "CXX" not in os.environ:
        go_without("a C++ compiler is missing")
    return found


@pytest.fixture(scope="module")
def prefix(cmake: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that the library is installed in."""
    if not (BUILD / "CMakeCache.txt").exists():
        run(cmake, "-S", ROOT, "-B", BUILD)
    run(cmake, "--build", BUILD, "--target", "ucoder_core", "--parallel")
    installed = tmp_path_factory.mktemp("prefix")
    run(cmake, "--install", BUILD, "--prefix", installed, "--component", "core")
    return installed


@pytest.fixture(scope="module")
def embed(cmake: str, prefix: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The program of tests/embed, built against the installed library alone."""
    build = tmp_path_factory.mktemp("embed")
    run(cmake, "-S", ROOT / "tests" / "embed", "-B", build, f"-DCMAKE_PREFIX_PATH={prefix}")
    run(cmake, "--build", build)
    return build / "embed"


@pytest.fixture(scope="module")
def example(cmake: str, prefix: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The program of examples/cpp, built in the same way."""
    build = tmp_path_factory.mktemp("example")
    run(cmake, "-S", ROOT / "examples" / "cpp", "-B", build, f"-DCMAKE_PREFIX_PATH={prefix}")
    run(cmake, "--build", build)
    return build / "judge"


def test_every_public_header_is_installed(prefix: Path) -> None:
    headers = {path.name for path in (ROOT / "csrc" / "include" / "ucoder").glob("*.h")}
    assert {path.name for path in (prefix / "include" / "ucoder").iterdir()} == headers


def test_a_program_of_another_project_judges_candidates(embed: Path, go_without: Callable[[str], NoReturn]) -> None:
    done = subprocess.run([embed, sys.executable], capture_output=True, text=True, check=False, cwd="/")
    if done.returncode == NO_SANDBOX:
        go_without(done.stderr)
    assert done.returncode == 0, done.stderr
    assert done.stdout == "PASS PASS 0\nWRONG PASS 1\n"
    assert done.stderr == ""


def test_the_example_says_what_became_of_each_program(
    example: Path, tmp_path: Path, go_without: Callable[[str], NoReturn]
) -> None:
    files = {
        "asserts.txt": "assert add(1, 2) == 3\nassert ____ == add(1, 1)\n\nassert add(2, 2) == 4\n",
        "right.py": "def add(a, b):\n    return a + b\n",
        "wrong.py": "def add(a, b):\n    return a * b\n",
        "hangs.py": "def add(a, b):\n    while a < 2: pass\n    raise ValueError\n",
        "cheats.py": "import os\nos._exit(0)\n",
    }
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    asserts, *programs = files
    command = [example, sys.executable, "add", asserts, *programs]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)
    if done.returncode == NO_SANDBOX:
        go_without(done.stderr)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [
        "right.py: PASS PASS -> passed",
        "wrong.py: WRONG PASS -> failed",
        "hangs.py: CPU_LIMIT EXCEPTION(ValueError) -> failed",
        "cheats.py: LOAD_ERROR(exit status 0) LOAD_ERROR(exit status 0) -> failed",
    ]
    assert subprocess.run([*command[:4], "wrong.py"], capture_output=True, check=False, cwd=tmp_path).returncode == 1
    assert subprocess.run([*command[:4], "none.py"], capture_output=True, check=False, cwd=tmp_path).returncode == 2
