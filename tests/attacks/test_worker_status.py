"""A worker as the kernel sees it while a program runs in it, looked at from outside."""

import os
import re
from pathlib import Path
from typing import Any

import pytest

SLEEPER = "import time\\ndef f(x):\\n time.sleep(1000)\\n"


@pytest.fixture(scope="module")
def status(outside: Any) -> dict[str, str]:
    """/proc/PID/status, limits and namespaces of a worker; "own " before what is the caller's."""
    found: dict[str, str] = outside(
        f"""
e = executor(wall_ms=60000)
threading.Thread(target=lambda: judge(e, ["{SLEEPER}"]), daemon=True).start()
wait_for(workers)
time.sleep(0.5)
worker = workers()[0]
found = {{}}
for line in open(f"/proc/{{worker}}/status"):
    name, _, value = line.partition(":")
    found[name] = value.strip()
for line in open(f"/proc/{{worker}}/limits"):
    found["limit " + line[:26].strip()] = " ".join(line[26:].split()[:2])
for kind in ("net", "ipc", "uts", "mnt", "user", "pid"):
    found["ns " + kind] = os.readlink(f"/proc/{{worker}}/ns/{{kind}}")
    found["own " + kind] = os.readlink(f"/proc/self/ns/{{kind}}")
found["descriptors"] = " ".join(sorted(os.listdir(f"/proc/{{worker}}/fd"), key=int))
found["root"] = " ".join(sorted(os.listdir(f"/proc/{{worker}}/root")))
found["session"] = str(os.getsid(worker) == worker)
say(found)
e.close()
"""
    )
    return found


def test_it_has_no_capability_and_gets_none(status: dict[str, str]) -> None:
    assert {int(status[name], 16) for name in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb")} == {0}
    assert status["NoNewPrivs"] == "1"


def test_it_runs_under_a_filter_without_mitigations_that_slow_it(status: dict[str, str]) -> None:
    """A filter without SPEC_ALLOW has older kernels force them on."""
    assert status["Seccomp"] == "2"
    assert "force mitigated" not in status.get("Speculation_Store_Bypass", "")
    assert "force disabled" not in status.get("SpeculationIndirectBranch", "")


def test_it_is_nobody_of_the_host(status: dict[str, str]) -> None:
    users = set(status["Uid"].split())
    assert users == ({"65534"} if os.geteuid() == 0 else {str(os.geteuid())})
    assert status["Groups"] in ("", "65534") or os.geteuid() != 0


@pytest.mark.parametrize("kind", ["net", "ipc", "uts", "mnt", "user", "pid"])
def test_every_namespace_is_its_own(status: dict[str, str], kind: str) -> None:
    assert status[f"ns {kind}"] != status[f"own {kind}"]


def test_it_is_the_first_of_its_pid_namespace_and_leads_its_session(status: dict[str, str]) -> None:
    assert status["NSpid"].split()[-1] == "1"
    assert status["session"] == "True"


def test_its_limits_are_set_and_cannot_be_raised(status: dict[str, str]) -> None:
    limits = {
        name.removeprefix("limit "): value.split() for name, value in status.items() if name.startswith("limit Max")
    }
    for name in (
        "Max address space", "Max file size", "Max cpu time", "Max processes", "Max open files", "Max core file size",
        "Max locked memory", "Max msgqueue size", "Max pending signals",
    ):  # fmt: skip
        soft, hard = limits[name]
        assert soft == hard != "unlimited", name
    assert limits["Max core file size"] == limits["Max locked memory"] == ["0", "0"]


def test_it_holds_three_descriptors(status: dict[str, str]) -> None:
    assert status["descriptors"] == "0 1 2"


def test_its_root_has_no_more_than_the_interpreter_needs(status: dict[str, str]) -> None:
    assert not {"proc", "sys", "run", "boot", "srv", "mnt"} & set(status["root"].split())


def test_steps_of_the_real_clock_reach_no_deadline() -> None:
    """The core asks for monotonic and CPU clocks only."""
    core = Path(__file__).parents[2] / "csrc"
    text = "".join(path.read_text(encoding="utf-8") for path in core.rglob("*.[ch]*"))
    assert "CLOCK_MONOTONIC" in text
    for clock in ("CLOCK_REALTIME", "system_clock", "gettimeofday(", "::time("):
        assert clock not in text, clock


def test_every_layer_is_explained(arena: Any) -> None:
    text = (Path(__file__).parents[2] / "SECURITY.md").read_text(encoding="utf-8")
    section = text.partition("## What each layer adds\n")[2].partition("\n## ")[0]
    assert set(re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE)) == set(arena.executor.layers)
