"""What a problem's preamble gives to its tests."""

import pytest

from ucoder.jail.preamble import load

PROMPT = '''
import math
from typing import List

def helper(x: int) -> List[int]:
    return [x] * math.floor(2.5)

def f(xs: List[int]) -> int:
    """ Says what is wanted.
    >>> f([1])
    1
    """
'''


def test_imports_and_helpers_stay_and_the_stub_goes() -> None:
    namespace = load(PROMPT, "f")
    assert namespace["helper"](1) == [1, 1]
    assert {"math", "List", "helper"} <= namespace.keys()
    assert "f" not in namespace


@pytest.mark.parametrize("end", ["", "    ", "    # how", "\n    \n", '    """ not closed', "  ("])
def test_an_unfinished_last_definition_is_cut_off(end: str) -> None:
    namespace = load(f"import math\ndef helper():\n    return 1\n\n@staticmethod\ndef f(x,\n      y):\n{end}", "f")
    assert namespace["helper"]() == 1
    assert "f" not in namespace


def test_a_class_entry_goes_with_its_class() -> None:
    source = "class Node:\n    pass\n\nclass Solution:\n    def f(self, x):\n        "
    namespace = load(source, "Solution().f")
    assert "Node" in namespace
    assert "Solution" not in namespace


def test_what_was_bound_before_an_error_stays() -> None:
    assert load("a = 1\nb = 1 / 0\nc = 3", "f").keys() >= {"a"}
    assert "c" not in load("a = 1\nraise SystemExit\nc = 3", "f")


def test_dataclasses_with_deferred_annotations_find_their_module() -> None:
    source = (
        "from __future__ import annotations\nimport dataclasses\n@dataclasses.dataclass\nclass P:\n    x: int = 1\n"
    )
    assert load(source, "f")["P"]().x == 1


@pytest.mark.parametrize("source", ["", "\0", "\ud800", "(" * 1000, "x = = 1", " x", "a" * 100 + " b"])
def test_a_text_that_is_no_python_gives_an_empty_namespace(source: str) -> None:
    assert [name for name in load(source, "f") if not name.startswith("__")] == []
