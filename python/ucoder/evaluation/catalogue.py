"""All benchmarks, by the names that the command line knows."""

from collections.abc import Callable, Mapping
from pathlib import Path

from ucoder.errors import ConfigError
from ucoder.evaluation import (
    bigcodebench,
    codecontests,
    fullstackbench,
    humaneval,
    humanevalplus,
    leetcode,
    livecodebench,
    mbpp,
    mbppplus,
)
from ucoder.evaluation.benchmark import Benchmark, HubFiles, Reading, References
from ucoder.evaluation.bigcodebench import BigCodeBench
from ucoder.evaluation.exam import BenchmarkProblem

__all__ = ["BENCHMARKS", "benchmark"]


def _alone(read: Callable[[Path], list[BenchmarkProblem]]) -> Reading:
    """A benchmark that publishes what is expected wants no reference run."""

    def problems(file: Path, _references: References) -> list[BenchmarkProblem]:
        return read(file)

    return problems


_HARD = "5e7a87ff1085eafb13b2d570277bcb53dba68201717b4fc987a3f2b86a23869c"


def _bigcodebench() -> list[Benchmark]:
    return [
        Benchmark(
            name="bigcodebench" + ("-hard" if hard else "") + ("-instruct" if instruct else ""),
            source=bigcodebench.SOURCE,
            problems=_alone(BigCodeBench(instruct=instruct).problems),
            limits=bigcodebench.LIMITS,
            hub=HubFiles("bigcode/bigcodebench-hard" if hard else "bigcode/bigcodebench", "data/v*.parquet"),
            versions={_HARD: "hard, as in QwenLM/Qwen2.5-Coder d5ead97"} if hard else {},
        )
        for hard in (False, True)
        for instruct in (False, True)
    ]


BENCHMARKS: Mapping[str, Benchmark] = {
    one.name: one
    for one in (
        humaneval.BENCHMARK,
        humanevalplus.BENCHMARK,
        mbpp.BENCHMARK,
        mbppplus.BENCHMARK,
        leetcode.BENCHMARK,
        codecontests.BENCHMARK,
        Benchmark(
            name="livecodebench",
            source=livecodebench.SOURCE,
            problems=_alone(livecodebench.problems),
            limits=livecodebench.LIMITS,
            hub=HubFiles("livecodebench/code_generation_lite", "test*.jsonl"),
            own_samples=(livecodebench.is_samples, livecodebench.samples),
        ),
        *_bigcodebench(),
        Benchmark(
            name="fullstackbench",
            source=fullstackbench.SOURCE,
            problems=_alone(fullstackbench.problems),
            limits=fullstackbench.LIMITS,
            hub=HubFiles("ByteDance/FullStackBench", "*en*"),
        ),
    )
}


def benchmark(name: str) -> Benchmark:
    """The benchmark of this name. ConfigError where there is none."""
    if name not in BENCHMARKS:
        raise ConfigError(f"there is no benchmark {name!r}; there are {', '.join(BENCHMARKS)}")
    return BENCHMARKS[name]
