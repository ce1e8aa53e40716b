"""The interpreter that runs programs, where it is not the one that runs ucoder: an environment with other packages.

The executor's inner side is an extension module and a few Python files (`ucoder/jail`, `_jail`). The interpreter is
started with their path and loads them from there; nothing has to be installed into the environment. The extension
module is built for one minor version of Python, so the environment must have that version, or an installed ucoder of
this very version, whose module is then used.
"""

import hashlib
import json
import os
import platform
import subprocess
import sys
from dataclasses import dataclass
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Any

from ucoder import _core
from ucoder.errors import ConfigError

__all__ = ["PACKAGE_DIR", "Interpreter", "environment_identity", "interpreter_at", "packages_id"]

PACKAGE_DIR = str(Path(_core.__file__).parent)
"""Where the interpreter inside the jail finds the jail's modules."""

_PATIENCE_S = 60.0  # a cold file system

_QUESTION = """
import importlib.machinery, json, platform, sys
answer = {"version": platform.python_version(), "implementation": sys.implementation.name,
          "suffixes": importlib.machinery.EXTENSION_SUFFIXES, "minor": list(sys.version_info[:2])}
if sys.version_info >= (3, 11):
    import importlib.util
    from importlib import metadata
    listed = {(one.name or "", one.version or "") for one in metadata.distributions()}
    spec = importlib.util.find_spec("ucoder")
    folders = list(spec.submodule_search_locations or []) if spec else []
    answer.update(packages=sorted(listed), folder=folders[0] if folders else "")
sys.stdout.write(json.dumps(answer))
"""


@dataclass(frozen=True, slots=True)
class Interpreter:
    """An interpreter that the executor can start."""

    path: str
    package_dir: str
    """The folder of the ucoder package that it is given"""
    version: str


@cache
def interpreter_at(python: str | Path) -> Interpreter:
    """The interpreter at a path, or of the environment in a folder.

    It is started once and asked for its version. Raises ConfigError where there is none, or none that the installed
    ucoder can go into; the message says what to do.
    """
    if str(python) == sys.executable:
        return Interpreter(sys.executable, PACKAGE_DIR, platform.python_version())
    path = _executable(Path(python))
    answer = _ask(path)
    version = answer["version"]
    if answer["implementation"] != "cpython" or tuple(answer["minor"]) < (3, 11):
        raise ConfigError(
            f"{path} is {answer['implementation']} {version}: programs run under CPython 3.11 or newer; "
            "name an environment of such a version"
        )
    package_dir = next((folder for folder in _folders(answer) if _has_module(folder, answer["suffixes"])), None)
    if package_dir is None:
        raise ConfigError(
            f"ucoder has no extension module for Python {version} ({path}); the one that runs now is for "
            f"{sys.version_info[0]}.{sys.version_info[1]}. Name an environment of that version, or install the same "
            f"ucoder there: {path} -m pip install ucoder=={_own_version()}"
        )
    return Interpreter(str(path), package_dir, version)


def packages_id(interpreter: Interpreter) -> str:
    """A content id of the names and versions of an interpreter's installed packages: what results depend on."""
    listed = _ask(Path(interpreter.path))["packages"]
    return hashlib.sha256(json.dumps(listed).encode()).hexdigest()[:32]


def environment_identity(interpreter: Interpreter) -> dict[str, Any]:
    """What two runs must share to be one, where programs run in an environment that somebody named."""
    return {"python": interpreter.version, "packages": packages_id(interpreter)}


def _executable(path: Path) -> Path:
    """Absolute, with its links: an environment is known by the link that it was started by."""
    given = path
    if path.is_dir():
        path = path / "bin" / "python"
    if not path.is_file() or not os.access(path, os.X_OK):
        raise ConfigError(f"{given} is no interpreter, and no environment with bin/python in it")
    return Path(os.path.abspath(path))  # noqa: PTH100  resolve() would follow the link


def _ask(path: Path) -> dict[str, Any]:
    try:
        done = subprocess.run(
            [str(path), "-I", "-c", _QUESTION], capture_output=True, stdin=subprocess.DEVNULL, timeout=_PATIENCE_S,
            check=False,
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired) as error:
        raise ConfigError(f"{path} could not be started: {error}") from None
    try:
        answer: dict[str, Any] = json.loads(done.stdout)
    except ValueError:
        said = done.stderr.decode(errors="replace").strip().splitlines()[-1:] or ["nothing"]
        raise ConfigError(f"{path} does not work as a Python interpreter: it said {said[0][:200]!r}") from None
    return answer


def _folders(answer: dict[str, Any]) -> list[str]:
    """The package that runs now, and one of the same version that is installed in the environment."""
    same = any(name.lower() == "ucoder" and version == _own_version() for name, version in answer["packages"])
    return [PACKAGE_DIR, *([answer["folder"]] if same and answer["folder"] else [])]


def _has_module(folder: str, suffixes: list[str]) -> bool:
    return any((Path(folder) / f"_jail{suffix}").is_file() for suffix in suffixes)


def _own_version() -> str:
    return metadata.version("ucoder")
