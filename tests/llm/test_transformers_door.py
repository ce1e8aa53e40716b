"""The transformers door: seeds, stops, log-probabilities, limits. Each text is its sample's own, whatever the batch."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.conftest import needed

from ucoder.errors import ConfigError, GeneratorError, ModelError
from ucoder.llm.generator import Generator, Message, Request, Sampling
from ucoder.llm.opening import open_generator
from ucoder.llm.settings import ModelSettings

from .conftest import TEMPLATE, all_differ, texts_of

pytestmark = [pytest.mark.one_python, pytest.mark.filterwarnings("ignore::DeprecationWarning")]

PROMPTS = ["def add(a, b):", "class Stack:\n    def push(self", "assert", "Write a function that"]
DRAWN = Sampling(temperature=1.0, top_p=0.9, max_tokens=40)


def opened(folder: Path, **settings: Any) -> Generator:
    needed("torch")
    needed("transformers")
    defaults = {"door": "transformers", "model": str(folder), "device": "cpu", "chunk": 4}
    return open_generator(ModelSettings.from_mapping({**defaults, **settings}), run_seed=1)


@pytest.fixture(scope="module")
def generator(model_folder: Path) -> Iterator[Generator]:
    with opened(model_folder, batch_size=16) as one:
        yield one


def requests(n: int = 6) -> list[Request]:
    return [Request(id=str(i), prompt=prompt, n=n, seed=100 + i) for i, prompt in enumerate(PROMPTS)]


def test_a_sample_is_the_same_text_whatever_shares_the_batch(generator: Generator, model_folder: Path) -> None:
    together = texts_of(generator, requests(), DRAWN)
    with opened(model_folder, batch_size=3, chunk=1) as small:
        alone = {}
        for request in reversed(requests()):
            alone |= texts_of(small, [request], DRAWN)
    assert {key: one.text for key, one in alone.items()} == {key: one.text for key, one in together.items()}
    for key, one in alone.items():
        assert one.mean_logprob == pytest.approx(together[key].mean_logprob, abs=1e-5)


def test_samples_of_one_request_differ(generator: Generator) -> None:
    texts = texts_of(generator, requests(8), DRAWN)
    for i in range(len(PROMPTS)):
        assert all_differ(texts[str(i), j] for j in range(8))


def test_a_resumed_request_goes_on_where_it_stopped(generator: Generator) -> None:
    whole = texts_of(generator, [Request(id="q", prompt=PROMPTS[0], n=8, seed=5)], DRAWN)
    rest = texts_of(generator, [Request(id="q", prompt=PROMPTS[0], n=3, seed=5, first_index=5)], DRAWN)
    assert {key: one.text for key, one in rest.items()} == {("q", i): whole["q", i].text for i in (5, 6, 7)}


def test_with_engine_seeding_two_attempts_never_draw_the_same(model_folder: Path) -> None:
    settings = ModelSettings.from_mapping({"door": "transformers", "model": str(model_folder), "seeding": "engine"})
    seen = []
    for attempt, replica in ((0, 0), (0, 1), (1, 0)):
        with open_generator(settings, run_seed=1, attempt=attempt, replica=replica) as one:
            seen += texts_of(one, requests(2), DRAWN).values()
            seen += texts_of(one, requests(2), DRAWN).values()
    assert all_differ(seen)


def test_greedy_answers_are_those_of_generate(generator: Generator, model_folder: Path, torch: Any) -> None:
    transformers = pytest.importorskip("transformers")
    model = transformers.AutoModelForCausalLM.from_pretrained(model_folder, dtype=torch.float32)
    tokenizer = transformers.AutoTokenizer.from_pretrained(model_folder)
    greedy = Sampling(temperature=0, max_tokens=20)
    texts = texts_of(generator, [Request(id=p, prompt=p, n=1, seed=0) for p in PROMPTS], greedy)
    for prompt in PROMPTS:
        inputs = tokenizer(prompt, return_tensors="pt")
        ids = model.generate(
            input_ids=inputs.input_ids, attention_mask=inputs.attention_mask, max_new_tokens=20, do_sample=False,
            pad_token_id=0,
        )[0, inputs.input_ids.shape[1] :]  # fmt: skip
        assert texts[prompt, 0].text == tokenizer.decode(ids, skip_special_tokens=True)


def test_the_mean_logprob_is_the_models_own_with_the_end_token(
    generator: Generator, model_folder: Path, torch: Any
) -> None:
    transformers = pytest.importorskip("transformers")
    model = transformers.AutoModelForCausalLM.from_pretrained(model_folder, dtype=torch.float32)
    tokenizer = transformers.AutoTokenizer.from_pretrained(model_folder)
    texts = texts_of(generator, requests(64), Sampling(temperature=1.0, top_p=1.0, max_tokens=5))
    ended = [(key, one) for key, one in texts.items() if one.ending == "stop"]
    assert ended, "no text ended by itself: the test needs another seed"
    checked = 0
    for (request_id, _), one in ended:
        prompt = tokenizer.encode(PROMPTS[int(request_id)])
        ids = [*tokenizer.encode(one.text), 0]
        if len(ids) != one.num_tokens:
            continue  # the text can be spelt with other tokens than were drawn
        with torch.no_grad():
            logprobs = torch.log_softmax(model(torch.tensor([prompt + ids])).logits[0].float(), -1)
        chosen = [logprobs[len(prompt) - 1 + place, token].item() for place, token in enumerate(ids)]
        assert one.mean_logprob == pytest.approx(sum(chosen) / len(chosen), abs=1e-4)
        checked += 1
    assert checked


def test_a_stop_string_ends_a_text_and_is_not_in_it(generator: Generator) -> None:
    free = texts_of(generator, requests(), DRAWN)
    stopped = texts_of(generator, requests(), Sampling(temperature=1.0, top_p=0.9, max_tokens=40, stop=("e", "\nx")))
    assert any("e" in one.text for one in free.values())
    for key, one in stopped.items():
        assert "e" not in one.text
        assert one.text == free[key].text.split("e")[0].split("\nx")[0]
        assert (one.ending == "stop") or "e" not in free[key].text


def test_a_prompt_that_leaves_no_room_is_a_fact_about_that_prompt(model_folder: Path) -> None:
    asked = [
        Request(id="long", prompt="def " * 400, n=3, seed=0),
        Request(id="short", prompt="def", n=1, seed=0),
    ]
    with opened(model_folder, max_model_len=64) as one:
        texts = texts_of(one, asked, Sampling(max_tokens=100))
    for index in range(3):
        assert (texts["long", index].ending, texts["long", index].num_tokens) == ("length", 0)
        assert texts["long", index].mean_logprob is None
    assert texts["short", 0].num_tokens + 1 <= 64


def test_repetition_is_cut(parrot_folder: Path) -> None:
    greedy = Sampling(temperature=0, max_tokens=400)
    ask = [Request(id=p, prompt=p, n=1, seed=0) for p in PROMPTS]
    with (
        opened(parrot_folder, repetition_window=64, repetition_repeats=4) as cutting,
        opened(parrot_folder, repetition_window=0) as patient,
    ):
        cut, whole = texts_of(cutting, ask, greedy), texts_of(patient, ask, greedy)
    repeated = [key for key, one in cut.items() if one.ending == "repetition"]
    assert repeated
    for key in repeated:
        assert cut[key].num_tokens % 32 == 0
        assert whole[key].num_tokens == 400
        assert whole[key].text.startswith(cut[key].text)


def test_an_empty_prompt_is_answered(generator: Generator) -> None:
    assert texts_of(generator, [Request(id="q", prompt="", n=1, seed=0)], DRAWN)["q", 0].num_tokens > 0


def test_a_conversation_goes_through_the_models_own_template(model_folder: Path) -> None:
    prompt = (Message("system", "Be brief."), Message("user", "Add two numbers."))
    with opened(model_folder, chat=True) as one:
        rendered = one.render(prompt)
        assert rendered.startswith("<|im_start|>system\nBe brief.<|im_end|>\n<|im_start|>user\n")
        assert rendered.endswith("<|im_start|>assistant\n")
        conversation = texts_of(one, [Request(id="q", prompt=prompt, n=2, seed=3)], DRAWN)
        plain = texts_of(one, [Request(id="q", prompt=rendered, n=2, seed=3)], DRAWN)
    assert conversation == plain
    assert "assistant" in TEMPLATE


def test_requests_that_wait_for_answers_are_served(generator: Generator) -> None:
    answered: list[str] = []

    def conversation() -> Iterator[Request]:
        yield Request(id="0", prompt="def", n=1, seed=0)
        for turn in range(1, 4):
            while len(answered) < turn:
                pass
            yield Request(id=str(turn), prompt=answered[-1], n=1, seed=0)

    for samples in generator.sample(conversation(), Sampling(max_tokens=5)):
        answered += [samples.completions[0].text]
    assert len(answered) == 4


def test_an_error_of_the_requests_is_raised_where_the_texts_are_taken(generator: Generator) -> None:
    def broken() -> Iterator[Request]:
        yield Request(id="0", prompt="def", n=1, seed=0)
        raise KeyError("gone")

    with pytest.raises(KeyError, match="gone"):
        list(generator.sample(broken(), Sampling(max_tokens=5)))


def test_several_greedy_texts_are_refused(generator: Generator) -> None:
    with pytest.raises(ConfigError, match="temperature 0 gives one text"):
        list(generator.sample(requests(2), Sampling(temperature=0)))


def test_a_new_checkpoint_is_picked_up(model_folder: Path, other_model_folder: Path) -> None:
    with opened(model_folder) as one, opened(other_model_folder) as other:
        assert one.fingerprint != other.fingerprint
        assert texts_of(one, requests(1), DRAWN) != texts_of(other, requests(1), DRAWN)


# ---------------------------------------------------------------- refused before work starts


def test_chat_without_a_template_is_refused(base_model_folder: Path) -> None:
    with pytest.raises(ConfigError, match="has no chat template.*Set chat = false"):
        opened(base_model_folder, chat=True)


def test_a_conversation_for_a_base_model_is_refused(base_model_folder: Path) -> None:
    with opened(base_model_folder) as one, pytest.raises(ConfigError, match="chat is false"):
        one.render((Message("user", "hello"),))


def test_a_gpu_where_there_is_none_is_refused(model_folder: Path, torch: Any) -> None:
    if torch.cuda.is_available():
        pytest.skip("there is a GPU here")
    with pytest.raises(ConfigError, match="device is 'cuda', but torch sees no GPU"):
        opened(model_folder, device="cuda")


@pytest.mark.parametrize("name", ["/nowhere/at/all", "not a name", "a/b/c"])
def test_a_path_that_is_no_model_is_refused(name: str) -> None:
    with pytest.raises(ConfigError, match="there is no folder"):
        opened(Path(name))


def test_a_folder_that_is_no_model_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="has no config.json"):
        opened(tmp_path)


def test_broken_weights_are_a_model_error(model_folder: Path, tmp_path: Path) -> None:
    for file in model_folder.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    (tmp_path / "model.safetensors").write_bytes(b"\0" * 100)
    with pytest.raises(ModelError, match="cannot be loaded"):
        opened(tmp_path)


def test_a_closed_model_says_so(model_folder: Path) -> None:
    one = opened(model_folder)
    one.close()
    one.close()
    with pytest.raises(GeneratorError, match="closed"):
        list(one.sample(requests(), DRAWN))
