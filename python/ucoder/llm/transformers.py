"""The transformers door: any causal language model, on a CPU or one GPU, in this process. Slower than vLLM on a GPU.

A prompt is run once for all its samples; texts are drawn many at a time, and when one ends the next takes its place.
Each sample has its own stream of random numbers, keyed by its seed and nothing else.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Any, Self

import torch
from transformers import AutoModelForCausalLM
from transformers.utils import logging as library_logging

from ucoder.errors import ConfigError, GeneratorError, ModelError
from ucoder.llm.batch import Batch
from ucoder.llm.decoding import Slots
from ucoder.llm.fingerprint import folder_fingerprint
from ucoder.llm.folder import ModelFolder, locate
from ucoder.llm.generator import Prompt, Request, Samples, Sampling
from ucoder.llm.intake import Intake
from ucoder.llm.seeds import engine_seed
from ucoder.llm.settings import ModelSettings
from ucoder.llm.tokenizer import Tokenizer

__all__ = ["TransformersGenerator", "open_transformers"]


def open_transformers(settings: ModelSettings, *, run_seed: int, attempt: int, replica: int) -> "TransformersGenerator":
    """Load the model. ConfigError for settings that this machine or model cannot meet, ModelError for broken files."""
    if settings.tensor_parallel * settings.data_parallel > 1:
        raise ConfigError("tensor_parallel and data_parallel need door 'vllm': door 'transformers' uses one device")
    device = _device(settings)
    folder = locate(settings.model, settings.revision)
    tokenizer = Tokenizer.load(folder.path, chat=settings.chat, end_ids=folder.end_ids)
    max_len = folder.length_limit(settings.max_model_len)
    _check_attention(folder, max_len)
    if settings.num_threads is not None and device.type == "cpu":
        torch.set_num_threads(settings.num_threads)
    library_logging.disable_progress_bar()  # what a person sees is the command line's business
    try:
        model = AutoModelForCausalLM.from_pretrained(
            str(folder.path), dtype=_dtype(settings, folder, device), trust_remote_code=False, local_files_only=True
        )
    except Exception as error:  # the library raises whatever its parsers do
        raise ModelError(f"the model in {folder.path} cannot be loaded: {error}") from error
    seeds = (run_seed, attempt, replica)
    return TransformersGenerator(settings, folder, tokenizer, model.to(device).eval(), max_len, seeds)


def _device(settings: ModelSettings) -> torch.device:
    has_gpu = torch.cuda.is_available()
    if settings.device == "cuda" and not has_gpu:
        raise ConfigError(
            "device is 'cuda', but torch sees no GPU here: set device = 'cpu', or install a driver and a build of "
            "torch that fit the GPU (`ucoder doctor` says what is there)"
        )
    return torch.device("cuda" if has_gpu and settings.device != "cpu" else "cpu")


def _dtype(settings: ModelSettings, folder: ModelFolder, device: torch.device) -> torch.dtype:
    name: str = settings.dtype
    if name == "auto":
        name = "float32" if device.type == "cpu" else folder.stored_dtype
        if name == "bfloat16" and not torch.cuda.is_bf16_supported(including_emulation=False):
            name = "float16"
    dtype: torch.dtype = getattr(torch, name)
    return dtype


def _check_attention(folder: ModelFolder, max_len: int) -> None:
    """ModelError unless every layer attends to the whole text: that is what the slots keep."""
    config = folder.config
    kinds = set(config.get("layer_types") or ["full_attention"])
    window = config.get("sliding_window")
    fits = isinstance(window, int) and max_len <= window
    if kinds - {"full_attention"} and not (kinds <= {"full_attention", "sliding_attention"} and fits):
        advice = f"set max_model_len to {window} or less, or " if "sliding_attention" in kinds and window else ""
        raise ModelError(
            f"{folder.path} has layers of {', '.join(sorted(kinds - {'full_attention'}))}, which door 'transformers' "
            f"does not keep: {advice}use door 'vllm'"
        )


class TransformersGenerator:
    """A `Generator` over one loaded model."""

    def __init__(
        self,
        settings: ModelSettings,
        folder: ModelFolder,
        tokenizer: Tokenizer,
        model: Any,  # noqa: ANN401  untyped library
        max_len: int,
        seeds: tuple[int, int, int],
    ) -> None:
        self._settings = settings
        self._folder = folder
        self._tokenizer = tokenizer
        self._model: Any = model
        self._max_len = max_len
        self._seeds = seeds
        self._num_calls = 0
        self._num_layers: int = model.config.get_text_config().num_hidden_layers

    @property
    def fingerprint(self) -> str:
        return folder_fingerprint(self._folder.path)

    def render(self, prompt: Prompt) -> str:
        return self._tokenizer.render(prompt)

    def sample(self, requests: Iterable[Request], sampling: Sampling) -> Iterator[Samples]:
        """See `Generator.sample`. GeneratorError where the device's memory does not hold the batch."""
        if self._model is None:
            raise GeneratorError("the model was closed")
        slots = Slots(self._model, self._num_layers, self._settings.batch_size, self._model.device)
        # Each call is another start of the engine: with one stream for all, it would say the same again.
        seed = engine_seed(*self._seeds, start=self._num_calls)
        self._num_calls += 1
        batch = Batch(slots, self._tokenizer, self._settings, sampling, self._max_len, seed)
        with Intake(requests, sampling, self._settings.chunk) as intake:
            while True:
                yield from self._guarded(lambda: batch.fill(intake))
                if not batch.is_empty:
                    yield from self._guarded(batch.step)
                elif intake.exhausted:
                    return

    def _guarded(self, work: Callable[[], list[Samples]]) -> list[Samples]:
        try:
            return work()
        except torch.OutOfMemoryError as error:
            raise GeneratorError(
                f"batch_size {self._settings.batch_size} with texts of up to {self._max_len} tokens does not fit into "
                "the device's memory: set a smaller batch_size or max_model_len"
            ) from error

    def close(self) -> None:
        """Give the memory back. Idempotent."""
        self._model = None
        if torch.cuda.is_available():
            torch.cuda.empty_cache()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()
