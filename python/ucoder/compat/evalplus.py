"""evalplus's `untrusted_check` (PyPI `evalplus` 0.3.1), run by ucoder's executor; evalplus itself has to be installed.

    from ucoder.compat.evalplus import untrusted_check  # instead of evalplus.eval

Its oracles for single tasks are its own functions; they meet plain values, decoded here, and never an object of the
program. What differs, on purpose:

* expected values do not enter the program's process, and its verdict is made outside of it;
* the tolerance of one test does not reach the next; `find_zero`, which 0.3.1 fails whatever is answered, is judged;
* no inputs is ConfigError and no pass; after three time-outs the rest of a suite counts as failed;
* the time limit is the largest of the inputs' own and counts CPU time; a fault of ours is ExecutorFault.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ucoder._core import Outcome, decode
from ucoder.compat.limits import TIME_OUTS, judge_once, limits_of
from ucoder.errors import ConfigError, MissingPackageError
from ucoder.execution.matrix import ExecutionMatrix
from ucoder.records import Candidate, Problem, ValueCallTest

try:
    from evalplus import config as settings
    from evalplus.eval import FAIL, PASS, TIMEOUT, _special_oracle, is_floats
except ImportError as error:
    raise MissingPackageError("ucoder.compat.evalplus needs evalplus: pip install 'ucoder[bench]'") from error

__all__ = ["untrusted_check"]

_MAX_TIMEOUTS = 3
_RELATIVE = 1e-07  # numpy.testing.assert_allclose's, which evalplus asks for
_FLOATS_ABSOLUTE = 1e-6


def untrusted_check(  # noqa: PLR0913, PLR0917  evalplus's own arguments, in its order
    dataset: str,
    code: str,
    inputs: Sequence[Sequence[Any]],
    entry_point: str,
    expected: Sequence[Any],
    atol: float,
    ref_time: Sequence[float],
    fast_check: bool = False,  # noqa: FBT002
    min_time_limit: float = settings.DEFAULT_MIN_TIME_LIMIT,
    gt_time_limit_factor: float = settings.DEFAULT_GT_TIME_LIMIT_FACTOR,
) -> tuple[str, list[int]]:
    """("pass", "fail" or "timeout", and 1 or 0 for each input that was judged): with `fast_check` up to the first 0."""
    if not inputs:
        raise ConfigError("there are no inputs: nothing can be said about the program")
    limit = max([min_time_limit, *(gt_time_limit_factor * seconds for seconds in ref_time)])
    tests = [ValueCallTest(list(given), value) for given, value in zip(inputs, expected, strict=True)]
    matrix = judge_once(
        Problem(entry_point, entry_point=entry_point), Candidate(entry_point, solution=code), tests,
        limits_of(limit, _MAX_TIMEOUTS),
    )  # fmt: skip
    if (cause := int(matrix.load_causes[0])) != Outcome.NOT_RUN:
        return (TIMEOUT if cause in TIME_OUTS else FAIL), []
    if matrix.outcomes[0, 0] == Outcome.NO_ENTRY:
        return FAIL, []
    holds = _oracle(dataset, entry_point, atol)
    details = [int(_passes(matrix, place, holds, tests[place])) for place in range(len(tests))]
    if fast_check and 0 in details:
        details = details[: details.index(0) + 1]
    return (PASS if all(details) else FAIL), details


Holds = Callable[[Sequence[Any], Any, Any], bool]


def _passes(matrix: ExecutionMatrix, place: int, holds: Holds, test: ValueCallTest) -> bool:
    if matrix.values[0, place] < 0:
        return False
    try:
        value = decode(matrix.value_bytes[matrix.values[0, place]])
        return bool(holds(test.args, value, test.expected))
    except Exception:  # noqa: BLE001  a comparison that cannot be made does not hold, as in evalplus
        return False


def _oracle(dataset: str, entry_point: str, atol: float) -> Holds:
    """What decides over (input, value, expected)."""
    if dataset == "humaneval" and entry_point == "find_zero":
        return lambda given, value, _: abs(_special_oracle._poly(*given, value)) <= atol  # noqa: SLF001
    exact = _mbpp_exact(entry_point) if dataset == "mbpp" else None

    def holds(given: Sequence[Any], value: Any, wanted: Any) -> bool:  # noqa: ANN401  any value
        if exact is not None and exact(given, value, wanted, atol):
            return True
        if exact is None and value == wanted:
            return True
        return _is_close(value, wanted, atol or (_FLOATS_ABSOLUTE if is_floats(wanted) else 0.0))

    return holds


def _is_close(value: Any, wanted: Any, atol: float) -> bool:  # noqa: ANN401
    if atol == 0 or type(value) is not type(wanted):
        return False
    if isinstance(wanted, list | tuple) and len(value) != len(wanted):
        return False
    return bool(np.allclose(value, wanted, rtol=_RELATIVE, atol=atol))


def _same_items(value: Any, wanted: Any) -> bool:  # noqa: ANN401
    """`set(value) == set(wanted)`, without a table of numbers that were chosen to have the same hash."""
    items, found = set(wanted), set()
    for item in value:
        if item not in items:
            return False
        found.add(item)
    return found == items


Exact = Callable[[Sequence[Any], Any, Any, float], bool]


def _mbpp_exact(entry_point: str) -> Exact | None:
    """For the tasks that have more than one right answer, what else is one."""
    oracle = _special_oracle
    if entry_point in oracle.MBPP_OUTPUT_SET_EQ_TASKS:
        return lambda _, value, wanted, __: _same_items(value, wanted)
    if entry_point in oracle.MBPP_OUTPUT_NOT_NONE_TASKS:
        return lambda _, value, wanted, __: wanted == (value if isinstance(value, bool) else value is not None)
    others: dict[str, Exact] = {
        "are_equivalent": lambda *_: True,
        "sum_div": lambda _, value, wanted, __: value in (wanted, 0),
        "surface_Area": lambda given, value, wanted, atol: (
            value == wanted or abs(value - oracle._surface_Area(*given)) <= atol  # noqa: SLF001
        ),
        "digit_distance_nums": lambda given, value, wanted, _: (
            value in (wanted, oracle._digit_distance_nums(*given))  # noqa: SLF001
        ),
    }
    return others.get(entry_point)
