"""Hand-over: the sampler is asked what the trainer answered, before a round is sampled from the new model.

Weights that were not loaded, loaded from elsewhere, or garbled on the way would otherwise cost a whole round.
"""

from ucoder.errors import GeneratorError
from ucoder.llm.generator import Completion, Generator, Request, Sampling
from ucoder.training.probe import GreedyAnswer, HandOver, Probe, compare

__all__ = ["check_hand_over"]


def check_hand_over(probe: Probe, generator: Generator) -> HandOver:
    """Compare greedy answers. TrainingError where they differ by more than rounding; what the generator raises."""
    sampling = Sampling(temperature=0.0, top_p=1.0, max_tokens=probe.max_tokens)
    asked = [Request(id=str(place), prompt=prompt, n=1, seed=0) for place, prompt in enumerate(probe.prompts)]
    said: dict[str, Completion] = {}
    for samples in generator.sample(asked, sampling):
        said[samples.request_id] = samples.completions[0]
    if len(said) < len(asked):
        raise GeneratorError(f"the sampler answered {len(said)} of {len(asked)} prompts of the hand-over")
    return compare(probe, [_answer(said[request.id]) for request in asked])


def _answer(completion: Completion) -> GreedyAnswer:
    return GreedyAnswer(text=completion.text, num_tokens=completion.num_tokens, mean_logprob=completion.mean_logprob)
