"""The seed model is what its scripts make: problems and tokenizer as they are, weights that fit, figures that hold."""

import gzip
import json
import sys
from pathlib import Path

import pytest
from tests.conftest import needed

EXAMPLES = Path(__file__).parents[1] / "examples"
SHIPPED = Path(sys.modules["ucoder"].__file__ or "").parent / "presets" / "seed"
MODEL = SHIPPED / "model"

pytestmark = [pytest.mark.one_python, pytest.mark.timeout(600)]


@pytest.fixture(scope="module", autouse=True)
def seed_scripts() -> None:
    """Puts the scripts on the path; skips where torch is missing, fails where it must not be."""
    for package in ("torch", "transformers", "tokenizers"):
        needed(package)
    sys.path.insert(0, str(EXAMPLES))


def test_held_out_problems_are_made_again(tmp_path: Path) -> None:
    from seed.build import problems

    problems(tmp_path)
    names = sorted(file.name for file in tmp_path.iterdir())
    assert names == [
        "test_problems.jsonl.gz",
        "test_tests.jsonl.gz",
        "validation_problems.jsonl.gz",
        "validation_tests.jsonl.gz",
    ]
    for name in names:
        # Not packed: releases of zlib pack differently.
        assert gzip.decompress((tmp_path / name).read_bytes()) == gzip.decompress((SHIPPED / name).read_bytes())


def test_no_composition_is_both_learned_and_held_out() -> None:
    from seed.universe import compositions, split_of

    by_split: dict[str, set[str]] = {}
    for one in compositions():
        by_split.setdefault(split_of(one), set()).add(one.key)
    held_out = {json.loads(line)["task_id"] for line in _lines("test_problems.jsonl.gz")}
    assert held_out == by_split["test"]
    assert not held_out & by_split["train"]
    assert len(compositions()) > 1000


def _lines(name: str) -> list[str]:
    with gzip.open(SHIPPED / name, "rt") as stream:
        return stream.readlines()


def test_the_tokenizer_is_made_again_byte_for_byte(tmp_path: Path) -> None:
    from seed.build import TOKENIZER_DOCUMENTS
    from seed.text import documents
    from seed.tokenizer import train_tokenizer
    from seed.train import new_model
    from seed.universe import compositions, split_of

    new_model(1).config.save_pretrained(tmp_path)
    known = tuple(one for one in compositions() if split_of(one) == "train")
    train_tokenizer((ask + answer for ask, answer in documents(known, TOKENIZER_DOCUMENTS, 0)), tmp_path)
    assert (tmp_path / "tokenizer.json").read_bytes() == (MODEL / "tokenizer.json").read_bytes()


def test_its_weights_are_small_and_in_bfloat16() -> None:
    from safetensors import safe_open

    assert (MODEL / "model.safetensors").stat().st_size < 4 << 20
    config = json.loads((MODEL / "config.json").read_bytes())
    assert (config["model_type"], config["head_dim"], config["dtype"]) == ("qwen2", 32, "bfloat16")
    with safe_open(MODEL / "model.safetensors", "pt") as weights:
        sizes = [weights.get_slice(name).get_shape() for name in weights.keys()]  # noqa: SIM118  it is no mapping
    assert sum(_product(size) for size in sizes) < 2_000_000


def _product(sizes: list[int]) -> int:
    found = 1
    for size in sizes:
        found *= size
    return found


def test_a_short_training_learns_something(tmp_path: Path) -> None:
    import torch
    from seed.train import Recipe, new_model, save, train
    from seed.universe import compositions
    from transformers import AutoModelForCausalLM, AutoTokenizer

    torch.set_num_threads(1)
    rows: list[dict[str, float]] = []
    model = new_model(1)
    tokenizer = AutoTokenizer.from_pretrained(MODEL, local_files_only=True)
    train(model, tokenizer, compositions()[:50], Recipe(num_tokens=40_000, batch_tokens=1024, bf16=False), rows.append)
    assert rows[-1]["loss"] < 0.7 * rows[0]["loss"]
    save(model, tmp_path)
    assert AutoModelForCausalLM.from_pretrained(tmp_path, local_files_only=True).dtype == torch.bfloat16


@pytest.mark.usefixtures("sandbox")
def test_the_figures_that_come_with_it_are_those_of_these_weights() -> None:
    """On a third of the problems, so within a wider interval."""
    import torch
    from seed.evaluate import evaluate, held_out, open_model

    torch.set_num_threads(1)
    told = json.loads((SHIPPED / "figures.json").read_bytes())
    with open_model(MODEL, seed=5) as generator:
        found = evaluate(generator, held_out("test")[::3], 4, seed=5)
    assert abs(found.pass_at_1 - told["pass_at_1"]) < 2 * (told["high"] - told["low"])
    assert found.greedy < found.pass_at_1 < found.oracle
    assert abs(found.right_expectations - told["right_expectations"]) < 0.1
