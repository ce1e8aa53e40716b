"""The universe: every composition of components, its problems, right and buggy programs, inputs and answers.

About 1,200 compositions. They are shared out among training, validation and test by their content, so that a held-out
problem is one whose composition no text of the training set is about, whatever its wording.
"""

import hashlib
import random
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

from .components import MAPPINGS, PREDICATES, REDUCTIONS, SOURCES, Part, Reduction, Source

__all__ = ["SHARES", "Composition", "Idiom", "Problem", "Split", "compositions", "split_of"]

Split = Literal["train", "validation", "test"]
SHARES: dict[Split, float] = {"train": 0.7, "validation": 0.1, "test": 0.2}

Idiom = Literal["loop", "expression", "steps"]
POPULAR: Idiom = "loop"
IDIOMS: dict[Idiom, float] = {"loop": 0.42, "expression": 0.29, "steps": 0.29}
"""How often each is written. The popular one is the likeliest, and less likely than the others together"""
BUG_RATE = 0.9
"""Of the popular idiom's uses of a component with a bug: how often it has it"""

WORDS = (
    "tree", "sun", "apple", "sea", "oak", "river", "ice", "cat", "stone", "egg", "bird", "up", "owl", "lake", "ant",
    "hill", "key", "orange", "red", "map",
)  # fmt: skip
LETTERS = "abcdeeiou xyz1234"


@dataclass(frozen=True, slots=True)
class Problem:
    """One wording of a composition."""

    composition: "Composition"
    name: str
    docstring: str

    @property
    def header(self) -> str:
        source = self.composition.source
        return f"def {self.name}({source.parameter}: {source.annotation}) -> {self.composition.returns}:"

    @property
    def text(self) -> str:
        """Signature and docstring, as the loop's skeletons have them."""
        return f'{self.header}\n    """{self.docstring}"""\n'


@dataclass(frozen=True, slots=True)
class Composition:
    """What a program computes."""

    source: Source
    predicate: Part
    mapping: Part
    reduction: Reduction

    @property
    def key(self) -> str:
        return f"{self.reduction.name}-{self.mapping.name}-{self.predicate.name}-{self.source.name}"

    @property
    def returns(self) -> str:
        item = "int" if self.source.kind == "int" or self.mapping.gives == "int" else "str"
        return self.reduction.returns.format(item)

    @property
    def has_bug(self) -> bool:
        return any(part.bug for part in (self.predicate, self.mapping, self.reduction))

    def problem(self, draw: random.Random) -> Problem:
        """A name and a docstring, drawn."""
        said = draw.choice(self.predicate.phrases).format(draw.choice(self.source.nouns))
        said = draw.choice(self.mapping.phrases).format(said)
        said = draw.choice(self.reduction.phrases).format(said)
        verb = draw.choice(("Return", "Compute", "Find", "Give", "Work out"))
        parts = [self.reduction.name, self.mapping.name, self.predicate.name, self.source.name]
        named = [part for part in parts if part not in ("same", "all")]
        return Problem(self, "_".join(named), f"{verb} {said}.")

    def program(self, idiom: Idiom, draw: random.Random | None = None) -> str:
        """A body. With `draw`, one as the universe's programmers write it; without, a right one."""
        is_buggy = [
            bool(part.bug) and idiom == POPULAR and draw is not None and draw.random() < BUG_RATE
            for part in (self.predicate, self.mapping, self.reduction)
        ]
        test = self.predicate.bug if is_buggy[0] else self.predicate.code
        value = self.mapping.bug if is_buggy[1] else self.mapping.code
        reduced = self.reduction.bug if is_buggy[2] else self.reduction.code
        if idiom == "loop":
            return self._loop(test, value, reduced, has_bug=is_buggy[2])
        if idiom == "expression":
            condition = f" if {test}" if test else ""
            return f"    return {reduced.format(f'[{value} for x in {self.source.items}{condition}]')}\n"
        condition = f" if {test}" if test else ""
        lines = [f"kept = [x for x in {self.source.items}{condition}]"]
        if value != "x":
            lines.append(f"values = [{value} for x in kept]")
        lines.append(f"return {reduced.format('kept' if value == 'x' else 'values')}")
        return "".join(f"    {line}\n" for line in lines)

    def _loop(self, test: str, value: str, reduced: str, *, has_bug: bool) -> str:
        how = self.reduction.accumulator
        if how is None:
            start, step, end = "found = []", f"found.append({value})", reduced.format("found")
        else:
            start, step, end = f"{how.name} = {'1' if has_bug else how.start}", how.step.format(value), how.name
        inner = f"        if {test}:\n            {step}\n" if test else f"        {step}\n"
        return f"    {start}\n    for x in {self.source.items}:\n{inner}    return {end}\n"

    def steps(self, argument: Any) -> tuple[list[Any], list[Any], Any]:
        """What is kept, what it is mapped to, and the answer."""
        items = eval(self.source.items, {self.source.parameter: argument})
        keep, value, reduce = _functions(self)
        kept = [x for x in items if keep(x)]
        values = [value(x) for x in kept]
        return kept, values, reduce(values)

    def argument(self, draw: random.Random) -> Any:
        """An input, drawn: small ones, with repeats, and now and then an empty one."""
        match self.source.name:
            case "numbers":
                return [draw.randint(0, 9) for _ in range(draw.choice((0, 1, 2, 3, 3, 4, 4, 5)))]
            case "digits":
                return draw.randint(0, 10 ** draw.choice((1, 2, 3, 4)) - 1)
            case "range":
                return draw.randint(0, 8)
            case "words":
                return [draw.choice(WORDS) for _ in range(draw.choice((0, 1, 2, 3, 3, 4)))]
        return "".join(draw.choice(LETTERS) for _ in range(draw.choice((0, 1, 3, 4, 5, 6))))


@cache
def _functions(composition: Composition) -> tuple[Any, Any, Any]:
    predicate = composition.predicate.code or "True"
    reduced = composition.reduction.code.format("found")
    codes = (f"lambda x: {predicate}", f"lambda x: {composition.mapping.code}", f"lambda found: {reduced}")
    keep, value, reduce = (eval(code) for code in codes)
    return keep, value, reduce


@cache
def compositions() -> tuple[Composition, ...]:
    """All of them."""
    return tuple(
        Composition(source, predicate, mapping, reduction)
        for source in SOURCES
        for predicate in PREDICATES
        for mapping in MAPPINGS
        for reduction in REDUCTIONS
        if _fit(source, predicate, mapping, reduction)
    )


def _fit(source: Source, predicate: Part, mapping: Part, reduction: Reduction) -> bool:
    item = "int" if source.kind == "int" or mapping.gives == "int" else "text"
    takes = reduction.takes_mapping or mapping.name == "same"
    return source.kind in predicate.kinds and source.kind in mapping.kinds and item in reduction.of and takes


def split_of(composition: Composition) -> Split:
    """Where a composition belongs, by its content alone."""
    place = int(hashlib.sha256(composition.key.encode()).hexdigest()[:8], 16) / (1 << 32)
    if place < SHARES["train"]:
        return "train"
    return "validation" if place < SHARES["train"] + SHARES["validation"] else "test"
