"""The openai door: any server that speaks OpenAI's protocol (`vllm serve` among them), completions or chat.

Parts are asked for side by side on an event loop in a thread of its own, at most `concurrency` requests at once. The
official client tries again after 408, 409, 429, 5xx and broken connections, each time waiting longer. Repetition
cannot be stopped early here: the server has the tokens.
"""

import asyncio
import os
import queue
import threading
from collections.abc import Coroutine, Iterable, Iterator
from dataclasses import dataclass
from importlib import import_module
from typing import Any, Self, TypeVar

import openai

from ucoder.errors import ConfigError, GeneratorError, ServerError
from ucoder.llm.answers import Answered, NoAnswerError, chat_answers, completion_answers
from ucoder.llm.folder import locate_tokenizer
from ucoder.llm.generator import Completion, Prompt, Request, Samples, Sampling, plain_rendering
from ucoder.llm.intake import Intake, Part
from ucoder.llm.seeds import engine_seed, sample_seed
from ucoder.llm.settings import ModelSettings
from ucoder.records import content_id

__all__ = ["OpenaiGenerator", "open_openai"]

T = TypeVar("T")

_GLANCE_S = 0.05
_SHORT_ANSWERS = 3
"""How often in a row a server may answer without any text before it counts as broken"""
# How OpenAI's and vLLM's servers mark "prompt and max_tokens exceed the model's length", apart from words for people.
_TOO_LONG = ("context_length_exceeded", "input_tokens", "input_text", "max_tokens", "max_completion_tokens")
_NOTHING = Answered("", 0, None, "length")


def open_openai(settings: ModelSettings, *, run_seed: int, attempt: int, replica: int) -> "OpenaiGenerator":
    """Ask the server what it has. ServerError where it is down or answers rubbish, ConfigError for an unknown model."""
    tokenizer: Any = None
    if settings.tokenizer is not None:
        # Loaded by name: most servers are asked where transformers is not installed.
        tokenizers = import_module("ucoder.llm.tokenizer")
        folder = locate_tokenizer(settings.tokenizer, settings.revision)
        tokenizer = tokenizers.Tokenizer.load(folder, chat=settings.chat)
    generator = OpenaiGenerator(settings, tokenizer, engine_seed(run_seed, attempt, replica))
    try:
        generator.greet()
    except BaseException:
        generator.close()
        raise
    return generator


@dataclass(slots=True)
class _Outcome:
    """What came of a part, from the loop's thread."""

    part: Part
    completions: tuple[Completion, ...] = ()
    error: Exception | None = None


class OpenaiGenerator:
    """A `Generator` over a server. `tokenizer` renders conversations for the completions endpoint."""

    def __init__(self, settings: ModelSettings, tokenizer: Any, seed: int) -> None:  # noqa: ANN401  loaded by name
        self._settings = settings
        self._tokenizer = tokenizer
        self._seed = seed
        self._identity = ""
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="ucoder-openai", daemon=True)
        self._thread.start()
        key = os.environ.get(settings.api_key_env) if settings.api_key_env else "none"
        if not key:
            self.close()
            raise ConfigError(f"api_key_env names {settings.api_key_env}, and there is no such environment variable")
        self._client = self._wait(self._connect(key))
        self._slots = asyncio.Semaphore(settings.concurrency)

    async def _connect(self, key: str) -> openai.AsyncOpenAI:
        settings = self._settings
        return openai.AsyncOpenAI(
            base_url=settings.base_url, api_key=key, timeout=settings.timeout_s, max_retries=settings.retries
        )

    def _wait(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()

    @property
    def fingerprint(self) -> str:
        """Of the address, the model's name and what the server says of it: weights cannot be seen from here."""
        return content_id(self._settings.base_url, self._settings.model, self._identity)

    def render(self, prompt: Prompt) -> str:
        """Conversations for the chat endpoint as JSON: the template is the server's."""
        if isinstance(prompt, str) and self._settings.endpoint == "chat":
            raise ConfigError("endpoint 'chat' takes conversations: choose a prompt style for chat models")
        if self._tokenizer is not None:
            text: str = self._tokenizer.render(prompt)
            return text
        if not isinstance(prompt, str) and self._settings.endpoint == "completions":
            raise ConfigError("the prompt is a conversation, but chat is false: choose a prompt style for base models")
        return plain_rendering(prompt)

    def greet(self) -> None:
        """Ask which models there are. A server without such a list is taken at its word."""
        address = self._settings.base_url
        try:
            models = self._wait(self._models())
        except openai.NotFoundError:
            return
        except openai.APIConnectionError as error:
            raise ServerError(
                f"base_url: no server answers at {address} ({_reason(error)}): start it, or correct base_url"
            ) from error
        except openai.APIStatusError as error:
            raise ServerError(
                f"base_url: the server at {address} refuses: status {error.status_code}, {_said(error)}"
            ) from error
        except (openai.OpenAIError, ValueError, TypeError, AttributeError) as error:
            raise ServerError(f"base_url: what answers at {address} is no model server: {_reason(error)}") from error
        if self._settings.model not in models:
            known = ", ".join(sorted(models)) or "none"
            raise ConfigError(f"model: the server at {address} has no {self._settings.model!r}; it has {known}")
        self._identity = models[self._settings.model]

    async def _models(self) -> dict[str, str]:
        """Name and what else is stable of each model."""
        page = await self._client.models.list()
        if not isinstance(page.data, list):
            raise TypeError("its list of models is no list")
        return {str(one.id): f"{getattr(one, 'root', '')} {getattr(one, 'max_model_len', '')}" for one in page.data}

    # ------------------------------------------------------------ sampling

    def sample(self, requests: Iterable[Request], sampling: Sampling) -> Iterator[Samples]:
        """See `Generator.sample`. ServerError where the server goes down, refuses, or answers rubbish."""
        if self._loop.is_closed():
            raise GeneratorError("the model was closed")
        running: dict[int, asyncio.Future[None] | Any] = {}
        outcomes: queue.SimpleQueue[_Outcome] = queue.SimpleQueue()
        with Intake(requests, sampling, self._settings.chunk) as intake:
            try:
                while True:
                    self._fill(intake, sampling, running, outcomes)
                    if not running:
                        if intake.exhausted:
                            return
                        continue
                    may_come = len(running) < self._settings.concurrency and not intake.exhausted
                    try:
                        outcome = outcomes.get(timeout=_GLANCE_S if may_come else None)
                    except queue.Empty:
                        continue
                    del running[id(outcome.part)]
                    if outcome.error is not None:
                        raise self._explained(outcome.error) from outcome.error
                    yield Samples(outcome.part.request.id, outcome.part.first_index, outcome.completions)
            finally:
                for work in running.values():
                    work.cancel()

    def _fill(
        self, intake: Intake, sampling: Sampling, running: dict[int, Any], outcomes: queue.SimpleQueue[_Outcome]
    ) -> None:
        while len(running) < self._settings.concurrency:
            part = intake.take(0 if running else None)
            if part is None:
                return
            self.render(part.request.prompt)  # refuses what does not fit the endpoint
            work = asyncio.run_coroutine_threadsafe(self._part(part, sampling, outcomes), self._loop)
            running[id(part)] = work

    async def _part(self, part: Part, sampling: Sampling, outcomes: queue.SimpleQueue[_Outcome]) -> None:
        try:
            if self._settings.seeding == "request":
                indices = range(part.first_index, part.first_index + part.n)
                seeds = [sample_seed(part.request.seed, index) for index in indices]
                answers = await self._side_by_side(part.request.prompt, seeds, sampling)
            else:
                # The server numbers a request's texts itself; ours is the run's, the attempt's and the part's seed.
                seed = sample_seed(self._seed ^ part.request.seed, part.first_index)
                answers = await self._texts(part.request.prompt, part.n, seed, sampling)
        except Exception as error:  # noqa: BLE001  whatever it is, the caller's thread raises it
            outcomes.put(_Outcome(part, error=error))
        else:
            completions = tuple(
                Completion(text=one.text, num_tokens=one.num_tokens, mean_logprob=one.mean_logprob, ending=one.ending)
                for one in answers
            )
            outcomes.put(_Outcome(part, completions))

    async def _side_by_side(self, prompt: Prompt, seeds: list[int], sampling: Sampling) -> list[Answered]:
        """A text for each seed. When one fails, the others are given up."""
        tasks = [asyncio.ensure_future(self._texts(prompt, 1, seed, sampling)) for seed in seeds]
        try:
            return [text for texts in await asyncio.gather(*tasks) for text in texts]
        finally:
            for task in tasks:
                task.cancel()

    async def _texts(self, prompt: Prompt, n: int, seed: int, sampling: Sampling) -> list[Answered]:
        """n texts, asked for again where the server gave fewer. `NoAnswerError` where it gives none."""
        texts: list[Answered] = []
        empty = 0
        while len(texts) < n:
            # Another seed: with the same one the missing texts would be those that are there.
            own_seed = seed if not texts and not empty else sample_seed(seed, len(texts) + 1000 * empty)
            new = await self._asked(prompt, n - len(texts), own_seed, sampling)
            texts += new[: n - len(texts)]
            empty = 0 if new else empty + 1
            if empty == _SHORT_ANSWERS:
                raise NoAnswerError(f"{_SHORT_ANSWERS} times in a row it answered without any text (no choices)")
        return texts

    async def _asked(self, prompt: Prompt, n: int, seed: int, sampling: Sampling) -> list[Answered]:
        """One request. A prompt that leaves no room gives texts without tokens."""
        limits: tuple[int | None, ...] = (sampling.max_tokens, None)
        for limit in limits:
            try:
                async with self._slots:
                    return await self._request(prompt, n, seed, sampling, limit)
            except openai.BadRequestError as error:
                # Servers count max_tokens, too: without it the text gets what room there is, which is less.
                if not {str(error.code), str(error.param)} & set(_TOO_LONG):
                    raise
        return [_NOTHING] * n

    async def _request(
        self, prompt: Prompt, n: int, seed: int, sampling: Sampling, limit: int | None
    ) -> list[Answered]:
        common: dict[str, Any] = {
            "model": self._settings.model, "n": n, "temperature": sampling.temperature, "top_p": sampling.top_p,
            "seed": seed, "stop": list(sampling.stop) or None,
        }  # fmt: skip
        if self._settings.endpoint == "chat":
            messages = [{"role": one.role, "content": one.content} for one in prompt if not isinstance(one, str)]
            chat = await self._client.chat.completions.create(
                messages=messages, logprobs=True, max_tokens=limit, **common
            )
            return chat_answers(chat)
        text = self.render(prompt)
        completion = await self._client.completions.create(prompt=text, logprobs=0, max_tokens=limit, **common)
        return completion_answers(completion)

    def _explained(self, error: Exception) -> Exception:
        """Our word for what went wrong; what is not the server's doing stays what it is."""
        address = self._settings.base_url
        tries = f"after {self._settings.retries + 1} tries"
        match error:
            case NoAnswerError():
                return ServerError(f"base_url: the server at {address} answers what is no answer: {error}")
            case openai.APIConnectionError():
                return ServerError(f"base_url: the server at {address} does not answer {tries}: {_reason(error)}")
            case openai.APIStatusError():
                return ServerError(
                    f"base_url: the server at {address} refuses {tries}: status {error.status_code}, {_said(error)}"
                )
            case openai.OpenAIError() | ValueError():
                return ServerError(f"base_url: the server at {address} answers what is no answer: {_reason(error)}")
        return error

    def close(self) -> None:
        """End the event loop and its connections. Idempotent."""
        if self._loop.is_closed():
            return
        if hasattr(self, "_client"):
            self._wait(self._client.close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()


def _reason(error: BaseException) -> str:
    """The innermost cause in a line: the client wraps what the network said."""
    while error.__cause__ is not None:
        error = error.__cause__
    text = str(error).strip().splitlines()
    return f"{type(error).__name__}: {text[0][:200]}" if text else type(error).__name__


def _said(error: openai.APIStatusError) -> str:
    """The server's own words, short."""
    return " ".join(str(error.message).split())[:300]
