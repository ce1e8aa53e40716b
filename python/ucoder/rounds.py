"""Rounds: the loop, as a reader of the paper knows it (2512.17385). Order and bookkeeping; what is asked for and what
is kept is the stages' business.

    problems    the model writes problems            -> near-duplicates and benchmark problems dropped
    ratings     it rates them                        -> a filter
    skeletons   it writes signature and docstring
    suites      it writes tests
    candidates  it writes many programs, which are executed meanwhile
    consensus   of the programs that agree, one is selected

A stage that was finished with the same key is read, not done again. Its key is the digest of everything it depends on:
its settings, the model, the prompts, the records that go into it.
"""

import json
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Protocol, TypeVar

from pydantic import BaseModel

from ucoder.config import JudgeSettings, Shard
from ucoder.consensus.rules import RULES
from ucoder.errors import IncompleteRunError
from ucoder.execution.executor import Executor
from ucoder.llm.asking import Asking, ask_id_of
from ucoder.llm.generator import Generator, Request, Sampling
from ucoder.loop_records import Answer, Chosen, Drop, ProblemStatement, Rating, Skeleton, StageResult, Suite
from ucoder.prompts import PromptStyle
from ucoder.records import content_id
from ucoder.run_config import RunConfig
from ucoder.stages import candidates, contamination, duplicates, problems, ratings, skeletons, suites
from ucoder.stages.answering import answered, num_samples
from ucoder.stages.contamination import BenchmarkIndex, Solution
from ucoder.stages.exploring import Explored, cells_identity, explore
from ucoder.stages.selecting import iter_problems, select_problem
from ucoder.store import JsonObject, RunDirectory, RunRecord, differences
from ucoder.store.loop import LoopDirectory
from ucoder.store.stages import StageFolder

__all__ = ["STAGES", "Chosen", "Report", "Round", "Tools"]

STAGES = ("problems", "ratings", "skeletons", "suites", "candidates", "consensus")

R = TypeVar("R")


class Report(Protocol):
    """Told how far a stage is."""

    def __call__(self, stage: str, done: int, total: int, drawn: int | None = None, /) -> None:
        """Its name, how much is done, of how much; how much of that was not there before, where that differs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tools:
    """What a round works with. Model and executor are started when they are first needed."""

    generator: Callable[[], Generator]
    executor: Callable[[], Executor]
    directory: LoopDirectory
    style: PromptStyle
    benchmarks: BenchmarkIndex
    version: str
    report: Report = lambda _stage, _done, _total, _drawn=None: None


class Round:
    """One round, up to consensus.

    stages   which are done here, from STAGES; those before must be finished in the folder
    shard    of the problems, the share that `stages` are done for here (in stage "problems": of the requests); what
             is finished before them is read whole. A share's stages are not marked as finished: when all shares are
             merged, the whole is finished without asking anything
    earlier  problems of earlier rounds, which are not to be had again
    """

    def __init__(
        self,
        number: int,
        config: RunConfig,
        tools: Tools,
        *,
        stages: Sequence[str] = STAGES,
        shard: Shard = Shard(),  # noqa: B008  a frozen value
        earlier: Sequence[ProblemStatement] = (),
    ) -> None:
        self.number = number
        self._config = config
        self._tools = tools
        self._stages = stages
        self._shard = shard
        self._earlier = earlier

    def run(self) -> list[Chosen]:
        """Do the stages; what was chosen, empty where consensus is not among them."""
        problems = self.problems()
        if self._ends("problems"):
            return []
        worth_solving = self.ratings(problems)
        if self._ends("ratings"):
            return []
        skeletons = self.skeletons(worth_solving)
        if self._ends("skeletons"):
            return []
        suites = self.suites(skeletons)
        if self._ends("suites"):
            return []
        self.candidates(skeletons, suites)
        if self._ends("candidates"):
            return []
        return self.consensus(skeletons)

    def _ends(self, stage: str) -> bool:
        return self._stages[-1] == stage

    # ---------------------------------------------------------------- the stages

    def problems(self) -> list[ProblemStatement]:
        """Problems that are complete, and neither near-duplicates nor a benchmark's."""
        config, style = self._config, self._tools.style
        asked = problems.asks(config.problems, style, config.seed, self.number)

        def make(folder: StageFolder) -> StageResult[ProblemStatement]:
            requests = list(problems.requests(asked, config.problems, config.seed, self.number))
            mine = [one for one in requests if self._is_mine("problems", content_id(one.id))]
            answers = self._ask(problems.STAGE, mine, problems.sampling(config.problems, style), folder)
            read = self._some(problems.read(asked, answers, config.problems, style), problems.ADVICE)
            distinct = duplicates.drop_near_duplicates(read.kept, config.duplicates, self._earlier)
            clean = contamination.drop_contaminated(distinct.kept, self._tools.benchmarks)
            drops = read.drops + distinct.drops + clean.drops
            return self._some(StageResult(problems.STAGE, clean.kept, drops), problems.ADVICE)

        settings = (config.problems, config.duplicates, config.contamination)
        inputs = [*(one.id for one in self._earlier), *self._tools.benchmarks.digests]
        return self._stage("problems", settings, inputs, ProblemStatement, make)

    def ratings(self, drafted: Sequence[ProblemStatement]) -> list[ProblemStatement]:
        """The problems that pass the filter on the model's own ratings."""
        config, style = self._config, self._tools.style
        mine = [one for one in drafted if self._is_mine("ratings", one.id)]
        if not config.ratings.enabled:
            return mine

        def make(folder: StageFolder) -> StageResult[Rating]:
            requests = list(ratings.requests(mine, config.ratings, style, config.seed, self.number))
            answers = self._ask(ratings.STAGE, requests, ratings.sampling(config.ratings, style), folder)
            read = self._some(ratings.read(mine, answers, style), ratings.ADVICE)
            filtered = ratings.keep(mine, read.kept, config.ratings)
            return StageResult(ratings.STAGE, read.kept, read.drops + filtered.drops)

        rated = self._stage("ratings", (config.ratings,), [one.id for one in mine], Rating, make)
        kept = ratings.keep(mine, rated, config.ratings)
        self._tools.directory.metric(
            round=self.number, stage="rating filter", **asdict(ratings.effect(mine, rated, len(kept.kept)))
        )
        return list(self._some(kept, "Lower ratings.min_quality, or set ratings.enabled = false.").kept)

    def skeletons(self, worth_solving: Sequence[ProblemStatement]) -> list[Skeleton]:
        """Signature and docstring of each problem that gets them."""
        config, style = self._config, self._tools.style
        mine = [one for one in worth_solving if self._is_mine("skeletons", one.id)]

        def make(folder: StageFolder) -> StageResult[Skeleton]:
            if config.skeletons.source == "problem":
                return self._some(skeletons.from_problems(mine), skeletons.ADVICE)
            requests = list(skeletons.requests(mine, config.skeletons, style, config.seed, self.number))
            answers = self._ask(skeletons.STAGE, requests, skeletons.sampling(config.skeletons, style), folder)
            return self._some(skeletons.read(mine, answers, config.skeletons, style), skeletons.ADVICE)

        return self._stage("skeletons", (config.skeletons,), [one.id for one in mine], Skeleton, make)

    def suites(self, outlined: Sequence[Skeleton]) -> dict[str, Suite]:
        """Tests by problem id, for each problem that gets enough of them."""
        config, style = self._config, self._tools.style
        mine = [one for one in outlined if self._is_mine("suites", one.problem_id)]

        def make(folder: StageFolder) -> StageResult[Suite]:
            requests = list(suites.requests(mine, config.suites, style, config.seed, self.number))
            answers = self._ask(suites.STAGE, requests, suites.sampling(config.suites, style), folder)
            return self._some(suites.read(mine, answers, config.suites, style), suites.ADVICE)

        kept = self._stage("suites", (config.suites,), [one.id for one in mine], Suite, make)
        return {suite.problem_id: suite for suite in kept}

    def candidates(self, outlined: Sequence[Skeleton], tested: Mapping[str, Suite]) -> None:
        """Programs drawn and executed, for every problem with tests."""
        config, tools = self._config, self._tools
        mine = [one for one in outlined if one.problem_id in tested and self._is_mine("candidates", one.problem_id)]
        suites_of_mine = [tested[one.problem_id] for one in mine]
        judging = self._judging()
        key = self._key(
            "candidates", (config.candidates,), [_digest([*mine, *suites_of_mine]), json.dumps(judging.as_json())]
        )
        folder = tools.directory.stage(self.number, "candidates")
        if folder.is_finished(key) and self._cells_record() is not None:
            return
        self._refuse_unless_asked("candidates")
        folder.reopen()  # from here on, the cells are no longer those of the marker
        requests = list(candidates.requests(mine, config.candidates, tools.style, config.seed, self.number))
        asking = Asking(candidates.STAGE, tools.generator(), candidates.sampling(config.candidates, tools.style))
        total = num_samples(requests)
        began = time.monotonic()

        def show(so_far: Explored) -> None:
            tools.report("candidates", so_far.num_candidates, total, so_far.num_drawn)
            drawn, waits = so_far.num_drawn, asdict(so_far.waits)
            self._progress("candidates", so_far.num_candidates, total, drawn=drawn, **waits)

        tools.report("candidates", 0, total, 0)
        self._progress("candidates", 0, total)
        answers = folder.answers()
        with self._cells(judging) as cells:
            explored = explore(
                {candidates.ask_id(one): (one, tested[one.problem_id]) for one in mine},
                draw=lambda: answered(asking, requests, answers),
                read=lambda skeleton, drawn: candidates.read_one(skeleton, drawn, tools.style),
                cells=cells,
                executor=tools.executor,
                on_progress=show,
            )
        if explored.drops and len(explored.drops) == explored.num_candidates:
            StageResult(candidates.STAGE, (), tuple(explored.drops)).require_some(candidates.ADVICE)
        self._note("candidates", began, _exploration(explored))
        if self._is_whole:
            folder.finish(key, {"drops": explored.drops}, _exploration(explored))

    def consensus(self, outlined: Sequence[Skeleton]) -> list[Chosen]:
        """One program a problem, or the reason for none."""
        config, tools = self._config, self._tools
        record = self._cells_record()
        if record is None:
            raise IncompleteRunError("the candidates of this round are not executed yet: begin at stage 'candidates'")
        by_id = {one.problem_id: one for one in outlined}

        def make(_: StageFolder) -> StageResult[Chosen]:
            settings = config.consensus.settings(config.seed)
            found: dict[str, Chosen] = {}
            for one in iter_problems(record):
                selection = select_problem(one.judged, [RULES[config.consensus.rule]], settings).selections[0]
                program = None if selection.candidate is None else one.program(selection.candidate)
                task_id = one.judged.task_id
                found[task_id] = Chosen(
                    problem_id=task_id, prompt=by_id[task_id].text, program=program, selection=selection
                )
                tools.report("consensus", len(found), len(by_id))
            chosen = [found[one.problem_id] for one in outlined if one.problem_id in found]
            return self._without_benchmark_solutions(chosen, by_id)

        tasks = sorted(key for part in record.parts.values() for key in part["keys"])
        # What was executed, under which limits, and what a solution must not pass.
        inputs = [*tasks, json.dumps(record.identity, sort_keys=True), *tools.benchmarks.digests]
        return self._stage(
            "selections", (config.consensus, config.contamination), inputs, Chosen, make, asked="consensus"
        )

    def _without_benchmark_solutions(
        self, chosen: Sequence[Chosen], outlined: Mapping[str, Skeleton]
    ) -> StageResult[Chosen]:
        solutions = [
            Solution(one.problem_id, outlined[one.problem_id].entry_point, one.program)
            for one in chosen
            if one.program is not None
        ]
        drops: tuple[Drop, ...] = ()
        if self._tools.benchmarks.tasks and solutions:
            drops = contamination.drop_contaminated_solutions(
                solutions, self._tools.benchmarks, self._tools.executor()
            ).drops
        refused = {drop.subject for drop in drops}
        nothing = tuple(
            Drop.of("consensus/1", one.selection.nothing, one.problem_id) for one in chosen if one.program is None
        )
        kept = tuple(one for one in chosen if one.problem_id not in refused)
        return StageResult("consensus/1", kept, drops + nothing)

    # ---------------------------------------------------------------- what stages have in common

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
        folder = self._tools.directory.stage(self.number, name)
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
            tools.generator().fingerprint,
            f"{config.seed} {self.number}",
            *inputs,
        )

    def _ask(self, stage: str, requests: Sequence[Request], sampling: Sampling, folder: StageFolder) -> list[Answer]:
        """All answers, question by question in the order of the requests."""
        asking = Asking(stage, self._tools.generator(), sampling)
        name = stage.partition("/")[0]
        by_ask: dict[str, tuple[Answer, ...]] = dict.fromkeys((ask_id_of(one.id) for one in requests), ())
        total, done, drawn = num_samples(requests), 0, 0
        self._tools.report(name, 0, total, 0)
        self._progress(name, 0, total)
        for one in answered(asking, requests, folder.answers()):
            by_ask[one.ask_id] = one.answers
            done += len(one.answers)
            drawn += one.num_new
            self._tools.report(name, done, total, drawn)
            self._progress(name, done, total, drawn=drawn)
        return [answer for answers in by_ask.values() for answer in answers]

    def _judging(self) -> JudgeSettings:
        return self._config.execution.judging(self._config.consensus.rho, self._config.consensus.tau)

    def _cells(self, judging: JudgeSettings) -> RunDirectory:
        """The round's cells; a folder of cells that were made under other settings is set aside."""
        path = self._tools.directory.stage(self.number, "cells").path
        identity = cells_identity(judging, self._tools.version)
        keep = {"digest_key": self._tools.directory.digest_key}
        path.parent.mkdir(exist_ok=True)
        if (path / "job.json").exists() and differences(RunRecord.load(path).identity, identity):
            number = sum(1 for _ in path.parent.glob("cells.retired-*"))
            path.rename(path.with_name(f"cells.retired-{number}"))
        return RunDirectory.open(path, identity, keep)

    def _cells_record(self) -> RunRecord | None:
        """The round's cells if they are complete."""
        path = self._tools.directory.stage(self.number, "cells").path
        record = RunRecord.load(path) if (path / "job.json").exists() else None
        return record if record is not None and record.summary is not None else None

    def _refuse_unless_asked(self, stage: str) -> None:
        if stage not in self._stages:
            raise IncompleteRunError(
                f"stage {stage!r} of round {self.number} is not finished with these settings: begin with it"
            )

    def _note(self, stage: str, began: float, content: Mapping[str, object]) -> None:
        self._tools.directory.metric(
            round=self.number, stage=stage, seconds=round(time.monotonic() - began, 3), **content
        )

    def _progress(self, stage: str, done: int, total: int, **more: object) -> None:
        self._tools.directory.progress(round=self.number, stage=stage, done=done, total=total, **more)

    @property
    def _is_whole(self) -> bool:
        return self._shard.count == 1

    def _is_mine(self, stage: str, record_id: str) -> bool:
        """Whether this share does the stage for a record; those before its stages are read whole."""
        return stage not in self._stages or self._shard.holds(int(record_id[:8], 16))

    def _some(self, result: StageResult[R], advice: str) -> StageResult[R]:
        """The result; raises NothingUsable where nothing was kept. A share may be empty for want of questions."""
        return result.require_some(advice) if self._is_whole or result.drops else result


def _digest(records: Iterable[Skeleton | Suite]) -> str:
    return content_id(*(json.dumps(asdict(record), sort_keys=True) for record in records))


def _exploration(explored: Explored) -> JsonObject:
    return {
        "problems": explored.num_problems,
        "candidates": explored.num_candidates,
        "drawn_here": explored.num_drawn,
        "executed_here": explored.num_executed,
        "sampler_waited_s": round(explored.waits.sampler_waited, 3),
        "executor_waited_s": round(explored.waits.executor_waited, 3),
        "counts": {"kept": explored.num_candidates - len(explored.drops), "empty": len(explored.drops)},
    }
