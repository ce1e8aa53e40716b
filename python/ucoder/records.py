"""What is judged, and what came of it: problems, candidates, tests, evidence, selections. Frozen and complete.

Nothing here looks into a program or a test: their text was written by a model and is read inside the jail only.
Text may hold anything a JSON string can, lone surrogates and NUL included; it crosses as UTF-8 with `surrogatepass`.
"""

import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Literal, Self, TypeAlias

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "AssertionTest",
    "CallTest",
    "Candidate",
    "CheckTest",
    "Comparison",
    "EncodedCallTest",
    "JsonValue",
    "JudgedProblem",
    "ModuleTest",
    "Problem",
    "Profile",
    "Selection",
    "StdioTest",
    "Task",
    "Test",
    "UnittestTest",
    "ValueCallTest",
    "content_id",
    "encode_text",
    "id_of_test",
    "profile_of",
]  # fmt: skip

JsonValue: TypeAlias = "bool | int | float | str | list[JsonValue] | dict[str, JsonValue] | None"
Profile: TypeAlias = Literal["pure", "script", "full"]
Comparison: TypeAlias = Literal["exact", "whitespace", "numeric", "lines", "caseless"]

_COMPARISONS = ("exact", "whitespace", "numeric", "lines", "caseless")


def encode_text(text: str) -> bytes:
    """UTF-8, lone surrogates as their three-byte form: no text is refused."""
    return text.encode("utf-8", "surrogatepass")


def content_id(*parts: str | bytes) -> str:
    """32 hexadecimal digits that name the parts by their content: SHA-256 over lengths and UTF-8, cut to 128 bits."""
    state = hashlib.sha256()
    for part in parts:
        encoded = encode_text(part) if isinstance(part, str) else part
        state.update(len(encoded).to_bytes(8, "little"))
        state.update(encoded)
    return state.hexdigest()[:32]


# ---------------------------------------------------------------- what to solve


@dataclass(frozen=True, slots=True)
class Problem:
    """A task as its source gives it.

    `prompt` is what a completion continues; for functions it is also loaded, in a clean process, for the helpers
    that tests use. `entry_point` is the function, or an expression such as "Solution().f"; scripts have none.
    `profile` is "pure" (functions), "script" (reads standard input) or "full" (functions that may use files, processes,
    threads and sockets in a machine of their own); None lets the tests say, see `profile_of`.
    """

    task_id: str
    prompt: str = ""
    entry_point: str | None = None
    test: str | None = None
    canonical_solution: str | None = None
    profile: Profile | None = None


@dataclass(frozen=True, slots=True)
class Candidate:
    """One program for a problem: a whole `solution`, or a `completion` that continues the prompt; never both.

    `mean_logprob` is the mean log-probability of its tokens, from which fluency f(r) follows (2512.17385, sec. 2).
    """

    task_id: str
    solution: str | None = None
    completion: str | None = None
    mean_logprob: float | None = None

    def __post_init__(self) -> None:
        if (self.solution is None) == (self.completion is None):
            raise ValueError("a candidate has either a solution or a completion")

    def program(self, problem: Problem) -> str:
        """The whole source text that is run."""
        return self.solution if self.solution is not None else problem.prompt + (self.completion or "")


# ---------------------------------------------------------------- what to hold it against


@dataclass(frozen=True, slots=True)
class AssertionTest:
    """One assert statement, as a model writes it: `assert f(1) == 2`."""

    text: str


@dataclass(frozen=True, slots=True)
class CheckTest:
    """A `check(candidate)` function and whatever stands around it (HumanEval's `test` field)."""

    text: str


@dataclass(frozen=True, slots=True)
class CallTest:
    """A call and the value it must equal, both Python expressions.

    `absolute` and `relative` are tolerances as in `math.isclose`; zero means exact.
    """

    call: str
    expected: str
    absolute: float = 0.0
    relative: float = 0.0

    def __post_init__(self) -> None:
        _check_tolerance(self.absolute, self.relative)


@dataclass(frozen=True, slots=True)
class ValueCallTest:
    """Arguments of the entry point and the value it must return, all JSON values (true is True, null is None)."""

    args: Sequence[JsonValue]
    expected: JsonValue
    kwargs: Mapping[str, JsonValue] = field(default_factory=dict)
    absolute: float = 0.0
    relative: float = 0.0

    def __post_init__(self) -> None:
        _check_tolerance(self.absolute, self.relative)


@dataclass(frozen=True, slots=True)
class EncodedCallTest:
    """As `ValueCallTest`, of values in the canonical encoding (`ucoder._core.encode`): tuples, sets, bytes and all."""

    args: tuple[bytes, ...]
    expected: bytes
    absolute: float = 0.0
    relative: float = 0.0

    def __post_init__(self) -> None:
        _check_tolerance(self.absolute, self.relative)


@dataclass(frozen=True, slots=True)
class StdioTest:
    """Standard input and the standard output it must give.

    `comparison` is the test's own choice: "exact" bytes, "whitespace" (equal words), "numeric" (equal words, where
    words that are numbers on both sides are compared as numbers), "lines" (equal lines without white space at their
    ends, where lines of nothing but numbers are compared as numbers), or "caseless" (as "numeric", letters of ASCII in
    either case). Numbers may be near where there is a tolerance; two whole numbers have to be equal all the same.
    """

    stdin: str
    stdout: str
    comparison: Comparison
    absolute: float = 0.0
    relative: float = 0.0

    def __post_init__(self) -> None:
        _check_tolerance(self.absolute, self.relative)
        if self.comparison not in _COMPARISONS:
            raise ValueError(f"comparison is one of {', '.join(_COMPARISONS)}, not {self.comparison!r}")


@dataclass(frozen=True, slots=True)
class UnittestTest:
    """A module of `unittest` classes. It runs beside the program and passes when each of its methods was seen to pass.

    Its verdict is made where the program runs and therefore not trusted. The profile is "full".
    """

    text: str


@dataclass(frozen=True, slots=True)
class ModuleTest:
    """A module that is executed after the program, in its namespace, to its end; nothing it raises is caught.

    Where it has `unittest` classes it is an `UnittestTest` instead. Not trusted; the profile is "full".
    """

    text: str


Test: TypeAlias = (
    AssertionTest | CheckTest | CallTest | ValueCallTest | EncodedCallTest | StdioTest | UnittestTest | ModuleTest
)


def _check_tolerance(*tolerances: float) -> None:
    for tolerance in tolerances:
        if not (math.isfinite(tolerance) and tolerance >= 0):
            raise ValueError(f"a tolerance is a finite number, zero or more, not {tolerance!r}")


def id_of_test(test: Test) -> str:
    """The content id of a test: equal exactly for tests of one kind with equal fields."""
    if isinstance(test, EncodedCallTest):  # values of many megabytes are hashed as they are
        return content_id(type(test).__name__, repr((test.absolute, test.relative)), test.expected, *test.args)
    return content_id(type(test).__name__, json.dumps(asdict(test), sort_keys=True))


def text_of_test(test: Test) -> str:
    """A test as people read it; the name of its kind where it has no words."""
    if isinstance(test, CallTest):
        return f"{test.call} == {test.expected}"
    if isinstance(test, ValueCallTest):
        named = (f"{name}={value!r}" for name, value in test.kwargs.items())
        return f"({', '.join([*map(repr, test.args), *named])}) -> {test.expected!r}"
    if isinstance(test, StdioTest):
        return f"{test.stdin}\n-> {test.stdout}"
    text = getattr(test, "text", None)
    return text if isinstance(text, str) else type(test).__name__


# ---------------------------------------------------------------- the two together


@dataclass(frozen=True, slots=True)
class Task:
    """A problem with its candidates and tests: what the executor turns into one matrix."""

    problem: Problem
    candidates: Sequence[Candidate]
    tests: Sequence[Test]


def profile_of(problem: Problem, tests: Sequence[Test]) -> Profile:
    """How the problem's programs run: as the problem says, else "full" when it has unit tests, "script" when it has no
    entry point.

    ValueError, without naming the task, where problem and tests do not fit: a function needs an entry point,
    a stdin/stdout test needs a script, unit tests need a machine, every other test needs a function.
    """
    num_stdio = sum(isinstance(test, StdioTest) for test in tests)
    num_unit = sum(isinstance(test, UnittestTest | ModuleTest) for test in tests)
    by_tests: Profile = "full" if num_unit else "pure" if problem.entry_point else "script"
    profile: Profile = problem.profile or by_tests
    if num_unit and profile != "full":
        raise ValueError("unit tests need the profile 'full'")
    if profile == "full" and num_stdio:
        raise ValueError("stdin/stdout tests run scripts, and the profile 'full' runs functions")
    if profile == "full" and num_unit < len(tests) and not problem.entry_point:
        raise ValueError("tests that call a function need the problem's entry_point")
    if profile == "script" and num_stdio < len(tests):
        if problem.profile == "script":
            raise ValueError("a script has stdin/stdout tests only")
        raise ValueError("tests that call a function need the problem's entry_point")
    if profile == "pure" and tests and not problem.entry_point:
        raise ValueError("profile 'pure' needs the problem's entry_point")
    if profile == "pure" and num_stdio:
        raise ValueError("stdin/stdout tests run scripts: give the problem no entry_point, or profile 'script'")
    return profile


# ---------------------------------------------------------------- what execution showed, and what was chosen


@dataclass(frozen=True, eq=False, kw_only=True)
class JudgedProblem:
    """What a selection may look at: one problem's C candidates on its T usable tests. ValueError where shapes differ.

    Nothing here knows the truth, the order in which cells ran, or how long they took.
    """

    task_id: str
    outcomes: NDArray[np.uint8]
    """(C, T) `Outcome`"""
    behaviours: NDArray[np.int32]
    """(C, T) equal numbers in a column mean `same_behaviour`; negative where the cell did not run to an end"""
    trusted: NDArray[np.bool_]
    """(T,) whether the verdict was made where no candidate could touch it"""
    first_twin: NDArray[np.int32]
    """(C,) index of the first candidate with the same program text"""
    mean_logprob: NDArray[np.float64]
    """(C,) mean log-probability of the program's tokens, NaN where it is not known"""
    source_chars: NDArray[np.int32]
    """(C,) characters of the program text"""
    program_ids: tuple[str, ...]
    """(C,) content ids of the program texts"""

    def __post_init__(self) -> None:
        num_candidates, num_tests = self.outcomes.shape
        shapes = {
            "behaviours": (num_candidates, num_tests),
            "trusted": (num_tests,),
            "first_twin": (num_candidates,),
            "mean_logprob": (num_candidates,),
            "source_chars": (num_candidates,),
        }
        for name, shape in shapes.items():
            if getattr(self, name).shape != shape:
                raise ValueError(f"{self.task_id}: {name} has shape {getattr(self, name).shape}, not {shape}")
        if len(self.program_ids) != num_candidates:
            raise ValueError(f"{self.task_id}: {len(self.program_ids)} program ids for {num_candidates} candidates")

    @property
    def num_candidates(self) -> int:
        """C."""
        return int(self.outcomes.shape[0])

    @property
    def num_tests(self) -> int:
        """T."""
        return int(self.outcomes.shape[1])

    def on_tests(self, chosen: NDArray[np.bool_]) -> Self:
        """The same candidates on some of the tests. `chosen` is (T,)."""
        return replace(
            self,
            outcomes=np.ascontiguousarray(self.outcomes[:, chosen]),
            behaviours=np.ascontiguousarray(self.behaviours[:, chosen]),
            trusted=self.trusted[chosen],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """What a rule chose for one problem, and why; or why it chose nothing.

    Shares run from 0 to 1. What does not apply is None: all but `task_id`, `rule` and `nothing` where nothing was
    chosen.
    """

    task_id: str
    rule: str
    nothing: str = ""
    """The reason for choosing nothing, from `ucoder.consensus.choice.Nothing`; "" where something was chosen"""
    candidate: int | None = None
    """0-based, in the order of the problem's candidates"""
    program_id: str | None = None
    cluster: int | None = None
    """The first candidate of the chosen one's cluster"""
    cluster_size: int | None = None
    """Candidates, textual twins counted, that the rule holds for the same as the chosen one"""
    score: float | None = None
    """What the rule ranks by; comparable within one problem and rule only"""
    ran_share: float | None = None
    """e(r)"""
    pass_share: float | None = None
    perplexity: float | None = None
    """f(r) = exp(-mean log-probability)"""
    runner_up: int | None = None
    """The first candidate of the cluster that came second; None where there was one cluster only"""
    runner_up_size: int | None = None
    runner_up_score: float | None = None
    margin: float | None = None
    """`score` less `runner_up_score`; 0.0 where a tie was broken"""
    kept_tests: float | None = None
    """Share of resamplings of the tests under which a program of the same behaviour is selected"""
    kept_candidates: float | None = None
    """The same for resamplings of the candidates"""
