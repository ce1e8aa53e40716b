"""Checkpoints of a training: which are whole, which belong to this job, and a folder that appears at once.

The library writes a checkpoint file by file; one that was being written when the process was killed has no marker.
"""

import json
import os
import shutil
from pathlib import Path

__all__ = ["TOKENIZER_FILES", "clean", "copy_tokenizer", "last_checkpoint", "mark", "move_into_place", "stored_dtype"]

_FINISHED = "finished"

TOKENIZER_FILES = (
    "tokenizer*", "vocab.*", "merges.txt", "special_tokens_map.json", "added_tokens.json", "chat_template*", "*.model",
    "*.tiktoken",
)  # fmt: skip


def clean(folder: Path) -> None:
    """Make the folder of a job's checkpoints; remove those of other jobs beside it, and those that are not whole."""
    folder.mkdir(parents=True, exist_ok=True)
    for other in folder.parent.iterdir():
        if other != folder:
            shutil.rmtree(other)
    for checkpoint in folder.glob("checkpoint-*"):
        if not (checkpoint / _FINISHED).exists():
            shutil.rmtree(checkpoint)


def last_checkpoint(folder: Path) -> tuple[Path, int] | None:
    """The last whole checkpoint and its step; None where there is none."""
    steps = {int(file.parent.name.removeprefix("checkpoint-")): file.parent for file in folder.glob(f"*/{_FINISHED}")}
    return (steps[max(steps)], max(steps)) if steps else None


def mark(checkpoint: Path) -> None:
    """Say that a checkpoint is whole, once the disk has it."""
    for file in checkpoint.iterdir():
        _sync(file)
    (checkpoint / _FINISHED).touch()
    _sync(checkpoint)


def copy_tokenizer(source: Path, target: Path) -> None:
    """The tokenizer's files as they are: what the library would write anew is the same, but not byte for byte."""
    for pattern in TOKENIZER_FILES:
        for file in source.glob(pattern):
            shutil.copyfile(file, target / file.name)


def stored_dtype(folder: Path) -> str:
    """What the weights of a model's folder are stored as: "float32" or "bfloat16"; float16 is trained as the latter."""
    config = json.loads((folder / "config.json").read_bytes())
    name = str(config.get("dtype") or config.get("torch_dtype") or "float32").removeprefix("torch.")
    return name if name == "float32" else "bfloat16"


def move_into_place(partial: Path, folder: Path) -> None:
    """Sync a folder that was written under another name and give it its own, in place of what is there."""
    for file in partial.iterdir():
        _sync(file)
    _sync(partial)
    if folder.exists():
        shutil.rmtree(folder)
    partial.rename(folder)
    _sync(folder.parent)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
