"""The two names of pytest that assertions use, for interpreters that do not have it.

`approx` follows pytest's defaults (relative 1e-6, absolute 1e-12) over numbers and over containers of numbers.
"""

import math
import re
import types
from typing import Any, Self

RELATIVE = 1e-6
ABSOLUTE = 1e-12


class Approx:
    """Equal to what lies within the tolerance."""

    __hash__ = None  # type: ignore[assignment]

    def __init__(
        self,
        expected: Any,
        rel: float | None = None,
        abs: float | None = None,  # noqa: A002 -- pytest's name
        nan_ok: bool = False,  # noqa: FBT002 -- pytest's signature
    ) -> None:
        self.expected = expected
        self.relative = rel
        self.absolute = abs
        self.nan_ok = nan_ok

    def tolerance(self, number: float) -> float:
        """How far from `number` is still near."""
        if self.relative is None and self.absolute is not None:
            return self.absolute
        relative = RELATIVE if self.relative is None else self.relative
        absolute = ABSOLUTE if self.absolute is None else self.absolute
        return max(relative * abs(number), absolute)

    def __eq__(self, actual: object) -> bool:
        return self._near(actual, self.expected)

    def _near(self, actual: Any, expected: Any) -> bool:
        if isinstance(expected, dict):
            return actual.keys() == expected.keys() and all(self._near(actual[key], expected[key]) for key in expected)
        if isinstance(expected, list | tuple):
            pairs = zip(actual, expected, strict=False)
            return len(actual) == len(expected) and all(self._near(one, other) for one, other in pairs)
        if actual == expected:
            return True
        if not isinstance(expected, int | float) or not isinstance(actual, int | float):
            return False
        if math.isnan(expected):
            return self.nan_ok and math.isnan(actual)
        return not math.isinf(expected) and abs(actual - expected) <= self.tolerance(expected)


class Raises:
    """`with raises(E):` fails unless its body raises an E."""

    def __init__(
        self, expected: type[BaseException] | tuple[type[BaseException], ...], match: str | None = None
    ) -> None:
        self.expected = expected
        self.match = match
        self.value: BaseException | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> bool:
        if kind is None:
            raise AssertionError("nothing was raised")
        self.value = error
        if not issubclass(kind, self.expected):
            return False
        if self.match is not None and not re.search(self.match, str(error)):
            raise AssertionError("what was raised says something else")
        return True


def pytest_module() -> types.ModuleType:
    """A module for the name `pytest`, with `approx` and `raises`."""
    module = types.ModuleType("pytest")
    vars(module).update(approx=Approx, raises=Raises)
    return module
