"""What splitting a test yields, and the three ways in which it ends early.

A call is (target, args, kwargs, refs); a part is (calls, judgement); `assertions` says what they mean.
"""

from typing import Any

Call = tuple[str, tuple[Any, ...], dict[str, Any], dict[int | str, int]]
Judgement = tuple[Any, ...]
Part = tuple[tuple[Call, ...], Judgement]
Plan = tuple[Any, ...]


class Ending(Exception):
    """The splitting ends here, for a stated reason."""

    def __init__(self, reason: str = "") -> None:
        super().__init__(reason)
        self.reason = reason


class Void(Ending):
    """No program could pass or fail this test on its merits."""


class Beside(Ending):
    """The test's meaning needs the program's own process."""


class NeedsEvaluation(Ending):
    """Nothing can be said before something of the test is executed."""


def type_name(value: object) -> str:
    """The name of a value's type, as text that is safe to report."""
    return name_of(type(value))


def name_of(kind: type) -> str:
    name = type.__dict__["__name__"].__get__(kind)
    return name[:60] if name.isidentifier() and name.isascii() else "unnamed"


def module_of(kind: type) -> str:
    module = type.__dict__["__module__"].__get__(kind)
    return module if type(module) is str else ""
