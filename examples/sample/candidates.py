"""The candidates of a problem, as a model's samples look: some right, most wrong in their own ways, a few dangerous.

Every candidate has a label and the name of its flaw. Labels: "right" (passes the hidden test), "wrong" (runs, but
fails at least one hidden case), "error" (raises when called or loaded), "syntax", "no_entry", "hang", "crash",
"memory", "hostile".
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from random import Random
from string import Template

from .families.flaws import FUNCTION_FLAWS, FUNCTION_HANGS, SCRIPT_FLAWS, Flaw
from .problem import Bug, Problem, tidy
from .reference import literal, printed, returned
from .surface import outdented, reworded

# How many candidates of each kind a problem has, apart from right and wrong ones.
KINDS = {"error": 3, "syntax": 3, "no_entry": 2, "crash": 1, "memory": 1, "hostile": 4}
# A hang costs whole limits, as much as hundreds of other programs, so each general one goes to one problem only.
FIRST_GENERIC_HANG = 2
SOLUTION_SHARE = 0.25
DUPLICATE_SHARE = 0.25
# Mean token log-probabilities: models are surer of programs that are right, and never sure of an attack.
LOGPROBS = {"right": (-0.42, -0.12), "wrong": (-0.62, -0.16), "hostile": (-1.6, -0.7)}
OTHER_LOGPROBS = (-0.95, -0.3)


@dataclass(frozen=True)
class Candidate:
    label: str
    flaw: str
    field: str
    text: str
    mean_logprob: float


def candidates(problem: Problem, ordinal: int) -> list[Candidate]:
    """All rows of a problem, in the order of the file. `ordinal` only varies which general flaws it gets."""
    draw = Random(f"candidates {problem.name}")
    distinct: dict[tuple[str, str], Candidate] = {}
    for label, bug, whole in _programs(problem, ordinal, draw):
        field, text = ("solution", bug.code) if whole else _form(problem, bug.code, draw)
        low, high = LOGPROBS.get(label, OTHER_LOGPROBS)
        logprob = round(low + (high - low) * draw.random(), 4)
        distinct.setdefault((field, text), Candidate(label, bug.flaw, field, text, logprob))
    rows = list(distinct.values())
    rows += _duplicates(problem, rows, draw)
    draw.shuffle(rows)
    return rows


def _programs(problem: Problem, ordinal: int, draw: Random) -> Iterator[tuple[str, Bug, bool]]:
    right = [Bug("", tidy(body)) for body in problem.right]
    wrong = [*problem.resolved_bugs(), *_general_bugs(problem)]
    for label, programs, number in (("right", right, problem.num_right), ("wrong", wrong, problem.num_wrong)):
        yield from ((label, bug, False) for bug in programs)
        for _ in range(number - len(programs)):
            bug = draw.choice(programs)
            yield label, Bug(bug.flaw, reworded(problem, bug.code, draw)), False
    for flaw in _chosen_flaws(problem, ordinal):
        yield flaw.label, Bug(flaw.flaw, _filled(problem, flaw.code)), flaw.whole


def _form(problem: Problem, code: str, draw: Random) -> tuple[str, str]:
    """A body as a row's field and its text."""
    body = outdented(problem.completion(code) if code.strip() else code)
    if draw.random() < SOLUTION_SHARE:
        return "solution", problem.bare_prompt + body
    return "completion", body


def _duplicates(problem: Problem, rows: list[Candidate], draw: Random) -> list[Candidate]:
    """Samples drawn again, the likely ones most often; two of them as whole programs that spell the same text."""
    ordinary = [row for row in rows if row.label not in ("hang", "crash", "memory", "hostile")]
    ordinary.sort(key=lambda row: -row.mean_logprob)
    number = round(len(rows) * DUPLICATE_SHARE / (1 - DUPLICATE_SHARE))
    weights = [1 / (rank + 2) for rank in range(len(ordinary))]
    twins = draw.choices(ordinary, weights, k=number)
    for place, row in enumerate(twins[:2]):
        if row.field == "completion":
            whole = problem.prompt + row.text
            twins[place] = Candidate(row.label, row.flaw, "solution", whole, round(row.mean_logprob - 0.01, 4))
    return twins


def _chosen_flaws(problem: Problem, ordinal: int) -> list[Flaw]:
    """Goes round the flaws of each kind from problem to problem, so that every one occurs."""
    source = SCRIPT_FLAWS if problem.is_script else FUNCTION_FLAWS
    chosen = [Flaw("hang", bug.flaw, tidy(bug.code)) for bug in problem.hangs]
    if not chosen and FIRST_GENERIC_HANG <= ordinal < FIRST_GENERIC_HANG + len(FUNCTION_HANGS):
        chosen.append(FUNCTION_HANGS[ordinal - FIRST_GENERIC_HANG])
    for label, number in KINDS.items():
        kind = [flaw for flaw in source if flaw.label == label]
        chosen += [kind[(ordinal * number + place) % len(kind)] for place in range(min(number, len(kind)))]
    return chosen


def _filled(problem: Problem, code: str) -> str:
    if problem.is_script:
        return code
    entry = problem.entry_point or ""
    name = entry.rpartition(".")[2]
    return Template(code).substitute(
        name=name,
        call=f"self.{name}" if "." in entry else name,
        first=problem.parameters[0],
        arguments=", ".join(problem.parameters),
        body=tidy(problem.right[0]),
        example=problem.cases[0],
    )


def _general_bugs(problem: Problem) -> list[Bug]:
    """Mistakes that models make with any problem."""
    if problem.is_script:
        output = printed(problem.completion(problem.right[0]), problem.cases[0])
        return [
            Bug("prints nothing", "import sys\n\ndata = sys.stdin.read().split()\n"),
            Bug("prints its input", "import sys\n\nfor line in sys.stdin:\n    print(line.strip())\n"),
            Bug("prints the answer of the example", f"print({output!r}, end='')\n"),
        ]
    example = returned(problem, problem.right[0], problem.cases[0])
    body, answer = _split_return(problem)
    arguments = ", ".join(problem.parameters)
    guess = f"if [{arguments}] == [{problem.cases[0]}]:\n    return {literal(example)}\n"
    return [
        Bug("prints the answer and returns nothing", f"{body}print({answer})\n"),
        Bug("returns nothing", f"{body}{problem.parameters[0]} = {answer}\n"),
        Bug("the wrong type", f"{body}return {_retyped(example, answer)}\n"),
        Bug("knows the example only", f"{guess}return {literal(type(example)())}\n"),
        Bug("left as it was", "pass\n"),
    ]


def _split_return(problem: Problem) -> tuple[str, str]:
    """The body of a right program up to its last `return`, and what that returns."""
    for body in map(tidy, problem.right):
        match = re.search(r"^return (.+)\n\Z", body, flags=re.MULTILINE)
        if match:
            return body[: match.start()], match[1]
    raise ValueError(f"{problem.name}: no right program ends with a return")


def _retyped(example: object, answer: str) -> str:
    if isinstance(example, str):
        return f"[{answer}]"
    if isinstance(example, dict):
        return f"list(({answer}).items())"
    if isinstance(example, list):
        return f"tuple({answer})"
    if isinstance(example, tuple | set):
        return f"list(({answer}))"
    return f"str({answer})"
