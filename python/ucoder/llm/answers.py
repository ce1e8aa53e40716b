"""Answers of model servers, read without trusting them: a text each, or `NoAnswerError` that says what is wrong.

The official client checks nothing: where a server sends something else, its objects hold whatever came.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ucoder.llm.generator import Ending

__all__ = ["Answered", "NoAnswerError", "chat_answers", "completion_answers"]


class NoAnswerError(Exception):
    """What came is no answer. The message says why."""


@dataclass(frozen=True, slots=True)
class Answered:
    """One text of a server."""

    text: str
    num_tokens: int
    mean_logprob: float | None
    ending: Ending


def completion_answers(answer: Any) -> list[Answered]:  # noqa: ANN401  nothing is known of it yet
    """Texts of the completions endpoint, by their index."""
    return [
        _answered(choice, getattr(choice, "text", None), _token_logprobs(choice), share)
        for choice, share in _choices(answer)
    ]


def chat_answers(answer: Any) -> list[Answered]:  # noqa: ANN401
    """Texts of the chat endpoint, by their index."""
    return [_answered(choice, _content(choice), _content_logprobs(choice), share) for choice, share in _choices(answer)]


def _choices(answer: Any) -> list[tuple[Any, int]]:  # noqa: ANN401
    """Each choice with the tokens that fall to it where the server says only how many all have."""
    choices = getattr(answer, "choices", None)
    if not isinstance(choices, list):
        raise NoAnswerError(f"there are no choices in {str(answer)[:200]!r}")
    total = getattr(getattr(answer, "usage", None), "completion_tokens", None)
    total = total if isinstance(total, int) and total >= 0 else 0
    share, rest = divmod(total, max(1, len(choices)))
    ordered = sorted(choices, key=lambda choice: getattr(choice, "index", None) or 0)
    return [(choice, share + (number < rest)) for number, choice in enumerate(ordered)]


def _answered(choice: Any, text: object, logprobs: Sequence[float] | None, share: int) -> Answered:  # noqa: ANN401
    if not isinstance(text, str):
        raise NoAnswerError(f"a choice has no text: {str(choice)[:200]!r}")
    ending: Ending = "stop"
    if getattr(choice, "finish_reason", None) in ("length", "repetition"):
        ending = choice.finish_reason
    if not logprobs:
        return Answered(text, share, None, ending)
    return Answered(text, len(logprobs), math.fsum(logprobs) / len(logprobs), ending)


def _content(choice: Any) -> object:  # noqa: ANN401
    message = getattr(choice, "message", None)
    content = getattr(message, "content", None)
    # A model that says nothing at all has no content; a message without the field is another thing.
    return "" if content is None and hasattr(message, "content") else content


def _token_logprobs(choice: Any) -> list[float] | None:  # noqa: ANN401
    return _numbers(getattr(getattr(choice, "logprobs", None), "token_logprobs", None))


def _content_logprobs(choice: Any) -> list[float] | None:  # noqa: ANN401
    content = getattr(getattr(choice, "logprobs", None), "content", None)
    return _numbers([getattr(token, "logprob", None) for token in content]) if isinstance(content, list) else None


def _numbers(values: object) -> list[float] | None:
    """The log-probabilities, or None where one of them is none."""
    if not isinstance(values, list) or not all(isinstance(one, int | float) and math.isfinite(one) for one in values):
        return None
    return [float(one) for one in values]
