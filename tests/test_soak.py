"""The soak runs, short: what they look for does not happen, and they would see it."""

import importlib.util
import json
import subprocess
import sys
from collections import Counter
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

SOAK = Path(__file__).parents[1] / "benchmarks" / "soak"

pytestmark = [pytest.mark.usefixtures("sandbox"), pytest.mark.one_python, pytest.mark.timeout(600)]


def soak(verb: str, *options: str) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, SOAK / f"{verb}.py", *options], capture_output=True, text=True, check=False, cwd="/"
    )
    assert done.returncode == 0, done.stdout + done.stderr
    report: dict[str, Any] = json.loads(done.stdout)
    return report


def module(name: str, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(SOAK))
    spec = importlib.util.spec_from_file_location(f"soak_{name}", SOAK / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    loaded = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, spec.name, loaded)
    spec.loader.exec_module(loaded)
    return loaded


def test_load_changes_no_cell() -> None:
    report = soak("load", "--sample", "--problems", "2", "--cpu-ms", "300")
    assert len(report["conditions"]) == 6
    assert all(one["cells"] > 100 and one["different"] == 0 for one in report["conditions"].values())


@pytest.mark.parametrize("isolation", ["candidate", "auto"])
def test_kills_at_random_moments_change_no_verdict_and_leave_nothing(isolation: str) -> None:
    report = soak("kills", "--kills", "12", "--isolation", isolation)
    assert sum(report["kills"].values()) >= 12
    assert report["problems"] == report["left_behind"] == []


@pytest.mark.parametrize("isolation", ["candidate", "auto"])
def test_many_cells_in_one_process_grow_nothing(isolation: str) -> None:
    report = soak("cells", "--isolation", isolation, "--cells", "8000", "--tests", "20", "--workers", "2")
    assert report["held"][-1]["cells"] >= 8000
    assert report["grew"] == []


def test_growth_would_be_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    cells = module("cells", monkeypatch)
    first = cells.Held(1, 1, 0.0, 50 << 20, 10 << 20, 20, 4, 2, 2)
    last = cells.Held(9, 9, 1.0, 90 << 20, 10 << 20, 21, 4, 2, 2)
    assert cells.grew(first, first) == []
    assert cells.grew(first, last) == ["descriptors", "caller_bytes"]


def test_a_changed_verdict_would_be_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    kills = module("kills", monkeypatch)
    tables = {"left": {(0,): "PASS", (1,): "PASS"}, "right": {(0,): "MEMORY", (1,): "INFRA"}}
    monkeypatch.setattr(kills, "cells", lambda out: tables[str(out)])
    _, problems = kills.compare(Path("left"), Path("right"), Counter(worker=2))
    assert problems == ["1 cells: PASS to MEMORY"]
    _, problems = kills.compare(Path("left"), Path("right"), Counter(worker=1, caller=9))
    assert problems == ["1 cells: PASS to MEMORY", "2 cells changed by kills that could change 0"]
