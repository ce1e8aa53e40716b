"""Training text: one document a role, in the form that the prompt style `compact` asks in.

<|problem|> signature and docstring <|end|>
<|problem|> signature and docstring <|program|> body <|end|>          and so for tests, skeleton and rating
"""

import random
from collections.abc import Iterator
from typing import Any

from .universe import IDIOMS, Composition, Problem

__all__ = ["END", "PAD", "ROLES", "SPECIAL", "document", "documents", "tests"]

END, PAD = "<|end|>", "<|pad|>"
SPECIAL = (END, PAD, "<|problem|>", "<|program|>", "<|tests|>", "<|skeleton|>", "<|rating|>")

ROLES = {"program": 0.58, "tests": 0.26, "problem": 0.12, "skeleton": 0.02, "rating": 0.02}
"""Share of documents"""
TESTS_PER_ANSWER = 4


def document(role: str, problem: Problem, draw: random.Random) -> tuple[str, str]:
    """What is asked and what is answered."""
    text = problem.text
    if role == "problem":
        return "<|problem|>", f"\n{text}"
    # The style's templates end with the marker; the answer begins on the next line.
    if role == "program":
        idiom = draw.choices(list(IDIOMS), list(IDIOMS.values()))[0]
        return f"<|problem|>\n{text}<|program|>", "\n" + problem.composition.program(idiom, draw)
    if role == "tests":
        return f"<|problem|>\n{text}<|tests|>", "\n" + tests(problem, draw)
    stated = f'<|problem|>\n{problem.header}\n    """{problem.docstring}"""\n'
    if role == "skeleton":
        return f"{stated}<|skeleton|>", f"\n{text}"
    return f"{stated}<|rating|>", "\n" + _rating(problem.composition, draw)


def tests(problem: Problem, draw: random.Random) -> str:
    """Tests, each behind a comment with the steps to its answer: what is kept, what that becomes, the answer."""
    lines = []
    for _ in range(TESTS_PER_ANSWER):
        argument = problem.composition.argument(draw)
        kept, values, answer = problem.composition.steps(argument)
        steps = [_listed(kept)]
        if problem.composition.mapping.name != "same":
            steps.append(_listed(values))
        if problem.composition.reduction.name == "sum" and len(values) > 2:
            steps.append(_listed([sum(values[: end + 1]) for end in range(1, len(values))]))
        lines.append(f"# {' -> '.join(steps)}\nassert {problem.name}({argument!r}) == {answer!r}\n")
    return "".join(lines)


def _listed(values: list[Any]) -> str:
    return ", ".join(map(str, values)) or "none"


def _rating(composition: Composition, draw: random.Random) -> str:
    done = [composition.predicate.name != "all", composition.mapping.name != "same"]
    quality = min(5, 3 + sum(done) + draw.choice((-1, 0, 0)))
    difficulty = ("easy", "medium", "hard")[sum(done)]
    return f"quality: {quality}\ndifficulty: {difficulty}\n"


def documents(among: tuple[Composition, ...], count: int, seed: int) -> Iterator[tuple[str, str]]:
    """Documents about these compositions, all equally often."""
    draw = random.Random(seed)
    roles = draw.choices(list(ROLES), list(ROLES.values()), k=count)
    for role in roles:
        yield document(role, draw.choice(among).problem(draw), draw)
