"""What ucoder could not do. What a judged program did is never one of these: that is an `Outcome`.

UcoderError
├── InputError            a file we were given is not what it should be: which one, which line, which field
├── ConfigError           a setting has no such value (also a ValueError)
├── RunDirectoryError     an output folder cannot serve
│   ├── OtherRunError     it holds something else: another run's results, or not a run at all
│   ├── RunInUseError     another process is writing to it
│   └── IncompleteRunError  parts of it are not there yet
├── StorageError          the disk is full, or would not take what we wrote; what was finished before stays
├── GeneratorError        a model could not be asked; what it said before stays good
│   ├── ModelError        the folder of a model is broken, or this door cannot run such a model
│   ├── EngineError       the engine died, or hung, more often than is allowed: what its log said last
│   └── ServerError       a model server is down, refuses, or answers what is no answer
├── MissingPackageError   an optional package is not installed: which one, and which extra brings it
├── SandboxUnavailable    this machine lacks a layer of the sandbox, and nothing weaker was allowed
├── ExecutorFault         a program could not be run, again and again, and not for a reason of its own
└── ExecutorClosed        the executor was closed, or belongs to another process
"""

from pathlib import Path

__all__ = [
    "ConfigError",
    "EngineError",
    "ExecutorClosed",
    "ExecutorFault",
    "GeneratorError",
    "IncompleteRunError",
    "InputError",
    "MissingPackageError",
    "ModelError",
    "OtherRunError",
    "RunDirectoryError",
    "RunInUseError",
    "SandboxUnavailable",
    "ServerError",
    "StorageError",
    "UcoderError",
]


class UcoderError(Exception):
    """The root: catching it catches everything that ucoder itself raises on purpose."""


class InputError(UcoderError):
    """A file we were given is not what it should be.

    `line` is 1-based, 0 where no line is to blame; `field` is "" where no field is.
    """

    def __init__(self, file: Path | str, line: int, field: str, message: str) -> None:
        super().__init__(file, line, field, message)
        self.file = str(file)
        self.line = line
        self.field = field
        self.message = message

    def __str__(self) -> str:
        where = self.file
        if self.line:
            where += f", line {self.line}"
        if self.field:
            where += f", field '{self.field}'"
        return f"{where}: {self.message}"


class ConfigError(UcoderError, ValueError):
    """A setting has no such value. The message names the setting, what it got and what it takes."""


class RunDirectoryError(UcoderError):
    """An output folder cannot serve."""


class OtherRunError(RunDirectoryError):
    """The folder holds something else. The message says what differs."""


class RunInUseError(RunDirectoryError):
    """Another process is writing to the folder."""


class IncompleteRunError(RunDirectoryError):
    """Parts of a run are missing. The message says which."""


class StorageError(UcoderError):
    """The disk would not take what we wrote. What was finished before stays and is not computed again."""


class GeneratorError(UcoderError):
    """A model could not be asked. What a model says, however useless, is never one of these."""


class ModelError(GeneratorError):
    """The files of a model are broken, or the door cannot run such a model. The message names the folder."""


class EngineError(GeneratorError):
    """The engine died or hung too often. The message has the end of its log."""


class ServerError(GeneratorError):
    """A model server is down, refuses, or answers what is no answer. The message has its address."""


class MissingPackageError(UcoderError):
    """An optional package is not installed. The message says which, and which extra brings it."""


class SandboxUnavailable(UcoderError):  # noqa: N818  the name says what is the case, as in the core
    """This machine lacks a layer of the sandbox. `ucoder doctor` says which, and what to do about it."""


class ExecutorFault(UcoderError):  # noqa: N818
    """A program could not be run, again and again, for no reason of its own: INFRA, where a verdict is needed."""


class ExecutorClosed(UcoderError):  # noqa: N818
    """The executor was closed, or was made before a fork and belongs to the other process."""
