"""`ucoder report`: a folder as one page of HTML."""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

import ucoder
from ucoder.errors import ConfigError
from ucoder.report.page.cases import MOST_CASES
from ucoder.report.page.page import comparison_page, page_of
from ucoder.report.page.render import render
from ucoder.report.tensorboard import write_events
from ucoder.report.written import print_written
from ucoder.store.files import bytes_writer, publish

__all__ = ["ReportOptions", "report"]


@Parameter(name="*")
@dataclass(frozen=True, slots=True, kw_only=True)
class ReportOptions:
    """What `ucoder report` takes, beside the folders."""

    out: Path | None = None
    "The page's file; report/index.html in the (first) folder by default, report/compare.html with --compare."
    compare: Annotated[bool, Parameter(negative=())] = False
    "Put several folders side by side."
    cases: int = MOST_CASES
    "Problems that are shown in full, at most."
    tensorboard: Path | None = None
    "Write the run's figures there, too, as TensorBoard reads them."
    json: Annotated[bool, Parameter(negative=())] = False
    "Print where the page is, and its size, as one JSON object."


def report(
    folders: Annotated[
        list[Path], Parameter(help="What `ucoder run`, `ucoder judge` or `ucoder eval` wrote.", negative=())
    ],
    /,
    options: ReportOptions = ReportOptions(),
) -> int:
    """Make the page, return the exit code. The help text stands in `ucoder.cli`."""
    _refuse_what_does_not_fit(folders, options)
    if options.tensorboard is not None:
        write_events(folders[0], options.tensorboard)
    page = comparison_page(folders) if options.compare else page_of(folders[0], options.cases)
    made = datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC")
    content = render(page, ucoder.__version__, made).encode("utf-8", "backslashreplace")
    out = options.out or folders[0] / "report" / ("compare.html" if options.compare else "index.html")
    publish(out, bytes_writer(content))
    print_written(page, out, len(content), options.tensorboard, as_json=options.json)
    return 0


def _refuse_what_does_not_fit(folders: list[Path], options: ReportOptions) -> None:
    if options.cases < 0:
        raise ConfigError(f"--cases is zero or more, not {options.cases}")
    if options.compare and len(folders) < 2:
        raise ConfigError("--compare puts two or more folders side by side")
    if not options.compare and len(folders) > 1:
        raise ConfigError("a page is about one folder; --compare puts several side by side")
    if options.tensorboard is not None and options.compare:
        raise ConfigError("--tensorboard writes the figures of one run: leave --compare out")
