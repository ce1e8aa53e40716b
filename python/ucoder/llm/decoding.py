"""Decoding with plain forward passes: a table of slots, one text a slot, and the drawing of one token for each.

Slots are dense: texts in progress stand in rows 0 to n - 1, a text that ends gives its row to the next one or to the
last, so finished texts cost nothing. Every row is padded on the right and has its own length. A token depends on its
own row only, up to the rounding of matrix products: in float32 that is the same text whatever shares the batch.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from transformers.cache_utils import Cache, CacheLayerMixin, DynamicCache

__all__ = ["NUM_UNIFORMS", "Prefix", "Slots", "draw"]

_ROWS_STEP = 8
"""The batch is rounded up to a multiple of this: fewer shapes, and rows of matrices in whole tiles"""
_LENGTH_STEP = 64
"""Likewise the length that attention looks at"""
_NUM_TRIES = 4
NUM_UNIFORMS = _NUM_TRIES + 1
"""Random numbers that one token takes, whether it needs them or not: so token t has the same ones in every run"""


@dataclass(frozen=True, slots=True)
class Prefix:
    """A prompt that was run through the model once, for all its samples. Tensors of one row each."""

    keys: list[torch.Tensor]
    """Per layer [1, heads, length, head size]"""
    values: list[torch.Tensor]
    logits: torch.Tensor
    """[1, vocabulary], float32: what comes after the prompt"""
    length: int


class Slots:
    """Keys and values of `num_slots` texts in progress, and the model that goes on with them.

    `lengths[r]` counts the tokens of row r whose keys are there. One thread at a time.
    """

    def __init__(self, model: Callable[..., Any], num_layers: int, num_slots: int, device: torch.device) -> None:
        self._model = model
        self._device = device
        self._num_slots = -(-num_slots // _ROWS_STEP) * _ROWS_STEP
        self._layers = [_SlotLayer() for _ in range(num_layers)]
        self._cache = Cache(layers=list(self._layers))
        self._rows = torch.arange(self._num_slots, device=device)
        self._columns = torch.arange(0, device=device)
        self.lengths: npt.NDArray[np.int64] = np.zeros(self._num_slots, dtype=np.int64)

    @torch.inference_mode()
    def prefix(self, ids: list[int]) -> Prefix:
        """Run a prompt by itself: its numbers do not depend on what else is in the batch."""
        tokens = torch.tensor([ids], device=self._device)
        # Without the config: plain layers that keep everything, which is what the slots hold.
        cache = DynamicCache()
        logits = self._model(input_ids=tokens, past_key_values=cache, use_cache=True, logits_to_keep=1).logits
        keys = [layer.keys for layer in cache.layers]
        values = [layer.values for layer in cache.layers]
        return Prefix(keys, values, logits[:, -1].float(), len(ids))

    @torch.inference_mode()
    def put(self, prefix: Prefix, first_row: int, num_rows: int) -> None:
        """Start `num_rows` texts behind a prompt, in rows from `first_row` on."""
        self._reserve(prefix.length + 1, prefix)
        end = first_row + num_rows
        for layer, keys, values in zip(self._layers, prefix.keys, prefix.values, strict=True):
            layer.keys[first_row:end, :, : prefix.length] = keys
            layer.values[first_row:end, :, : prefix.length] = values
        self.lengths[first_row:end] = prefix.length

    @torch.inference_mode()
    def move(self, source: int, target: int) -> None:
        """Let a text go on in another row."""
        length = int(self.lengths[source])
        for layer in self._layers:
            layer.keys[target, :, :length] = layer.keys[source, :, :length]
            layer.values[target, :, :length] = layer.values[source, :, :length]
        self.lengths[target] = length

    @torch.inference_mode()
    def step(self, tokens: npt.NDArray[np.int64]) -> torch.Tensor:
        """Append one token to each of rows 0 to len(tokens) - 1. Returns what follows: [rows, vocabulary], float32."""
        num_rows = len(tokens)
        padded = -(-num_rows // _ROWS_STEP) * _ROWS_STEP
        self.lengths[num_rows:padded] = 0
        longest = int(self.lengths[:num_rows].max()) + 1
        self._reserve(longest, None)
        visible = min(-(-longest // _LENGTH_STEP) * _LENGTH_STEP, len(self._columns))
        # A copy: the rows' lengths move on while a GPU may still be reading.
        positions = torch.from_numpy(self.lengths[:padded].copy()).to(self._device)
        ids = torch.zeros(padded, dtype=torch.int64)
        ids[:num_rows] = torch.from_numpy(tokens)
        for layer in self._layers:
            layer.aim(self._rows[:padded], positions, visible)
        # Four dimensions: transformers takes such a mask as it is.
        mask = (self._columns[:visible] <= positions[:, None])[:, None, None, :]
        output = self._model(
            input_ids=ids.to(self._device)[:, None],
            attention_mask=mask,
            position_ids=positions[:, None],
            past_key_values=self._cache,
            use_cache=True,
        )
        self.lengths[:num_rows] += 1
        logits: torch.Tensor = output.logits[:num_rows, -1].float()
        return logits

    def _reserve(self, length: int, like: Prefix | None) -> None:
        capacity = len(self._columns)
        if length <= capacity:
            return
        # By half more each time: copying everything over costs little when it is rare.
        wanted = -(-max(length, capacity * 3 // 2) // _LENGTH_STEP) * _LENGTH_STEP
        for number, layer in enumerate(self._layers):
            layer.grow(self._num_slots, wanted, layer.keys if like is None or capacity else like.keys[number])
        self._columns = torch.arange(wanted, device=self._device)


class _SlotLayer(CacheLayerMixin):  # type: ignore[misc]  # the library is untyped
    """One layer's part of the slots: [slots, heads, capacity, head size], written in place.

    Growing by concatenation, the library's way, copies every key at every token.
    """

    keys: torch.Tensor
    values: torch.Tensor

    def grow(self, num_slots: int, capacity: int, like: torch.Tensor) -> None:
        """Make room; what is there stays."""
        shape = (num_slots, like.shape[1], capacity, like.shape[3])
        keys, values = like.new_zeros(shape), like.new_zeros(shape)
        if self.keys is not None:
            keys[:, :, : self.keys.shape[2]] = self.keys
            values[:, :, : self.values.shape[2]] = self.values
        self.keys, self.values = keys, values
        self.is_initialized = True

    def aim(self, rows: torch.Tensor, positions: torch.Tensor, visible: int) -> None:
        """Say where the next keys go and how much of them attention sees."""
        self._rows, self._positions, self._visible = rows, positions, visible

    def update(
        self, key_states: torch.Tensor, value_states: torch.Tensor, *_args: object, **_kwargs: object
    ) -> tuple[torch.Tensor, torch.Tensor]:
        self.keys[self._rows, :, self._positions] = key_states[:, :, 0]
        self.values[self._rows, :, self._positions] = value_states[:, :, 0]
        count = len(self._rows)
        return self.keys[:count, :, : self._visible], self.values[:count, :, : self._visible]

    def lazy_initialization(self, *_states: torch.Tensor) -> None:
        """Nothing: `grow` comes first."""

    def get_mask_sizes(self, query_length: int) -> tuple[int, int]:  # noqa: ARG002
        return self._visible, 0

    def get_seq_length(self) -> int:
        return 0

    def get_max_length(self) -> int:
        return -1

    def get_max_cache_shape(self) -> int:
        """The same, by its name in the first releases of transformers 5."""
        return -1


@torch.inference_mode()
def draw(
    logits: torch.Tensor, uniforms: npt.NDArray[np.float64], temperature: float, top_p: float
) -> tuple[list[int], list[float]]:
    """One token for each row, and its log-probability under the model itself.

    `logits` [rows, vocabulary] float32; `uniforms` [rows, NUM_UNIFORMS] in [0, 1). Draws from the whole distribution
    until a token lies in the nucleus, which is the nucleus' own distribution and needs no sorting; rows without luck
    in a few tries are drawn from their sorted nucleus.
    """
    logprobs = torch.log_softmax(logits, dim=-1)
    if temperature == 0:
        tokens = logits.argmax(dim=-1, keepdim=True)
        return tokens[:, 0].tolist(), logprobs.gather(1, tokens)[:, 0].tolist()
    probabilities = torch.softmax(logits / temperature, dim=-1)
    # In float32 the sum over a large vocabulary is off by more than rare tokens weigh.
    cumulative = probabilities.cumsum(dim=-1, dtype=torch.float64)
    numbers = torch.from_numpy(uniforms).to(logits.device)
    tokens = _from_all(cumulative, numbers[:, :1])
    rejected = _rows_outside(probabilities, tokens, top_p)
    for attempt in range(1, _NUM_TRIES):
        if len(rejected) == 0:
            break
        tokens[rejected] = _from_all(cumulative[rejected], numbers[rejected, attempt, None])
        rejected = rejected[_rows_outside(probabilities[rejected], tokens[rejected], top_p)]
    if len(rejected):
        tokens[rejected] = _from_nucleus(probabilities[rejected], numbers[rejected, _NUM_TRIES, None], top_p)
    return tokens[:, 0].tolist(), logprobs.gather(1, tokens)[:, 0].tolist()


def _from_all(cumulative: torch.Tensor, numbers: torch.Tensor) -> torch.Tensor:
    """[rows, 1] tokens by inverse transform."""
    places = torch.searchsorted(cumulative, numbers * cumulative[:, -1:], right=True)
    return places.clamp_(max=cumulative.shape[1] - 1)


def _rows_outside(probabilities: torch.Tensor, tokens: torch.Tensor, top_p: float) -> torch.Tensor:
    """Rows whose token is no member of the smallest set of likeliest tokens that weighs `top_p`."""
    if top_p >= 1:
        return torch.empty(0, dtype=torch.int64, device=tokens.device)
    own = probabilities.gather(1, tokens)
    likelier = torch.where(probabilities > own, probabilities, 0).sum(dim=-1, dtype=torch.float64)
    return (likelier >= top_p).nonzero()[:, 0]


def _from_nucleus(probabilities: torch.Tensor, numbers: torch.Tensor, top_p: float) -> torch.Tensor:
    likeliest, tokens = probabilities.sort(dim=-1, descending=True, stable=True)
    cumulative = likeliest.cumsum(dim=-1, dtype=torch.float64)
    inside = (cumulative - likeliest < top_p).sum(dim=-1, keepdim=True)
    weight = cumulative.gather(1, inside - 1)
    places = torch.searchsorted(cumulative, numbers * weight, right=True)
    return tokens.gather(1, torch.minimum(places, inside - 1))
