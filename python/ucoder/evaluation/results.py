"""Results: verdicts as EvalPlus writes them, as Parquet, and as one object of figures.

DIR/eval_results.json   EvalPlus's shape: of each sample its text, two statuses, the first input that it failed on
DIR/verdicts.parquet    a row a sample, see `evaluation.verdicts.SCHEMA`
DIR/result.json         the figures, with all that they depend on
"""

import time
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

import pyarrow as pa  # type: ignore[import-untyped]

from ucoder._core import decode
from ucoder.evaluation.exam import BenchmarkProblem
from ucoder.evaluation.passing import PassAtK, pass_at_k
from ucoder.evaluation.verdicts import SCHEMA, Verdict
from ucoder.records import Candidate, EncodedCallTest, StdioTest, Test, ValueCallTest
from ucoder.store import JsonObject
from ucoder.store.files import json_writer, publish, table_writer

__all__ = ["figures", "write_results"]


def figures(judged: Sequence[Verdict], problems: Mapping[str, BenchmarkProblem], ks: Sequence[int]) -> JsonObject:
    """pass@k with intervals over the problems that have samples with a verdict; k that some have too few samples for
    are left out. `base` counts the tests of the set that the benchmark extends alone.
    """
    known = [one for one in judged if one.passed is not None]
    totals = Counter(one.task_id for one in known)
    counts = list(totals.values())
    extends = any(problem.num_base is not None for problem in problems.values())
    result: JsonObject = {"n": min(counts, default=0), "most_n": max(counts, default=0)}
    result |= _pass_at_ks(totals, (one.task_id for one in known if one.passed), ks)
    if extends:
        result["base"] = _pass_at_ks(totals, (one.task_id for one in known if one.base_status == "pass"), ks)
    return result | {
        "problems": len(totals),
        "problems_without_samples": len(problems) - len({one.task_id for one in judged}),
        "samples": len(judged),
        "not_judged": len(judged) - len(known),
        "at_limit": sum(one.at_limit for one in judged),
        "outcomes": dict(Counter(one.outcome for one in judged).most_common()),
    }


def _pass_at_ks(totals: Mapping[str, int], right: Iterable[str], ks: Sequence[int]) -> JsonObject:
    num_right = Counter(right)
    found = [pass_at_k(list(totals.values()), [num_right[task_id] for task_id in totals], k) for k in ks]
    estimates: list[PassAtK] = [one for one in found if one is not None]
    return {
        **{f"pass@{one.k}": one.value for one in estimates},
        "intervals": {f"pass@{one.k}": [one.low, one.high] for one in estimates},
    }


def write_results(
    folder: Path,
    judged: Sequence[Verdict],
    problems: Mapping[str, BenchmarkProblem],
    programs: Mapping[str, Sequence[Candidate]],
    result: JsonObject,
) -> None:
    """Write all three files. StorageError where the disk would not take them."""
    table = pa.Table.from_pylist([asdict(one) for one in judged], schema=SCHEMA)
    publish(folder / "verdicts.parquet", table_writer(table))
    listed: dict[str, list[JsonObject]] = {}
    for one in judged:
        row = _row(one, problems[one.task_id], programs[one.task_id][one.sample])
        listed.setdefault(one.task_id, []).append(row)
    ks = {name: value for name, value in result.items() if name.startswith("pass@")}
    base = {name: value for name, value in result.get("base", result).items() if name.startswith("pass@")}
    document = {
        "date": time.strftime("%Y-%m-%d %H:%M"),
        "hash": result["data"]["sha256"],
        "eval": listed,
        "pass_at_k": {"base": base, "plus": ks} if "base" in result else {"base": base},
    }
    publish(folder / "eval_results.json", json_writer(document))
    publish(folder / "result.json", json_writer(result))


def _row(verdict: Verdict, problem: BenchmarkProblem, candidate: Candidate) -> JsonObject:
    text = candidate.solution or ""
    own = text[len(problem.before) : len(text) - len(problem.after)]
    failed = {"base": verdict.base_failed, "plus": verdict.plus_failed}
    return {
        "task_id": verdict.task_id,
        "solution": own.encode("utf-8", "backslashreplace").decode(),
        "base_status": verdict.base_status,
        "plus_status": verdict.plus_status,
        **{
            f"{name}_fail_tests": [] if test is None else [_input_of(problem.tests[test])]
            for name, test in failed.items()
        },
    }


def _input_of(test: Test) -> object:
    """What a test gives to the program, as JSON can say it."""
    if isinstance(test, EncodedCallTest):
        return [_plain(decode(one)) for one in test.args]
    if isinstance(test, ValueCallTest):
        return list(test.args)
    if isinstance(test, StdioTest):
        return test.stdin
    return getattr(test, "text", "") or getattr(test, "call", "")


def _plain(value: object) -> object:
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(one) for one in value]
    if isinstance(value, dict):
        return {str(key): _plain(one) for key, one in value.items()}
    return value if value is None or isinstance(value, bool | int | float | str) else str(value)
