"""What the tests of stages share: settings by default, and a model that says what it is told to say."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Self, TypeAlias

import pytest

from ucoder.llm.generator import Completion, Prompt, Request, Samples, Sampling
from ucoder.loop_records import Answer, ProblemStatement, Skeleton

Speech: TypeAlias = Callable[[Prompt, int], str]


class Speaker:
    """A door to a model that is a function from prompt and sample index to text."""

    fingerprint = "speaker"

    def __init__(self, speech: Speech) -> None:
        self.speech = speech

    def render(self, prompt: Prompt) -> str:
        return prompt if isinstance(prompt, str) else "\n".join(f"{one.role}: {one.content}" for one in prompt)

    def sample(self, requests: Iterable[Request], sampling: Sampling) -> Iterator[Samples]:
        """Two samples at a time, the last requests first: answers come in any order."""
        for request in reversed(list(requests)):
            indices = range(request.first_index, request.first_index + request.n)
            for start in range(0, request.n, 2):
                texts = [self.speech(request.prompt, index) for index in indices[start : start + 2]]
                done = tuple(
                    Completion(text=t, num_tokens=len(t), mean_logprob=-0.5, ending="stop")
                    for t in (self._cut(text, sampling.stop) for text in texts)
                )
                yield Samples(request.id, indices[start], done)

    @staticmethod
    def _cut(text: str, stop: Sequence[str]) -> str:
        return text[: min([place for mark in stop if (place := text.find(mark)) >= 0], default=len(text))]

    def close(self) -> None:
        pass

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        pass


@pytest.fixture(scope="session")
def speaker() -> Callable[[Speech], Speaker]:
    return Speaker


@pytest.fixture(scope="session")
def answer() -> Callable[..., Answer]:
    def made(ask_id: str, text: str, index: int = 0, ending: str = "stop") -> Answer:
        key = f"{ask_id}-{index}"
        return Answer(key=key, ask_id=ask_id, index=index, text=text, num_tokens=9, mean_logprob=-0.25, ending=ending)

    return made


@pytest.fixture(scope="session")
def statement() -> Callable[..., ProblemStatement]:
    """A problem; what is not given is the same in all."""

    def made(**changes: str) -> ProblemStatement:
        fields: Mapping[str, str] = {
            "title": "Higher step",
            "kind": "basic algorithms",
            "category": "arrays",
            "difficulty": "easy",
            "description": "Given the heights of two garden steps, say by how much the higher one is above the lower.",
            "signature": "def step_gap(left: int, right: int) -> int:",
            "entry_point": "step_gap",
            "example": "step_gap(3, 5) returns 2",
            "hint": "Subtract.",
            "provenance": "key",
        }
        return ProblemStatement(**{**fields, **changes})  # type: ignore[arg-type]

    return made


@pytest.fixture(scope="session")
def skeleton(statement: Callable[..., ProblemStatement]) -> Skeleton:
    header = "def step_gap(left: int, right: int) -> int:"
    return Skeleton(
        problem_id=statement().id,
        imports="import math",
        header=header,
        docstring="Say the gap.",
        text=f'import math\n\n\n{header}\n    """Say the gap."""\n',
        entry_point="step_gap",
        provenance="key",
    )
