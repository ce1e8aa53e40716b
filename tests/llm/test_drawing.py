"""One token of many: what `draw` draws is the nucleus' distribution, row by row."""

from typing import Any

import numpy as np
import pytest
from tests.conftest import needed

pytestmark = pytest.mark.one_python


@pytest.fixture(scope="module")
def decoding() -> Any:
    needed("torch")
    needed("transformers")
    from ucoder.llm import decoding

    return decoding


def drawn(decoding: Any, logits: Any, num: int, temperature: float, top_p: float) -> list[int]:
    numbers = np.random.Generator(np.random.Philox(key=7)).random((num, decoding.NUM_UNIFORMS))
    tokens, _ = decoding.draw(logits.expand(num, -1), numbers, temperature, top_p)
    return tokens


@pytest.mark.parametrize("top_p", [1.0, 0.9, 0.3, 0.01])
def test_tokens_come_with_the_nucleus_own_frequencies(decoding: Any, torch: Any, top_p: float) -> None:
    logits = torch.tensor([[2.0, 1.0, 0.5, 0.0, -1.0, -3.0]])
    chances = torch.softmax(logits / 0.8, -1)[0].double().numpy()
    order = np.argsort(-chances)
    inside = order[: int(np.searchsorted(np.cumsum(chances[order]), top_p) + 1)]
    wanted = np.zeros(6)
    wanted[inside] = chances[inside] / chances[inside].sum()
    tokens = drawn(decoding, logits, 40_000, 0.8, top_p)
    seen = np.bincount(tokens, minlength=6) / len(tokens)
    assert np.abs(seen - wanted).max() < 0.01
    assert not seen[wanted == 0].any()


def test_rows_do_not_know_one_another(decoding: Any, torch: Any) -> None:
    logits = torch.randn(50, 300, generator=torch.Generator().manual_seed(3))
    numbers = np.random.Generator(np.random.Philox(key=1)).random((50, decoding.NUM_UNIFORMS))
    tokens, logprobs = decoding.draw(logits, numbers, 1.0, 0.5)
    for row in range(50):
        token, logprob = decoding.draw(logits[row : row + 1], numbers[row : row + 1], 1.0, 0.5)
        assert (token[0], pytest.approx(logprob[0])) == (tokens[row], logprobs[row])


def test_logprobs_are_those_before_temperature_and_top_p(decoding: Any, torch: Any) -> None:
    logits = torch.randn(5, 100, generator=torch.Generator().manual_seed(3))
    numbers = np.random.Generator(np.random.Philox(key=1)).random((5, decoding.NUM_UNIFORMS))
    tokens, logprobs = decoding.draw(logits, numbers, 0.2, 0.5)
    for row, (token, logprob) in enumerate(zip(tokens, logprobs, strict=True)):
        assert logprob == pytest.approx(torch.log_softmax(logits[row], -1)[token].item(), abs=1e-6)
