"""FullStackBench: its Python part, whose tests are modules."""

import base64
import json
from typing import Any

import pytest

from ucoder.errors import InputError
from ucoder.evaluation import fullstackbench
from ucoder.evaluation.exam import read_problems

RIGHT = "def add(a, b):\n    return a + b\n"
WRONG = "def add(a, b):\n    return a - b\n"


def row(code: str, number: int = 1, asset: Any = None, **labels: str | None) -> dict[str, Any]:
    return {
        "id": number, "content": "Add two numbers.", "canonical_solution": RIGHT,
        "labels": {"programming_language": "python", "execution_language": "python", "category": "Math", **labels},
        "test": {"code": code, "asset": asset or {}},
    }  # fmt: skip


MODULES = {
    "assertions": "assert add(1, 2) == 3\nassert add(2, 2) == 4\n",
    "a function that is called": "def test_add():\n    assert add(1, 2) == 3\n\ntest_add()\n",
    "a main program": "def test_add():\n    assert add(1, 2) == 3\nif __name__ == '__main__':\n    test_add()\n",
    "unit tests": "import unittest\nclass TestAdd(unittest.TestCase):\n    def test_add(self):\n"
        "        self.assertEqual(add(1, 2), 3)\nif __name__ == '__main__':\n    unittest.main()\n",
    "around the program": "import math\n#<INSERT>\nassert add(1, 2) == math.floor(3.5)\n",
    "a raise": "if add(1, 2) != 3:\n    raise ValueError\n",
    "a library's assertion": "import numpy as np\nnp.testing.assert_allclose(add(1, 2), 3)\n",
}  # fmt: skip


@pytest.mark.parametrize("code", MODULES.values(), ids=MODULES)
def test_the_reference_passes_and_a_wrong_program_does_not(run: Any, written: Any, code: str) -> None:
    problem = read_problems(fullstackbench.problem, written(row(code)))[0]
    right, wrong = run(problem, [problem.reference, WRONG])
    assert right == ["PASS"]
    assert wrong[0] in ("WRONG", "EXCEPTION")


EXITS = {
    "at import": "import os\nos._exit(0)\n",
    "at import, by exception": "raise SystemExit(0)\n",
    "when called": "import os\ndef add(a, b): os._exit(0)\n",
    "when called, by exception": "import sys\ndef add(a, b): sys.exit(0)\n",
    "at the end": "import atexit, os\natexit.register(os._exit, 0)\n" + WRONG,
}


@pytest.mark.parametrize("program", EXITS.values(), ids=EXITS)
@pytest.mark.parametrize("kind", ["assertions", "a main program", "unit tests"])
def test_a_program_that_exits_has_not_passed(run: Any, written: Any, program: str, kind: str) -> None:
    problem = read_problems(fullstackbench.problem, written(row(MODULES[kind])))[0]
    assert run(problem, [program])[0][0] in ("LOAD_ERROR", "EXIT", "WRONG")


@pytest.mark.parametrize("code", ["", "x = 1\n", "def (:\n"])
def test_a_module_that_tests_nothing_is_passed_by_nobody(run: Any, written: Any, code: str) -> None:
    problem = read_problems(fullstackbench.problem, written(row(code)))[0]
    assert run(problem, [RIGHT]) == [["NOT_RUN"]]


def test_a_programs_main_part_is_not_run(run: Any, written: Any) -> None:
    problem = read_problems(fullstackbench.problem, written(row(MODULES["assertions"])))[0]
    assert run(problem, [RIGHT + "if __name__ == '__main__':\n    raise SystemExit(1)\n"]) == [["PASS"]]


def test_files_of_a_test_are_there(run: Any, written: Any) -> None:
    asset = {"data/numbers.txt": base64.b64encode(b"1 2").decode()}
    code = "assert add(*map(int, open('data/numbers.txt').read().split())) == 3\n"
    for form in (asset, json.dumps(asset)):
        assert run(read_problems(fullstackbench.problem, written(row(code, asset=form)))[0], [RIGHT]) == [["PASS"]]


@pytest.mark.parametrize("name", ["/etc/x", "../x", "a/../../x"])
def test_a_file_outside_of_the_folder_is_refused(written: Any, name: str) -> None:
    with pytest.raises(InputError, match="leaves the program's folder"):
        read_problems(fullstackbench.problem, written(row("assert add", asset={name: ""})))


def test_only_the_python_part_is_read(written: Any) -> None:
    other = row("x", 2, programming_language="cpp", execution_language="cpp")
    as_text = {**row("assert add", 3), "labels": json.dumps(row("")["labels"]), "test": json.dumps({"code": "add(1)"})}
    of_parquet = row("assert add", 4, execution_language=None)  # which has every field in every row
    found = read_problems(fullstackbench.problem, written(row("assert add"), other, as_text, of_parquet))
    assert [problem.problem.task_id for problem in found] == ["1", "3", "4"]
    with pytest.raises(InputError, match="holds no problems of this benchmark"):
        read_problems(fullstackbench.problem, written(other))


def test_a_faulty_row_is_named(written: Any) -> None:
    with pytest.raises(InputError, match=r"line 1, field 'test\.code'"):
        read_problems(fullstackbench.problem, written({**row(""), "test": {}}))
