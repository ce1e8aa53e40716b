"""What `ucoder run` refuses: by the setting's name, with what to do, before anything is asked, and leaving nothing."""

import json
from pathlib import Path

import pytest
import tomli_w

from ucoder.cli import run
from ucoder.errors import SandboxUnavailable

SERVER = {"door": "openai", "model": "m", "base_url": "http://127.0.0.1:9/v1"}


@pytest.fixture
def config(tmp_path: Path) -> Path:
    recording = tmp_path / "recording.jsonl"
    recording.write_text(json.dumps({"prompt": "p", "text": "t"}) + "\n")
    file = tmp_path / "run.toml"
    file.write_text(tomli_w.dumps({"model": {"door": "scripted", "file": str(recording)}}))
    return file


def server(**changes: object) -> str:
    fields = ", ".join(f"{name} = {json.dumps(value)}" for name, value in {**SERVER, **changes}.items())
    return f"model = {{{fields}}}"


REFUSED = {
    "an unknown key": (["candidates.m=1"], ["there is no setting candidates.m"]),
    "an unknown table": (["modle.door=vllm"], ["there is no setting modle"]),
    "one program": (["candidates.n=1"], ["candidates.n", "give at least 2"]),
    "a text for a number": (["candidates.n=many"], ["candidates.n", "integer"]),
    "a share above 1": (["consensus.rho=1.5"], ["consensus.rho", "less than or equal to 1"]),
    "clusters larger than all": (
        ["candidates.n=8", "consensus.tau=9"],
        ["consensus.tau is 9", "candidates.n = 8", "lower"],
    ),
    "more tests than there can be": (
        ["suites.min_tests=200"],
        ["suites", "min_tests is 200", "num_tests = 100", "lower"],
    ),
    "no such style": (["prompts=fancy"], ["prompts: ", "'fancy'", "give base, chat, compact or a folder"]),
    "an empty prompt folder": (["prompts=EMPTY"], ["prompts: ", "EMPTY", "no file style.toml", "docs/prompts.md"]),
    "no such benchmark": (["benchmarks=['nowhere.jsonl']"], ["benchmarks: there is no file nowhere.jsonl"]),
    "a benchmark that is none": (["benchmarks=['run.toml']"], ["run.toml, line 1", "is not JSON"]),
    "no such recording": (["model.file=nowhere.jsonl"], ["file: nowhere.jsonl cannot be read"]),
    "conversations for a base model": (
        [server(), "prompts=chat"],
        ["prompts = 'chat'", "model.chat is false", "set model.chat = true", "prompts = 'base'"],
    ),
    "text for a chat endpoint": (
        [server(endpoint="chat", chat=True)],
        ["model.endpoint 'chat'", "set prompts = 'chat'"],
    ),
    "a server without address": ([server(base_url="")], ["base_url, for example"]),
    "no such interpreter": (["execution.python=/nowhere"], ["execution.python: /nowhere is no interpreter"]),
    "a setting of another door": (["model.batch_size=8"], ["batch_size means nothing to door 'scripted'"]),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_a_wrong_setting_is_named_and_nothing_is_begun(
    config: Path, tmp_path: Path, case: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "EMPTY").mkdir()
    changes, said = REFUSED[case]
    sets = [part for change in changes for part in ("--set", change)]
    assert run(["run", str(config), "--out", "out", *sets]) == 2
    message = capsys.readouterr().err
    assert all(one in message for one in said), message
    assert not (tmp_path / "out" / "round-00").exists()


def test_a_run_whose_model_could_not_be_opened_is_begun_again_without_resume(
    config: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = str(tmp_path / "out")
    assert run(["run", str(config), "--out", out, "--set", "model.file=nowhere.jsonl"]) == 2
    assert run(["run", str(config), "--out", out]) == 1  # now it is the recording that lacks an answer
    assert "holds a run already" not in capsys.readouterr().err


def test_a_machine_that_cannot_run_programs_is_noticed_before_the_model_is_asked(
    config: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def lacking(**_settings: object) -> None:
        raise SandboxUnavailable("the layer 'user namespace' is missing; `ucoder doctor` says what to do")

    monkeypatch.setattr("ucoder.stages.judging.Executor", lacking)
    assert run(["run", str(config), "--out", str(tmp_path / "out")]) == 1
    assert "ucoder doctor" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
    assert run(["run", str(config), "--out", str(tmp_path / "out"), "--stages", "problems..suites"]) == 1
    assert "has no text" in capsys.readouterr().err, "stages that run no program need no sandbox"


def test_a_server_that_is_down_is_named_before_work_starts(
    config: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("openai", reason="the openai door needs ucoder[loop]")
    changes = ["--set", server(retries=0), "--set", "prompts=compact"]
    assert run(["run", str(config), "--out", str(tmp_path / "out"), *changes]) == 1
    assert "base_url: no server answers at http://127.0.0.1:9/v1" in (said := capsys.readouterr().err)
    assert "start it, or correct base_url" in said
