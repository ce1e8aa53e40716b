"""A model's tokenizer: prompts become token ids here, and token ids texts, the same for every door that has weights.

A conversation goes through the tokenizer's own chat template and is then text like any other. The tokenizer is loaded
without code of the model's author.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from transformers import AutoTokenizer

from ucoder.errors import ConfigError, ModelError
from ucoder.llm.generator import Completion, Ending, Prompt

__all__ = ["Tokenizer"]


class Tokenizer:
    """Text to token ids and back. `end_ids` are the tokens that end a text."""

    def __init__(self, tokenizer: Any, *, chat: bool, end_ids: Sequence[int]) -> None:  # noqa: ANN401  untyped library
        self._tokenizer = tokenizer
        self._chat = chat
        own = tokenizer.eos_token_id
        self.end_ids = frozenset(end_ids) | (frozenset() if own is None else frozenset({own}))
        self._pieces: dict[int, str] = {}
        self._anchor: tuple[int, str] | None = None

    @classmethod
    def load(cls, path: Path, *, chat: bool, end_ids: Sequence[int] = ()) -> "Tokenizer":
        """Load from a folder. ModelError where that fails, ConfigError where chat is asked for without a template."""
        try:
            tokenizer = AutoTokenizer.from_pretrained(str(path), trust_remote_code=False, local_files_only=True)
        except Exception as error:  # the library raises whatever its parsers do
            raise ModelError(f"the tokenizer in {path} cannot be loaded: {error}") from error
        if chat and not tokenizer.chat_template:
            raise ConfigError(
                f"chat is true, but the tokenizer in {path} has no chat template: it belongs to a base model. "
                "Set chat = false and a prompt style for base models, or give an instruct model"
            )
        return cls(tokenizer, chat=chat, end_ids=end_ids)

    def render(self, prompt: Prompt) -> str:
        """The text that the model goes on with. ConfigError for a conversation where chat is off."""
        if isinstance(prompt, str):
            return prompt
        if not self._chat:
            raise ConfigError("the prompt is a conversation, but chat is false: choose a prompt style for base models")
        turns = [{"role": message.role, "content": message.content} for message in prompt]
        text: str = self._tokenizer.apply_chat_template(turns, tokenize=False, add_generation_prompt=True)
        return text

    def encode(self, prompt: Prompt) -> list[int]:
        """Token ids of a prompt, never empty. Special tokens are added to plain text only: a template has its own."""
        text = self.render(prompt)
        ids: list[int] = self._tokenizer.encode(_encodable(text), add_special_tokens=isinstance(prompt, str))
        if ids:
            return ids
        start = self._tokenizer.bos_token_id
        return [min(self.end_ids, default=0) if start is None else start]

    def text_of(self, ids: Sequence[int], stop: Sequence[str]) -> str:
        """The text of drawn tokens, without special tokens, cut where the first stop string begins."""
        text: str = self._tokenizer.decode(list(ids), skip_special_tokens=True, clean_up_tokenization_spaces=False)
        ends = [place for place in map(text.find, stop) if place >= 0]
        return text[: min(ends)] if ends else text

    def completion(self, ids: Sequence[int], logprob_sum: float, ending: Ending, stop: Sequence[str]) -> Completion:
        """What came of drawn tokens: all of them count, the end token is not shown."""
        shown = ids[:-1] if ids and ids[-1] in self.end_ids else ids
        mean = logprob_sum / len(ids) if ids else None
        return Completion(text=self.text_of(shown, stop), num_tokens=len(ids), mean_logprob=mean, ending=ending)

    def piece(self, token: int) -> str:
        """What a token adds to a text in the middle of which it stands; special tokens add nothing."""
        if token not in self._pieces:
            # Some tokenizers drop the space before a text's first word, so the token is read behind another.
            if self._anchor is None:
                anchor = self._tokenizer.encode("a", add_special_tokens=False)[-1]
                self._anchor = (anchor, self.text_of([anchor], ()))
            anchor, before = self._anchor
            self._pieces[token] = self.text_of([anchor, token], ())[len(before) :]
        return self._pieces[token]


def _encodable(text: str) -> str:
    # Tokenizers take UTF-8, which has no lone surrogates; a prompt may quote a program that holds one.
    return text.encode("utf-8", "replace").decode("utf-8")
