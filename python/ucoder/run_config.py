"""RunConfig: every setting of the loop, one table for each part that reads it. Frozen, validated, unknown keys refused.

A configuration is a TOML file; presets are such files that come with ucoder. Single settings are changed by dotted
names ("candidates.n=64"). Whatever is wrong is a ConfigError that names the setting.
"""

import tomllib
from collections.abc import Mapping, Sequence
from importlib import resources
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import Field, ValidationError, field_validator, model_validator

from ucoder.config import JudgeSettings, Limits, Patience
from ucoder.consensus.rules import RULES
from ucoder.consensus.settings import ConsensusSettings
from ucoder.errors import ConfigError
from ucoder.llm.settings import ModelSettings
from ucoder.loop_settings import Settings
from ucoder.stages.candidates import CandidateSettings
from ucoder.stages.contamination import ContaminationSettings
from ucoder.stages.duplicates import DuplicateSettings
from ucoder.stages.evaluation import EvaluationSettings, ValidationSettings
from ucoder.stages.lessons import LessonSettings, Source
from ucoder.stages.problems import ProblemSettings
from ucoder.stages.ratings import RatingSettings
from ucoder.stages.skeletons import SkeletonSettings
from ucoder.stages.suites import SuiteSettings
from ucoder.training.settings import TrainSettings

__all__ = [
    "ConsensusChoice", "ControlSettings", "ExecutionSettings", "LearningSettings", "RunConfig", "load_config",
    "preset_names",
]  # fmt: skip


class ExecutionSettings(Settings, frozen=True):
    """How programs are executed."""

    isolation: Literal["auto", "candidate", "test"] = "auto"
    cpu_limit_ms: int = Field(default=1000, ge=1, le=3_600_000)
    """CPU time of one candidate on one test"""
    load_limit_ms: int = Field(default=2000, ge=1, le=3_600_000)
    memory_mb: int = Field(default=512, ge=16, le=1 << 20)
    max_timeouts: int = Field(default=3, ge=1, le=1 << 30)
    workers: int | None = Field(default=None, ge=1)
    """Programs that run at a time; all cores where it is not given"""
    patience: Literal["full", "deciding"] = "deciding"
    """For which programs a CPU limit is waited out; "deciding" where the answer could change the largest cluster"""
    python: str | None = None
    """Interpreter, or folder of an environment, whose packages programs may use; ucoder's own where it is not given"""
    allow_weaker: bool = False

    def judging(self, rho: float, tau: int) -> JudgeSettings:
        """What the executor and its evidence are given."""
        return JudgeSettings(
            isolation=self.isolation,
            limits=Limits(
                cpu_ms=self.cpu_limit_ms,
                load_cpu_ms=self.load_limit_ms,
                memory_mb=self.memory_mb,
                max_timeouts=self.max_timeouts,
            ),
            patience=Patience(mode=self.patience, rho=rho, tau=tau),
            allow_weaker=self.allow_weaker,
        )


class ConsensusChoice(Settings, frozen=True):
    """Which rule selects, and its settings (2512.17385, sec. 2)."""

    rule: str = "default"
    signature: Literal["value", "pass"] = "value"
    rho: float = Field(default=0.8, ge=0, le=1)
    tau: int = Field(default=2, ge=1)
    resamples: int = Field(default=100, ge=0, le=10_000)

    @field_validator("rule")
    @classmethod
    def _known(cls, value: str) -> str:
        if value not in RULES:
            raise ValueError(f"there is no rule {value!r}; there are {', '.join(RULES)}")
        return value

    def settings(self, seed: int) -> ConsensusSettings:
        """What the rules are given."""
        return ConsensusSettings(
            signature=self.signature, rho=self.rho, tau=self.tau, resamples=self.resamples, seed=seed
        )


class LearningSettings(TrainSettings, frozen=True):
    """How each round's model is trained, and from which weights."""

    start_from: Literal["previous", "base"] = "previous"
    """Whether a round's training begins with the model of the round before (the paper's notation) or with the first"""
    num_processes: int | None = Field(default=None, ge=1)
    """GPUs that share a training; None is all that are to be seen, or one process on a CPU"""

    @property
    def trainer(self) -> TrainSettings:
        """What the trainer is given."""
        return TrainSettings(**self.model_dump(exclude={"start_from", "num_processes"}))


class ControlSettings(Settings, frozen=True):
    """Models that learn other programs of the first round's problems, to see what made the gain."""

    sources: tuple[Source, ...] = ()
    """For example "random", "self-distillation"; none by default"""
    seeds: int = Field(default=1, ge=1, le=100)
    """Trainings of each control, and of consensus, with draws of their own"""
    keep_weights: bool = False
    """Whether a control's model stays when it has been measured"""

    @field_validator("sources")
    @classmethod
    def _others(cls, value: tuple[Source, ...]) -> tuple[Source, ...]:
        if "consensus" in value:
            raise ValueError("consensus is what controls are held against: name others")
        return tuple(dict.fromkeys(value))


class RunConfig(Settings, frozen=True):
    """All of it."""

    name: str = "run"
    seed: int = Field(default=0, ge=0, lt=1 << 63)
    rounds: int = Field(default=1, ge=1, le=99)
    prompts: str = "base"
    """A prompt style by name, or a folder of one"""
    benchmarks: tuple[str, ...] = ()
    """Benchmark files (JSON lines, gzipped or not) whose problems must not be learned"""
    model: ModelSettings
    problems: ProblemSettings = Field(default_factory=ProblemSettings)
    duplicates: DuplicateSettings = Field(default_factory=DuplicateSettings)
    contamination: ContaminationSettings = Field(default_factory=ContaminationSettings)
    ratings: RatingSettings = Field(default_factory=RatingSettings)
    skeletons: SkeletonSettings = Field(default_factory=SkeletonSettings)
    suites: SuiteSettings = Field(default_factory=SuiteSettings)
    candidates: CandidateSettings = Field(default_factory=CandidateSettings)
    execution: ExecutionSettings = ExecutionSettings()
    consensus: ConsensusChoice = ConsensusChoice()
    lessons: LessonSettings = LessonSettings()
    train: LearningSettings = LearningSettings()
    validation: ValidationSettings = ValidationSettings()
    evaluation: EvaluationSettings = Field(default_factory=EvaluationSettings)
    controls: ControlSettings = ControlSettings()

    @model_validator(mode="after")
    def _measurable(self) -> Self:
        if self.controls.sources and not self.evaluation.enabled:
            raise ValueError("controls.sources needs a benchmark to compare on: give evaluation.problems")
        return self

    @model_validator(mode="after")
    def _can_be_met(self) -> Self:
        if self.consensus.tau > self.candidates.n:
            raise ValueError(
                f"consensus.tau is {self.consensus.tau}, but a cluster has at most candidates.n = {self.candidates.n} "
                "programs: nothing could be selected; lower the one or raise the other"
            )
        return self

    @classmethod
    def of(cls, table: Mapping[str, Any], source: str) -> Self:
        """The configuration that a table spells out. ConfigError names every setting that is wrong, and `source`."""
        try:
            return cls.model_validate(table)
        except ValidationError as error:
            faults = [_fault(one) for one in error.errors()]
            raise ConfigError(f"{source}: {'; '.join(faults)}") from error


def _fault(error: Mapping[str, Any]) -> str:
    where = ".".join(str(part) for part in error["loc"])
    if error["type"] == "extra_forbidden":
        return f"there is no setting {where}"
    message = str(error["msg"]).removeprefix("Value error, ")
    return f"{where}: {message}" if where else message


def preset_names() -> list[str]:
    """The presets that come with ucoder."""
    folder = resources.files("ucoder") / "presets"
    return sorted(entry.name.removesuffix(".toml") for entry in folder.iterdir() if entry.name.endswith(".toml"))


def load_config(preset_or_file: str, changes: Sequence[str] = ()) -> RunConfig:
    """A preset by its name or a TOML file, with changes of the form "a.b=value".

    Values are TOML's, bare text is text, and nothing behind the sign puts a setting back to its default.

    ConfigError where there is no such preset or file, it is not TOML, or a setting is wrong.
    """
    table = _table(preset_or_file)
    for change in changes:
        _apply(table, change)
    return RunConfig.of(table, preset_or_file if not changes else f"{preset_or_file} with --set")


def _table(preset_or_file: str) -> dict[str, Any]:
    if preset_or_file in preset_names():
        text = (resources.files("ucoder") / "presets" / f"{preset_or_file}.toml").read_text(encoding="utf-8")
    else:
        file = Path(preset_or_file)
        if not file.is_file():
            raise ConfigError(
                f"there is no preset and no file {preset_or_file!r}; presets are {', '.join(preset_names())}"
            )
        text = file.read_text(encoding="utf-8")
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{preset_or_file} is not TOML: {error}") from error


def _apply(table: dict[str, Any], change: str) -> None:
    name, sign, text = change.partition("=")
    path = name.strip().split(".")
    if not sign or not all(path):
        raise ConfigError(f"--set takes a.b=value, not {change!r}")
    for key in path[:-1]:
        inner = table.setdefault(key, {})
        if not isinstance(inner, dict):
            raise ConfigError(f"--set {change}: {key} is a value, not a table")
        table = inner
    if text.strip():
        table[path[-1]] = _value(text.strip())
    else:
        table.pop(path[-1], None)


def _value(text: str) -> object:
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return text
