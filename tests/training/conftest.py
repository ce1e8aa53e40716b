"""A real model, tiny and random but always the same, lessons for it, and a training that is short. Without network."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from tests.conftest import needed

from ucoder.loop_records import Lesson
from ucoder.training.lesson_files import lesson_table
from ucoder.training.settings import TrainingJob, TrainSettings

CORPUS = [
    "def add(a, b):\n    return a + b\n",
    "the sum of the words in a list of numbers\n",
    "assert add(1, 2) == 3\n",
]


@pytest.fixture(scope="session")
def torch() -> Any:
    found = needed("torch")
    for package in ("transformers", "accelerate", "tokenizers"):
        needed(package)
    found.set_num_threads(1)
    return found


def write_tokenizer(folder: Path) -> None:
    tokenizers, transformers = needed("tokenizers"), needed("transformers")
    raw = tokenizers.Tokenizer(tokenizers.models.BPE())
    raw.pre_tokenizer = tokenizers.pre_tokenizers.ByteLevel(add_prefix_space=False)
    raw.decoder = tokenizers.decoders.ByteLevel()
    trainer = tokenizers.trainers.BpeTrainer(
        vocab_size=320,
        initial_alphabet=tokenizers.pre_tokenizers.ByteLevel.alphabet(),
        special_tokens=["<|end|>", "<|pad|>"],
        show_progress=False,
    )
    raw.train_from_iterator(CORPUS, trainer)
    wrapped = transformers.PreTrainedTokenizerFast(tokenizer_object=raw, eos_token="<|end|>", pad_token="<|pad|>")
    wrapped.save_pretrained(folder)


@pytest.fixture(scope="session")
def base(torch: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Qwen2's architecture with random weights, stored in bfloat16."""
    transformers = needed("transformers")
    folder = tmp_path_factory.mktemp("base")
    write_tokenizer(folder)
    torch.manual_seed(1)
    config = transformers.Qwen2Config(
        hidden_size=64,
        num_hidden_layers=2,
        intermediate_size=128,
        num_attention_heads=2,
        num_key_value_heads=1,
        head_dim=32,
        vocab_size=320,
        max_position_embeddings=256,
        tie_word_embeddings=True,
        bos_token_id=None,
        eos_token_id=0,
        pad_token_id=1,
    )
    transformers.Qwen2ForCausalLM(config).to(torch.bfloat16).save_pretrained(folder)
    return folder


def lesson(number: int, *, held_out: bool = False, weight: float = 1.0, completion: str = "") -> Lesson:
    return Lesson(
        prompt=f"def add_{number}(a, b):\n",
        completion=completion or f"    return a + b + {number}\n",
        weight=weight,
        problem_id=str(number),
        held_out=held_out,
        provenance=f"program {number}",
        reason="ucoder: 3 of 4 agree",
    )


LESSONS = [lesson(number, held_out=number % 6 == 5) for number in range(24)]
SETTINGS = TrainSettings(
    learning_rate=3e-3, epochs=2, global_batch=4, micro_batch=2, max_length=64, device="cpu", num_threads=1, seed=7,
    probe_tokens=12,
)  # fmt: skip
PROBES = ("def add_3(a, b):\n", "assert")


@pytest.fixture(scope="session")
def job(base: Path) -> Callable[..., TrainingJob]:
    """A job in a folder: `job(folder, lessons, setting=value...)`."""

    def made(folder: Path, lessons: list[Lesson] = LESSONS, **changes: Any) -> TrainingJob:
        folder.mkdir(parents=True, exist_ok=True)
        pq.write_table(lesson_table(lessons), folder / "lessons.parquet")
        return TrainingJob(
            base_dir=base,
            lessons=folder / "lessons.parquet",
            out_dir=folder / "model",
            work_dir=folder / "work",
            settings=SETTINGS.model_copy(update=changes),
            probes=PROBES,
            round=1,
            parent_fingerprint="parent",
        )

    return made
