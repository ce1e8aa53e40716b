"""Progress of the stages off a terminal: plain lines; what was stored before takes no time and counts for no rate."""

import re
import time

import pytest

from ucoder.report.rounds import showing_stages


def test_what_was_stored_before_does_not_count_as_speed(capsys: pytest.CaptureFixture[str]) -> None:
    with showing_stages() as report:
        report("suites", 0, 2000, 0)
        for done in range(100, 2000, 100):
            report("suites", done, 2000, 0)
        time.sleep(0.2)
        report("suites", 2000, 2000, 100)
    found = re.fullmatch(r"suites: 2,000 of 2,000, ([\d.]+)/s\n", capsys.readouterr().err)
    assert found is not None
    assert 0 < float(found[1]) <= 500
