"""The executor in a process that holds torch, whose threads and memory are the reason why it is never forked."""

import threading
from typing import Any

import pytest

from ucoder import AssertionTest, Candidate, Executor, Outcome, Problem

pytestmark = [pytest.mark.usefixtures("sandbox"), pytest.mark.filterwarnings("ignore::DeprecationWarning")]


def test_programs_are_judged_while_torch_computes_in_other_threads(torch: Any) -> None:
    matrix = torch.ones(512, 512)
    (matrix @ matrix).sum()  # its thread pool is up
    done = threading.Event()
    products: list[float] = []

    def compute() -> None:
        while not done.is_set():
            products.append(float((matrix @ matrix)[0, 0]))

    thread = threading.Thread(target=compute)
    thread.start()
    try:
        with Executor(workers=2) as executor:
            judged = executor.judge(
                Problem(task_id="p", prompt="", entry_point="f"),
                [Candidate(task_id="p", solution=f"def f(x): return x + {k}") for k in (1, 2)],
                [AssertionTest("assert f(1) == 2")],
            )
    finally:
        done.set()
        thread.join()
    assert judged.outcomes[:, 0].tolist() == [Outcome.PASS, Outcome.WRONG]
    assert set(products) == {512.0}


def test_programs_see_nothing_of_torch(torch: Any) -> None:
    look = "import sys\ndef f(x): return 'torch' in sys.modules"
    with Executor(workers=1) as executor:
        judged = executor.judge(
            Problem(task_id="p", prompt="", entry_point="f"),
            [Candidate(task_id="p", solution=look)],
            [AssertionTest("assert f(1) == False")],
        )
    assert torch.__name__ == "torch"
    assert judged.outcomes.tolist() == [[Outcome.PASS]]
