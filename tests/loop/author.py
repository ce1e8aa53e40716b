"""A tiny author: a function from prompt and sample index to text, which plays every role of the compact style.

Its answers are recorded once and replayed by the scripted door. Run as a program it writes such a recording:
`python author.py CONFIG OUT.jsonl` asks it everything that a run would ask, by running the loop.
"""

import re
import time
from collections.abc import Iterable, Iterator
from typing import Self

from ucoder.llm.generator import Completion, Prompt, Request, Samples, Sampling

FAMILIES = {
    "surplus": ("How much is left of a pile of coins once the toll collector took {k} of them?", "x - {k}"),
    "stretch": ("A rope is pulled until it is {k} times as long; say its new length in whole metres.", "x * {k}"),
    "padded": ("Letters on a tray lie beside {k} spare envelopes: count every piece of paper.", "x + {k}"),
    "leftover": ("Children share sweets fairly in a circle of {k}; tell what nobody gets in the end.", "x % {k}"),
    "shelves": ("Boards hold exactly {k} jars each, so how many full boards does the pantry show?", "x // {k}"),
    "mirror": ("Walking back from the lighthouse at mile {k}, report the mile after so many miles.", "{k} - x"),
}  # fmt: skip
NUMBERS = (3, 5, 7, 11)


def problem(index: int) -> str:
    name = list(FAMILIES)[index % len(FAMILIES)]
    k = NUMBERS[index // len(FAMILIES) % len(NUMBERS)]
    if index % 17 == 16:
        return "I would rather not."
    return f'def {name}_{k}(x: int) -> int:\n    """{FAMILIES[name][0].format(k=k)}"""\n'


def formula(prompt: str) -> tuple[str, str]:
    """Name of the function that a prompt is about, and what it computes."""
    found = re.search(r"def (\w+)_(\d+)\(", prompt)
    if found is None:
        raise ValueError(f"no function in {prompt!r}")
    return f"{found[1]}_{found[2]}", FAMILIES[found[1]][1].format(k=found[2])


def skeleton(prompt: str) -> str:
    name, _ = formula(prompt)
    docstring = re.search(r'"""(.*?)"""', prompt, re.DOTALL)
    said = docstring[1] if docstring else ""
    return (
        f'def {name}(x: int) -> int:\n    """{said}\n\n    Args:\n        x: a number.\n\n    Returns:\n'
        '        Another number.\n    """\n'
    )


def tests(prompt: str, index: int) -> str:
    name, text = formula(prompt)
    lines = []
    for x in range(index * 6, index * 6 + 6):
        right = eval(text, {}, {"x": x})
        lines.append(f"assert {name}({x}) == {right + (x % 5 == 4)}")
    return "\n".join(lines)


def program(prompt: str, index: int) -> str:
    _, text = formula(prompt)
    bodies = {
        3: f"    return {text} + 1\n",
        5: "    while x > 2:\n        pass\n    return 0\n",
        6: "    return undefined\n",
        7: f"    return {text} if x < 4 else {text} - 1\n",
    }
    return bodies.get(index % 8, f"    return {text}  # {index % 3}\n")


def speak(prompt: str, index: int) -> str:
    prompt = prompt.rstrip()
    if prompt.endswith("<|rating|>"):
        return f"quality: {4 - index % 2}\ndifficulty: easy\nsummary: a sum\n"
    if prompt.endswith("<|skeleton|>"):
        return skeleton(prompt)
    if prompt.endswith("<|tests|>"):
        return tests(prompt, index)
    if prompt.endswith("<|program|>"):
        return program(prompt, index)
    return problem(index)


class Author:
    """A model behind the generator protocol. `pause_s` passes before each part of its answers."""

    fingerprint = "author"

    def __init__(self, pause_s: float = 0.0) -> None:
        self._pause_s = pause_s

    def render(self, prompt: Prompt) -> str:
        if not isinstance(prompt, str):
            raise TypeError("the author goes on with text")
        return prompt

    def sample(self, requests: Iterable[Request], sampling: Sampling) -> Iterator[Samples]:  # noqa: ARG002
        for request in requests:
            time.sleep(self._pause_s)
            texts = [
                speak(self.render(request.prompt), index)
                for index in range(request.first_index, request.first_index + request.n)
            ]
            done = tuple(
                Completion(text=text, num_tokens=len(text.split()) + 1, mean_logprob=-len(text) / 1000, ending="stop")
                for text in texts
            )
            yield Samples(request.id, request.first_index, done)

    def close(self) -> None:
        pass

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        pass
