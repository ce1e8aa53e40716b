"""`ucoder plan`: the arithmetic, held against the paper's scale and hand computations; every assumption is shown."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest


def ucoder(*arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "ucoder", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)


def planned(*arguments: object) -> dict[str, Any]:
    done = ucoder("plan", *arguments, "--json")
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def stage(plan: dict[str, Any], name: str) -> dict[str, Any]:
    return next(one for one in plan["stages"] if one["stage"] == name)


PAPER = ("--set", "problems.answers_per_kind=16867", "--set", 'problems.kinds=["basic algorithms"]')


def test_the_papers_scale_comes_out_as_the_paper_says() -> None:
    """16,867 problems x 128 candidates x about 100 tests: 2.2 million programs, 216 million executions."""
    one_round = planned("qwen2.5-coder-7b", *PAPER)["round"]
    assert one_round["programs"] == 16_867 * 128 == 2_158_976
    assert one_round["executions"] == 2_158_976 * 100
    assert round(one_round["executions"] / 1e6) == 216


def test_hours_follow_from_the_stated_rates() -> None:
    rates = ("--tokens-per-second", 12_500, "--executions-per-second", 10_000, "--gpus", 8, "--cores", 16)
    plan = planned("qwen2.5-coder-7b", *PAPER, *rates)
    last = stage(plan, "candidates")
    assert last["tokens"] == 2_158_976 * 400
    assert last["gpu_hours"] == pytest.approx(2_158_976 * 400 / 12_500 / 3600)  # 19.2 h
    assert last["cpu_hours"] == pytest.approx(215_897_600 / 10_000 / 3600)  # 6.0 h
    assert last["wall_hours"] == pytest.approx(19.19 / 8, rel=1e-3)  # sampling hides execution: 2.4 h against 0.4 h
    assert plan["round"]["wall_hours"] == pytest.approx(sum(one["wall_hours"] for one in plan["stages"]))


def test_where_execution_is_slower_it_decides_the_wall_time() -> None:
    plan = planned("qwen2.5-coder-7b", *PAPER, "--candidates-per-second", 10, "--gpus", 8, "--cores", 2)
    last = stage(plan, "candidates")
    assert last["cpu_hours"] == pytest.approx(2_158_976 / 10 / 3600)
    assert last["wall_hours"] == pytest.approx(last["cpu_hours"] / 2)


def test_stages_add_up_to_a_round_and_rounds_to_the_total() -> None:
    plan = planned("qwen2.5-coder-14b", "--cores", 4)
    for name, value in plan["round"].items():
        if name not in ("stage", "kept"):
            assert value == pytest.approx(sum(one[name] for one in plan["stages"])), name
            assert plan["total"][name] == pytest.approx(plan["rounds"] * value), name


def test_what_a_stage_drops_is_not_asked_about_further() -> None:
    plan = planned("qwen2.5-coder-7b", *PAPER, "--kept", "problems=0.5", "--kept", "suites=0.9")
    assert stage(plan, "ratings")["answers"] == stage(plan, "problems")["kept"] == 8434
    assert stage(plan, "candidates")["programs"] == round(8434 * 0.9) * 128


def test_requests_are_chunks_of_answers() -> None:
    plan = planned("qwen2.5-coder-7b", *PAPER, "--set", "candidates.chunk=48")
    assert stage(plan, "candidates")["requests"] == 16_867 * 3
    assert stage(plan, "suites")["prompts"] == 16_867 * 5


def test_every_assumption_has_a_source() -> None:
    done = ucoder("plan", "qwen2.5-coder-32b")
    assert done.returncode == 0
    for one in planned("qwen2.5-coder-32b")["assumptions"]:
        assert one["source"]
        assert one["name"] in done.stdout
        assert one["source"] in done.stdout


def test_a_larger_model_is_slower_by_its_size() -> None:
    rates = {}
    for size in (7, 14, 32):
        plan = planned(f"qwen2.5-coder-{size}b")
        rates[size] = next(one["value"] for one in plan["assumptions"] if one["name"] == "tokens_per_second")
    assert rates == {7: 12_500, 14: 6_250, 32: pytest.approx(12_500 * 7 / 32, abs=0.1)}


def test_a_run_that_was_made_gives_its_own_figures(config_file: Callable[..., Path], tmp_path: Path) -> None:
    config = config_file()
    assert ucoder("run", config, "--out", tmp_path / "run").returncode == 0
    plan = planned(config, "--measured", tmp_path / "run")
    kept = {name: stage(plan, name)["kept"] for name in ("problems", "suites")}
    assert kept == {"problems": 19, "suites": 19}
    summary = json.loads((tmp_path / "run/round-00/cells/summary.json").read_text())
    assert (plan["round"]["programs"], plan["round"]["executions"]) == (summary["candidates"], summary["evaluations"])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("no-such-preset",), "no-such-preset"),
        (("qwen2.5-coder-7b", "--set", "candidates.m=3"), "there is no setting candidates.m"),
        (("qwen2.5-coder-7b", "--set", "candidates.n=1"), "candidates.n: n is 1"),
        (("qwen2.5-coder-7b", "--tokens-per-second", "0"), "--tokens-per-second is a number above 0"),
        (("qwen2.5-coder-7b", "--kept", "problems=2"), "--kept problems=2: the number lies between 0 and 1"),
        (("qwen2.5-coder-7b", "--kept", "proofs=0.5"), "--kept takes STAGE=NUMBER"),
        (("qwen2.5-coder-7b", "--tokens", "suites=many"), "'many' is no number"),
        (("qwen2.5-coder-7b", "--measured", "/nowhere"), "/nowhere is not a run's folder"),
        (
            ("qwen2.5-coder-7b", "--executions-per-second", "1", "--candidates-per-second", "1"),
            "--candidates-per-second stands instead",
        ),
    ],
)
def test_bad_input_is_refused_by_name(arguments: tuple[str, ...], message: str) -> None:
    done = ucoder("plan", *arguments)
    assert done.returncode == 2
    assert message in done.stderr
