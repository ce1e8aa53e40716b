"""Where a page is that was written, on standard output."""

import json
from pathlib import Path

from ucoder.report.page.page import Page

__all__ = ["print_written"]


def print_written(page: Page, out: Path, num_bytes: int, tensorboard: Path | None, *, as_json: bool) -> None:
    """Print where page and event files are, and which sections have nothing to show."""
    absent = {one.id: one.absent for one in page.sections if one.absent}
    if as_json:
        sections = [one.id for one in page.sections if not one.absent]
        told = {"out": str(out), "bytes": num_bytes, "sections": sections, "absent": absent, "cases": len(page.cases)}
        print(json.dumps({**told, "tensorboard": str(tensorboard) if tensorboard else None}))
        return
    print(f"{'page':<14}{out} ({num_bytes / 1e6:.2f} MB)")
    if page.has_cases:
        more = f"; {page.cases_left_out:,} more are left out" if page.cases_left_out else ""
        print(f"{'problems':<14}{len(page.cases):,} in full{more}")
    for name, reason in absent.items():
        print(f"{name:<14}{reason}")
    if tensorboard is not None:
        print(f"{'tensorboard':<14}{tensorboard}")
