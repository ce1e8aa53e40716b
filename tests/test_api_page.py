"""docs/api.md leaves nothing public out: names, headers, the service's paths and options."""

import re
from dataclasses import fields
from importlib import import_module
from pathlib import Path

import pytest

import ucoder
from ucoder.verbs.serve import ServeOptions

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")
QUOTED = set(re.findall(r"`([^`\n]+)`", PAGE))
# Said in words, or by `ucoder serve --help` alone.
UNNAMED_OPTIONS = {"port", "isolation", "cpu_limit_ms"}

pytestmark = pytest.mark.one_python


@pytest.mark.parametrize("name", ucoder.__all__)
def test_every_public_name_is_explained(name: str) -> None:
    assert name in QUOTED


def test_every_public_header_is_there() -> None:
    headers = {f"ucoder/{path.name}" for path in (ROOT / "csrc" / "include" / "ucoder").glob("*.h")}
    assert headers <= QUOTED


def test_what_the_rewards_module_exports_is_there() -> None:
    words = set(re.findall(r"\w+", " ".join(QUOTED)))
    assert set(import_module("ucoder.rewards").__all__) <= words


def test_every_path_of_the_service_is_there() -> None:
    pytest.importorskip("starlette", reason="starlette is not installed: pip install 'ucoder[serve]'")
    source = (ROOT / "python" / "ucoder" / "serve" / "app.py").read_text(encoding="utf-8")
    paths = re.findall(r'Route\("([^"]+)"', source)
    assert len(paths) == 4
    assert all(path in PAGE for path in paths)


def test_every_bound_of_the_service_is_there() -> None:
    options = {f"--{one.name.replace('_', '-')}" for one in fields(ServeOptions) if one.name not in UNNAMED_OPTIONS}
    assert options <= set(re.findall(r"--[a-z-]+", PAGE))
