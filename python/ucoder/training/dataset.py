"""Dataset: lessons become rows of tokens, labels and weights; nothing here knows torch.

The loss is on the completion and its end token only. A row that is too long is dropped and counted, never cut: a cut
program teaches to stop in the middle. Rows are padded on the right.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from ucoder.errors import ConfigError
from ucoder.loop_records import Lesson, Prompt

__all__ = ["IGNORED", "Batch", "Encoder", "Example", "Examples", "Row", "collate", "examples", "packed"]

IGNORED = -100
"""The label of a token that is not learned, as torch and transformers have it"""


class Encoder(Protocol):
    """What is needed of a tokenizer."""

    @property
    def end_id(self) -> int:
        """The token that ends a text."""
        ...

    def prompt_ids(self, prompt: Prompt) -> list[int]:
        """A prompt exactly as the sampler encodes it."""
        ...

    def completion_ids(self, text: str) -> list[int]:
        """What goes on from a prompt: no special tokens are added."""
        ...


@dataclass(frozen=True, slots=True)
class Example:
    """A lesson in tokens: the prompt's, then those that are learned."""

    ids: tuple[int, ...]
    num_prompt: int
    weight: float


@dataclass(frozen=True, slots=True)
class Examples:
    """What of the lessons fits."""

    rows: tuple[Example, ...]
    num_too_long: int
    longest: int
    """Tokens of the longest lesson, dropped or not"""

    @property
    def num_tokens(self) -> int:
        """Of all rows that are left, prompts included."""
        return sum(len(row.ids) for row in self.rows)


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a batch. All have the same length; positions begin again at 0 with every example."""

    ids: tuple[int, ...]
    labels: tuple[int, ...]
    weights: tuple[float, ...]
    positions: tuple[int, ...]


@dataclass(frozen=True, eq=False, slots=True)
class Batch:
    """Rows as arrays, (B, L) each."""

    ids: NDArray[np.int64]
    labels: NDArray[np.int64]
    """The token itself where it is learned, else `IGNORED`. Not shifted: position i is predicted from those before"""
    weights: NDArray[np.float32]
    """Of a label in the loss; 0 where there is none"""
    positions: NDArray[np.int64]
    mask: NDArray[np.int64]
    """1 where there is a token, 0 where there is padding"""


def examples(lessons: Iterable[Lesson], encoder: Encoder, max_length: int) -> Examples:
    """Lessons in tokens, in their order. ConfigError where none is short enough, though there are some.

    Prompt and completion are encoded apart, because the sampler has the prompt's tokens before it draws the rest.
    """
    rows: list[Example] = []
    num_too_long = longest = 0
    for lesson in lessons:
        prompt = encoder.prompt_ids(lesson.prompt)
        ids = (*prompt, *encoder.completion_ids(lesson.completion), encoder.end_id)
        longest = max(longest, len(ids))
        if len(ids) > max_length:
            num_too_long += 1
        else:
            rows.append(Example(ids, len(prompt), lesson.weight))
    if num_too_long and not rows:
        raise ConfigError(
            f"max_length is {max_length}, and all {num_too_long} lessons are longer (up to {longest} tokens): raise it"
        )
    return Examples(tuple(rows), num_too_long, longest)


def _row(example: Example) -> Row:
    length = len(example.ids)
    learned = range(length - example.num_prompt)
    return Row(
        example.ids,
        (*(IGNORED,) * example.num_prompt, *example.ids[example.num_prompt :]),
        (*(0.0,) * example.num_prompt, *(example.weight for _ in learned)),
        tuple(range(length)),
    )


def packed(rows: Sequence[Example], max_length: int) -> list[list[Example]]:
    """Examples put together into rows of at most so many tokens: each into the first row with room, longest first.

    Only for models whose attention keeps apart what has positions of its own (the trainer checks).
    """
    bins: list[list[Example]] = []
    room: list[int] = []
    for example in sorted(rows, key=lambda one: -len(one.ids)):
        place = next((i for i, left in enumerate(room) if left >= len(example.ids)), len(bins))
        if place == len(bins):
            bins.append([])
            room.append(max_length)
        bins[place].append(example)
        room[place] -= len(example.ids)
    return bins


def collate(groups: Sequence[Sequence[Example]], pad_id: int, multiple: int = 8) -> Batch:
    """A batch of rows, each of one example or of several that are packed; its length is a multiple of `multiple`.

    In a packed row the label of an example's first token is IGNORED: it would be predicted from its neighbour.
    """
    rows = [[_row(example) for example in group] for group in groups]
    longest = max(sum(len(part.ids) for part in row) for row in rows)
    shape = (len(rows), -(-longest // multiple) * multiple)
    batch = Batch(
        ids=np.full(shape, pad_id, dtype=np.int64),
        labels=np.full(shape, IGNORED, dtype=np.int64),
        weights=np.zeros(shape, dtype=np.float32),
        positions=np.zeros(shape, dtype=np.int64),
        mask=np.zeros(shape, dtype=np.int64),
    )
    for place, row in enumerate(rows):
        begin = 0
        for part in row:
            end = begin + len(part.ids)
            batch.ids[place, begin:end] = part.ids
            batch.labels[place, begin + 1 : end] = part.labels[1:]
            batch.weights[place, begin + 1 : end] = part.weights[1:]
            batch.positions[place, begin:end] = part.positions
            batch.mask[place, begin:end] = 1
            begin = end
        batch.positions[place, begin:] = np.arange(shape[1] - begin)  # padding is an example of its own
    return batch
