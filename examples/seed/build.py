"""Makes the seed model: `python -m seed.build all FOLDER`, from the folder `examples`. Or one step after the other:

    python -m seed.build problems FOLDER              held-out problems with hidden tests
    python -m seed.build model FOLDER [--tokens N]    tokenizer and weights; 20 minutes on two cores
    python -m seed.build evaluate FOLDER              pass@1 and the like on held-out problems, into figures.json
    python -m seed.build ship FOLDER                  copy what the package carries to python/ucoder/presets/seed

With few tokens (`--tokens 100000`) all of it takes a minute, and the model knows next to nothing.
"""

import gzip
import io
import json
import random
import shutil
import sys
from collections.abc import Iterable
from pathlib import Path

import torch
from cyclopts import App

from .evaluate import STYLE, as_row, held_out, open_model
from .evaluate import evaluate as measure
from .text import document, documents
from .tokenizer import train_tokenizer
from .train import Recipe, new_model, save, train
from .universe import Split, compositions, split_of

SHIPPED = Path(__file__).parents[2] / "python" / "ucoder" / "presets" / "seed"
MODEL_FILES = ("config.json", "generation_config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json")
TOKENIZER_DOCUMENTS = 6000

app = App(help=__doc__)


@app.command
def problems(folder: Path) -> None:
    """Write held-out problems and their hidden tests, the same byte for byte in every run."""
    folder.mkdir(parents=True, exist_ok=True)
    splits: tuple[Split, ...] = ("validation", "test")
    for split in splits:
        among = held_out(split)
        rows = [{"task_id": one.id, "prompt": one.problem.text, "entry_point": one.problem.name} for one in among]
        tests = [
            {"task_id": one.id, "tests": [{"call": test.call, "expected": test.expected} for test in one.tests]}
            for one in among
        ]
        _write(folder / f"{split}_problems.jsonl.gz", rows)
        _write(folder / f"{split}_tests.jsonl.gz", tests)
        sys.stdout.write(f"{split}: {len(among)} problems\n")


@app.command
def model(folder: Path, *, tokens: int = 6_000_000, threads: int = 2, seed: int = 1) -> None:
    """Train tokenizer and model."""
    _check_form()
    torch.set_num_threads(threads)
    target = folder / "model"
    target.mkdir(parents=True, exist_ok=True)
    known = tuple(one for one in compositions() if split_of(one) == "train")
    fresh = new_model(seed)
    fresh.config.save_pretrained(target)  # what the library makes of a tokenizer's files depends on it
    texts = (ask + answer for ask, answer in documents(known, TOKENIZER_DOCUMENTS, 0))
    tokenizer = train_tokenizer(texts, target)
    recipe = Recipe(num_tokens=tokens, seed=seed)
    train(fresh, tokenizer, known, recipe, lambda row: sys.stdout.write(json.dumps(row) + "\n"))
    save(fresh, target)


@app.command
def evaluate(folder: Path, *, split: Split = "test", samples: int = 10, seed: int = 1) -> None:
    """Measure the model on held-out problems."""
    with open_model(folder / "model", seed) as generator:
        figures = as_row(measure(generator, held_out(split), samples, seed))
    (folder / "figures.json").write_text(json.dumps({"split": split, "seed": seed, **figures}, indent=2) + "\n")
    sys.stdout.write(json.dumps(figures) + "\n")


@app.command
def ship(folder: Path) -> None:
    """Copy model, held-out problems and figures to where the package has them."""
    (SHIPPED / "model").mkdir(parents=True, exist_ok=True)
    for name in MODEL_FILES:
        shutil.copyfile(folder / "model" / name, SHIPPED / "model" / name)
    for file in [*folder.glob("*.jsonl.gz"), folder / "figures.json"]:
        shutil.copyfile(file, SHIPPED / file.name)


@app.command(name="all")
def everything(folder: Path, *, tokens: int = 6_000_000, threads: int = 2) -> None:
    """All steps but the last."""
    problems(folder)
    model(folder, tokens=tokens, threads=threads)
    evaluate(folder)


def _check_form() -> None:
    """AssertionError where training text is not in the form in which the loop will ask."""
    one, draw = held_out("validation")[0], random.Random(0)
    asked = {
        "program": STYLE.program(skeleton=one.skeleton),
        "tests": STYLE.tests(skeleton=one.skeleton, ask="", num_tests=4, examples=()),
        "problem": STYLE.problem(kind="basic algorithms", category="", difficulty="easy", examples=()),
    }
    for role, prompt in asked.items():
        if document(role, one.problem, draw)[0] != prompt:
            raise AssertionError(f"the style asks {prompt!r} for role {role}")


def _write(file: Path, rows: Iterable[dict[str, object]]) -> None:
    """JSON lines in gzip without a time or a file name."""
    buffer = io.BytesIO()
    with gzip.GzipFile(filename="", mode="wb", compresslevel=9, fileobj=buffer, mtime=0) as stream:
        stream.write("".join(json.dumps(row) + "\n" for row in rows).encode())
    file.write_bytes(buffer.getvalue())


if __name__ == "__main__":
    app()
