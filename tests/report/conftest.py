"""What the tests of the report share: small folders made by the real executor, and a real browser."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, NoReturn

import pytest

pytest.importorskip("pydantic", reason="the report needs ucoder[loop]")
pytest.importorskip("jinja2", reason="the report needs ucoder[loop]")
pytest.importorskip("datasketch", reason="the report needs ucoder[loop]")

import tomli_w

from ucoder.cli import run
from ucoder.loop_records import Score
from ucoder.store.stages import StageFolder

HOSTILE = '</script><img src=x onerror="window.hit = 1"><script>window.hit = 1</script> {{ 7 * 7 }} &amp; \''
"""What a model may write anywhere"""
RIGHT = "def f(x):\n    return x + 1\n"
WRONG = "def f(x):\n    return x * 2\n"
CRASHES = "def f(x):\n    return 1 / 0\n"
PROGRAMS = {
    f"task {HOSTILE}": [RIGHT, RIGHT, "def f(x):\n    return 1 + x\n", WRONG, CRASHES],
    "split": [WRONG, WRONG, WRONG, RIGHT, "def f(x):\n    if x:\n        return x\n    return 0\n"],
    "broken": [CRASHES, "def f(x):\n    return " + repr(HOSTILE) + "[\n"],
}
TESTS = [
    "assert f(1) == 2",
    "assert f(2) == 3",
    "assert f(3) == 99",
    "assert ____ == f(4)",
    f"assert f(5) != {HOSTILE!r}",
]
CHECK = "def check(candidate):\n    assert candidate(5) == 6\n    assert candidate(7) == 8\n"


def write(file: Path, rows: list[dict[str, Any]]) -> Path:
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return file


@pytest.fixture(scope="session")
def judged(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A judged folder with selections that were held against the truth; hostile texts in every place."""
    folder = tmp_path_factory.mktemp("judged")
    prompt = f"# {HOSTILE}\n"
    problems = [{"task_id": name, "prompt": prompt, "entry_point": "f", "test": CHECK} for name in PROGRAMS]
    candidates = [
        {"task_id": name, "solution": program, "mean_logprob": -0.1 * (1 + index)}
        for name, programs in PROGRAMS.items()
        for index, program in enumerate(programs)
    ]
    files = [
        *("--problems", write(folder / "problems.jsonl", problems)),
        *("--candidates", write(folder / "candidates.jsonl", candidates)),
    ]
    tests = write(folder / "tests.jsonl", [{"task_id": name, "tests": TESTS} for name in PROGRAMS])
    out, truth = folder / "judged", folder / "truth"
    assert run(["judge", *map(str, [*files, "--tests", tests, "--out", out])]) == 0
    assert run(["judge", *map(str, [*files, "--tests", folder / "problems.jsonl", "--out", truth])]) == 0
    assert run(["select", str(out), "--truth", str(truth)]) == 0
    return out


@pytest.fixture(scope="session")
def sampled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of the loop up to its selections, whose model is an author of our own."""
    out = tmp_path_factory.mktemp("sampled") / "run"
    command = [sys.executable, Path(__file__).parents[1] / "loop" / "slow_run.py", out, "0"]
    subprocess.run(command, check=True, stderr=subprocess.DEVNULL)
    (out / "config.resolved.toml").write_text(tomli_w.dumps({"seed": 7, "model": {"door": "scripted"}}))
    return out


SHARES = {
    "start/evaluation": (1, 2, 1, 0),
    "start/validation": (2, 2),
    "round-00/evaluation": (4, 4, 2, 3),
    "round-00/validation": (4, 3),
    "round-00/controls/random-0/evaluation": (1, 1, 1, 1),
    "round-00/controls/consensus-1/evaluation": (4, 3, 2, 3),
}
"""Right programs of 4, by problem"""


@pytest.fixture(scope="session")
def shares() -> Mapping[str, tuple[int, ...]]:
    return SHARES


@pytest.fixture(scope="session")
def learned(sampled: Path) -> Path:
    """The same run, with the figures of models: those are read, not made, by the report."""
    out = sampled.with_name("learned")
    shutil.copytree(sampled, out)
    for place, shares in SHARES.items():
        folder = StageFolder(out / place)
        records = [Score(problem_id=f"p{n}", num_samples=4, num_right=right) for n, right in enumerate(shares)]
        folder.finish("key", {"records": records}, {"counts": {"kept": len(records)}})
    return out


@pytest.fixture(scope="session")
def page(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """Make the page of some folders."""

    def make(*arguments: object) -> Path:
        out = tmp_path_factory.mktemp("page") / "index.html"
        assert run(["report", *map(str, arguments), "--out", str(out)]) == 0
        return out

    return make


# ---------------------------------------------------------------- the browser

_FLAGS = (
    "headless=new", "no-sandbox", "disable-gpu", "disable-quic", "no-first-run", "disable-background-networking",
    "disable-component-update", "disable-sync", "disable-dev-shm-usage",
)  # fmt: skip


def _go_without(reason: str) -> NoReturn:
    if os.environ.get("UCODER_BROWSER_MUST_WORK") == "1":
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture(scope="session")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """Debian's chromium, without a window."""
    try:
        from selenium import webdriver
    except ImportError:
        _go_without("the browser is driven by selenium, which is not installed")
    programs = [shutil.which(name) for name in ("chromium", "chromedriver")]
    if None in programs:
        _go_without("there is no browser (Debian: apt-get install chromium chromium-driver)")
    options = webdriver.ChromeOptions()
    options.binary_location = programs[0]
    for flag in (*_FLAGS, f"user-data-dir={tmp_path_factory.mktemp('profile')}"):
        options.add_argument(f"--{flag}")
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    driver = webdriver.Chrome(options=options, service=webdriver.ChromeService(programs[1]))
    yield driver
    driver.quit()


@pytest.fixture
def visit(browser: Any) -> Callable[..., Any]:
    """Open a page in a window of some size, dark or light; what was logged before is forgotten."""

    def opened(page: Path, *, width: int = 1280, dark: bool = False, fragment: str = "") -> Any:
        size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 600}
        browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [scheme]})
        browser.get("about:blank")
        for kind in ("browser", "performance"):
            browser.get_log(kind)
        browser.get(page.as_uri() + fragment)
        return browser

    return opened
