"""What several tests need. A test asks for `sandbox` when it runs programs."""

import os
import signal
import sys
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType
from typing import NoReturn

import pytest
from hypothesis import settings

import ucoder
from ucoder._core import probe

# A shell's background job ignores the signal, and so would the programs that tests start and interrupt.
if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# A deadline per example measures the machine's load, and pytest-timeout is there for real hangs.
settings.register_profile("ucoder", deadline=None, print_blob=True)
settings.load_profile("ucoder")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--full-product", action="store_true", help="hostile programs at every level, as every user, idle and busy"
    )


def needed(package: str) -> ModuleType:
    """The package, or the test is skipped; where nothing may be missing (UCODER_MODELS_MUST_WORK), it fails instead."""
    if package in os.environ.get("UCODER_MODELS_MUST_WORK", "").split() and find_spec(package) is None:
        pytest.fail(f"{package} is not installed")
    script = "scripts/test-vllm" if package == "vllm" else "scripts/test-models"
    return pytest.importorskip(package, reason=f"{package} is not installed: {script} has it")


@pytest.fixture(scope="session")
def go_without() -> Callable[[str], NoReturn]:
    """Skips the test for a reason, unless this is a place where nothing may be missing."""

    def stop(reason: str) -> NoReturn:
        if os.environ.get("UCODER_SANDBOX_MUST_WORK") == "1":
            pytest.fail(reason)
        pytest.skip(reason)

    return stop


@pytest.fixture(scope="session")
def missing_layers() -> dict[str, str]:
    """The layers of isolation that this machine does not give, and why."""
    layers = probe(sys.executable, str(Path(ucoder.__file__).parent))
    return {name: problem for name, problem in layers.items() if problem}


@pytest.fixture
def sandbox(missing_layers: dict[str, str], go_without: Callable[[str], NoReturn]) -> None:
    """Lets a test run only where every layer of isolation works."""
    if missing_layers:
        go_without("; ".join(f"{name}: {problem}" for name, problem in missing_layers.items()))


# Folders of tests that never start an interpreter of another version: plain Python, the same under each of them.
_ONE_PYTHON = {"consensus", "llm", "loop", "parsing", "prompts", "report", "stages", "training"}


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark them, so that they run under one Python only."""
    for item in items:
        if _ONE_PYTHON.intersection(item.path.relative_to(Path(__file__).parent).parts):
            item.add_marker(pytest.mark.one_python)
