"""Fingerprint of a model: a hash of the content of its weights, tokenizer and configuration, all bytes of them.

Nothing is sampled: a round of fine-tuning may change few numbers, and rows of two models must never share a key. Files
are hashed side by side (hashlib lets go of the GIL), about as fast as they are read: 15 GB take about ten seconds,
which is less than loading them. A file that did not change since it was hashed is not read again by this process.
"""

import hashlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

__all__ = ["folder_fingerprint", "model_files"]

# What decides a model's answers. Not optimiser states, logs, README: a checkpoint keeps its name when those move.
_SUFFIXES = (".safetensors", ".bin", ".json", ".jinja", ".model", ".txt", ".tiktoken", ".py")
_OTHER = ("trainer_state.json", "training_args.bin", "optimizer.bin", "README.txt", "scheduler.bin")

_hashed: dict[tuple[str, int, int, int, int], str] = {}


def model_files(folder: Path) -> list[Path]:
    """The files of a model's folder that decide its answers, by name. Sub-folders are other models' or checkpoints."""
    return sorted(
        path
        for path in folder.iterdir()
        if path.is_file() and path.suffix in _SUFFIXES and path.name not in _OTHER and not path.name.startswith(".")
    )


def folder_fingerprint(folder: Path) -> str:
    """32 hexadecimal digits, equal exactly where the files have the same names and the same bytes."""
    files = model_files(folder)
    with ThreadPoolExecutor(max_workers=4) as pool:
        digests = list(pool.map(_digest, files))
    state = hashlib.sha256()
    for path, digest in zip(files, digests, strict=True):
        state.update(f"{path.name}\0{digest}\n".encode())
    return state.hexdigest()[:32]


def _digest(path: Path) -> str:
    status = path.stat()
    # All that changes when content does; a file written in place has another ctime even where its mtime was set back.
    key = (str(path.resolve()), status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns)
    if key not in _hashed:
        with path.open("rb") as stream:
            _hashed[key] = hashlib.file_digest(stream, "sha256").hexdigest()
    return _hashed[key]
