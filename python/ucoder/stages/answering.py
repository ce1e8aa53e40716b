"""Answering: a stage's questions become stored answers. What is stored already is not asked again.

Answers are written by key as they come, so a process that is killed loses what was not yet a shard and nothing else;
asked again, it ends with the same answers where each sample has a seed of its own.
"""

from collections.abc import Generator, Sequence
from dataclasses import dataclass, field, replace

from ucoder.llm.asking import Asking, ask_id_of
from ucoder.llm.generator import Request
from ucoder.loop_records import Answered
from ucoder.store.answers import AnswerStore

__all__ = ["answered", "num_samples"]


@dataclass(slots=True)
class _Question:
    keys: list[str] = field(default_factory=list)
    num_missing: int = 0
    num_new: int = 0
    num_new_tokens: int = 0


def num_samples(requests: Sequence[Request]) -> int:
    """How many answers the requests ask for."""
    return sum(request.n for request in requests)


def answered(asking: Asking, requests: Sequence[Request], store: AnswerStore) -> Generator[Answered]:
    """Each question as soon as all its answers are there: first those that are stored whole, in order.

    Answers are by index. What was drawn is in the store when this ends, however it ends. Raises what the generator
    and the store raise.
    """
    questions: dict[str, _Question] = {}
    for request in requests:
        question = questions.setdefault(ask_id_of(request.id), _Question())
        keys = list(asking.keys([request]))
        question.keys += keys
        question.num_missing += sum(key not in store for key in keys)
    for ask_id, question in questions.items():
        if not question.num_missing:
            yield Answered(ask_id, tuple(store.read(question.keys)), 0)
    missing = asking.remaining([one for one in requests if questions[ask_id_of(one.id)].num_missing], store)
    try:
        for answer in asking.answers(list(missing)):
            store.add([replace(answer, text=_storable(answer.text))])
            question = questions[answer.ask_id]
            question.num_missing -= 1
            question.num_new += 1
            question.num_new_tokens += answer.num_tokens
            if not question.num_missing:
                yield Answered(
                    answer.ask_id, tuple(store.read(question.keys)), question.num_new, question.num_new_tokens
                )
    finally:
        store.flush()


def _storable(text: str) -> str:
    """Text as a file can hold it: a lone surrogate, which no tokenizer means, becomes a replacement character."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
