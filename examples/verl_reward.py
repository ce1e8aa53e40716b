"""A reward function for verl: name this file and `compute_score` in its configuration.

    custom_reward_function.path=examples/verl_reward.py custom_reward_function.name=compute_score
    reward_model.reward_manager=batch

The data set's `reward_model.ground_truth` is JSON: `{"tests": [...], "entry_point": "f", "prompt": ""}`. Results carry
`scored`: samples with 0.0 there could not be judged for a reason of ours and are to be masked, as `masked` does.
"""

from typing import Any

from ucoder.rewards import verl_scores

compute_score = verl_scores


def masked(response_mask: Any, scored: Any) -> Any:
    """(B, L) mask of answers' tokens and (B,) `scored`, arrays or tensors: without the samples that have no score."""
    return response_mask * scored[:, None]


if __name__ == "__main__":
    truth = {"tests": ["assert add(1, 2) == 3"], "entry_point": "add"}
    answers = ["```python\ndef add(a, b):\n    return a + b\n```", "def add(a, b):\n    return a\n", "I do not know."]
    for result in compute_score(["example"] * 3, answers, [truth] * 3, [None] * 3):
        print(result)
