"""What the stages of a round have in common: keys, folders, questions, progress."""

import json
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Protocol, TypeVar

from pydantic import BaseModel

from ucoder.config import Shard
from ucoder.errors import IncompleteRunError
from ucoder.execution.executor import Executor
from ucoder.llm.asking import Asking, ask_id_of
from ucoder.llm.generator import Generator, Request, Sampling
from ucoder.loop_records import Answer, Skeleton, StageResult, Suite
from ucoder.prompts import PromptStyle
from ucoder.records import content_id
from ucoder.run_config import RunConfig
from ucoder.stages.answering import answered, num_samples
from ucoder.stages.contamination import BenchmarkIndex
from ucoder.stages.evaluation import Exam
from ucoder.store.loop import LoopDirectory, round_place
from ucoder.store.stages import StageFolder

__all__ = ["LEARNING", "STAGES", "Report", "Staged", "StagesEnd", "Tools", "digest_of"]

LEARNING = ("lessons", "training", "evaluation")
"""The stages that need a model whose weights are here"""
STAGES = ("problems", "ratings", "skeletons", "suites", "candidates", "consensus", *LEARNING)

R = TypeVar("R")


class Report(Protocol):
    """Told how far a stage is."""

    def __call__(self, stage: str, done: int, total: int, drawn: int | None = None, /) -> None:
        """Its name, how much is done, of how much; how much of that was not there before, where that differs."""


class StagesEnd(Exception):  # noqa: N818  no error: the stages that were asked for are done
    """The next stage was not asked for and is not finished: here the work ends."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tools:
    """What a round works with. Model and executor are started when they are first needed.

    Models are named as in the settings, or by their folder; "" is the one of the settings.
    """

    generator: Callable[[str], Generator]
    """The model behind its door. At most one is open: asking for another ends it"""
    fingerprint: Callable[[str], str]
    """Of a model, without starting it where its files say it"""
    executor: Callable[[], Executor]
    """For candidates, with the patience of the settings"""
    examiner: Callable[[], Executor]
    """For measuring models: every time limit is waited out"""
    directory: LoopDirectory
    style: PromptStyle
    benchmarks: BenchmarkIndex
    version: str
    exams: Sequence[Exam] = ()
    """The development benchmark's problems; none where there is no such benchmark"""
    report: Report = lambda _stage, _done, _total, _drawn=None: None
    release: Callable[[], None] = lambda: None
    """End the model that is open: the device is the trainer's now"""


class Staged:
    """Stages that leave their records in one place of a run's folder.

    place    "round-00" and the like
    model    that is asked
    stages   which are done here, from STAGES; those before must be finished in the folder
    shard    of the problems, the share that `stages` are done for here (in stage "problems": of the requests); what
             is finished before them is read whole. A share's stages are not marked as finished: when all shares are
             merged, the whole is finished without asking anything
    """

    def __init__(
        self,
        number: int,
        config: RunConfig,
        tools: Tools,
        *,
        place: str = "",
        model: str = "",
        stages: Sequence[str] = STAGES,
        shard: Shard = Shard(),  # noqa: B008  a frozen value
    ) -> None:
        self.number = number
        self.model = model
        self._place = place or round_place(number)
        self._config = config
        self._tools = tools
        self._stages = stages
        self._shard = shard
        self._drawn = {"drawn": 0, "tokens": 0}  # since the last note

    def _folder(self, name: str) -> StageFolder:
        return self._tools.directory.at(self._place, name)

    def _stage(
        self,
        name: str,
        settings: Sequence[BaseModel],
        inputs: Sequence[str],
        kind: type[R],
        make: Callable[[StageFolder], StageResult[R]],
        asked: str = "",
    ) -> list[R]:
        """The records of a stage: read where it was finished with the same key, else made and written."""
        folder = self._folder(name)
        key = self._key(name, settings, inputs)
        if folder.is_finished(key):
            return folder.load("records", kind)
        self._refuse_unless_asked(asked or name)
        began = time.monotonic()
        result = make(folder)
        self._note(name, began, {"counts": result.counts})
        if self._is_whole:
            folder.finish(key, {"records": result.kept, "drops": result.drops}, {"counts": result.counts})
        return list(result.kept)

    def _key(self, name: str, settings: Sequence[BaseModel], inputs: Sequence[str]) -> str:
        """The digest of everything that a stage depends on."""
        config, tools = self._config, self._tools
        return content_id(
            name,
            tools.version,
            *(one.model_dump_json() for one in settings),
            tools.style.digest,
            tools.fingerprint(self.model),
            f"{config.seed} {self.number}",
            *inputs,
        )

    def _ask(
        self, stage: str, requests: Sequence[Request], sampling: Sampling, folder: StageFolder, shown: str = ""
    ) -> list[Answer]:
        """All answers, question by question in the order of the requests."""
        asking = Asking(stage, self._tools.generator(self.model), sampling)
        name = shown or stage.partition("/")[0]
        by_ask: dict[str, tuple[Answer, ...]] = dict.fromkeys((ask_id_of(one.id) for one in requests), ())
        total, done, drawn = num_samples(requests), 0, 0
        self._show(name, 0, total, 0)
        self._progress(name, 0, total)
        for one in answered(asking, requests, folder.answers()):
            by_ask[one.ask_id] = one.answers
            done += len(one.answers)
            drawn += one.num_new
            self._drawn["tokens"] += one.num_new_tokens
            self._show(name, done, total, drawn)
            self._progress(name, done, total, drawn=drawn)
        self._drawn["drawn"] += drawn
        return [answer for answers in by_ask.values() for answer in answers]

    def _refuse_unless_asked(self, stage: str) -> None:
        """StagesEnd where the stage comes after those that were asked for, IncompleteRunError where before."""
        if stage in self._stages:
            return
        if STAGES.index(stage) > STAGES.index(self._stages[-1]):
            raise StagesEnd(stage)
        raise IncompleteRunError(
            f"stage {stage!r} of round {self.number} is not finished with these settings: begin with it"
        )

    def _note(self, stage: str, began: float, content: Mapping[str, object]) -> None:
        """A line of metrics.jsonl: what a stage took, what it drew in this attempt, and what came of it."""
        where = {} if self._is_of_the_round else {"place": self._place}
        seconds = round(time.monotonic() - began, 3)
        line = {"stage": stage, **where, "seconds": seconds, **self._drawn, **content}
        self._tools.directory.metric(round=self.number, **line)
        self._drawn = {"drawn": 0, "tokens": 0}

    def _progress(self, stage: str, done: int, total: int, **more: object) -> None:
        name = self._label(stage)
        self._tools.directory.progress(round=self.number, stage=name, done=done, total=total, **more)

    def _show(self, stage: str, done: int, total: int, drawn: int | None = None) -> None:
        self._tools.report(self._label(stage), done, total, drawn)

    def _label(self, stage: str) -> str:
        """A stage's name, with that of a place that is not the round's own: "start evaluation"."""
        return stage if self._is_of_the_round else f"{self._place.rpartition('/')[2]} {stage}"

    @property
    def _is_of_the_round(self) -> bool:
        return self._place == round_place(self.number)

    @property
    def _is_whole(self) -> bool:
        return self._shard.count == 1

    def _is_mine(self, stage: str, record_id: str) -> bool:
        """Whether this share does the stage for a record; those before its stages are read whole."""
        return stage not in self._stages or self._shard.holds(int(record_id[:8], 16))

    def _some(self, result: StageResult[R], advice: str) -> StageResult[R]:
        """The result; raises NothingUsable where nothing was kept. A share may be empty for want of questions."""
        return result.require_some(advice) if self._is_whole or result.drops else result


def digest_of(records: Iterable[Skeleton | Suite]) -> str:
    """What records say, as one name."""
    return content_id(*(json.dumps(asdict(record), sort_keys=True) for record in records))
