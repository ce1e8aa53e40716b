"""Measuring: how good a model is, on problems that it did not learn from."""

import time
from collections.abc import Sequence
from functools import partial
from typing import TypeAlias

from ucoder.loop_records import Score, StageResult
from ucoder.records import content_id
from ucoder.rounds.round import Sampled
from ucoder.rounds.staged import Staged
from ucoder.run_config import RunConfig
from ucoder.stages import evaluation
from ucoder.stages.candidates import CandidateSettings, read_one
from ucoder.stages.evaluation import EvaluationSettings, Exam
from ucoder.stages.lessons import is_held_out
from ucoder.store.stages import StageFolder

__all__ = ["Measuring", "held_out_exams"]

_Drawing: TypeAlias = CandidateSettings | EvaluationSettings


class Measuring(Staged):
    """A model's programs for problems that it did not learn from."""

    def evaluation(self, exams: Sequence[Exam], seed: int, fingerprint: str = "") -> dict[str, Score]:
        """On the development benchmark, by problem id; without one, nothing, which ends the round all the same.

        fingerprint  of a model whose weights may be gone
        """
        settings = self._config.evaluation
        return self._measured("evaluation", exams, settings, settings.n, seed, fingerprint)

    def is_evaluated(self, exams: Sequence[Exam], seed: int, fingerprint: str) -> bool:
        """Whether a model of this fingerprint was measured already."""
        settings = self._config.evaluation
        key = self._exam_key("evaluation", exams, settings, settings.n, seed, fingerprint)
        return self._folder("evaluation").is_finished(key)

    def validation(self, exams: Sequence[Exam], seed: int) -> dict[str, Score]:
        """On the problems held out, against what consensus said of them."""
        settings = self._config.candidates
        return self._measured("validation", exams, settings, self._config.validation.n, seed)

    def _measured(
        self, name: str, exams: Sequence[Exam], settings: _Drawing, n: int, seed: int, fingerprint: str = ""
    ) -> dict[str, Score]:
        folder = self._folder(name)
        known = fingerprint or self._tools.fingerprint(self.model)
        key = self._exam_key(name, exams, settings, n, seed, known)
        if not folder.is_finished(key):
            self._refuse_unless_asked("evaluation")
            began = time.monotonic()
            result = self._score(name, exams, settings, n, seed, folder)
            right = sum(one.share for one in result.kept) / len(result.kept) if result.kept else None
            self._note(name, began, {"counts": result.counts, "right": right})
            folder.finish(key, {"records": result.kept, "drops": result.drops}, {"counts": result.counts})
        return {one.problem_id: one for one in folder.load("records", Score)}

    def _score(
        self, name: str, exams: Sequence[Exam], settings: _Drawing, n: int, seed: int, folder: StageFolder
    ) -> StageResult[Score]:
        if not exams:
            return StageResult(evaluation.STAGE, (), ())
        style = self._tools.style
        asked = list(evaluation.requests(exams, n, settings.chunk, style, seed))
        answers = self._ask(evaluation.STAGE, asked, evaluation.sampling(settings, style), folder, shown=name)
        found = evaluation.scores(exams, answers, partial(read_one, style=style), self._tools.examiner())
        return found.require_some(evaluation.ADVICE)

    def _exam_key(
        self, name: str, exams: Sequence[Exam], settings: _Drawing, n: int, seed: int, fingerprint: str
    ) -> str:
        # By what the files hold, not by where they lie.
        said = settings.model_dump_json(exclude={"problems", "tests", "at_start", "n", "chunk"})
        digests = [exam.digest for exam in exams]
        version, style = self._tools.version, self._tools.style.digest
        return content_id(name, version, style, fingerprint, said, str(n), str(seed), *digests)


def held_out_exams(sampled: Sampled, config: RunConfig) -> list[Exam]:
    """The problems of a round that are held out and that consensus decided, each with its selected program."""
    share = config.lessons.validation_share
    return [
        Exam(sampled.skeletons[one.problem_id], sampled.suites[one.problem_id].as_tests(), one.program)
        for one in sampled.chosen
        if one.program is not None and is_held_out(one.problem_id, share)
    ]
