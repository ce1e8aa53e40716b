"""The originals of the stand-ins, in a child without network. Tests skip where a package is missing."""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Original = Callable[[str, list[Any]], list[Any]]


@pytest.fixture(scope="session")
def original() -> Original:
    """Gives the results of an original function for cases of its arguments."""
    if shutil.which("unshare") is None:
        pytest.skip("unshare (util-linux) is not installed: the originals have no sandbox")

    def run(harness: str, cases: list[Any]) -> list[Any]:
        pytest.importorskip(harness, reason=f"{harness} is not installed: pip install 'ucoder[bench]'")
        command = ["unshare", "-rn", sys.executable, str(Path(__file__).with_name("originals.py"))]
        done = subprocess.run(
            command,
            input=json.dumps({"harness": harness, "cases": cases}),
            capture_output=True,
            text=True,
            check=False,
            timeout=100,
        )
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    return run
