"""POST /judge: what the files of `ucoder judge` say, as one request."""

from typing import Any

import pytest

TASK = {
    "problem": {"entry_point": "f"},
    "candidates": [{"solution": "def f(x): return x + 1"}, {"solution": "def f(x): return 2"}, {"solution": "1 / 0"}],
    "tests": ["assert f(1) == 2", {"args": [2], "expected": 3}, "assert ____ == f(1)"],
}


def test_each_candidate_has_an_outcome_on_each_test(service: Any) -> None:
    answer = service.ask("POST", "/judge", TASK)
    assert answer.status == 200
    judged = answer.json
    assert [one["outcomes"] for one in judged["candidates"]] == [
        ["PASS", "PASS", "NOT_RUN"],
        ["PASS", "WRONG", "NOT_RUN"],
        ["LOAD_ERROR", "LOAD_ERROR", "NOT_RUN"],
    ]
    assert [one["passed"] for one in judged["candidates"]] == [True, False, False]
    assert [one["load_cause"] for one in judged["candidates"]] == [None, None, "EXCEPTION"]
    assert [one["kind"] for one in judged["tests"]] == ["split", "split", "void"]
    assert judged["outcomes"] == {"PASS": 3, "WRONG": 1, "LOAD_ERROR": 2}


def test_a_candidate_that_no_test_speaks_of_is_neither_right_nor_wrong(service: Any) -> None:
    judged = service.ask("POST", "/judge", {**TASK, "tests": ["assert ____ == f(1)"]}).json
    assert [one["passed"] for one in judged["candidates"]] == [None] * 3


def test_completions_scripts_and_limits_are_taken_as_from_files(service: Any) -> None:
    script = {
        "problem": {"task_id": "s", "profile": "script"},
        "candidates": [{"solution": "print(sum(map(int, input().split())))"}, {"solution": "while True: pass"}],
        "tests": [{"input": "1 2", "output": "3", "compare": "whitespace"}],
        "limits": {"cpu_ms": 50},
    }
    assert service.ask("POST", "/judge", script).json["outcomes"] == {"PASS": 1, "CPU_LIMIT": 1}
    problem = {"entry_point": "f", "prompt": "def f(x):\n"}
    completion = {**TASK, "problem": problem, "candidates": [{"completion": "    return x + 1"}]}
    assert service.ask("POST", "/judge", completion).json["candidates"][0]["passed"]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"candidates": []}, "nothing to judge"),
        ({"candidates": [{}]}, "candidates[0].solution"),
        ({"candidates": [TASK["candidates"][0], 7]}, "candidates[1]: expected an object, found a number"),
        ({"limits": {"cpu_ms": "1"}}, "cpu_ms is a whole number"),
        ({"problem": {"entry_point": "\ud800"}}, "problem.entry_point"),
        ({"tests": [{"kwargs": {"\ud800": 1}, "expected": 1}]}, "lone surrogate"),
        ({"tests": [{"shout": 1}]}, "tests[0]"),
        ({"tests": ["assert f(1)"] * 5000}, "at most 10000"),
        ({"limits": {"cpu_ms": 10**6}}, "limits.cpu_ms is at most"),
        ({"candidates": TASK["candidates"] * 200}, "fewer candidates, or shorter limits"),
        ({"limits": {"speed": 1}}, "there is no limit 'speed'"),
        ({"problem": {}}, "entry_point"),
        ({"problem": {"entry_point": 3}}, "problem.entry_point"),
        ({"shout": 1}, "shout"),
    ],
)
def test_a_request_that_is_wrong_is_refused_by_its_field(service: Any, change: dict[str, Any], words: str) -> None:
    answer = service.ask("POST", "/judge", {**TASK, **change})
    assert answer.status == 422
    assert words in str(answer.json["detail"])
