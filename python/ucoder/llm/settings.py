"""Settings of a model: which door it is behind, and what that door needs. Frozen, validated, unknown keys refused.

What decides *which texts* come is `Sampling`, not here; two settings here do too (`model`, `seeding`) and are part of
every row's key through the model's fingerprint and the sample's seed.
"""

from collections.abc import Mapping
from typing import Literal, Self, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from ucoder.errors import ConfigError

__all__ = ["Door", "ModelSettings"]

Door: TypeAlias = Literal["auto", "vllm", "openai", "transformers", "scripted"]

_LOCAL = ("auto", "vllm", "transformers")

# Settings that one door reads: set anywhere else they would be silently without effect, so they are refused there.
_ONLY_FOR: dict[str, tuple[str, ...]] = {
    "revision": (*_LOCAL, "openai"),
    "dtype": _LOCAL,
    "device": _LOCAL,
    "max_model_len": _LOCAL,
    "tensor_parallel": ("auto", "vllm"),
    "data_parallel": ("auto", "vllm"),
    "gpu_memory_utilization": ("auto", "vllm"),
    "engine_args": ("auto", "vllm"),
    "max_restarts": ("auto", "vllm"),
    "stall_s": ("auto", "vllm"),
    "batch_size": ("auto", "transformers"),
    "num_threads": ("auto", "transformers"),
    "base_url": ("openai",),
    "api_key_env": ("openai",),
    "endpoint": ("openai",),
    "tokenizer": ("openai",),
    "concurrency": ("openai",),
    "retries": ("openai",),
    "timeout_s": ("openai",),
    "file": ("scripted",),
}

# What we decide for vLLM's engine; the escape hatch must not contradict it.
_OWN_ENGINE_ARGS = (
    "model", "tokenizer", "revision", "seed", "dtype", "max_model_len", "tensor_parallel_size", "data_parallel_size",
    "gpu_memory_utilization", "enable_prefix_caching", "logprobs_mode", "stream_interval", "skip_tokenizer_init",
)  # fmt: skip


class ModelSettings(BaseModel):
    """A model and its door. `from_mapping` turns a bad value into a ConfigError that names it."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True, protected_namespaces=())

    door: Door = "auto"
    """Where texts come from. "auto": vllm where it is installed and there is a GPU, else transformers."""
    model: str = ""
    """A folder with weights and tokenizer, a model's name on the hub ("Qwen/Qwen2.5-Coder-7B"), the one that comes with
    ucoder ("ucoder:seed/model"), or what a server calls it. Not needed for scripted."""
    revision: str | None = None
    """Commit, tag or branch on the hub; None is its main branch."""
    dtype: Literal["auto", "float32", "bfloat16", "float16"] = "auto"
    """Type of the weights in use. "auto": float32 on a CPU, else as they are stored (vLLM by itself would turn stored
    float32 into bfloat16); float16 in place of bfloat16 on GPUs that lack it."""
    device: Literal["auto", "cpu", "cuda"] = "auto"
    """Where the model runs. "auto": the GPU where there is one."""
    max_model_len: int | None = Field(None, ge=2)
    """Tokens of prompt and text together; None is what the model was made for. Less saves memory."""
    chat: bool = False
    """Whether prompts are conversations, rendered by the model's own chat template, or text that it goes on with."""
    seeding: Literal["request", "engine"] = "request"
    """"request": each sample has a seed of its own, so an interrupted run ends as an uninterrupted one would.
    "engine": one seed for each start of an engine, which leaves vLLM its fused sampler."""
    chunk: int = Field(16, ge=1, le=256)
    """Samples of a request that are handed over together: few, so that execution starts early."""
    max_in_flight: int = Field(512, ge=1)
    """Samples that one engine works on or has queued."""
    repetition_window: int = Field(256, ge=0)
    """A text whose last this many tokens repeat one short block is cut there; 0 never cuts."""
    repetition_repeats: int = Field(6, ge=2)
    """How often at least the block stands in that window."""

    tensor_parallel: int = Field(1, ge=1)
    """vllm: GPUs that share one copy of the model."""
    data_parallel: int = Field(1, ge=1)
    """vllm: engines, each with GPUs of its own."""
    gpu_memory_utilization: float = Field(0.9, gt=0, le=1)
    """vllm: share of each GPU's memory that the engine takes."""
    engine_args: dict[str, bool | int | float | str] = Field(default_factory=dict)
    """vllm: further arguments of its engine by their own names, for example {"enforce_eager": true}."""
    max_restarts: int = Field(5, ge=0)
    """vllm: how often engines that died are started again before the run gives up."""
    stall_s: float = Field(600, gt=0)
    """vllm: seconds without any text or token after which a busy engine counts as dead."""

    batch_size: int = Field(64, ge=1)
    """transformers: texts that are drawn at the same time; memory for their keys and values grows with it."""

    num_threads: int | None = Field(None, ge=1)
    """transformers: threads of a CPU; None leaves it to torch. Fewer leave cores to the executor."""

    base_url: str = ""
    """openai: the server's address up to its version, for example "http://127.0.0.1:8000/v1"."""
    api_key_env: str | None = None
    """openai: name of the environment variable that holds the key; None sends none."""
    endpoint: Literal["completions", "chat"] = "completions"
    """openai: "chat" leaves the template to the server; "completions" renders conversations here, with `tokenizer`."""
    tokenizer: str | None = None
    """openai: folder or hub name of the model's tokenizer, for conversations sent to "completions"."""
    concurrency: int = Field(64, ge=1)
    """openai: requests under way at once."""
    retries: int = Field(5, ge=0)
    """openai: further tries after 408, 409, 429, 5xx and broken connections, each waiting longer than the last."""
    timeout_s: float = Field(600, gt=0)
    """openai: seconds for one request."""

    file: str = ""
    """scripted: recorded answers, JSON lines, gzipped or not."""

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        for name, doors in _ONLY_FOR.items():
            # Not "was given": a resolved configuration gives every setting, most of them as they are by default.
            changed = getattr(self, name) != type(self).model_fields[name].get_default(call_default_factory=True)
            if changed and self.door not in doors:
                raise ValueError(f"{name} means nothing to door {self.door!r}; it is for {' and '.join(doors)}")
        self._needs()
        for name in self.engine_args:
            if name in _OWN_ENGINE_ARGS:
                raise ValueError(f"engine_args: {name!r} is set through another setting of the model, or not at all")
        if self.device == "cpu" and self.tensor_parallel * self.data_parallel > 1:
            raise ValueError("tensor_parallel and data_parallel count GPUs: they are 1 with device 'cpu'")
        return self

    def _needs(self) -> None:
        if self.door == "scripted":
            if not self.file:
                raise ValueError("door 'scripted' needs file: the recorded answers")
            return
        if not self.model:
            raise ValueError(f"door {self.door!r} needs model: a folder, or a name")
        if self.door != "openai":
            return
        if not self.base_url.startswith(("http://", "https://")):
            raise ValueError(
                f"door 'openai' needs base_url, for example 'http://127.0.0.1:8000/v1', not {self.base_url!r}"
            )
        if self.endpoint == "chat" and not self.chat:
            raise ValueError("endpoint 'chat' takes conversations: set chat = true, or endpoint = 'completions'")
        if self.endpoint == "completions" and self.chat and not self.tokenizer:
            raise ValueError(
                "chat with endpoint 'completions' needs tokenizer, whose template renders the conversations; "
                "or set endpoint = 'chat'"
            )

    @classmethod
    def from_mapping(cls, settings: Mapping[str, object]) -> Self:
        """The settings that a table names, defaults for the rest. ConfigError names each setting that is wrong."""
        try:
            return cls.model_validate(dict(settings))
        except ValidationError as error:
            raise ConfigError("; ".join(_sentence(one) for one in error.errors())) from None


def _sentence(error: Mapping[str, object]) -> str:
    place = error["loc"]
    name = ".".join(map(str, place)) if isinstance(place, tuple) else ""
    if error["type"] == "extra_forbidden":
        return f"model.{name}: there is no such setting; there are {', '.join(ModelSettings.model_fields)}"
    message = str(error["msg"]).removeprefix("Value error, ")
    return f"model.{name}: {message}, not {error['input']!r}" if name else f"model: {message}"
