"""GRPO on the seed model with TRL, paid by execution: `pip install trl`, then `python examples/grpo.py [STEPS]`.

The reward function is all that a trainer needs of ucoder. The data set's columns `tests`, `entry_point` and
`code_prompt` reach it with every batch. It prints the mean reward of each step.
"""

import gzip
import json
import sys
import tempfile
from pathlib import Path
from typing import Any

from datasets import Dataset
from transformers import AutoTokenizer
from trl import GRPOConfig, GRPOTrainer

import ucoder
from ucoder.rewards import ExecutionReward

SEED = Path(ucoder.__file__).parent / "presets" / "seed"


def rows(name: str) -> list[dict[str, Any]]:
    with gzip.open(SEED / name, "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def problems() -> Dataset:
    tests = {row["task_id"]: row["tests"] for row in rows("validation_tests.jsonl.gz")}
    return Dataset.from_list(
        [
            {
                "prompt": f"<|problem|>\n{row['prompt']}<|program|>\n",  # as the seed model was trained
                "code_prompt": row["prompt"],
                "entry_point": row["entry_point"],
                "tests": json.dumps(tests[row["task_id"]]),
            }
            for row in rows("validation_problems.jsonl.gz")
        ]
    )


def train(steps: int, folder: str, *, generations: int = 8) -> list[float]:
    """The mean reward of each step."""
    settings = GRPOConfig(
        output_dir=folder, max_steps=steps, logging_steps=1, save_strategy="no", report_to="none", seed=1,
        per_device_train_batch_size=2 * generations, num_generations=generations, max_completion_length=64,
        learning_rate=1e-4, beta=0.0, bf16=False, use_cpu=True, disable_tqdm=True,
    )  # fmt: skip
    trainer = GRPOTrainer(
        model=str(SEED / "model"),
        processing_class=AutoTokenizer.from_pretrained(SEED / "model", padding_side="left"),
        reward_funcs=ExecutionReward(pays="share"),
        args=settings,
        train_dataset=problems(),
    )
    trainer.train()
    return [entry["reward"] for entry in trainer.state.log_history if "reward" in entry]


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as scratch:
        for step, reward in enumerate(train(int(sys.argv[1]) if len(sys.argv) > 1 else 10, scratch), 1):
            print(f"step {step}: mean reward {reward:.2f}")
