"""What the loop's tests share: a small run whose model is the author, and its recording for the scripted door."""

import sys
from collections.abc import Callable
from contextlib import ExitStack
from functools import cache
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

pytest.importorskip("pydantic", reason="the loop needs ucoder[loop]")
pytest.importorskip("jinja2", reason="the loop needs ucoder[loop]")
pytest.importorskip("datasketch", reason="the loop needs ucoder[loop]")

from author import Author

from ucoder import Executor, Limits
from ucoder.llm.scripted import Recorder
from ucoder.prompts import PromptStyle
from ucoder.rounds import STAGES, Loop, Tools
from ucoder.run_config import RunConfig
from ucoder.stages.contamination import BenchmarkIndex
from ucoder.store.loop import LoopDirectory

SETTINGS = {
    "prompts": "compact",
    "problems": {"answers_per_kind": 5, "chunk": 4, "min_description_words": 5, "required": ["title", "description"]},
    "duplicates": {"threshold": 0.9},
    "suites": {"asks": ["any"], "answers_per_ask": 3},
    "candidates": {"n": 8, "chunk": 4},
    "execution": {"cpu_limit_ms": 200, "workers": 2},
    "consensus": {"resamples": 0},
}


def config_of(model: dict[str, object], **changes: object) -> RunConfig:
    return RunConfig.of({"model": model, **SETTINGS, **changes}, "test")


@pytest.fixture(scope="session")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All that the author says in such a run."""
    file = tmp_path_factory.mktemp("recording") / "author.jsonl"
    config = config_of({"door": "scripted", "file": str(file)})
    folder = tmp_path_factory.mktemp("recorded") / "run"
    with LoopDirectory.open(folder, "0", resume=False) as directory, ExitStack() as stack:
        recorder = stack.enter_context(Recorder(Author(), file))

        @cache
        def executor() -> Executor:
            return stack.enter_context(Executor(workers=2, limits=Limits(cpu_ms=50, max_timeouts=1)))

        tools = Tools(
            generator=lambda _: recorder,
            fingerprint=lambda _: recorder.fingerprint,
            executor=executor,
            examiner=executor,
            directory=directory,
            style=PromptStyle.load("compact"),
            benchmarks=BenchmarkIndex((), config.contamination),
            version="0",
        )
        Loop(config, tools, stages=STAGES[: STAGES.index("consensus") + 1]).run()
    return file


@pytest.fixture(scope="session")
def config_file(recording: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """Write a configuration for `ucoder run` whose model is the recording."""
    import tomli_w

    def write(**changes: object) -> Path:
        file = tmp_path_factory.mktemp("config") / "run.toml"
        config = config_of({"door": "scripted", "file": str(recording)}, **changes)
        file.write_text(tomli_w.dumps(config.model_dump(mode="json", exclude_none=True, exclude_unset=True)))
        return file

    return write
