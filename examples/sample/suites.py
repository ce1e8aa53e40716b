"""The tests of the sample: the hidden true ones, and a suite such as models write, with its faults.

Every model-like test has a label: "right" (the reference passes), "wrong" (a bad expected value) or "void" (no
program could pass or fail it on its merits).
"""

import json
from random import Random

from .problem import ModelTest, Problem
from .reference import literal, printed, returned

WRONG_SHARE = 0.16
MESSAGES = ("basic case", "edge case", "should work", "Test failed", "wrong answer", "simple example")


def hidden_tests(problem: Problem) -> list[dict[str, object]]:
    """The true tests as objects, one for each case."""
    reference = problem.right[0]
    if problem.is_script:
        return [_stdio(problem, stdin, _reference_output(problem, stdin)) for stdin in problem.cases]
    tests: list[dict[str, object]] = []
    for arguments in problem.cases:
        expected = literal(returned(problem, reference, arguments))
        test: dict[str, object] = {"call": f"{problem.entry_point}({arguments})", "expected": expected}
        tests.append(test | {"atol": problem.atol} if problem.atol else test)
    return tests


def check_function(problem: Problem) -> str:
    """The true tests as a `check(candidate)` function, in HumanEval's form."""
    lines = ["", "", "def check(candidate):"]
    for arguments in problem.cases:
        expected = returned(problem, problem.right[0], arguments)
        call = f"candidate({arguments})"
        if expected is None:
            lines.append(f"    assert {call} is None")
        elif problem.atol:
            lines.append(f"    assert abs({call} - {literal(expected)}) < {problem.atol}")
        else:
            lines.append(f"    assert {call} == {literal(expected)}")
    return "\n".join(lines) + "\n"


def model_suite(problem: Problem) -> list[ModelTest]:
    """Generated from the probes, with the hand-written tests among them; the order is the model's own."""
    draw = Random(f"suite {problem.name}")
    tests = list(problem.tests)
    for position, probe in enumerate(problem.probes):
        if problem.is_script:
            tests.append(_script_test(problem, probe, position))
        else:
            tests.extend(_function_tests(problem, probe, position, draw))
    draw.shuffle(tests)
    unique = {json.dumps(test.test, sort_keys=True): test for test in tests}
    return list(unique.values())


def _function_tests(problem: Problem, arguments: str, position: int, draw: Random) -> list[ModelTest]:
    call = f"{problem.entry_point}({arguments})"
    truth = returned(problem, problem.right[0], arguments)
    if draw.random() < WRONG_SHARE:
        return [ModelTest("wrong", f"assert {call} == {literal(_mistaken(truth, draw))}")]
    styles = _styles(call, truth, draw)
    if position % 4 == 0:
        styles = _objects(problem, call, arguments, truth)
    first, second = draw.sample(styles, k=2)
    return [ModelTest("right", first), *([ModelTest("right", second)] if draw.random() < 0.8 else [])]


def _styles(call: str, truth: object, draw: Random) -> list[str | dict[str, object]]:
    """Assertions that say the same, as models word it."""
    value = literal(truth)
    message = draw.choice(MESSAGES)
    if truth is None:
        return [f"assert {call} is None", f"assert {call} == None", f'assert {call} is None, "{message}"']
    if isinstance(truth, float):
        return [
            f"assert round({call}, 2) == {round(truth, 2)}",
            f"assert abs({call} - {value}) < 1e-6",
            f"assert abs({value} - {call}) <= 0.001, '{message}'",
        ]
    styles: list[str | dict[str, object]] = [
        f"assert {call} == {value}",
        f"assert {call} == {value}, '{message}'",
        f"assert {value} == {call}",
        f"assert ({call} == {value})",
        f"assert ({call}) == ({value})",
        f"assert \t{call} == {value}",
        f"assert {call} == {value}  # {message}",
    ]
    if isinstance(truth, list | set) and truth and not isinstance(next(iter(truth)), list):
        styles.append(f"assert sorted({call}) == {literal(sorted(truth))}")
    if isinstance(truth, list | set | dict | str) and not truth:
        styles.append(f"assert not {call}")
    if isinstance(truth, int) and truth > 0:
        styles.append(f'assert {call} > {truth - 1}, "{message}"')
    return styles


def _objects(problem: Problem, call: str, arguments: str, truth: object) -> list[str | dict[str, object]]:
    """The same as objects; arguments as JSON only where JSON can say them."""
    value = literal(truth)
    tolerance = {"atol": problem.atol} if problem.atol else {}
    objects: list[str | dict[str, object]] = [
        {"call": call, "expected": value, **tolerance},
        {"check": f"def check(candidate):\n    assert candidate({arguments}) == {value}\n"}
        if not tolerance
        else {"assert": f"assert abs({call} - {value}) < {problem.atol}"},
        f"assert round({call}, 4) == {round(truth, 4)}"
        if isinstance(truth, float)
        else {"assert": f"assert {call} == {value}"},
    ]
    parsed = list(eval(f"({arguments},)"))
    if json.loads(json.dumps([parsed, truth], default=str)) == [parsed, truth]:
        objects.append({"args": parsed, "expected": truth})
    return objects


def _script_test(problem: Problem, stdin: str, position: int) -> ModelTest:
    output = _reference_output(problem, stdin)
    if position % 5 == 3:
        return ModelTest("wrong", _stdio(problem, stdin, _mistaken_output(output)))
    return ModelTest("right", _stdio(problem, stdin, output))


def _stdio(problem: Problem, stdin: str, output: str) -> dict[str, object]:
    return {"input": stdin, "output": output, "compare": problem.compare}


def _reference_output(problem: Problem, stdin: str) -> str:
    return printed(problem.completion(problem.right[0]), stdin)


def _mistaken(truth: object, draw: Random) -> object:
    """A wrong expected value of the kind models write: nearly right."""
    if truth is None:
        return 0
    if isinstance(truth, int):
        return truth + draw.choice((1, -1, 2))
    if isinstance(truth, float):
        return round(truth + draw.choice((0.5, -0.25)), 3)
    if isinstance(truth, str):
        return {"left": "right", "right": "level", "level": "left"}.get(truth, truth[:-1] if truth else " ")
    if isinstance(truth, dict):
        return dict(list(truth.items())[1:]) if truth else {"A": "x"}
    if isinstance(truth, set):
        return set(sorted(truth)[1:]) if truth else {"a"}
    if isinstance(truth, tuple):
        return tuple(reversed(truth)) if tuple(reversed(truth)) != truth else (*truth[:-1], truth[-1] + 1)
    return truth[:-1] if isinstance(truth, list) and truth else [0]


def _mistaken_output(output: str) -> str:
    lines = output.splitlines() or ["0"]
    first = lines[0]
    return "\n".join([first[:-1] + ("1" if first[-1] != "1" else "2"), *lines[1:]]) + "\n"
