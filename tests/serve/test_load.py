"""The service under a mixed load, for a short while: `benchmarks/serve_load.py` does it for long."""

import importlib.util
import sys
from pathlib import Path
from typing import Any

import pytest

BENCHMARK = Path(__file__).parents[2] / "benchmarks" / "serve_load.py"


@pytest.fixture(scope="module")
def benchmark_module() -> Any:
    spec = importlib.util.spec_from_file_location("serve_load", BENCHMARK)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["serve_load"] = module  # where dataclasses look for their annotations
    spec.loader.exec_module(module)
    return module


@pytest.mark.one_python
@pytest.mark.usefixtures("packages", "sandbox")
def test_no_request_is_dropped_or_mixed_up_and_memory_stays(benchmark_module: Any) -> None:
    figures = benchmark_module.measure(clients=12, requests=120, workers=2)
    assert figures["unanswered_or_wrong"] == 0, figures["examples"]
    assert figures["statuses"] == {200: 120}
    assert figures["exit_code"] == 0
    assert figures["memory_mb"]["at the end"] < figures["memory_mb"]["after a quarter"] + 10
    assert figures["descriptors"]["at the end"] <= figures["descriptors"]["after a quarter"] + 12
