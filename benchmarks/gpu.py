"""What training and sampling of a model of a given shape reach on this machine's GPU, with random weights.

    python benchmarks/gpu.py make   FOLDER [--shape 7b]     weights at random (15 GB), the seed model's tokenizer
    python benchmarks/gpu.py train  FOLDER [--steps 12] [--micro-batch 8] [--length 1024] [--peak-tflops 989]
    python benchmarks/gpu.py sample FOLDER [--prompts 64] [--n 32] [--max-tokens 256]

`train` goes through the loop's trainer: 16 bytes a parameter, so 7B needs an H200, or several GPUs. Model-FLOPs
utilisation counts 6 FLOPs a parameter and token and attention's 12 x layers x width x length, recomputation not. The
shape `tiny` is for a machine without a GPU.
"""

import json
import random
import shutil
import sys
import time
from pathlib import Path

import torch
from cyclopts import App
from transformers import AutoConfig, AutoModelForCausalLM, Qwen2Config

import ucoder
from ucoder.llm.generator import Request, Sampling
from ucoder.llm.opening import open_generator
from ucoder.llm.settings import ModelSettings
from ucoder.loop_records import Lesson
from ucoder.store.files import publish, table_writer
from ucoder.training.lesson_files import lesson_table
from ucoder.training.process import run_training
from ucoder.training.settings import TrainingJob, TrainSettings

SEED_MODEL = Path(ucoder.__file__).parent / "presets" / "seed" / "model"
SHAPES = {
    "7b": {"hidden_size": 3584, "intermediate_size": 18944, "num_hidden_layers": 28, "num_attention_heads": 28,
           "num_key_value_heads": 4, "vocab_size": 152064, "tie_word_embeddings": False},
    "tiny": {"hidden_size": 128, "intermediate_size": 256, "num_hidden_layers": 2, "num_attention_heads": 4,
             "num_key_value_heads": 4, "vocab_size": 768, "tie_word_embeddings": True},
}  # fmt: skip
WARM_UP = 2  # steps that are not counted: memory is allocated, kernels are chosen

app = App(help=__doc__)


@app.command
def make(folder: Path, *, shape: str = "7b") -> None:
    """Write a model of random weights in bfloat16."""
    torch.manual_seed(0)
    config = Qwen2Config(
        max_position_embeddings=4096, eos_token_id=0, pad_token_id=1, bos_token_id=None, **SHAPES[shape]
    )
    with torch.device("cuda" if torch.cuda.is_available() else "cpu"):
        model = AutoModelForCausalLM.from_config(config, dtype=torch.bfloat16)
    model.save_pretrained(folder)
    for name in ("tokenizer.json", "tokenizer_config.json"):
        shutil.copyfile(SEED_MODEL / name, folder / name)


@app.command
def train(
    folder: Path, *, steps: int = 12, micro_batch: int = 8, length: int = 1024, peak_tflops: float = 989.0
) -> None:
    """Train some steps and print tokens a second and model-FLOPs utilisation."""
    work = folder.with_name(f"{folder.name}-training")
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    draw = random.Random(0)
    # Digits are tokens of their own; 64 are left for the prompt and what the tokenizer adds.
    rows = [
        Lesson(prompt="1" * 32, completion="".join(draw.choices("0123456789", k=length - 64)), weight=1.0,
               problem_id=str(one), held_out=False, provenance="", reason="")
        for one in range(steps * micro_batch)
    ]  # fmt: skip
    publish(work / "lessons.parquet", table_writer(lesson_table(rows)))
    settings = TrainSettings(epochs=1, micro_batch=micro_batch, global_batch=micro_batch, max_length=length)
    job = TrainingJob(
        base_dir=folder.resolve(), lessons=work / "lessons.parquet", out_dir=work / "out", work_dir=work / "work",
        settings=settings,
    )  # fmt: skip
    report = run_training(job)
    metrics = [json.loads(line) for line in (work / "work" / "metrics.jsonl").read_text().splitlines()]
    times = [one["time"] for one in metrics if "loss" in one][WARM_UP:]
    tokens = report.num_tokens / report.steps
    per_second = tokens * (len(times) - 1) / (times[-1] - times[0])
    config = AutoConfig.from_pretrained(folder)
    flops = 6 * _parameters(folder) + 12 * config.num_hidden_layers * config.hidden_size * tokens / micro_batch
    _tell(tokens_per_second=per_second, tflops=per_second * flops / 1e12, mfu=per_second * flops / 1e12 / peak_tflops)


@app.command
def sample(folder: Path, *, prompts: int = 64, n: int = 32, max_tokens: int = 256, batch_size: int = 512) -> None:
    """Sample through the transformers door and print tokens a second."""
    device = "cuda" if torch.cuda.is_available() else "cpu"
    settings = ModelSettings(
        door="transformers", model=str(folder), device=device, batch_size=batch_size, max_in_flight=4 * batch_size,
        repetition_window=0,
    )  # fmt: skip
    asked = [Request(id=str(one), prompt=f"def f{one}(x):", n=n, seed=one) for one in range(prompts)]
    with open_generator(settings, run_seed=0) as generator:
        list(generator.sample(asked[:1], Sampling(max_tokens=8)))
        began = time.perf_counter()
        parts = list(generator.sample(asked, Sampling(temperature=0.8, top_p=0.95, max_tokens=max_tokens)))
        seconds = time.perf_counter() - began
    num_tokens = sum(one.num_tokens for part in parts for one in part.completions)
    _tell(tokens_per_second=num_tokens / seconds, texts_per_second=prompts * n / seconds)


def _parameters(folder: Path) -> int:
    with torch.device("meta"):
        return int(AutoModelForCausalLM.from_config(AutoConfig.from_pretrained(folder)).num_parameters())


def _tell(**figures: float) -> None:
    name = torch.cuda.get_device_name() if torch.cuda.is_available() else "CPU"
    sys.stdout.write(json.dumps({**{key: round(value, 4) for key, value in figures.items()}, "device": name}) + "\n")


if __name__ == "__main__":
    app()
