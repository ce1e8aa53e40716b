"""Functions of a program that take away what C code is using while it calls them: an answer or an error, never a crash.

A crash would be memory that was freed and is used, and with that a tame program would own its worker.
"""

import itertools

import pytest

from ucoder import AssertionTest, Candidate, Executor, Limits, Outcome, Problem

pytestmark = pytest.mark.usefixtures("sandbox")

PROGRAM = """
from itertools import accumulate, compress, dropwhile, filterfalse, groupby, starmap, takewhile, tee
from functools import lru_cache, partial, reduce
from collections import Counter, OrderedDict, defaultdict, deque
import bisect, copy, heapq, json, math, operator, re
def f(x):
    calls, kept, data = [], [], [3, 1, 2, 5, 4, 9, 7, 8]
    def back(*given):
        calls.append(1)
        if len(calls) == 2:
            try: take_away()
            except Exception as error: kept.append(str(error))
            for i in range(200): kept.extend([(i, i, i), [i], {{i: i}}, b'x' * (i % 40)])
        return given[0] if given else len(calls)
    def take_away():
        w = box[0]
        {action}
    def numbers():
        for i in range(6): yield back(i)
    box = [{target}]
    try: return [len(str({use})) > 0, len(kept) > 0]
    except Exception as error: return [str(error), len(kept) > 0]
"""
ITERATORS = [
    "map(back, map(back, data))", "filter(back, map(back, data))", "zip(map(back, data), numbers())",
    "enumerate(numbers())", "groupby(map(back, data), key=back)", "tee(map(back, data))[0]", "tee(numbers())[1]",
    "accumulate(map(back, data), back)", "takewhile(back, map(back, data))", "dropwhile(back, map(back, data))",
    "filterfalse(back, map(back, data))", "starmap(back, zip(map(back, data)))", "compress(map(back, data), numbers())",
    "map(partial(back, 1), map(lru_cache(None)(back), data))",
]  # fmt: skip
ON_ITERATORS = ["for _ in w: pass", "next(w)", "box.clear(); w = None", "data.clear()", "del data[2:]"]
CONTAINERS = {
    "defaultdict(back)": ["[box[0][k] for k in data]", "'%(a)s %(b)s' % box[0]", "b'%(a)a %(b)a' % box[0]",
                          "'abc'.translate(box[0])", "operator.itemgetter(*data)(box[0])",
                          "copy.deepcopy(data, box[0])", "box[0].update(map(lambda y: (back(y), y), data))"],
    "deque([1, 2, 3])": ["box[0].extend(map(back, data))", "sum(back(y) for y in box[0])"],
    "Counter('ab')": ["box[0].update(map(back, data))", "box[0] + Counter(map(back, data))"],
    "OrderedDict(a=1, b=2)": ["box[0].update(zip(numbers(), numbers()))", "[back(y) for y in reversed(box[0])]"],
    "{1, 2}": ["box[0].update(map(back, data))", "box[0].intersection_update(map(back, data))"],
    "data": ["data.sort(key=back)", "sorted(data, key=back)", "max(data, key=back)", "bisect.insort(data, 4, key=back)",
             "reduce(back, data)", "heapq.nlargest(3, data, key=back)",
             "operator.setitem(data, slice(0, 6, 2), numbers())", "operator.setitem(data, slice(0, 6), numbers())",
             "re.sub('a', lambda m: str(back(1)), 'aaaa')",
             "json.loads('[{\"a\": 1}, {\"b\": [1, {}]}]', object_hook=back)", "math.fsum(map(back, data))",
             "bytes(map(back, data))", "ExceptionGroup('a', [ValueError(1), TypeError(2)]).split(back)",
             "lru_cache(maxsize=1)(back)(1) + lru_cache(2)(back)(2)"],
}  # fmt: skip
ON_CONTAINERS = [
    "w.clear()", "box.clear(); w = None", "w.pop()", "w.popitem()", "w.update({i: i for i in range(500)})",
    "w.extend(range(500))",
]  # fmt: skip


def test_what_a_function_takes_away_while_c_calls_it_is_no_crash() -> None:
    listed = "[type(y) == int for y in box[0]]"
    cases = [(target, listed, action) for target, action in itertools.product(ITERATORS, ON_ITERATORS)]
    for target, uses in CONTAINERS.items():
        cases += [(target, use, action) for use, action in itertools.product(uses, ON_CONTAINERS)]
    programs = [PROGRAM.format(target=target, use=use, action=action) for target, use, action in cases]
    limits = Limits(cpu_ms=1000, load_cpu_ms=1000, wall_ms=8000, memory_mb=256)
    with Executor(limits=limits, isolation="auto", workers=2) as executor:
        matrix = executor.judge(
            Problem(task_id="p", entry_point="f"),
            [Candidate(task_id="p", solution=program) for program in programs],
            [AssertionTest("assert f(1) == 0")],
        )
    odd = [case for case, outcome in zip(cases, matrix.outcomes[:, 0], strict=True) if outcome != Outcome.WRONG]
    assert odd == []
    assert matrix.shared.all()
    called = sum(matrix.value(place, 0)[1] for place in range(len(programs)))
    assert called > 0.9 * len(programs)
