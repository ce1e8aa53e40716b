"""All benchmarks, by the names that the command line knows."""

from collections.abc import Mapping

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
from ucoder.evaluation.benchmark import Benchmark

__all__ = ["BENCHMARKS", "benchmark"]

BENCHMARKS: Mapping[str, Benchmark] = {
    one.name: one
    for one in (
        humaneval.BENCHMARK,
        humanevalplus.BENCHMARK,
        mbpp.BENCHMARK,
        mbppplus.BENCHMARK,
        leetcode.BENCHMARK,
        codecontests.BENCHMARK,
        livecodebench.BENCHMARK,
        *bigcodebench.BENCHMARKS,
        fullstackbench.BENCHMARK,
    )
}


def benchmark(name: str) -> Benchmark:
    """The benchmark of this name. ConfigError where there is none."""
    if name not in BENCHMARKS:
        raise ConfigError(f"there is no benchmark {name!r}; there are {', '.join(BENCHMARKS)}")
    return BENCHMARKS[name]
