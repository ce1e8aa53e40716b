"""The scripted door: answers that were recorded, for tests, examples and replays; and the recorder.

A recording is a file of JSON lines, gzipped where its name ends in .gz. A line is a text:

    {"prompt": "def f(x):", "text": " return x"}                  a text for this prompt, by hand
    {"prompt_hash": "...", "index": 3, "text": "...", ...}        as the recorder writes it

with `index` (which sample; otherwise the texts of a prompt are numbered as they stand), `num_tokens`, `mean_logprob`
and `ending` where they are known. The recorder also keeps, for a replay to give the same keys, the model's fingerprint
in a first line {"fingerprint": "..."} and how prompts were rendered, {"prompt_hash": "...", "rendered": "..."}.
"""

import gzip
import hashlib
import json
import math
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO, Any, Self, cast

from ucoder.errors import ConfigError, GeneratorError, InputError, StorageError
from ucoder.llm.generator import Completion, Ending, Generator, Prompt, Request, Samples, Sampling, plain_rendering
from ucoder.llm.intake import parts_of
from ucoder.records import content_id

__all__ = ["Recorder", "ScriptedGenerator", "prompt_hash"]

_FIELDS = ("prompt", "prompt_hash", "index", "text", "num_tokens", "mean_logprob", "ending", "rendered", "fingerprint")
_ENDINGS = ("stop", "length", "repetition")


def prompt_hash(prompt: Prompt) -> str:
    """32 hexadecimal digits that name a prompt, whatever template it goes through."""
    return content_id("text" if isinstance(prompt, str) else "conversation", plain_rendering(prompt))


class ScriptedGenerator:
    """A `Generator` that says what was recorded. The sampling settings change nothing but `n`."""

    def __init__(self, file: Path, chunk: int = 16) -> None:
        """Read the recording. ConfigError where there is none, InputError where a line is not what it should be."""
        self._file = file
        self._chunk = chunk
        self._texts: dict[tuple[str, int], Completion] = {}
        self._rendered: dict[str, str] = {}
        try:
            content = file.read_bytes()
        except OSError as error:
            raise ConfigError(f"file: {file} cannot be read: {error.strerror}") from error
        self._fingerprint = hashlib.sha256(content).hexdigest()[:32]
        self._read(content)

    @property
    def fingerprint(self) -> str:
        """That of the model that was recorded, else a hash of the file."""
        return self._fingerprint

    def render(self, prompt: Prompt) -> str:
        """As it was rendered when it was recorded; else conversations as JSON."""
        return self._rendered.get(prompt_hash(prompt)) or plain_rendering(prompt)

    def sample(self, requests: Iterable[Request], sampling: Sampling) -> Iterator[Samples]:
        """See `Generator.sample`. GeneratorError names a request that has no recorded answer."""
        for request in requests:
            name = prompt_hash(request.prompt)
            for part in parts_of(request, self._chunk, sampling):
                indices = range(part.first_index, part.first_index + part.n)
                missing = next((index for index in indices if (name, index) not in self._texts), None)
                if missing is not None:
                    raise GeneratorError(
                        f"{self._file} has no text {missing} for request {request.id!r} (prompt_hash {name}): "
                        "record it, or ask for fewer"
                    )
                yield Samples(request.id, part.first_index, tuple(self._texts[name, index] for index in indices))

    def close(self) -> None:
        """Nothing to end."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    # ------------------------------------------------------------ reading

    def _read(self, content: bytes) -> None:
        if self._file.suffix == ".gz":
            try:
                content = gzip.decompress(content)
            except (OSError, EOFError) as error:
                raise InputError(self._file, 0, "", f"is not gzipped: {error}") from error
        counted: Counter[str] = Counter()
        for number, line in enumerate(content.split(b"\n"), 1):
            if line.strip():
                self._take(number, self._object(number, line), counted)

    def _object(self, number: int, line: bytes) -> dict[str, Any]:
        try:
            value = json.loads(line)
        except ValueError as error:
            raise InputError(self._file, number, "", f"is not JSON: {error}") from error
        if not isinstance(value, dict):
            raise InputError(self._file, number, "", "is not an object")
        for name in value:
            if name not in _FIELDS:
                raise InputError(self._file, number, name, f"is not known; there are {', '.join(_FIELDS)}")
        return value

    def _take(self, number: int, line: dict[str, Any], counted: Counter[str]) -> None:
        if "fingerprint" in line:
            self._fingerprint = self._string(number, line, "fingerprint")
            return
        if ("prompt" in line) == ("prompt_hash" in line):
            raise InputError(self._file, number, "prompt", "is needed, or else prompt_hash, and not both")
        given = "prompt" in line
        name = prompt_hash(self._string(number, line, "prompt")) if given else self._string(number, line, "prompt_hash")
        if "rendered" in line:
            self._rendered[name] = self._string(number, line, "rendered")
            return
        index = line.get("index", counted[name])
        if not isinstance(index, int) or isinstance(index, bool) or index < 0:
            raise InputError(self._file, number, "index", f"is a whole number from 0 on, not {index!r}")
        counted[name] += 1
        self._texts[name, index] = self._completion(number, line)

    def _completion(self, number: int, line: dict[str, Any]) -> Completion:
        text = self._string(number, line, "text")
        num_tokens = line.get("num_tokens", 0)
        if not isinstance(num_tokens, int) or isinstance(num_tokens, bool) or num_tokens < 0:
            raise InputError(self._file, number, "num_tokens", f"is a whole number from 0 on, not {num_tokens!r}")
        mean = line.get("mean_logprob")
        if mean is not None and not (isinstance(mean, int | float) and math.isfinite(mean) and mean <= 0):
            raise InputError(self._file, number, "mean_logprob", f"is a number up to 0, or null, not {mean!r}")
        ending = line.get("ending", "stop")
        if ending not in _ENDINGS:
            raise InputError(self._file, number, "ending", f"is one of {', '.join(_ENDINGS)}, not {ending!r}")
        return Completion(text=text, num_tokens=num_tokens, mean_logprob=mean, ending=cast("Ending", ending))

    def _string(self, number: int, line: dict[str, Any], name: str) -> str:
        value = line.get(name)
        if not isinstance(value, str):
            raise InputError(self._file, number, name, f"is a string, not {value!r}")
        return value


class Recorder:
    """A `Generator` that passes on what another says, and writes it down. Closing it closes the other, too."""

    def __init__(self, generator: Generator, file: Path) -> None:
        """Start a new recording. StorageError where the file cannot be written."""
        self._generator = generator
        self._file = file
        self._known: set[str] = set()
        try:
            opened = gzip.open(file, "wb") if file.suffix == ".gz" else file.open("wb")  # noqa: SIM115  `close` does
        except OSError as error:
            raise StorageError(f"{file} cannot be written: {error.strerror}") from error
        self._stream: IO[bytes] | None = cast("IO[bytes]", opened)
        self._write({"fingerprint": generator.fingerprint})

    @property
    def fingerprint(self) -> str:
        return self._generator.fingerprint

    def render(self, prompt: Prompt) -> str:
        return self._generator.render(prompt)

    def sample(self, requests: Iterable[Request], sampling: Sampling) -> Iterator[Samples]:
        """See `Generator.sample`. A part is written before it is passed on."""
        prompts: dict[str, Prompt] = {}
        num_owed: Counter[str] = Counter()

        def noted() -> Iterator[Request]:
            for request in requests:
                prompts[request.id] = request.prompt
                num_owed[request.id] += request.n
                yield request

        for samples in self._generator.sample(noted(), sampling):
            name = samples.request_id
            self._record(prompts[name], samples)
            num_owed[name] -= len(samples.completions)
            if num_owed[name] == 0:
                del prompts[name], num_owed[name]
            yield samples

    def _record(self, prompt: Prompt, samples: Samples) -> None:
        name = prompt_hash(prompt)
        if name not in self._known:
            self._known.add(name)
            self._write({"prompt_hash": name, "rendered": self._generator.render(prompt)})
        for index, one in enumerate(samples.completions, samples.first_index):
            known = {"text": one.text, "num_tokens": one.num_tokens, "mean_logprob": one.mean_logprob}
            self._write({"prompt_hash": name, "index": index, **known, "ending": one.ending})

    def _write(self, line: dict[str, object]) -> None:
        if self._stream is None:
            raise GeneratorError("the recorder was closed")
        try:
            self._stream.write(json.dumps(line).encode() + b"\n")
        except OSError as error:
            raise StorageError(f"{self._file} could not be written: {error.strerror}") from error

    def close(self) -> None:
        """End the recording and the generator. Idempotent."""
        if self._stream is not None:
            self._stream.close()
            self._stream = None
        self._generator.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()
