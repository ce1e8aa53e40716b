"""The vllm door: engines in processes of their own, one for each GPU or group of GPUs, many requests in flight.

An engine that dies, is killed, or falls silent is started again, and what it had not answered is sent again: with
seeding "request" that gives the very same texts. A new checkpoint is a new generator: weights are never exchanged
inside a living engine, which is fast and, in several versions of vLLM, silently wrong.
"""

import selectors
import tempfile
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Self

from ucoder.errors import ConfigError, EngineError, GeneratorError, MissingPackageError
from ucoder.llm.engine_process import EngineProcess, EngineSpec
from ucoder.llm.fingerprint import folder_fingerprint
from ucoder.llm.folder import ModelFolder, locate
from ucoder.llm.generator import Prompt, Request, Samples, Sampling
from ucoder.llm.gpus import visible_gpus
from ucoder.llm.intake import Intake, Part
from ucoder.llm.seeds import engine_seed, sample_seed
from ucoder.llm.settings import ModelSettings
from ucoder.llm.tokenizer import Tokenizer

__all__ = ["VllmGenerator", "open_vllm"]

_START_S = 3600.0
"""Loading and compiling a large model takes minutes; an engine that is not ready by then will not be"""
_GLANCE_S = 0.05
"""How long to wait for texts while there is room for requests that have not come yet"""
_ENVIRONMENT = {"VLLM_NO_USAGE_STATS": "1", "HF_HUB_OFFLINE": "1", "TOKENIZERS_PARALLELISM": "false"}
# On a CPU vLLM runs inside the engine's process; its own workers are for GPUs.
_ENVIRONMENT_CPU = {"VLLM_ENABLE_V1_MULTIPROCESSING": "0", "VLLM_HOST_IP": "127.0.0.1"}


def open_vllm(
    settings: ModelSettings, *, run_seed: int, attempt: int, replica: int, log_dir: Path | None = None
) -> "VllmGenerator":
    """Start the engines and wait until they are ready.

    ConfigError for settings that this machine or model cannot meet; EngineError, with the end of its log, where an
    engine does not start.
    """
    if find_spec("vllm") is None:
        raise MissingPackageError("door 'vllm' needs vllm: pip install 'ucoder[vllm]', or set door = 'transformers'")
    groups = _groups(settings)
    folder = locate(settings.model, settings.revision)
    tokenizer = Tokenizer.load(folder.path, chat=settings.chat, end_ids=folder.end_ids)
    max_len = folder.length_limit(settings.max_model_len)
    logs = log_dir or Path(tempfile.mkdtemp(prefix="ucoder-vllm-"))
    specs = [
        EngineSpec(
            module="ucoder.llm.vllm_engine",
            arguments=_start_message(settings, folder, max_len, on_gpu=bool(group)),
            environment=_environment(group),
            log=logs / f"engine-{number}.log",
        )
        for number, group in enumerate(groups)
    ]
    generator = VllmGenerator(settings, folder, tokenizer, max_len, specs, (run_seed, attempt, replica))
    try:
        generator.wait_until_ready()
    except BaseException:
        generator.close()
        raise
    return generator


def _groups(settings: ModelSettings) -> list[list[str]]:
    """The GPUs of each engine; one engine without any on a machine that has none."""
    gpus = [] if settings.device == "cpu" else visible_gpus()
    wanted = settings.tensor_parallel * settings.data_parallel
    if not gpus and (settings.device == "cuda" or wanted > 1):
        raise ConfigError(f"the model is to use {wanted} GPU(s), but this machine shows none: set device = 'cpu'")
    if gpus and wanted > len(gpus):
        raise ConfigError(
            f"tensor_parallel {settings.tensor_parallel} times data_parallel {settings.data_parallel} makes {wanted} "
            f"GPUs, and there are {len(gpus)} here"
        )
    size = settings.tensor_parallel
    return [gpus[i * size : (i + 1) * size] for i in range(settings.data_parallel)]


def _environment(gpus: list[str]) -> dict[str, str]:
    return {**_ENVIRONMENT, **({"CUDA_VISIBLE_DEVICES": ",".join(gpus)} if gpus else _ENVIRONMENT_CPU)}


def _start_message(settings: ModelSettings, folder: ModelFolder, max_len: int, *, on_gpu: bool) -> dict[str, Any]:
    dtype: str = settings.dtype
    if dtype == "auto":
        dtype = folder.stored_dtype if on_gpu else "float32"
    engine: dict[str, Any] = {
        "model": str(folder.path),
        "dtype": dtype,
        "max_model_len": max_len,
        "tensor_parallel_size": settings.tensor_parallel,
        "enable_prefix_caching": True,
        "logprobs_mode": "raw_logprobs",
        "generation_config": "vllm",
        "disable_log_stats": True,
    }
    if on_gpu:
        engine["gpu_memory_utilization"] = settings.gpu_memory_utilization
    else:
        # A prompt that is run in pieces winds its seeded generator back, which generators on a CPU cannot do: the
        # engine dies (vLLM 0.30).
        engine["enable_chunked_prefill"] = False
    engine.update(settings.engine_args)
    return {"engine": engine, "window": settings.repetition_window, "repeats": settings.repetition_repeats}


@dataclass(slots=True)
class _Assigned:
    """A part that an engine works on."""

    part: Part
    message: dict[str, Any]


class _Engine:
    """An engine over all its starts, and the parts it owes an answer for."""

    def __init__(self, spec: EngineSpec) -> None:
        self.spec = spec
        self.process: EngineProcess | None = None
        self.num_starts = 0
        self.owed: dict[int, _Assigned] = {}

    @property
    def load(self) -> int:
        """Samples it works on or has queued."""
        return sum(assigned.part.n for assigned in self.owed.values())


class VllmGenerator:
    """A `Generator` over engines in processes of their own."""

    def __init__(
        self,
        settings: ModelSettings,
        folder: ModelFolder,
        tokenizer: Tokenizer,
        max_len: int,
        specs: list[EngineSpec],
        seeds: tuple[int, int, int],
    ) -> None:
        self._settings = settings
        self._folder = folder
        self._tokenizer = tokenizer
        self._max_len = max_len
        self._seeds = seeds
        self._fingerprint = folder_fingerprint(folder.path)
        self._selector = selectors.DefaultSelector()
        self._engines = [_Engine(spec) for spec in specs]
        self._num_parts = 0
        self._prompt: tuple[Prompt, list[int]] = ("", [])
        self.num_restarts = 0
        for engine in self._engines:
            self._start(engine)

    @property
    def fingerprint(self) -> str:
        return self._fingerprint

    @property
    def engine_pids(self) -> list[int]:
        """Processes of the engines, for whoever watches the machine."""
        return [engine.process.pid for engine in self._engines if engine.process is not None]

    def render(self, prompt: Prompt) -> str:
        return self._tokenizer.render(prompt)

    def wait_until_ready(self) -> None:
        """Wait for all engines' first start. EngineError where one does not come up: nothing is tried twice then."""
        until = time.monotonic() + _START_S
        while not all(engine.process is not None and engine.process.ready for engine in self._engines):
            for engine in self._readable(1.0):
                self._hear(engine, None)
            if time.monotonic() > until:
                raise EngineError(f"an engine was not ready after {_START_S:.0f} s; {self._tails()}")

    def sample(self, requests: Iterable[Request], sampling: Sampling) -> Iterator[Samples]:
        """See `Generator.sample`. EngineError once engines died more than `max_restarts` times."""
        if not self._engines:
            raise GeneratorError("the model was closed")
        with Intake(requests, sampling, self._settings.chunk) as intake:
            try:
                while True:
                    yield from self._fill(intake, sampling)
                    if any(engine.owed for engine in self._engines):
                        may_come = self._has_room() and not intake.exhausted
                        for engine in self._readable(_GLANCE_S if may_come else 1.0):
                            yield from self._hear(engine, sampling)
                        self._restart_silent()
                    elif intake.exhausted:
                        return
            finally:
                self._forget()

    def close(self) -> None:
        """End all engines. Idempotent."""
        for engine in self._engines:
            if engine.process is not None:
                self._selector.unregister(engine.process.channel)
                engine.process.end()
        self._engines = []
        self._selector.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    # ------------------------------------------------------------ requests go out

    def _has_room(self) -> bool:
        return min(engine.load for engine in self._engines) + self._settings.chunk <= max(
            self._settings.max_in_flight, self._settings.chunk
        )

    def _fill(self, intake: Intake, sampling: Sampling) -> list[Samples]:
        """Hand out parts while there is room. Returns those whose prompts are too long."""
        refused: list[Samples] = []
        while self._has_room():
            idle = not refused and not any(engine.owed for engine in self._engines)
            part = intake.take(None if idle else 0)
            if part is None:
                break
            ids = self._ids(part.request.prompt)
            if len(ids) >= self._max_len:
                nothing = self._tokenizer.completion([], 0.0, "length", ())
                refused.append(Samples(part.request.id, part.first_index, (nothing,) * part.n))
                continue
            self._assign(part, ids, sampling)
        return refused

    def _ids(self, prompt: Prompt) -> list[int]:
        if self._prompt[0] != prompt or not self._prompt[1]:
            self._prompt = (prompt, self._tokenizer.encode(prompt))
        return self._prompt[1]

    def _assign(self, part: Part, ids: list[int], sampling: Sampling) -> None:
        """To the engine that has this prompt in its cache, where it has room, else to the one with the least to do."""
        engine = min(self._engines, key=lambda one: one.load)
        for other in self._engines:
            knows = any(owed.message["prompt"] == ids for owed in other.owed.values())
            if knows and other.load + part.n <= self._settings.max_in_flight:
                engine = other
        seeds = None
        if self._settings.seeding == "request":
            indices = range(part.first_index, part.first_index + part.n)
            seeds = [sample_seed(part.request.seed, index) for index in indices]
        self._num_parts += 1
        message = {
            "op": "sample", "id": self._num_parts, "n": part.n, "prompt": ids, "seeds": seeds,
            "temperature": sampling.temperature, "top_p": sampling.top_p, "stop": list(sampling.stop),
            "max_tokens": min(sampling.max_tokens, self._max_len - len(ids)),
            "end_ids": sorted(self._tokenizer.end_ids),
        }  # fmt: skip
        if engine.process is not None:
            if not engine.owed:
                engine.process.heard_s = time.monotonic()  # it was silent because it had nothing to do
            engine.process.send(message)
        engine.owed[self._num_parts] = _Assigned(part, message)

    def _forget(self) -> None:
        """Nobody wants the rest any more."""
        for engine in self._engines:
            if engine.owed and engine.process is not None:
                engine.process.send({"op": "abort"})
            engine.owed.clear()

    # ------------------------------------------------------------ texts come in

    def _readable(self, wait_s: float) -> list[_Engine]:
        """Engines that said something or ended, after `wait_s` at the latest. Sends what did not fit before."""
        num_behind = sum(not engine.process.flush() for engine in self._engines if engine.process is not None)
        return [key.data for key, _ in self._selector.select(_GLANCE_S if num_behind else wait_s)]

    def _hear(self, engine: _Engine, sampling: Sampling | None) -> list[Samples]:
        """Take what an engine said; start it again where it has ended. `sampling` None: during the first start."""
        process = engine.process
        messages = process.receive() if process is not None else None
        if process is None or messages is None:
            self._restart(engine, "ended", may_again=sampling is not None)
            return []
        done: list[Samples] = []
        for message in messages:
            match message["op"]:
                case "ready":
                    process.ready = True
                case "broken" if sampling is None:
                    raise EngineError(f"the engine did not start: {message['message']}; {process.log_tail()}")
                case "failed" if message["id"] in engine.owed:
                    raise GeneratorError(f"vLLM does not take a request: {message['message']}")
                case "done" if message["id"] in engine.owed and sampling is not None:
                    part = engine.owed.pop(message["id"]).part
                    texts = message["texts"]
                    completions = tuple(
                        self._tokenizer.completion(ids, logprob_sum, ending, sampling.stop)
                        for ids, logprob_sum, ending in texts
                    )
                    done.append(Samples(part.request.id, part.first_index, completions))
                case _:
                    pass  # a sign of life, or an answer that nobody waits for any more
        return done

    # ------------------------------------------------------------ engines come and go

    def _start(self, engine: _Engine) -> EngineProcess:
        number = self._engines.index(engine)
        process = EngineProcess(engine.spec, engine_seed(*self._seeds, engine=number, start=engine.num_starts))
        engine.num_starts += 1
        engine.process = process
        self._selector.register(process.channel, selectors.EVENT_READ, engine)
        return process

    def _restart_silent(self) -> None:
        now = time.monotonic()
        for engine in self._engines:
            process = engine.process
            if process is not None and engine.owed:
                limit = self._settings.stall_s if process.ready else _START_S
                if now - process.heard_s > limit:
                    self._restart(engine, f"said nothing for {limit:.0f} s", may_again=True)

    def _restart(self, engine: _Engine, what: str, *, may_again: bool) -> None:
        """End what is left of an engine, start it again, and send it what it owes."""
        process = engine.process
        if process is None:
            return
        self._selector.unregister(process.channel)
        engine.process = None
        status = process.end()
        self.num_restarts += 1
        problem = ""
        if not may_again or self.num_restarts > self._settings.max_restarts:
            problem = f"after {self.num_restarts - 1} restarts; {process.log_tail()}"
        elif folder_fingerprint(self._folder.path) != self._fingerprint:
            problem = f"and the files in {self._folder.path} are not what they were: its texts would be another model's"
        if problem:
            self.close()
            raise EngineError(f"a vLLM engine {what} (exit status {status}), {problem}")
        again = self._start(engine)
        for assigned in engine.owed.values():
            again.send(assigned.message)

    def _tails(self) -> str:
        return "\n".join(engine.process.log_tail() for engine in self._engines if engine.process is not None)
