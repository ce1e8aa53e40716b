"""`ucoder bench`: that it measures what it says, with and without peers."""

import json
from pathlib import Path

import pytest

from ucoder.cli import run
from ucoder.config import Limits
from ucoder.execution.peer import NAIVE, PEERS, PeerTask, run_peer, why_no_peer
from ucoder.execution.speed import split_by_hangs
from ucoder.records import AssertionTest, Candidate, Problem, Task
from ucoder.report.throughput import Contender, Figure, Report, report_json, report_lines

pytestmark = pytest.mark.one_python

DOUBLE = "def f(x):\n    return 2 * x\n"
HANGS = "def f(x):\n    while True: pass\n"
HANGS_EARLY = "while True: pass\n"


def make_files(folder: Path) -> list[str]:
    programs = [DOUBLE, f"{DOUBLE}\n\n", "def f(x):\n    return x + x\n", HANGS]
    rows = {
        "problems": [{"task_id": "p/0", "prompt": "", "entry_point": "f"}],
        "candidates": [{"task_id": "p/0", "solution": program} for program in programs],
        "tests": [{"task_id": "p/0", "tests": ["assert f(1) == 2", "assert f(2) == 4", "assert f(1 =="]}],
    }
    options = []
    for name, table in rows.items():
        (folder / f"{name}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in table))
        options += [f"--{name}", str(folder / f"{name}.jsonl")]
    return options


@pytest.mark.usefixtures("sandbox")
def test_the_table_is_printed_and_written_as_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "bench.json"
    assert run(["bench", *make_files(tmp_path), "--pairs", "1", "--cpu-limit-ms", "100", "--out", str(file)]) == 0
    report = json.loads(file.read_text())
    assert report["workload"]["hanging"] == 1
    assert report["workload"]["candidates"] in (3, 4)  # two texts differ in their last white space only
    assert report["workload"]["tests"] == 2
    named = {contender["name"]: contender for contender in report["contenders"]}
    assert named["ucoder auto"]["times"]["all"]["values"] == [1.0]
    assert set(PEERS) < named.keys()
    for name in PEERS:
        assert named[name]["calm_rates"] or why_no_peer(name) or "failed" in named[name]["note"]
    printed = capsys.readouterr().out
    assert all(figure["name"] in printed for figure in report["figures"])


@pytest.mark.usefixtures("sandbox")
def test_peers_may_run_all_candidates(tmp_path: Path) -> None:
    file = tmp_path / "bench.json"
    options = ["--pairs", "1", "--whole", "--workers", "1", "--cpu-limit-ms", "100", "--out", str(file)]
    assert run(["bench", *make_files(tmp_path), *options]) == 0
    report = json.loads(file.read_text())
    assert report["workload"]["peers_run"] == "all candidates"
    naive = next(contender for contender in report["contenders"] if contender["name"] == NAIVE)
    assert len(naive["calm_rates"]) == 1


@pytest.mark.usefixtures("sandbox")
def test_candidates_that_hang_are_told_from_the_others() -> None:
    candidates = [Candidate("p", solution=text) for text in (DOUBLE, HANGS, HANGS_EARLY)]
    tests = [AssertionTest("assert f(1) == 2"), AssertionTest("assert f(")]
    limits = Limits(cpu_ms=50, load_cpu_ms=100)
    calm, hanging = split_by_hangs([Task(Problem("p", "", "f"), candidates, tests)], workers=1, limits=limits)
    assert [list(task.candidates) for task in calm] == [candidates[:1]]
    assert [list(task.candidates) for task in hanging] == [candidates[1:]]
    assert [len(task.tests) for task in calm] == [1]


@pytest.mark.parametrize("wrong", [["--pairs", "0"], ["--workers", "0"], ["--problems", "p.jsonl"]])
def test_options_that_mean_nothing_are_refused(wrong: list[str]) -> None:
    assert run(["bench", *wrong]) == 2


@pytest.mark.skipif(bool(why_no_peer(NAIVE)), reason="no unshare")
def test_no_isolation_gives_a_verdict_for_each_program() -> None:
    catches = "def f(x):\n    try:\n        while True: pass\n    except Exception: return 2\n"
    task = PeerTask("f", [DOUBLE, "def f(x): return x", "syntax error", HANGS, catches], ["assert f(1) == 2"])
    outcomes = run_peer(NAIVE, [task], 1, limit_ms=100).outcomes
    assert outcomes == {"passed": 1, "failed": 2, "timed out": 2}


def test_a_peer_that_is_not_there_is_named_with_the_reason() -> None:
    own = Contender("ucoder auto", "isolation auto", [10.0, 30.0], [20.0, 40.0], [1.0, 1.0])
    peer = Contender("slow", "a process each", [1.0, 2.0], [2.0, 4.0], [5.0, 6.0])
    missing = Contender("missing", "not installed: pip install missing", [], [], [])
    work = {"name": "w", "candidates": 1, "problems": 1, "tests": 1, "hanging": 0, "limit_ms": 1, "pairs": 2}
    machine = {"model": "m", "cores": 2, "load": 0.1, "python": "3"}
    report = Report(work, machine, [own, peer, missing], {}, [Figure("scaling", "times", [], "needs two cores")])
    lines = "\n".join(report_lines(report))
    assert "missing                   not installed: pip install missing" in lines
    assert "12.5 (10.0 to 15.0)" in lines
    assert "needs two cores" in lines
    assert json.loads(report_json(report))["contenders"][1]["times"]["all"] == {
        "values": [10.0, 15.0], "median": 12.5, "least": 10.0, "most": 15.0,
    }  # fmt: skip
