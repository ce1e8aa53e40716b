"""`ucoder doctor`: what this machine offers and what it lacks."""

from dataclasses import dataclass
from typing import Annotated

from cyclopts import Parameter

from ucoder.execution.machine import findings
from ucoder.report.findings import print_findings

__all__ = ["DoctorOptions", "doctor"]


@Parameter(name="*")
@dataclass(frozen=True, slots=True, kw_only=True)
class DoctorOptions:
    """What `ucoder doctor` takes."""

    json: Annotated[bool, Parameter(negative=())] = False
    "Print the findings as one JSON object."


def doctor(options: DoctorOptions = DoctorOptions()) -> int:
    """Look at the machine, print what was found; exit code 1 where programs cannot be run safely."""
    found = findings()
    print_findings(found, as_json=options.json)
    return 1 if any(finding.needed and finding.problem for finding in found) else 0
