"""Near-duplicates: of problems that say nearly the same, the first is kept.

MinHash finds pairs, the exact Jaccard similarity of their word runs decides: a hash never drops a problem by itself.
The same problems in the same order always give the same result.
"""

from collections.abc import Sequence

from datasketch import MinHash, MinHashLSH
from pydantic import Field

from ucoder.loop_records import Drop, ProblemStatement, StageResult
from ucoder.loop_settings import Settings
from ucoder.parsing.words import distinct_runs

__all__ = ["STAGE", "DuplicateSettings", "drop_near_duplicates", "similarity"]

STAGE = "duplicates/1"
SEED = 1
LSH_MARGIN = 0.1
"""The index is asked for pairs this much less similar than what counts, because its estimate errs"""


class DuplicateSettings(Settings, frozen=True):
    """When two problems are one."""

    enabled: bool = True
    threshold: float = Field(default=0.6, ge=0.2, le=1.0)
    """Jaccard similarity of the sets of word runs, from which on they are"""
    run_words: int = Field(default=3, ge=1, le=20)
    num_permutations: int = Field(default=128, ge=16, le=1024)


def similarity(left: str, right: str, run_words: int) -> float:
    """Jaccard similarity of two texts' sets of word runs, from 0 to 1; 0 where both are empty."""
    return _jaccard(distinct_runs(left, run_words), distinct_runs(right, run_words))


def drop_near_duplicates(
    problems: Sequence[ProblemStatement], settings: DuplicateSettings, before: Sequence[ProblemStatement] = ()
) -> StageResult[ProblemStatement]:
    """The problems that are like none before them, in order, nor like one of `before` (of earlier rounds, say).

    Reason for drops: "near-duplicate", with the similarity, id and title of the first that it is most like.
    """
    if not settings.enabled:
        return StageResult(STAGE, tuple(problems), ())
    index = MinHashLSH(threshold=max(settings.threshold - LSH_MARGIN, 0.1), num_perm=settings.num_permutations)
    known: list[tuple[ProblemStatement, frozenset[str]]] = []
    kept: list[ProblemStatement] = []
    drops: list[Drop] = []
    for number, problem in enumerate([*before, *problems]):
        runs = distinct_runs(_compared(problem), settings.run_words)
        sketch = _sketch(runs, settings.num_permutations)
        likes = [(_jaccard(runs, known[place][1]), -place) for place in map(int, index.query(sketch))]
        score, place = max(likes, default=(0.0, 0))
        is_before = number < len(before)
        if score >= settings.threshold and not is_before:
            like = known[-place][0]
            drops.append(Drop.of(STAGE, "near-duplicate", problem.id, f"{score:.2f} like {like.id} {like.title!r}"))
            continue
        index.insert(str(len(known)), sketch)
        known.append((problem, runs))
        if not is_before:
            kept.append(problem)
    return StageResult(STAGE, tuple(kept), tuple(drops))


def _compared(problem: ProblemStatement) -> str:
    """What makes a problem: hints and titles are worded freely around the same task."""
    return f"{problem.description}\n{problem.signature}\n{problem.example}"


def _sketch(runs: frozenset[str], num_permutations: int) -> MinHash:
    sketch = MinHash(num_perm=num_permutations, seed=SEED)
    sketch.update_batch([run.encode("utf-8", "surrogatepass") for run in sorted(runs)])
    return sketch


def _jaccard(left: frozenset[str], right: frozenset[str]) -> float:
    together = len(left | right)
    return len(left & right) / together if together else 0.0
