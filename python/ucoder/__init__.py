"""ucoder: runs untrusted programs against untrusted tests, and lets a code model learn from what it saw.

    >>> import ucoder
    >>> ucoder.check("def f(x): return x + 1", ["assert f(1) == 2"]).passed
    True

`Executor` judges many candidates of many problems; `check` one program. What a program does is an `Outcome`; what
ucoder itself could not do is an exception from the tree in `ucoder.errors`.

The names below are loaded when they are first used (PEP 562): the command line answers `--help` without NumPy.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ucoder._core import Clusters, Outcome, SignatureMatrix
    from ucoder.config import Limits
    from ucoder.errors import (
        ConfigError,
        ExecutorClosed,
        IncompleteRunError,
        InputError,
        OtherRunError,
        RunDirectoryError,
        RunInUseError,
        SandboxUnavailable,
        StorageError,
        UcoderError,
    )
    from ucoder.execution.check import CheckResult, check
    from ucoder.execution.executor import Executor
    from ucoder.execution.matrix import ExecutionMatrix
    from ucoder.records import (
        AssertionTest,
        CallTest,
        Candidate,
        CheckTest,
        ModuleTest,
        Problem,
        StdioTest,
        Task,
        Test,
        UnittestTest,
        ValueCallTest,
    )

    __version__: str

__all__ = [
    "AssertionTest",
    "CallTest",
    "Candidate",
    "CheckResult",
    "CheckTest",
    "Clusters",
    "ConfigError",
    "ExecutionMatrix",
    "Executor",
    "ExecutorClosed",
    "IncompleteRunError",
    "InputError",
    "Limits",
    "ModuleTest",
    "OtherRunError",
    "Outcome",
    "Problem",
    "RunDirectoryError",
    "RunInUseError",
    "SandboxUnavailable",
    "SignatureMatrix",
    "StdioTest",
    "StorageError",
    "Task",
    "Test",
    "UcoderError",
    "UnittestTest",
    "ValueCallTest",
    "check",
]

_HOMES = {
    "ucoder._core": ("Clusters", "Outcome", "SignatureMatrix"),
    "ucoder.config": ("Limits",),
    "ucoder.errors": (
        "ConfigError", "ExecutorClosed", "IncompleteRunError", "InputError", "OtherRunError", "RunDirectoryError",
        "RunInUseError", "SandboxUnavailable", "StorageError", "UcoderError",
    ),
    "ucoder.execution.check": ("CheckResult", "check"),
    "ucoder.execution.executor": ("Executor",),
    "ucoder.execution.matrix": ("ExecutionMatrix",),
    "ucoder.records": (
        "AssertionTest", "CallTest", "Candidate", "CheckTest", "ModuleTest", "Problem", "StdioTest", "Task",
        "Test", "UnittestTest", "ValueCallTest",
    ),
}  # fmt: skip
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}


def __getattr__(name: str) -> object:
    """Load a public name from its home, once."""
    if name == "__version__":
        value: object = import_module("importlib.metadata").version("ucoder")
    elif name in _HOME_OF:
        value = getattr(import_module(_HOME_OF[name]), name)
    else:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
