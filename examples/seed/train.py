"""Trains the seed model from nothing: Qwen2's architecture, 1.7 M parameters, batches of documents of like length.

Matrices are updated by Muon, embeddings and gains by AdamW (`torch.optim`). Documents never share a row, so every one
is seen at the positions at which the model is asked later.
"""

import math
import random
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from transformers import Qwen2Config, Qwen2ForCausalLM

from .text import documents
from .tokenizer import VOCABULARY
from .universe import Composition

__all__ = ["Recipe", "new_model", "save", "train"]

_LENGTH_STEP = 16
_BUFFER = 512  # documents that are sorted by length at a time, times the rows of a batch


@dataclass(frozen=True, slots=True)
class Recipe:
    """How the model is trained."""

    num_tokens: int = 6_000_000
    batch_tokens: int = 6144
    matrix_rate: float = 0.02
    other_rate: float = 3e-3
    warmup_share: float = 0.03
    weight_decay: float = 0.01
    bf16: bool = True
    seed: int = 1


def new_model(seed: int) -> Any:
    """The architecture with random weights. Heads of 32 numbers, so that vLLM's kernels take it too."""
    torch.manual_seed(seed)
    config = Qwen2Config(
        vocab_size=VOCABULARY,
        hidden_size=160,
        intermediate_size=448,
        num_hidden_layers=5,
        num_attention_heads=5,
        num_key_value_heads=5,
        head_dim=32,
        max_position_embeddings=1024,
        tie_word_embeddings=True,
        bos_token_id=None,
        eos_token_id=0,
        pad_token_id=1,
    )
    return Qwen2ForCausalLM(config)


def train(
    model: Any,
    tokenizer: Any,
    among: tuple[Composition, ...],
    recipe: Recipe,
    report: Callable[[dict[str, float]], None],
) -> None:
    """Train in place. `report` gets loss and speed every few steps."""
    optimizers = _optimizers(model, recipe)
    began, seen, losses = time.monotonic(), 0, []
    for step, batch in enumerate(_batches(tokenizer, among, recipe)):
        done = seen / recipe.num_tokens
        if done >= 1:
            break
        factor = min(1.0, (done + 1e-9) / recipe.warmup_share) * (0.05 + 0.95 * (1 + math.cos(math.pi * done)) / 2)
        for optimizer in optimizers:
            for group in optimizer.param_groups:
                group["lr"] = group["peak"] * factor
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=recipe.bf16):
            logits = model(input_ids=batch.ids, attention_mask=batch.mask).logits
        loss = torch.nn.functional.cross_entropy(
            logits[:, :-1].float().flatten(0, 1), batch.labels[:, 1:].flatten(), ignore_index=-100
        )
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        for optimizer in optimizers:
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)
        seen += batch.num_tokens
        losses.append(float(loss.detach()))
        if step % 25 == 0:
            seconds = time.monotonic() - began
            mean = sum(losses[-25:]) / len(losses[-25:])
            report({"step": step, "tokens": seen, "loss": mean, "seconds": seconds, "tokens_per_s": seen / seconds})


@dataclass(frozen=True, slots=True)
class _Batch:
    ids: torch.Tensor
    mask: torch.Tensor
    labels: torch.Tensor
    num_tokens: int


def _optimizers(model: Any, recipe: Recipe) -> list[torch.optim.Optimizer]:
    matrices = [p for name, p in model.named_parameters() if p.ndim == 2 and "embed" not in name]
    chosen = set(map(id, matrices))
    others = [p for p in model.parameters() if id(p) not in chosen]
    found: list[torch.optim.Optimizer] = [
        torch.optim.Muon(matrices, lr=recipe.matrix_rate, weight_decay=recipe.weight_decay),
        torch.optim.AdamW(others, lr=recipe.other_rate, betas=(0.9, 0.98), weight_decay=0.0),
    ]
    for optimizer, peak in zip(found, (recipe.matrix_rate, recipe.other_rate), strict=True):
        for group in optimizer.param_groups:
            group["peak"] = peak
    return found


def _batches(tokenizer: Any, among: tuple[Composition, ...], recipe: Recipe) -> Iterator[_Batch]:
    """Without end: documents of like length together, the batches in an order drawn anew."""
    draw = random.Random(recipe.seed)
    end, pad = tokenizer.eos_token_id, tokenizer.pad_token_id
    for number in range(1 << 30):
        pairs = documents(among, 40 * _BUFFER // 4, recipe.seed * 1_000_003 + number)
        rows = sorted(
            ([*ids, end] for ids in tokenizer([f"{ask}{answer}" for ask, answer in pairs])["input_ids"]), key=len
        )
        batches: list[list[list[int]]] = [[]]
        for row in rows:
            if batches[-1] and (len(batches[-1]) + 1) * len(row) > recipe.batch_tokens:
                batches.append([])
            batches[-1].append(row)
        draw.shuffle(batches)
        for batch in batches:
            yield _padded(batch, pad)


def _padded(rows: list[list[int]], pad: int) -> _Batch:
    width = -(-max(map(len, rows)) // _LENGTH_STEP) * _LENGTH_STEP
    ids = torch.full((len(rows), width), pad)
    labels = torch.full((len(rows), width), -100)
    mask = torch.zeros((len(rows), width), dtype=torch.int64)
    for place, row in enumerate(rows):
        ids[place, : len(row)] = labels[place, : len(row)] = torch.tensor(row)
        mask[place, : len(row)] = 1
    return _Batch(ids, mask, labels, sum(map(len, rows)))


def save(model: Any, folder: Path) -> None:
    """Write the weights in bf16: 3.4 MB."""
    copy = Qwen2ForCausalLM(model.config)
    copy.load_state_dict(model.state_dict())
    copy.to(torch.bfloat16).save_pretrained(folder)
