"""Settings of training, and the job that a process of its own is given. Frozen, validated, unknown keys refused."""

from pathlib import Path
from typing import Literal, Self

from pydantic import Field, ValidationError

from ucoder.errors import ConfigError, UcoderError
from ucoder.loop_records import Message
from ucoder.loop_settings import Settings
from ucoder.records import content_id

__all__ = ["TrainSettings", "TrainingError", "TrainingJob", "TrainingReport"]


class TrainingError(UcoderError):
    """A model could not be trained. The message has the end of the trainer's log, or says what does not fit."""


class TrainSettings(Settings, frozen=True):
    """How a model learns. The defaults are the paper's where it gives them (2512.17385, appendix)."""

    learning_rate: float = Field(default=5e-6, gt=0.0)
    schedule: Literal["cosine", "linear", "constant"] = "cosine"
    epochs: int = Field(default=3, ge=1, le=1000)
    global_batch: int = Field(default=128, ge=1)
    """Lessons (rows, where they are packed) behind one step of the optimiser, over all devices"""
    micro_batch: int = Field(default=8, ge=1)
    """Lessons that a device works on at a time; memory grows with it, what is learned does not change"""
    warmup_share: float = Field(default=0.03, ge=0.0, lt=1.0)
    """Of all steps"""
    weight_decay: float = Field(default=0.0, ge=0.0)
    max_grad_norm: float = Field(default=1.0, gt=0.0)
    max_length: int = Field(default=4096, ge=8)
    """Tokens of a row; a lesson that is longer is dropped and counted"""
    packing: bool = False
    """Put several lessons into a row. Refused for a model whose attention would let them see one another"""
    precision: Literal["auto", "float32", "bfloat16"] = "auto"
    """Of the arithmetic; "auto" is bfloat16 on a GPU that has it. Weights and optimiser are float32 either way"""
    save_dtype: Literal["auto", "float32", "bfloat16"] = "auto"
    """Of the weights that are written; "auto" is as the model came"""
    device: Literal["auto", "cpu", "cuda"] = "auto"
    attention: Literal["auto", "eager", "sdpa", "flash_attention_2"] = "auto"
    activation_checkpointing: bool = True
    """Compute activations twice rather than keep them"""
    num_threads: int | None = Field(default=None, ge=1)
    """Of a CPU; with 1 a repeated or resumed training has the same weights to the last bit"""
    seed: int = Field(default=0, ge=0, lt=1 << 32)
    log_steps: int = Field(default=1, ge=1)
    save_steps: int | None = Field(default=None, ge=1)
    """Steps from a checkpoint, and a validation, to the next; None: one at the end of each epoch"""
    keep_checkpoints: int = Field(default=2, ge=1)
    patience: int | None = Field(default=None, ge=1)
    """Validations in a row without improvement after which training ends; the best weights are kept then. None: train
    to the end, keep the last"""
    probe_tokens: int = Field(default=64, ge=1)
    """Tokens of each greedy answer that is kept for the comparison with the sampler"""


class TrainingJob(Settings, frozen=True):
    """One training: what goes in, where things go. Paths are absolute."""

    base_dir: Path
    """Folder of the model that learns"""
    lessons: Path
    """.parquet or .jsonl, see `lesson_files`"""
    out_dir: Path
    """Where the new model appears, whole"""
    work_dir: Path
    """Checkpoints, metrics, log, report and probe: what is not part of the model"""
    settings: TrainSettings = TrainSettings()
    probes: tuple[str | tuple[Message, ...], ...] = ()
    """Prompts whose greedy answers are recorded"""
    round: int = 0
    parent_fingerprint: str = ""
    """Of the model in `base_dir`, as the sampler names it"""

    @classmethod
    def read(cls, file: Path) -> Self:
        """A job from a JSON file. ConfigError names what is wrong with it."""
        try:
            return cls.model_validate_json(file.read_bytes())
        except (OSError, ValidationError) as error:
            raise ConfigError(f"{file} is no training job: {error}") from error

    def digest(self, lessons_digest: str) -> str:
        """Equal for trainings that end with the same weights: where files lie is not part of it."""
        parts = (self.settings.model_dump_json(), self.parent_fingerprint or str(self.base_dir), str(self.round))
        return content_id("training/1", lessons_digest, *parts)


class TrainingReport(Settings, frozen=True):
    """What came of a training."""

    digest: str
    """Of the job"""
    data_digest: str
    num_lessons: int
    """That were learned"""
    num_held_out: int
    num_too_long: int
    longest: int
    """Tokens of the longest lesson"""
    num_tokens: int
    """Of one epoch, prompts included"""
    steps: int
    resumed_from: int
    """Step of the checkpoint that this process went on from; 0 where it began anew"""
    train_loss: float | None
    """Of the last step that was logged"""
    validation_loss: float | None
    """Of the weights that were kept; None where nothing was held out"""
    validation_loss_before: float | None
    """Of the model that was to learn"""
    stopped: Literal["end", "patience", "asked"]
    seconds: float
    """Of this process"""
