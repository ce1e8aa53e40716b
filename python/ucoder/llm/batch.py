"""Batch: which text stands in which slot, and when it has ended. The scheduling half of the transformers door."""

from collections import deque
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from ucoder.llm.decoding import NUM_UNIFORMS, Prefix, Slots, draw
from ucoder.llm.generator import Completion, Ending, Prompt, Samples, Sampling
from ucoder.llm.intake import Intake, Part
from ucoder.llm.repetition import STRIDE, is_degenerate
from ucoder.llm.seeds import sample_seed
from ucoder.llm.settings import ModelSettings
from ucoder.llm.tokenizer import Tokenizer

__all__ = ["Batch"]

_BLOCK = 64
"""Tokens for which random numbers are made at a time"""


@dataclass(slots=True)
class _PartInProgress:
    part: Part
    done: dict[int, Completion] = field(default_factory=dict)


@dataclass(slots=True)
class _Text:
    """One text in progress."""

    owner: _PartInProgress
    index: int
    prefix: Prefix
    limit: int
    """Tokens it may have"""
    random: np.random.Generator
    ids: list[int] = field(default_factory=list)
    logprob_sum: float = 0.0


class Batch:
    """Texts in progress of one call of `sample`. `fill`, then `step`, until it is empty and the intake exhausted."""

    def __init__(
        self, slots: Slots, tokenizer: Tokenizer, settings: ModelSettings, sampling: Sampling, max_len: int, seed: int
    ) -> None:
        self._slots = slots
        self._tokenizer = tokenizer
        self._settings = settings
        self._sampling = sampling
        self._max_len = max_len
        self._engine_random = np.random.Generator(np.random.Philox(key=seed)) if settings.seeding == "engine" else None
        self._texts: list[_Text] = []  # by row
        self._waiting: deque[_Text] = deque()
        self._last = np.zeros(settings.batch_size, dtype=np.int64)
        self._uniforms = np.empty((settings.batch_size, _BLOCK, NUM_UNIFORMS))
        self._prefix_of: tuple[Prompt, Prefix] | None = None
        # What a stop string's end can stand in, and how many tokens it can span at most: one a byte.
        self._stop_ends = {stop[-1] for stop in sampling.stop}
        self._stop_span = max((len(stop.encode()) for stop in sampling.stop), default=0) + 8

    @property
    def is_empty(self) -> bool:
        """Whether no text is in progress."""
        return not self._texts and not self._waiting

    def fill(self, intake: Intake) -> list[Samples]:
        """Start as many texts as there are free rows; waits for a request only where there is nothing else to do.

        Returns the parts that are done already: those whose prompts are too long, or whose texts end at once.
        """
        done: list[Samples] = []
        while len(self._texts) < self._settings.batch_size:
            if not self._waiting:
                part = intake.take(None if self.is_empty and not done else 0)
                if part is None:
                    break
                done += self._admit(part)
            else:
                done += self._start()
        return done

    def step(self) -> list[Samples]:
        """Draw one token for every text in progress. Returns the parts that this ended."""
        num_rows = len(self._texts)
        logits = self._slots.step(self._last[:num_rows])
        tokens, logprobs = draw(
            logits, self._random_numbers(0, num_rows), self._sampling.temperature, self._sampling.top_p
        )
        return self._append(0, tokens, logprobs)

    # ------------------------------------------------------------ texts come

    def _admit(self, part: Part) -> list[Samples]:
        """Queue the texts of a part. Returns it where its prompt is too long."""
        owner = _PartInProgress(part)
        indices = range(part.first_index, part.first_index + part.n)
        prompt = part.request.prompt
        # By the prompt, not the request: one question may come as several requests in a row.
        if self._prefix_of is None or self._prefix_of[0] != prompt:
            ids = self._tokenizer.encode(prompt)
            if len(ids) >= self._max_len:
                nothing = self._tokenizer.completion([], 0.0, "length", ())
                return [Samples(part.request.id, part.first_index, (nothing,) * part.n)]
            self._prefix_of = (prompt, self._slots.prefix(ids))
        prefix = self._prefix_of[1]
        limit = min(self._sampling.max_tokens, self._max_len - prefix.length)
        self._waiting += (_Text(owner, index, prefix, limit, self._stream(part, index)) for index in indices)
        return []

    def _stream(self, part: Part, index: int) -> np.random.Generator:
        if self._engine_random is not None:
            return np.random.Generator(np.random.Philox(key=int(self._engine_random.integers(1 << 63))))
        return np.random.Generator(np.random.Philox(key=sample_seed(part.request.seed, index)))

    def _start(self) -> list[Samples]:
        """Put waiting texts of one prompt into free rows and draw their first tokens."""
        first = len(self._texts)
        prefix = self._waiting[0].prefix
        while self._waiting and self._waiting[0].prefix is prefix and len(self._texts) < self._settings.batch_size:
            self._texts.append(self._waiting.popleft())
        num_new = len(self._texts) - first
        self._slots.put(prefix, first, num_new)
        logits = prefix.logits.expand(num_new, -1)
        numbers = self._random_numbers(first, len(self._texts))
        tokens, logprobs = draw(logits, numbers, self._sampling.temperature, self._sampling.top_p)
        return self._append(first, tokens, logprobs)

    def _random_numbers(self, first: int, end: int) -> npt.NDArray[np.float64]:
        """[rows, NUM_UNIFORMS] for the next token of rows first to end - 1, each from its own text's stream."""
        places = np.empty(end - first, dtype=np.int64)
        for row in range(first, end):
            text = self._texts[row]
            place = len(text.ids) % _BLOCK
            if place == 0:
                text.random.random(out=self._uniforms[row])
            places[row - first] = place
        return self._uniforms[np.arange(first, end), places]

    # ------------------------------------------------------------ texts end

    def _append(self, first: int, tokens: list[int], logprobs: list[float]) -> list[Samples]:
        """Give each text from row `first` on its next token; take out those that it ends."""
        ended: list[tuple[int, Ending]] = []
        for row, (token, logprob) in enumerate(zip(tokens, logprobs, strict=True), first):
            text = self._texts[row]
            text.ids.append(token)
            text.logprob_sum += logprob
            self._last[row] = token
            ending = self._ending(text, token)
            if ending is not None:
                ended.append((row, ending))
        done: list[Samples] = []
        # From the end: the last text moves into the gap, and it must not be one that has ended itself.
        for row, ending in reversed(ended):
            done += self._finish(self._texts[row], ending)
            self._remove(row)
        return done

    def _ending(self, text: _Text, token: int) -> Ending | None:
        ids = text.ids
        if token in self._tokenizer.end_ids or (self._stop_ends and self._stops(ids, token)):
            return "stop"
        if len(ids) >= text.limit:
            return "length"
        settings = self._settings
        if len(ids) % STRIDE == 0 and is_degenerate(ids, settings.repetition_window, settings.repetition_repeats):
            return "repetition"
        return None

    def _stops(self, ids: list[int], token: int) -> bool:
        piece = self._tokenizer.piece(token)
        # A replacement character stands for a part of a character, which the next token may complete.
        if "\ufffd" not in piece and self._stop_ends.isdisjoint(piece):
            return False
        tail = self._tokenizer.text_of(ids[-self._stop_span :], ())
        return any(stop in tail for stop in self._sampling.stop)

    def _finish(self, text: _Text, ending: Ending) -> list[Samples]:
        owner = text.owner
        completion = self._tokenizer.completion(text.ids, text.logprob_sum, ending, self._sampling.stop)
        owner.done[text.index] = completion
        part = owner.part
        if len(owner.done) < part.n:
            return []
        completions = tuple(owner.done[part.first_index + i] for i in range(part.n))
        return [Samples(part.request.id, part.first_index, completions)]

    def _remove(self, row: int) -> None:
        last = len(self._texts) - 1
        if row != last:
            self._slots.move(last, row)
            self._texts[row] = self._texts[last]
            self._last[row] = self._last[last]
            self._uniforms[row] = self._uniforms[last]
        self._texts.pop()
