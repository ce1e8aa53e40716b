"""A real model, tiny and random but always the same, and what its tests share. They skip where torch is missing."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from tests.conftest import needed

from ucoder.llm.generator import Completion, Generator, Request, Sampling

CORPUS = [
    "def add(a, b):\n    return a + b\n",
    "def count(words):\n    total = {}\n    for word in words:\n        total[word] = total.get(word, 0) + 1\n",
    "class Stack:\n    def push(self, item):\n        self.items.append(item)\n",
    "assert add(1, 2) == 3\nassert count(['a', 'b', 'a']) == {'a': 2, 'b': 1}\n",
    "Write a function that returns the sum of all even numbers of a list. The list may be empty.\n",
]
TEMPLATE = (
    "{% for message in messages %}<|im_start|>{{ message.role }}\n{{ message.content }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)


@pytest.fixture(scope="session")
def torch() -> Any:
    return needed("torch")


def build_tokenizer(folder: Path, *, chat: bool) -> None:
    tokenizers = needed("tokenizers")
    transformers = needed("transformers")
    raw = tokenizers.Tokenizer(tokenizers.models.BPE())
    raw.pre_tokenizer = tokenizers.pre_tokenizers.ByteLevel(add_prefix_space=False)
    raw.decoder = tokenizers.decoders.ByteLevel()
    trainer = tokenizers.trainers.BpeTrainer(
        vocab_size=384,
        initial_alphabet=tokenizers.pre_tokenizers.ByteLevel.alphabet(),
        special_tokens=["<|end|>", "<|im_start|>", "<|im_end|>"],
        show_progress=False,
    )
    raw.train_from_iterator(CORPUS, trainer)
    tokenizer = transformers.PreTrainedTokenizerFast(tokenizer_object=raw, eos_token="<|end|>", pad_token="<|end|>")
    if chat:
        tokenizer.chat_template = TEMPLATE
    tokenizer.save_pretrained(folder)


def build_model(folder: Path, *, seed: int, chat: bool = True, parrot: bool = False) -> Path:
    """Qwen2's architecture with random weights; the last layer larger than usual, so that some tokens are likelier.

    A parrot says its last token again: its last layer is its first one turned round.
    """
    torch = needed("torch")
    torch.set_num_threads(1)
    transformers = needed("transformers")
    config = transformers.Qwen2Config(
        hidden_size=64,
        num_hidden_layers=2,
        intermediate_size=128,
        num_attention_heads=2,
        num_key_value_heads=1,
        head_dim=32,
        vocab_size=384,
        max_position_embeddings=512,
        tie_word_embeddings=parrot,
        eos_token_id=0,
        bos_token_id=None,
        pad_token_id=0,
    )
    torch.manual_seed(seed)
    model = transformers.Qwen2ForCausalLM(config)
    with torch.no_grad():
        model.lm_head.weight.mul_(10)
        if not parrot:
            model.lm_head.weight[0].mul_(3)  # now and then the end token is likely
    model.save_pretrained(folder)
    build_tokenizer(folder, chat=chat)
    return folder


@pytest.fixture(scope="session")
def model_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_model(tmp_path_factory.mktemp("model"), seed=1)


@pytest.fixture(scope="session")
def other_model_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_model(tmp_path_factory.mktemp("other"), seed=2)


@pytest.fixture(scope="session")
def base_model_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_model(tmp_path_factory.mktemp("base"), seed=1, chat=False)


@pytest.fixture(scope="session")
def parrot_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_model(tmp_path_factory.mktemp("parrot"), seed=1, parrot=True)


def texts_of(
    generator: Generator, requests: Iterable[Request], sampling: Sampling
) -> dict[tuple[str, int], Completion]:
    """All texts by request and sample number."""
    return {
        (samples.request_id, samples.first_index + place): completion
        for samples in generator.sample(requests, sampling)
        for place, completion in enumerate(samples.completions)
    }


def all_differ(completions: Iterable[Completion]) -> bool:
    """Whether no two texts of some length are the same; the shortest ones may well be."""
    long = [one.text for one in completions if one.num_tokens >= 8]
    return len(set(long)) == len(long) >= 4
