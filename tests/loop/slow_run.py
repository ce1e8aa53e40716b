"""A run whose model takes its time, so that it can be killed in every stage: `slow_run.py OUT PAUSE_S`."""

import sys
from contextlib import ExitStack
from functools import cache
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from author import Author

from conftest import config_of
from ucoder import Executor, Limits
from ucoder.prompts import PromptStyle
from ucoder.rounds import STAGES, Loop, Tools
from ucoder.stages.contamination import BenchmarkIndex
from ucoder.store.loop import LoopDirectory


def main(out: Path, pause_s: float) -> None:
    config = config_of({"door": "scripted", "file": "not used"})
    with LoopDirectory.open(out, "0", resume=True) as directory, ExitStack() as stack:

        @cache
        def executor() -> Executor:
            return stack.enter_context(Executor(workers=2, limits=Limits(cpu_ms=50, max_timeouts=1)))

        tools = Tools(
            generator=lambda _: Author(pause_s),
            fingerprint=lambda _: Author.fingerprint,
            executor=executor,
            examiner=executor,
            directory=directory,
            style=PromptStyle.load("compact"),
            benchmarks=BenchmarkIndex((), config.contamination),
            version="0",
        )
        Loop(config, tools, stages=STAGES[: STAGES.index("consensus") + 1]).run()


if __name__ == "__main__":
    main(Path(sys.argv[1]), float(sys.argv[2]))
