"""`benchmarks/cheats.py`: its honest programs are right, ours is fooled by no cheat and says what it rejects."""

import subprocess
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks"))

from cheats import CHEATS, KINDS, TESTS, Verdicts, our_verdicts, table_lines
from cheats_programs import HONEST

# A value that is no plain one, and what the default jail does not give.
REJECTED = {"a member of an IntEnum", "a subclass of int", "a temporary file", "a child process", "a fork"}


@pytest.mark.one_python
@pytest.mark.parametrize("program", HONEST.values(), ids=HONEST)
def test_an_honest_program_is_right(program: str) -> None:
    # Nothing but our own programs, so that they may run here.
    ran = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", "\n".join([program, *TESTS])],
        stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr


@pytest.mark.usefixtures("works")
@pytest.mark.parametrize("level", ["auto", "candidate", "test"])
def test_no_cheat_passes_and_what_is_rejected_is_known(level: str) -> None:
    ours = our_verdicts(level)
    assert ours.passed("cheats") == ours.passed("stuck") == ours.lost() == []
    assert set(ours.rejected()) == REJECTED


def test_the_table_counts_what_was_said() -> None:
    words = {kind: dict.fromkeys(table, "failed") for kind, table in KINDS.items()}
    words["cheats"][next(iter(CHEATS))] = "passed"
    words["honest"] = dict.fromkeys(HONEST, "passed") | {"threads": "timed out"}
    words["stuck"]["a C loop"] = "hangs"
    lines = table_lines([Verdicts("other", words)])
    assert [line.split("|")[2].strip() for line in lines[2:]] == ["1", "1", "1"]
