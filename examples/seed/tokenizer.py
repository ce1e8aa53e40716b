"""The seed model's tokenizer: byte-level BPE of 768 tokens, every digit a token of its own.

It cuts text as Qwen2's does: libraries that know the architecture build that tokenizer from the vocabulary, whatever
the file says of cutting. The markers of roles are no special tokens, so that they can be stop strings.
"""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers
from transformers import AutoTokenizer, PreTrainedTokenizerFast, Qwen2Tokenizer

from .text import END, PAD, SPECIAL

__all__ = ["VOCABULARY", "train_tokenizer"]

VOCABULARY = 768


def train_tokenizer(texts: Iterable[str], folder: Path) -> Any:
    """Learn it from texts, write it to a folder, return it as it loads from there."""
    raw = Tokenizer(models.BPE())
    raw.normalizer = normalizers.NFC()
    raw.pre_tokenizer = Qwen2Tokenizer().backend_tokenizer.pre_tokenizer
    raw.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=VOCABULARY,
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
        special_tokens=list(SPECIAL),
        show_progress=False,
    )
    raw.train_from_iterator(texts, trainer)
    said = json.loads(raw.to_str())
    for token in said["added_tokens"]:
        token["special"] = token["content"] in (END, PAD)
    plain = Tokenizer.from_str(json.dumps(said))
    PreTrainedTokenizerFast(tokenizer_object=plain, eos_token=END, pad_token=PAD, unk_token=PAD).save_pretrained(folder)
    return AutoTokenizer.from_pretrained(folder, local_files_only=True)
