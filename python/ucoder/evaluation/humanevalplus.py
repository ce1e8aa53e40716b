"""HumanEval+ v0.1.10 (arXiv 2305.01210): HumanEval's problems with many more inputs, see `evaluation.plus`.

One problem has an oracle of its own: `find_zero` may return any zero, so the polynomial's value there has to be near
zero, within the problem's tolerance of 1e-4. The polynomial is the prompt's own `poly`, evaluated outside of the
program.
"""

from ucoder.evaluation.benchmark import Benchmark
from ucoder.evaluation.plus import LIMITS, PlusSet, assertion
from ucoder.records import Test

__all__ = ["BENCHMARK"]


def _zero(entry_point: str, call: tuple[object, ...], _value: object) -> Test:
    return assertion("assert abs(poly(COEFFICIENTS, CALL)) <= 1e-4", entry_point, call, COEFFICIENTS=call[0])


BENCHMARK = Benchmark(
    name="humaneval+",
    source="https://github.com/evalplus/humanevalplus_release/releases (HumanEvalPlus.jsonl.gz, v0.1.10)",
    problem=PlusSet(oracles={"find_zero": _zero}, adapters={}).problem,
    limits=LIMITS,
    versions={"42526ec0e7d5f3ee0b06d6ced98f8c8bae3d76519151bfb3d36f79010645bd7f": "v0.1.10"},
    caches=("evalplus/HumanEvalPlus-v0.1.10.jsonl",),
)
