"""Runs one method of a module of unit tests in the process of the program itself.

Nothing here can be trusted: the program shares the process. What is checked makes cheating take intent and effort, and
what passes does so on positive evidence: the one method that was asked for ran, once, and succeeded; it was not
skipped and did not fail as expected; `unittest` and the builtins are what they were before any program existed; the
case has no assertions of its own. A program that looks for this module through frames, or that returns objects equal to
everything, still passes: verdicts of such tests are marked as not trusted.
"""

import builtins
import sys
import types
import unittest
import unittest.case
import unittest.mock
import unittest.result
import unittest.suite
from typing import Any

from . import beside


class Tampered(Exception):
    """The program changed what its tests are made of."""


class NoEvidence(Exception):
    """The method did not fail, and did not run to a success either."""


_MODULES = (unittest, unittest.case, unittest.result, unittest.suite, unittest.mock)
_CLASSES = tuple(
    {
        value: None  # in order, each once
        for module in _MODULES
        for value in vars(module).values()
        if isinstance(value, type) and value.__module__.partition(".")[0] == "unittest"
    }
)
_CHANGING = frozenset({"_", "__warningregistry__", "__annotations__"})  # set by honest code


def _facts() -> dict[tuple[str, str], tuple[Any, ...]]:
    """Every name of the watched modules and classes with what stands behind it."""
    owners: list[tuple[str, Any]] = [(module.__name__, sys.modules.get(module.__name__)) for module in _MODULES]
    owners += [("builtins", builtins), *((one.__qualname__, one) for one in _CLASSES)]
    facts = {}
    for label, owner in owners:
        for name, value in dict(vars(owner)).items() if owner is not None else ():
            if name not in _CHANGING:
                facts[label, name] = _behind(value)
    return facts


def _behind(value: Any) -> tuple[Any, ...]:
    if type(value) in (staticmethod, classmethod):
        value = value.__func__
    if type(value) is types.FunctionType:
        return (id(value), id(value.__code__), id(value.__defaults__), id(value.__kwdefaults__))
    return (id(value),)


unittest.mock.mock_open()  # fills in two names of its module
_BEFORE = _facts()


def _check_untouched() -> None:
    after = _facts()
    for key, fact in _BEFORE.items():
        if after.get(key) != fact:
            raise Tampered(".".join(key))
    # A new name in a class may stand in the way of one that it inherits.
    if any(key not in _BEFORE and key[0] not in sys.modules for key in after):
        raise Tampered("a new name")


class _Evidence(unittest.TestResult):
    """What happened, without texts: a traceback of a large library costs more than its test."""

    def __init__(self) -> None:
        super().__init__()
        self.passed: list[unittest.TestCase] = []
        self.raised: list[BaseException] = []
        self.is_other = False  # skipped, failed as expected, or passed against expectation

    def addSuccess(self, test: unittest.TestCase) -> None:  # noqa: N802  unittest's interface
        self.passed.append(test)

    def addFailure(self, test: Any, err: Any) -> None:  # noqa: ARG002, N802  unittest's interface
        self.raised.append(err[1])

    def addError(self, test: Any, err: Any) -> None:  # noqa: ARG002, N802  unittest's interface
        self.raised.append(err[1])

    def addSubTest(self, test: Any, subtest: Any, err: Any) -> None:  # noqa: ARG002, N802  unittest's interface
        if err is not None:
            self.raised.append(err[1])

    def addSkip(self, test: Any, reason: str) -> None:  # noqa: ARG002, N802  unittest's interface
        self.is_other = True

    def addExpectedFailure(self, test: Any, err: Any) -> None:  # noqa: ARG002, N802  unittest's interface
        self.is_other = True

    def addUnexpectedSuccess(self, test: Any) -> None:  # noqa: ARG002, N802  unittest's interface
        self.is_other = True


def run(kind: str, text: Any, namespace: dict[str, Any], entry_point: str) -> None:
    """As `beside.run`; where `kind` is "unittest" or "module", `text` is (the module's text, "Class.method").

    Without a name the text is executed as the main module, to its end: what ends the process early has not passed.
    Raises AssertionError where the method fails, and whatever else it raised. The text is executed in the program's
    own namespace: the tests of such benchmarks are appended to the program, and use its imports.
    """
    if kind not in ("unittest", "module"):
        return beside.run(kind, text, namespace, entry_point)
    source, name = text
    class_name, _, method = name.partition(".")
    _check_untouched()
    if not name:
        namespace["__name__"] = "__main__"
        sys.modules["__main__"] = sys.modules.get("candidate", sys.modules["__main__"])
    exec(compile(source, "<test>", "exec", dont_inherit=True), namespace)
    _check_untouched()
    if not name:
        return None
    made_by = namespace.get(class_name)
    if type(made_by) is not type or unittest.TestCase not in made_by.__mro__:
        raise Tampered(class_name)
    case = made_by(method)
    evidence = _Evidence()
    unittest.TestSuite([case]).run(evidence)
    _check_untouched()
    _check_evidence(case, evidence)
    return None


def _check_evidence(case: unittest.TestCase, evidence: _Evidence) -> None:
    if evidence.raised:
        raise evidence.raised[0]
    if any(name in vars(unittest.TestCase) and name.startswith(("assert", "fail")) for name in vars(case)):
        raise Tampered("assertions of the case")
    succeeded = len(evidence.passed) == 1 and evidence.passed[0] is case
    if evidence.is_other or evidence.testsRun != 1 or not succeeded:
        raise NoEvidence
