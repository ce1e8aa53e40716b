"""The hang policy: what is waited for, what is not, and that the matrix says so."""

import pytest

from ucoder import AssertionTest, Candidate, Executor, Limits, Outcome, Problem
from ucoder.config import Patience
from ucoder.errors import ConfigError

PROBLEM = Problem("t", "", "f")
TESTS = [AssertionTest(f"assert f({x}) == {x + 1}") for x in range(6)]
RIGHT = "def f(x): return x + 1"
HANGS = "def f(x):\n    while x == 2: pass\n    return x + 1"
SLOW = "import time\ndef f(x):\n    end = time.process_time() + 0.06\n    while x == 2 and time.process_time() < end: pass\n    return x + 7"  # noqa: E501
LIMITS = Limits(cpu_ms=400, max_timeouts=2)


def judged(programs: list[str], patience: Patience, limits: Limits = LIMITS):  # noqa: ANN201
    with Executor(workers=1, limits=limits, patience=patience) as executor:
        return executor.judge(PROBLEM, [Candidate("t", program) for program in programs], TESTS)


def spelled(program: str, times: int) -> list[str]:
    """Programs of one behaviour whose texts differ."""
    return [f"{program}\n# {number}" for number in range(times)]


@pytest.fixture(scope="module")
def hanging_minority():  # noqa: ANN201
    return judged([*spelled(RIGHT, 4), HANGS], Patience(mode="deciding"))


def test_a_hang_that_could_change_nothing_is_not_waited_for(hanging_minority) -> None:  # noqa: ANN001
    assert hanging_minority.counts["put_off"] == 1
    assert hanging_minority.counts["waited"] == 0
    assert hanging_minority.outcomes[4, 2] == Outcome.CPU_LIMIT


def test_a_cell_that_was_not_waited_for_says_so(hanging_minority) -> None:  # noqa: ANN001
    assert hanging_minority.detail(4, 2) == "not waited for: stopped at 4 of 400 ms"
    assert hanging_minority.at_limit[4, 2]


def test_the_other_cells_of_a_put_off_program_have_their_outcomes(hanging_minority) -> None:  # noqa: ANN001
    others = [0, 1, 3, 4, 5]
    assert (hanging_minority.outcomes[4, others] == Outcome.PASS).all()


def test_full_patience_waits_for_everything() -> None:
    matrix = judged([*spelled(RIGHT, 4), HANGS], Patience())
    assert matrix.counts["put_off"] == 0
    assert matrix.outcomes[4, 2] == Outcome.CPU_LIMIT
    assert matrix.detail(4, 2) == ""


def test_slow_programs_that_may_be_the_largest_cluster_are_waited_for() -> None:
    matrix = judged([*spelled(SLOW, 5), *spelled(RIGHT, 2)], Patience(mode="deciding", wait_ms=400))
    assert matrix.counts["put_off"] == 5
    assert matrix.counts["waited"] >= 3
    full = judged([*spelled(SLOW, 5), *spelled(RIGHT, 2)], Patience())
    assert len(set(full.value_clusters().labels.tolist())) == 2
    waited = [row for row in range(5) if (matrix.outcomes[row] == Outcome.WRONG).all()]
    assert len(waited) == matrix.counts["waited"]


def test_the_time_for_raised_limits_is_bounded() -> None:
    matrix = judged([*spelled(HANGS.replace("x == 2", "x > 0"), 5)], Patience(mode="deciding", wait_ms=25))
    assert matrix.counts["put_off"] == 5
    assert 1 <= matrix.counts["waited"] <= 2


def test_a_program_that_hangs_while_it_is_loaded_is_not_waited_for_either() -> None:
    limits = Limits(cpu_ms=400, load_cpu_ms=400)
    matrix = judged([*spelled(RIGHT, 4), "while True: pass"], Patience(mode="deciding"), limits)
    assert matrix.counts["put_off"] == 1
    assert matrix.counts["waited"] == 0
    assert (matrix.outcomes[4] == Outcome.LOAD_ERROR).all()
    assert matrix.load_causes[4] == Outcome.CPU_LIMIT
    assert matrix.detail(4, 0) == "not waited for: stopped at 100 of 400 ms"
    assert matrix.at_limit[4].all()


def test_a_program_that_is_slow_to_load_is_waited_for_where_it_may_decide() -> None:
    slow = "import time\nend = time.process_time() + 0.25\nwhile time.process_time() < end: pass\n" + RIGHT
    limits = Limits(cpu_ms=400, load_cpu_ms=400)
    matrix = judged([*spelled(slow, 2), "def f(x): return x"], Patience(mode="deciding"), limits)
    assert matrix.counts["put_off"] == matrix.counts["waited"] == 2
    assert (matrix.outcomes[:2] == Outcome.PASS).all()


def test_a_put_off_program_has_no_more_time_outs_than_it_may() -> None:
    limits = Limits(cpu_ms=400, max_timeouts=1)
    matrix = judged([*spelled(RIGHT, 4), HANGS], Patience(mode="deciding"), limits)
    assert matrix.outcomes[4].tolist() == [Outcome.PASS] * 2 + [Outcome.CPU_LIMIT] + [Outcome.SKIPPED] * 3


def test_a_first_limit_close_to_the_whole_one_is_not_tried() -> None:
    matrix = judged([*spelled(RIGHT, 4), HANGS], Patience(mode="deciding"), Limits(cpu_ms=11, max_timeouts=1))
    assert matrix.counts["put_off"] == 0


@pytest.mark.parametrize(
    ("setting", "value"),
    [("mode", "some"), ("rho", 1.5), ("rho", True), ("first_cpu_ms", 0), ("wait_ms", -1), ("tau", 0)],
)
def test_a_setting_that_makes_no_sense_is_refused_by_name(setting: str, value: object) -> None:
    name = "patience" if setting == "mode" else setting
    with pytest.raises(ConfigError, match=name):
        Patience(**{setting: value})  # type: ignore[arg-type]
