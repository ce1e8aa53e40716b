"""The scripted door: what was recorded comes back, and a bad line is named."""

import gzip
import json
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from ucoder.errors import ConfigError, GeneratorError, InputError, StorageError
from ucoder.llm.generator import Completion, Message, Request, Samples, Sampling
from ucoder.llm.opening import open_generator
from ucoder.llm.scripted import Recorder, ScriptedGenerator, prompt_hash
from ucoder.llm.settings import ModelSettings

from .conftest import texts_of

CHAT = (Message("user", "Add."),)
ASKED = [Request(id="a", prompt="def f", n=5, seed=0), Request(id="b", prompt=CHAT, n=2, seed=0, first_index=3)]


def written(file: Path, *lines: object) -> Path:
    file.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return file


def test_texts_of_a_prompt_are_numbered_as_they_stand(tmp_path: Path) -> None:
    file = written(
        tmp_path / "said.jsonl",
        {"prompt": "def f", "text": "(x)", "num_tokens": 3, "mean_logprob": -0.5, "ending": "length"},
        {"prompt": "other", "text": "?"},
        {"prompt": "def f", "text": "(y)"},
    )
    settings = ModelSettings.from_mapping({"door": "scripted", "file": str(file)})
    with open_generator(settings, run_seed=0) as generator:
        texts = texts_of(generator, [Request(id="a", prompt="def f", n=2, seed=9)], Sampling())
    assert texts["a", 0] == Completion(text="(x)", num_tokens=3, mean_logprob=-0.5, ending="length")
    assert texts["a", 1].text == "(y)"


@pytest.mark.parametrize("name", ["said.jsonl", "said.jsonl.gz"])
def test_a_recording_replays_the_model_it_was_made_from(tmp_path: Path, name: str) -> None:
    original = ScriptedGenerator(
        written(
            tmp_path / "original.jsonl",
            *(
                {"prompt": "def f", "text": f"({i}\ud800\n\0)", "num_tokens": i, "mean_logprob": -i / 3}
                for i in range(5)
            ),
            *({"prompt_hash": prompt_hash(CHAT), "index": i, "text": str(i)} for i in (3, 4)),
            {"prompt_hash": prompt_hash(CHAT), "rendered": "<user>Add."},
        )
    )
    with Recorder(original, tmp_path / name) as recorder:
        said = texts_of(recorder, ASKED, Sampling())
        assert recorder.fingerprint == original.fingerprint
    replay = ScriptedGenerator(tmp_path / name, chunk=2)
    assert texts_of(replay, ASKED, Sampling()) == said
    assert replay.fingerprint == original.fingerprint
    assert replay.render(CHAT) == original.render(CHAT) == "<user>Add."


def test_a_text_that_was_not_recorded_is_named(tmp_path: Path) -> None:
    generator = ScriptedGenerator(written(tmp_path / "said.jsonl", {"prompt": "def f", "text": "(x)"}))
    with pytest.raises(GeneratorError, match=r"said.jsonl has no text 1 for request 'a' \(prompt_hash [0-9a-f]{32}\)"):
        texts_of(generator, ASKED, Sampling())


WRONG = {
    "is not JSON": (b"{", ""),
    "is not an object": (b"[1]", ""),
    "is not known": (b'{"prompt": "p", "txt": "x"}', "txt"),
    "is needed, or else prompt_hash": (b'{"text": "x"}', "prompt"),
    "is a string, not None": (b'{"prompt": "p"}', "text"),
    "is a string, not 3": (b'{"prompt": 3, "text": "x"}', "prompt"),
    "is a whole number from 0 on, not -1": (b'{"prompt": "p", "text": "x", "index": -1}', "index"),
    "is a whole number from 0 on, not True": (b'{"prompt": "p", "text": "x", "num_tokens": true}', "num_tokens"),
    "is a number up to 0": (b'{"prompt": "p", "text": "x", "mean_logprob": 0.5}', "mean_logprob"),
    "is one of stop, length, repetition": (b'{"prompt": "p", "text": "x", "ending": "end"}', "ending"),
}


@pytest.mark.parametrize("message", WRONG)
def test_a_bad_line_is_named_with_its_field(tmp_path: Path, message: str) -> None:
    line, field = WRONG[message]
    file = tmp_path / "said.jsonl"
    file.write_bytes(b'{"prompt": "p", "text": "x"}\n\n' + line + b"\n")
    with pytest.raises(InputError, match=message) as caught:
        ScriptedGenerator(file)
    assert (caught.value.line, caught.value.field) == (3, field)


def test_what_is_no_file_or_not_gzipped_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="file: .* cannot be read"):
        ScriptedGenerator(tmp_path / "nothing.jsonl")
    (tmp_path / "plain.gz").write_bytes(b"{}")
    with pytest.raises(InputError, match="is not gzipped"):
        ScriptedGenerator(tmp_path / "plain.gz")
    (tmp_path / "cut.gz").write_bytes(gzip.compress(b"{}" * 1000)[:-9])
    with pytest.raises(InputError, match="is not gzipped"):
        ScriptedGenerator(tmp_path / "cut.gz")


def test_a_recording_that_cannot_be_written_says_so(tmp_path: Path) -> None:
    original = ScriptedGenerator(written(tmp_path / "said.jsonl"))
    with pytest.raises(StorageError, match="cannot be written"):
        Recorder(original, tmp_path / "no" / "where.jsonl")


def test_requests_are_taken_as_they_are_needed(tmp_path: Path) -> None:
    generator = ScriptedGenerator(written(tmp_path / "said.jsonl", {"prompt": "p", "text": "x"}))

    def endless() -> Iterator[Request]:
        number = 0
        while True:
            yield Request(id=str(number), prompt="p", n=1, seed=0)
            number += 1

    texts: Iterable[Samples] = generator.sample(endless(), Sampling())
    assert [samples.request_id for samples, _ in zip(texts, range(3), strict=False)] == ["0", "1", "2"]
