"""Generator: prompts go in, sampled texts come out. The one protocol behind every door to a model.

Doors: `vllm`, `openai`, `transformers`, `scripted`. They differ in how tokens are made and in nothing that a stage can
see. A model that answers nonsense gives nonsense texts; an exception from a door is ours: a model that cannot be
loaded, a server that is down, a setting the door does not know.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal, Protocol, Self, TypeAlias

from ucoder.errors import ConfigError
from ucoder.loop_records import Message, Prompt

__all__ = [
    "Completion",
    "Ending",
    "Generator",
    "Message",
    "Prompt",
    "Request",
    "Samples",
    "Sampling",
    "plain_rendering",
]

Ending: TypeAlias = Literal["stop", "length", "repetition"]
"""Why a text ends: an end token or stop string; `max_tokens` or the model's own limit; degenerate repetition, which we
cut.

A prompt that leaves the model no room for a single token gives "length" with no tokens: one prompt that is too long
is a fact about that prompt and stops nothing."""


def plain_rendering(prompt: Prompt) -> str:
    """The prompt itself; a conversation as JSON, for doors behind which someone else applies the template."""
    if isinstance(prompt, str):
        return prompt
    return json.dumps([{"role": message.role, "content": message.content} for message in prompt])


@dataclass(frozen=True, slots=True, kw_only=True)
class Sampling:
    """What decides how texts are drawn. Part of every row's key: another setting is another sample.

    temperature 0 is greedy decoding; then `top_p` has no effect and n must be 1. ConfigError where a value is out of
    range.
    """

    temperature: float = 0.8
    """0 to 2 (the engines take no more)"""
    top_p: float = 0.95
    """Above 0, at most 1"""
    max_tokens: int = 1024
    """At least 1"""
    stop: tuple[str, ...] = ()
    """Strings that end a text; they are not part of it"""

    def __post_init__(self) -> None:
        if not 0 <= self.temperature <= 2:
            raise ConfigError(f"temperature lies between 0 and 2, not at {self.temperature}")
        if not 0 < self.top_p <= 1:
            raise ConfigError(f"top_p lies above 0 and is at most 1, not {self.top_p}")
        if self.max_tokens < 1:
            raise ConfigError(f"max_tokens is at least 1, not {self.max_tokens}")
        if "" in self.stop:
            raise ConfigError("stop: an empty string would end every text before it began")


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """`n` texts for one prompt. Samples are numbered `first_index` to `first_index + n - 1`."""

    id: str
    prompt: Prompt
    n: int
    seed: int
    """64 bits. With seeding "request", sample i is drawn with a seed made of this and i: whatever else is in the
    batch, however often the run was interrupted, sample i is the same text."""
    first_index: int = 0

    def __post_init__(self) -> None:
        if self.n < 1 or self.first_index < 0:
            raise ConfigError(f"request {self.id!r} asks for {self.n} samples from number {self.first_index} on")


@dataclass(frozen=True, slots=True, kw_only=True)
class Completion:
    """One sampled text."""

    text: str
    num_tokens: int
    """Tokens that were drawn, the end token included"""
    mean_logprob: float | None
    """Mean natural log-probability of the chosen tokens under the model itself (before temperature and top_p), the
    end token included; f(r) = exp(-mean_logprob). None where the door cannot know it, or nothing was generated."""
    ending: Ending


@dataclass(frozen=True, slots=True)
class Samples:
    """Consecutive samples of one request: what a door hands over as soon as it has them."""

    request_id: str
    first_index: int
    completions: tuple[Completion, ...]


class Generator(Protocol):
    """A model behind a door. One thread at a time. A context manager: leaving it gives back memory and processes."""

    @property
    def fingerprint(self) -> str:
        """What the model is, by content: equal exactly where weights and tokenizer are. Part of every row's key."""
        ...

    def render(self, prompt: Prompt) -> str:
        """The very text the model goes on with: a chat prompt through the template. Its hash is in every row."""
        ...

    def sample(self, requests: Iterable[Request], sampling: Sampling) -> Iterator[Samples]:
        """Draw texts, many requests in flight; yields parts of them in the order in which they are done.

        `requests` is read as there is room, by a thread of the door, so it may be unbounded and may wait. Raises
        GeneratorError (or a kin of it) for what we could not do; what was yielded before stays good.
        """
        ...

    def close(self) -> None:
        """End it. Idempotent."""
        ...

    def __enter__(self) -> Self: ...

    def __exit__(self, *error: object) -> None: ...
