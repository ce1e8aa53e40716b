"""What a module of unit tests consists of is read from its text."""

import pytest

from ucoder.jail.methods import plan

BOTH = """import unittest
class B(unittest.TestCase):
    def test_2(self): pass
    def test_1(self): pass
    def check(self): pass
class A(unittest.TestCase):
    async def test(self): pass
"""


TWICE = """class T(unittest.TestCase):
    def test_a(self): pass
class T(unittest.TestCase):
    def test_b(self): pass
"""
SKIPPED = """class T(unittest.TestCase):
    @unittest.skip('x')
    def test_a(self): pass
    @unittest.skipIf(True, 'x')
    def test_b(self): pass
"""
MANY = "import unittest\nclass T(unittest.TestCase):\n" + "".join(f"    def test_{n}(self): 0\n" for n in range(1025))


def names(text: str, kind: str = "unittest") -> object:
    return plan(kind, text)[1]


def test_methods_are_named_in_the_order_of_unittest() -> None:
    assert names(BOTH) == ("A.test", "B.test_1", "B.test_2")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("from unittest import TestCase\nclass T(TestCase):\n    def test(self): pass", ("T.test",)),
        ("class T(unittest.IsolatedAsyncioTestCase):\n    async def test(self): pass", ("T.test",)),
        ("class A(unittest.TestCase):\n    def test(self): pass\nclass B(A): pass", ("A.test", "B.test")),
        ("class T(unittest.TestCase):\n    def test(self): pass\n    def test(self): pass", ("T.test",)),
        (TWICE, ("T.test_b",)),
        (SKIPPED, ("T.test_b",)),
    ],
)  # fmt: skip
def test_these_methods_are_found(text: str, expected: tuple[str, ...]) -> None:
    assert names("import unittest\n" + text) == expected


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "empty"), ("class (", "syntax"), ("x = 1", "no-test"), ("class T:\n    def test(self): pass", "no-test"),
        ("class A(B): pass\nclass B(A):\n    def test(self): pass", "no-test"),
        ("import unittest\n@unittest.skip('x')\nclass T(unittest.TestCase):\n    def test(self): pass", "no-test"),
        ("class TestCase: pass\nclass T(TestCase):\n    def test(self): pass", "no-test"),
        (MANY, "too-large"),
    ],
)  # fmt: skip
def test_a_text_without_tests_is_void(text: str, reason: str) -> None:
    assert plan("unittest", text) == ("void", reason)


def test_a_module_without_classes_is_one_test() -> None:
    assert names("def test():\n    assert f(1) == 2\ntest()\n", "module") == ("",)
    assert names(BOTH, "module") == names(BOTH)


@pytest.mark.parametrize("text", ["x = 1", "import os", "def f(): pass", "def test(): assert f()"])
def test_a_module_that_cannot_fail_is_void(text: str) -> None:
    assert plan("module", text) == ("void", "no-test")
