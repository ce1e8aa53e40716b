"""What `ucoder doctor` found, for people as lines and for programs as JSON, on standard output."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from itertools import groupby

from ucoder.execution.machine import Finding

__all__ = ["print_findings"]


def print_findings(found: Sequence[Finding], *, as_json: bool) -> None:
    """Print findings by topic, each problem with what to do about it; last, whether programs can be run safely."""
    missing = [finding.name for finding in found if finding.needed and finding.problem]
    if as_json:
        print(json.dumps({"ok": not missing, "findings": [asdict(finding) for finding in found]}))
        return
    for topic, findings in groupby(found, key=lambda finding: finding.topic):
        print(topic)
        for finding in findings:
            print(f"  {finding.name:<20}{finding.found}")
            for label, text in (("why", finding.problem), ("do", finding.advice)):
                if text:
                    print(f"  {'':<20}{label}: {text}")
    print()
    if missing:
        # Without these there is nothing to run it with, whatever is allowed.
        hopeless = {"linux", "interpreter"}.intersection(missing)
        way_out = "" if hopeless else " --allow-weaker runs without."
        print(f"The executor will not run here: {', '.join(missing)} missing.{way_out}")
    else:
        print("The executor runs here, with every layer of its sandbox.")
