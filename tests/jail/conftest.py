"""What the jail's tests share: programs judged by the parts of a test, as the supervisor does it."""

import importlib.util
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from ucoder.jail import assertions, preamble

Split = Callable[..., tuple[Any, ...]]
Holds = Callable[[str, tuple[Any, ...]], bool]


def loaded(name: str) -> ModuleType:
    """A script of this folder, which no package holds."""
    spec = importlib.util.spec_from_file_location(name, Path(__file__).with_name(f"{name}.py"))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def census() -> ModuleType:
    return loaded("census")


@pytest.fixture(scope="session")
def split() -> Split:
    """The plan of a test for the entry point `f`, over both passes; `preamble` is source."""

    def both(text: str, kind: str = "assertion", entry: str = "f", source: str = "") -> tuple[Any, ...]:
        namespace = preamble.load(source, entry)
        plan = assertions.split(kind, text, entry, frozenset(namespace), None)
        return assertions.split(kind, text, entry, None, namespace) if plan == ("evaluate",) else plan

    return both


@pytest.fixture(scope="session")
def holds() -> Holds:
    """Whether a program, given as source that defines `f`, passes the parts of a plan."""
    worker = loaded("census_worker")

    def verdict(program: str, parts: tuple[Any, ...]) -> bool:
        sys.modules.setdefault("ucoder_jail", sys.modules["ucoder.jail"])
        try:
            return bool(worker.holds(program, parts, {"entry_point": "f"}, {}))
        except Exception:
            return False

    return verdict
