"""Round: the stages from problems to consensus, on one model."""

import json
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass

from ucoder.config import JudgeSettings, Shard
from ucoder.consensus.rules import RULES
from ucoder.errors import IncompleteRunError
from ucoder.execution.interpreter import environment_identity, interpreter_at
from ucoder.execution.judged import StoredProblem
from ucoder.llm.asking import Asking
from ucoder.loop_records import Chosen, Drop, NothingUsable, ProblemStatement, Rating, Skeleton, StageResult, Suite
from ucoder.records import content_id
from ucoder.rounds.staged import STAGES, Staged, Tools, digest_of
from ucoder.run_config import RunConfig
from ucoder.stages import candidates, contamination, duplicates, problems, ratings, skeletons, suites
from ucoder.stages.answering import answered, num_samples
from ucoder.stages.contamination import Solution
from ucoder.stages.exploring import Explored, cells_identity, explore
from ucoder.stages.selecting import iter_problems, select_problem
from ucoder.store import JsonObject, RunDirectory, RunRecord, differences
from ucoder.store.stages import StageFolder

__all__ = ["Round", "Sampled"]


@dataclass(frozen=True, slots=True)
class Sampled:
    """What a round has before it learns anything."""

    problems: list[ProblemStatement]
    skeletons: dict[str, Skeleton]
    """By problem id"""
    suites: dict[str, Suite]
    """Likewise, of the problems that got enough tests"""
    chosen: list[Chosen]


class Round(Staged):
    """One round, up to consensus. `earlier`: problems of earlier rounds, which are not to be had again."""

    def __init__(
        self,
        number: int,
        config: RunConfig,
        tools: Tools,
        *,
        model: str = "",
        stages: Sequence[str] = STAGES,
        shard: Shard = Shard(),  # noqa: B008  a frozen value
        earlier: Sequence[ProblemStatement] = (),
    ) -> None:
        super().__init__(number, config, tools, model=model, stages=stages, shard=shard)
        self._earlier = earlier

    def run(self) -> Sampled:
        """Do the stages. StagesEnd where those that were asked for end before consensus."""
        problems = self.problems()
        worth_solving = self.ratings(problems)
        skeletons = self.skeletons(worth_solving)
        suites = self.suites(skeletons)
        self.candidates(skeletons, suites)
        chosen = self.consensus(skeletons)
        return Sampled(problems, {one.problem_id: one for one in skeletons}, suites, chosen)

    def judged(self) -> Iterable[StoredProblem]:
        """The problems of this round as they were executed, one at a time."""
        record = self._cells_record()
        return () if record is None else iter_problems(record)

    @property
    def evidence_key(self) -> str:
        """Another one where anything else was executed, or under other limits."""
        record = self._cells_record()
        return "" if record is None else _evidence_key(record)

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
        executed = json.dumps(judging.as_json() | self._environment())
        key = self._key("candidates", (config.candidates,), [digest_of([*mine, *suites_of_mine]), executed])
        folder = self._folder("candidates")
        if folder.is_finished(key) and self._cells_record() is not None:
            return
        self._refuse_unless_asked("candidates")
        folder.reopen()  # from here on, the cells are no longer those of the marker
        requests = list(candidates.requests(mine, config.candidates, tools.style, config.seed, self.number))
        sampling = candidates.sampling(config.candidates, tools.style)
        asking = Asking(candidates.STAGE, tools.generator(self.model), sampling)
        total = num_samples(requests)
        began = time.monotonic()

        def show(so_far: Explored) -> None:
            self._show("candidates", so_far.num_candidates, total, so_far.num_drawn)
            drawn, waits = so_far.num_drawn, asdict(so_far.waits)
            self._progress("candidates", so_far.num_candidates, total, drawn=drawn, **waits)

        self._show("candidates", 0, total, 0)
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
            counts = {"kept": 0, "empty": len(explored.drops)}
            raise NothingUsable(candidates.STAGE, counts, explored.drops, candidates.ADVICE)
        self._drawn = {"drawn": explored.num_drawn, "tokens": explored.num_drawn_tokens}
        self._note("candidates", began, _exploration(explored))
        if self._is_whole:
            folder.finish(key, {"drops": explored.drops}, _exploration(explored))

    def consensus(self, outlined: Sequence[Skeleton]) -> list[Chosen]:
        """One program a problem, or the reason for none."""
        config = self._config
        record = self._cells_record()
        if record is None:
            self._refuse_unless_asked("consensus")
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
                self._show("consensus", len(found), len(by_id))
            chosen = [found[one.problem_id] for one in outlined if one.problem_id in found]
            return self._without_benchmark_solutions(chosen, by_id)

        inputs = [_evidence_key(record), *self._tools.benchmarks.digests]  # what a solution must not pass
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

    # ---------------------------------------------------------------- cells

    def _judging(self) -> JudgeSettings:
        return self._config.execution.judging(self._config.consensus.rho, self._config.consensus.tau)

    def _environment(self) -> JsonObject:
        """What programs run in, where it is not ucoder's own environment."""
        if self._config.execution.python is None:
            return {}
        return environment_identity(interpreter_at(self._config.execution.python))

    def _cells(self, judging: JudgeSettings) -> RunDirectory:
        """The round's cells; a folder of cells that were made under other settings is set aside."""
        path = self._folder("cells").path
        identity = cells_identity(judging, self._tools.version) | self._environment()
        keep = {"digest_key": self._tools.directory.digest_key}
        path.parent.mkdir(exist_ok=True)
        if (path / "job.json").exists() and differences(RunRecord.load(path).identity, identity):
            number = sum(1 for _ in path.parent.glob("cells.retired-*"))
            path.rename(path.with_name(f"cells.retired-{number}"))
        return RunDirectory.open(path, identity, keep)

    def _cells_record(self) -> RunRecord | None:
        """The round's cells if they are complete."""
        path = self._folder("cells").path
        record = RunRecord.load(path) if (path / "job.json").exists() else None
        return record if record is not None and record.summary is not None else None


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


def _evidence_key(record: RunRecord) -> str:
    tasks = sorted(key for part in record.parts.values() for key in part["keys"])
    return content_id(json.dumps(record.identity, sort_keys=True), *tasks)
