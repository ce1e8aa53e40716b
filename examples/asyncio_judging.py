"""The executor in an asyncio program: judgements at the same time, back-pressure, time-outs, cancellation.

    python examples/asyncio_judging.py

One executor is shared. A judgement blocks its thread and releases the GIL, so as many threads as there are workers
keep all of them busy, and no adapter is needed: `run_in_executor` is one. A judgement that has not begun when its task
is cancelled never runs; one that has begun ends by itself, within its limits, and its result is dropped.
"""

import asyncio
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor

from ucoder import AssertionTest, Candidate, ExecutionMatrix, Executor, Limits, Problem

TESTS = [AssertionTest("assert add(1, 2) == 3"), AssertionTest("assert add(-1, 1) == 0")]
PROBLEM = Problem("add", entry_point="add")
BODIES = ["a + b", "a - b", "b + a", "a", "sum((a, b))", "1 / 0", "add(a, b)"]


async def programs() -> AsyncIterator[str]:
    """As a model would send them: one now and then."""
    for body in BODIES:
        await asyncio.sleep(0.01)
        yield f"def add(a, b):\n    return {body}\n"


class Judging:
    """At most two judgements for each worker are under way: `begin` returns when there is a place for one more."""

    def __init__(self, executor: Executor) -> None:
        self._executor = executor
        self._threads = ThreadPoolExecutor(executor.num_workers)
        self._places = asyncio.Semaphore(2 * executor.num_workers)

    async def begin(self, solution: str, limits: Limits | None = None) -> asyncio.Future[ExecutionMatrix]:
        await self._places.acquire()
        loop = asyncio.get_running_loop()
        judgement = loop.run_in_executor(self._threads, self._judged, solution, limits)
        judgement.add_done_callback(lambda _: self._places.release())
        return judgement

    def _judged(self, solution: str, limits: Limits | None) -> ExecutionMatrix:
        candidate = Candidate(PROBLEM.task_id, solution=solution)
        return self._executor.judge(PROBLEM, [candidate], TESTS, limits=limits)


async def judge_all(executor: Executor) -> dict[str, float]:
    """The share of tests that each program passes, by its text. No program is taken before there is a place for it."""
    judging = Judging(executor)
    begun = {program: await judging.begin(program) async for program in programs()}
    return {program: float((await judgement).pass_share[0]) for program, judgement in begun.items()}


async def give_up_after(executor: Executor, seconds: float) -> bool:
    """Whether the caller was let go before a program that sleeps had used its limit up."""
    sleeper = "import time\ndef add(a, b):\n    time.sleep(60)\n"
    judgement = await Judging(executor).begin(sleeper, Limits(wall_ms=2000, max_timeouts=1))
    try:
        async with asyncio.timeout(seconds):
            await judgement
    except TimeoutError:
        return True
    return False


def main() -> None:
    with Executor(isolation="candidate") as executor:
        for program, share in asyncio.run(judge_all(executor)).items():
            print(f"{share:.0%} {program.splitlines()[1].strip()}")
        print("let go in time:", asyncio.run(give_up_after(executor, 0.2)))


if __name__ == "__main__":
    main()
