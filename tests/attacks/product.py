"""The cases over levels, users and load: every pair of them in the tests, all of them with `--full-product`.

`pytest tests/attacks --full-product` judges each case at each level, as each user, idle and busy.
"""

import contextlib
import itertools
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cases import Case

__all__ = ["ALL", "LEVELS", "LOADS", "USERS", "Combination", "broken", "faults", "pairwise", "why_not"]

LEVELS = ("auto", "candidate", "test")
USERS = ("own", "unprivileged")  # whoever runs the tests; somebody without a single capability, in a user namespace
LOADS = ("idle", "busy")

_BECOME = ("unshare", "--user", "--map-user=1000", "--map-group=1000", "--")
_HOG = "while True: pass"
_MAX_SECONDS = 600
_TIME_OUTS = ("CPU_LIMIT", "WALL_LIMIT")


@dataclass(frozen=True, slots=True)
class Combination:
    """One place in the product."""

    level: str
    user: str
    load: str

    def __str__(self) -> str:
        return f"{self.level}, {self.user}, {self.load}"


ALL = tuple(Combination(*place) for place in itertools.product(LEVELS, USERS, LOADS))


def pairwise(number: int) -> list[Combination]:
    """Where the case of this number is judged: at each level, as each user and under each load at least once.

    Over any four cases in a row all pairs of level, user and load are met.
    """
    return [
        Combination(level, USERS[(place + number) % 2], LOADS[(place + number // 2) % 2])
        for place, level in enumerate(LEVELS)
    ]


def why_not(place: Combination) -> str:
    """Why this machine cannot judge there; "" where it can."""
    if place.user == "own":
        return ""
    if shutil.which(_BECOME[0]) is None:
        return "unshare (util-linux) is not installed"
    tried = subprocess.run([*_BECOME, "true"], capture_output=True, text=True, check=False)
    return "" if tried.returncode == 0 else f"nobody else can be become here: {tried.stderr.strip()}"


def faults(place: Combination, cases: Sequence[Case]) -> list[str]:
    """What went wrong with these cases at this place, a line each."""
    said = _judged(place, cases)
    found = list(said["broken"])
    for case in cases:
        row = said["fates"][case.name]
        allowed = case.fates | ({"SKIPPED"} if row[0] in _TIME_OUTS else set())
        if row[0] not in case.fates or not allowed.issuperset(row):
            found.append(f"{case.name}: {row}, not {sorted(case.fates)}")
    return found


def broken(place: Combination, cases: Sequence[Case]) -> list[str]:
    """Which invariants did not hold, whatever became of the cases."""
    return list(_judged(place, cases)["broken"])


def _judged(place: Combination, cases: Sequence[Case]) -> dict[str, Any]:
    rows = [{"name": case.name, "program": case.program, "kind": case.kind} for case in cases]
    become = _BECOME if place.user == "unprivileged" else ()
    command = [*become, sys.executable, str(Path(__file__).with_name("product_child.py")), place.level]
    with _load(place.load):
        ran = subprocess.run(
            command, input=json.dumps(rows), capture_output=True, text=True, check=False, timeout=_MAX_SECONDS, cwd="/"
        )
    if ran.returncode != 0:
        raise AssertionError(f"judging at {place} ended with {ran.returncode}: {ran.stderr[-2000:]}")
    said: dict[str, Any] = json.loads(ran.stdout)
    if place.user == "unprivileged" and said["uid"] != 1000:
        raise AssertionError("it was not another user")
    return said


@contextlib.contextmanager
def _load(load: str) -> Iterator[None]:
    """With "busy" a process that burns for each core."""
    number = len(os.sched_getaffinity(0)) if load == "busy" else 0
    hogs = [subprocess.Popen([sys.executable, "-S", "-c", _HOG]) for _ in range(number)]
    try:
        yield
    finally:
        for hog in hogs:
            hog.kill()
            hog.wait()
