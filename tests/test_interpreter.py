"""Programs in an environment that the user names: other packages, another path, perhaps another version."""

import json
import os
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

from ucoder import AssertionTest, Candidate, ConfigError, Executor, Outcome, Problem, SandboxUnavailable, UnittestTest
from ucoder.execution.interpreter import PACKAGE_DIR, interpreter_at, packages_id

SUITE = """import subprocess, sys, unittest
class T(unittest.TestCase):
    def test_value(self):
        self.assertEqual(f(1), 2)
    def test_started_again(self):
        text = "import only_there, sys; print(only_there.ONE, sys.prefix)"
        said = subprocess.run(["python", "-c", text], capture_output=True, text=True).stdout
        self.assertEqual(said.split(), ["1", sys.prefix])
"""
PROGRAM = "import only_there\ndef f(x): return x + only_there.ONE\n"


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Without ucoder, with a package of its own."""
    folder = tmp_path_factory.mktemp("other") / "environment"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True)
    site = folder / "lib" / f"python{sysconfig.get_python_version()}" / "site-packages"
    (site / "only_there.py").write_text("ONE = 1\n")
    return folder


def outcomes(executor: Executor) -> list[str]:
    problem = Problem("p", "", "f", profile="full")
    tests = [AssertionTest("assert f(1) == 2"), UnittestTest(SUITE)]
    matrix = executor.judge(problem, [Candidate("p", solution=PROGRAM)], tests)
    return [Outcome(code).name for code in matrix.outcomes[0].tolist()]


@pytest.mark.usefixtures("sandbox")
def test_a_named_environments_packages_are_there(environment: Path) -> None:
    with Executor(workers=1, python=str(environment)) as executor:
        assert outcomes(executor) == ["PASS", "PASS"]
        assert executor.interpreter.path == str(environment / "bin" / "python")


@pytest.mark.usefixtures("sandbox")
def test_they_are_not_there_without_it() -> None:
    with Executor(workers=1) as executor:
        assert outcomes(executor) == ["LOAD_ERROR", "LOAD_ERROR"]


def test_an_environment_is_given_this_package(environment: Path) -> None:
    assert interpreter_at(environment / "bin" / "python").package_dir == PACKAGE_DIR


def test_its_packages_have_an_id(environment: Path) -> None:
    own = packages_id(interpreter_at(sys.executable))
    assert packages_id(interpreter_at(environment)) != own
    assert packages_id(interpreter_at(sys.executable)) == own


def other_version() -> str | None:
    """An interpreter that this package has no module for."""
    for root in (Path("/usr/bin"), Path.home() / ".pyenv" / "versions", Path("/usr/local/bin")):
        for python in sorted([*root.glob("python3.[0-9]*"), *root.glob("3.*/bin/python3")]):
            if not os.access(python, os.X_OK) or python.name.endswith("-config"):
                continue
            asked = "import sys, importlib.util as u; print(list(sys.version_info[:2]), u.find_spec('ucoder') is None)"
            said = subprocess.run([str(python), "-c", asked], capture_output=True, text=True, check=False).stdout
            if said.endswith("True\n") and json.loads(said[:-6]) != list(sys.version_info[:2]):
                return str(python)
    return None


def test_a_version_without_a_build_is_refused_with_what_to_do() -> None:
    python = other_version()
    if python is None:
        pytest.skip("this machine has no other version of Python")
    with pytest.raises(ConfigError, match="environment of (that|such a) version"):
        Executor(workers=1, python=python)


@pytest.mark.parametrize("text", ["#!/bin/sh\necho hello\n", "#!/bin/sh\nexit 1\n"], ids=["other", "broken"])
def test_what_is_no_interpreter_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "python"
    path.write_text(text)
    path.chmod(0o755)
    with pytest.raises(ConfigError, match="does not work as a Python interpreter"):
        interpreter_at(path)


def test_a_folder_that_is_no_environment_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no interpreter, and no environment"):
        interpreter_at(tmp_path)


@pytest.mark.usefixtures("sandbox")
def test_a_machine_is_not_given_without_the_layers_that_make_it_safe(environment: Path) -> None:
    """A module that starts a thread at import makes user namespaces impossible."""
    site = environment / "lib" / f"python{sysconfig.get_python_version()}" / "site-packages"
    (site / "thready.py").write_text(
        "import threading, time\nthreading.Thread(target=time.sleep, args=(99,), daemon=True).start()\n"
    )
    with (
        Executor(workers=1, python=str(environment), preload=["thready"], allow_weaker=True) as executor,
        pytest.raises(SandboxUnavailable, match="not run without these layers, whatever is allowed: user_namespace"),
    ):
        outcomes(executor)
