"""What the loop passes from stage to stage: statements, ratings, skeletons, suites, answers, choices, lessons, drops.

Frozen, complete, and named by their content; what goes to the executor are the records of `ucoder.records`.
Nothing here reads model text (`parsing` does) or decides what is kept (`stages` do).
"""

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Generic, Literal, TypeAlias, TypeVar

from ucoder.errors import UcoderError
from ucoder.records import AssertionTest, Candidate, Problem, Selection, content_id

__all__ = [
    "DIFFICULTIES", "KINDS", "Answer", "Answered", "CandidateRow", "Chosen", "Difficulty", "Drop", "Kind", "Lesson",
    "Message", "NothingUsable", "ProblemStatement", "Prompt", "Rating", "Score", "Skeleton", "StageResult", "Suite",
    "SuiteTest", "row_key", "seed_of",
]  # fmt: skip

Kind: TypeAlias = Literal["basic algorithms", "natural instructions", "tool usage", "competitive programming"]
"""The four kinds of problems of the paper (2512.17385, problem space probing)."""
KINDS: tuple[Kind, ...] = ("basic algorithms", "natural instructions", "tool usage", "competitive programming")

Difficulty: TypeAlias = Literal["easy", "medium", "hard"]
DIFFICULTIES: tuple[Difficulty, ...] = ("easy", "medium", "hard")

T = TypeVar("T")


# ---------------------------------------------------------------- what is asked, what is answered


@dataclass(frozen=True, slots=True)
class Message:
    """One turn of a conversation, as chat templates take it."""

    role: Literal["system", "user", "assistant"]
    content: str


Prompt: TypeAlias = str | tuple[Message, ...]
"""Text that a base model goes on with, or a conversation that the model's chat template turns into text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One text that a model gave: a row of a stage's raw answers, kept whatever becomes of it."""

    key: str
    """`row_key` of it: what a resumed run looks for"""
    ask_id: str
    """Which question it answers; each stage says how that follows from its records"""
    index: int
    """Which sample of that question, from 0"""
    text: str
    num_tokens: int
    mean_logprob: float | None
    ending: str
    """"stop", "length" or "repetition" """


@dataclass(frozen=True, slots=True)
class Answered:
    """All the answers to one question, by index."""

    ask_id: str
    answers: tuple[Answer, ...]
    num_new: int
    """Of them, those drawn just now; the others were stored"""
    num_new_tokens: int = 0
    """Tokens of these"""


def row_key(stage: str, fingerprint: str, rendered: str, sampling: Mapping[str, object], index: int) -> str:
    """The key of one sample: equal exactly where nothing that decides it has changed.

    stage        its name and version, for example "suites/1"
    fingerprint  of the model
    rendered     the very text the model went on with
    sampling     settings as plain JSON values
    """
    return content_id(stage, fingerprint, rendered, json.dumps(sampling, sort_keys=True), str(index))


def seed_of(run_seed: int, round_number: int, *names: str) -> int:
    """64 bits that follow from run, round and what the draw is for, and from nothing else."""
    return int(content_id("seed", str(run_seed), str(round_number), *names)[:16], 16)


# ---------------------------------------------------------------- problems and what belongs to them


@dataclass(frozen=True, slots=True, kw_only=True)
class ProblemStatement:
    """A problem with a complete specification, as the model wrote it (2512.17385, problem space probing)."""

    title: str
    kind: Kind
    category: str
    difficulty: Difficulty
    description: str
    signature: str
    """One line of Python that starts with `def` and ends with a colon"""
    entry_point: str
    example: str
    hint: str
    provenance: str
    """Key of the answer it was read from. No part of the id: the same problem read twice is one problem"""
    id: str = field(init=False)

    def __post_init__(self) -> None:
        parts = (self.title, self.description, self.signature, self.example, self.hint)
        object.__setattr__(self, "id", content_id("problem", *parts))

    @property
    def text(self) -> str:
        """All that the model said about it, for comparisons between problems."""
        return f"{self.title}\n{self.description}\n{self.signature}\n{self.example}\n{self.hint}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rating:
    """What the model thinks of a problem of its own. Self-ratings saturate near the top."""

    problem_id: str
    quality: float
    """Mean over the answers that could be read; from 1 to 5"""
    difficulty: Difficulty | None
    """The one named most often (the easier at a tie); None where no answer names one"""
    category: str
    summary: str
    num_read: int
    provenance: tuple[str, ...]
    """Keys of the answers that were read"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Skeleton:
    """Imports, one typed `def` and its docstring: what every candidate of a problem goes on from."""

    problem_id: str
    imports: str
    header: str
    """The `def` line or lines, up to and with the colon"""
    docstring: str
    """Its text, cleaned of indentation and quotes"""
    text: str
    """The source as it stands in a prompt: it parses once a body is added, and ends with a line break"""
    entry_point: str
    provenance: str
    """Key of the answer it was read from; that of the problem where it was made from the problem"""
    id: str = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "id", content_id("skeleton", self.problem_id, self.text))

    def as_problem(self) -> Problem:
        """The record that candidates complete and the executor judges."""
        return Problem(self.problem_id, self.text, self.entry_point)


@dataclass(frozen=True, slots=True, kw_only=True)
class SuiteTest:
    """One assertion, taken apart as far as its text allows."""

    text: str
    """The assertion with the assignments it needs before it, without its message"""
    calls: tuple[str, ...]
    """Calls of the entry point in it with arguments that stand for themselves: the inputs"""
    expectation: str | None
    """The expression that the only call must equal or be; None where the test says something else"""
    dubious: bool
    """The expectation cannot be used (cut off, a placeholder, an unknown name): only the inputs are good"""
    provenance: str

    def as_test(self) -> AssertionTest:
        """What the executor runs."""
        return AssertionTest(self.text)


@dataclass(frozen=True, slots=True, kw_only=True)
class Suite:
    """The tests of one problem, in the order in which they were read; no two say the same."""

    problem_id: str
    tests: tuple[SuiteTest, ...]
    """Those that can be judged"""
    bare_inputs: tuple[str, ...]
    """Calls whose expectation is dubious and that no test contains: programs can still be compared on them"""

    @property
    def inputs(self) -> tuple[str, ...]:
        """Every distinct call, those of the tests first."""
        return tuple(dict.fromkeys([*(call for test in self.tests for call in test.calls), *self.bare_inputs]))

    def as_tests(self) -> tuple[AssertionTest, ...]:
        """What the executor runs; the bare inputs are not among it."""
        return tuple(test.as_test() for test in self.tests)


@dataclass(frozen=True, slots=True, kw_only=True)
class CandidateRow:
    """One sampled program of a problem."""

    key: str
    """Of the answer it was read from"""
    problem_id: str
    index: int
    solution: str | None
    """A whole program, or None where it goes on from the skeleton"""
    completion: str | None
    mean_logprob: float | None
    num_tokens: int
    ending: str

    def as_candidate(self) -> Candidate:
        """What the executor runs."""
        return Candidate(self.problem_id, self.solution, self.completion, self.mean_logprob)


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """What consensus says of one problem: the pair that lessons are made of, or why there is none."""

    problem_id: str
    prompt: str
    """The skeleton"""
    program: str | None
    """The whole source of the selected program; None where nothing was selected"""
    selection: Selection


@dataclass(frozen=True, slots=True, kw_only=True)
class Lesson:
    """A pair to learn from: the prompt as the sampler asks it, and what is to be said to it (without an end token)."""

    prompt: Prompt
    completion: str
    weight: float
    """Of its tokens in the loss; 1 on average over the lessons of a round"""
    problem_id: str
    held_out: bool
    """For validation: the model does not learn from it"""
    provenance: str
    """Content id of the program"""
    reason: str
    """Why this program: the rule, and what it went by"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """How many of a model's programs for one problem are right."""

    problem_id: str
    num_samples: int
    num_right: int

    @property
    def share(self) -> float:
        """Of the samples: the problem's pass@1."""
        return self.num_right / self.num_samples


# ---------------------------------------------------------------- what a stage gives


EVIDENCE_LENGTH = 300


@dataclass(frozen=True, slots=True)
class Drop:
    """Something that a stage did not keep, and why."""

    stage: str
    reason: str
    subject: str
    """Id of the record, or key of the answer, that was dropped"""
    evidence: str = ""
    """What shows it: the text that could not be read, the problem or the benchmark task that it repeats"""

    @classmethod
    def of(cls, stage: str, reason: str, subject: str, evidence: str = "") -> "Drop":
        """A drop whose evidence is cut to a length that can be kept by the million."""
        cut = evidence if len(evidence) <= EVIDENCE_LENGTH else evidence[:EVIDENCE_LENGTH] + "..."
        return cls(stage, reason, subject, cut)


@dataclass(frozen=True, slots=True)
class StageResult(Generic[T]):
    """What a stage kept and what it dropped. Results of disjoint shares of the work add up."""

    stage: str
    kept: tuple[T, ...]
    drops: tuple[Drop, ...]

    @property
    def counts(self) -> dict[str, int]:
        """First "kept", then each reason with how often it was met, the most frequent first."""
        return {"kept": len(self.kept), **dict(Counter(drop.reason for drop in self.drops).most_common())}

    def __add__(self, other: "StageResult[T]") -> "StageResult[T]":
        return StageResult(self.stage, self.kept + other.kept, self.drops + other.drops)

    def require_some(self, advice: str) -> "StageResult[T]":
        """Itself; raises NothingUsable where nothing was kept."""
        if not self.kept:
            raise NothingUsable(self.stage, self.counts, self.drops, advice)
        return self


class NothingUsable(UcoderError):  # noqa: N818  the name says what is the case
    """A whole stage gave nothing to go on with. The message shows counts, the first examples and what to do."""

    def __init__(self, stage: str, counts: Mapping[str, int], drops: Iterable[Drop], advice: str) -> None:
        self.stage = stage
        self.counts = dict(counts)
        first_of_each: dict[str, Drop] = {}
        for drop in drops:
            first_of_each.setdefault(drop.reason, drop)
        self.examples = tuple(first_of_each.values())[:3]
        self.advice = advice
        super().__init__(stage, self.counts, self.examples, advice)

    def __str__(self) -> str:
        reasons = {reason: count for reason, count in self.counts.items() if reason != "kept"}
        total = sum(reasons.values())
        listed = ", ".join(f"{reason} {count}" for reason, count in reasons.items()) or "there was nothing to read"
        lines = [f"{self.stage}: none of {total} can be used ({listed}). {self.advice}"]
        lines += [f"  {drop.reason}: {drop.evidence!r}" for drop in self.examples]
        return "\n".join(lines)
