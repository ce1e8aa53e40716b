"""The loop over rounds: sample, select, learn, measure, and stop where it does not help any more."""

from collections.abc import Callable, Sequence
from pathlib import Path

from ucoder.config import Shard
from ucoder.errors import ConfigError
from ucoder.llm.opening import local_folder
from ucoder.loop_records import Chosen, ProblemStatement, Score
from ucoder.rounds.learning import Learning
from ucoder.rounds.measuring import Measuring, held_out_exams
from ucoder.rounds.result import ControlFigures, Figures, LoopResult, best_of, control_figures, estimate, gain
from ucoder.rounds.round import Round, Sampled
from ucoder.rounds.staged import STAGES, StagesEnd, Tools
from ucoder.run_config import RunConfig
from ucoder.stages.evaluation import Exam
from ucoder.store.loop import round_place

__all__ = ["Loop"]

_START = "start"
_BEST = "best"


class Loop:
    """All rounds of a run, or as much of them as `stages` says.

    The stages are done in the first round that has not all of them; what is finished is read. Where they end before
    the last one, the run ends with them: the next round needs the model that this one makes.
    """

    def __init__(
        self,
        config: RunConfig,
        tools: Tools,
        *,
        stages: Sequence[str] = STAGES,
        shard: Shard = Shard(),  # noqa: B008  a frozen value
    ) -> None:
        self._config = config
        self._tools = tools
        self._stages = tuple(stages)
        self._shard = shard
        self._exams = tools.exams
        self._validated = list[Exam]()
        self._figures: list[Figures] = []
        self._scores: dict[str, Score] = {}
        self._controls: tuple[ControlFigures, ...] = ()
        self._chosen: Sequence[Chosen] = ()

    def run(self) -> LoopResult:
        """Do it. Raises what stages, model, executor and store raise; what was finished stays."""
        number, ended = 0, ""
        try:
            model, earlier = "", list[ProblemStatement]()
            if self._exams and self._config.evaluation.at_start:
                self._scores = _if_done(lambda start: start.evaluation(self._exams, self._config.seed), self._at_start)
            for number in range(self._config.rounds):
                self._chosen = ()
                one = Round(
                    number, self._config, self._tools, model=model, stages=self._stages, shard=self._shard,
                    earlier=earlier,
                )  # fmt: skip
                sampled = one.run()
                self._chosen = sampled.chosen
                if number == 0:
                    self._start(sampled)
                trained = self._learn(one, sampled, model)
                self._measure(number, str(trained))
                if number == 0:
                    self._controls = self._controlled(one, sampled)
                if ended := self._why_end():
                    break
                model, earlier = str(trained), earlier + sampled.problems
            else:
                ended = f"all {self._config.rounds} rounds are done"
        except StagesEnd:
            ended = f"the stages end at {self._stages[-1]}"
        return LoopResult(
            chosen=self._chosen,
            last_round=number,
            figures=tuple(self._figures),
            controls=self._controls,
            best=self._keep_best(),
            ended=ended,
        )

    # ---------------------------------------------------------------- the steps

    def _start(self, sampled: Sampled) -> None:
        """Measure the model that the run began with, on the problems that stay held out from now on."""
        self._validated = held_out_exams(sampled, self._config)
        validation = {}
        if self._validated:
            validation = _if_done(lambda start: start.validation(self._validated, self._config.seed), self._at_start)
        self._figures.append(
            Figures(
                round=0,
                model=self._config.model.model,
                evaluation=estimate(self._scores),
                gain=None,
                validation=estimate(validation),
            )
        )

    def _learn(self, one: Round, sampled: Sampled, model: str) -> Path:
        """The folder of the round's new model."""
        learning = self._learning(one.number)
        file = learning.lessons(sampled, one, self._config.lessons, self._config.seed)
        begin = model if self._config.train.start_from == "previous" else ""
        return learning.training(file, self._base(begin), self._config.train.seed)

    def _measure(self, number: int, model: str) -> None:
        measuring = self._measuring(number, "", model)
        scores = measuring.evaluation(self._exams, self._config.seed)
        validation = measuring.validation(self._validated, self._config.seed) if self._validated else {}
        found = Figures(
            round=number + 1,
            model=model,
            evaluation=estimate(scores),
            gain=gain(scores, self._scores),
            validation=estimate(validation),
        )
        self._scores = scores
        self._figures.append(found)

    def _controlled(self, one: Round, sampled: Sampled) -> tuple[ControlFigures, ...]:
        """Train and measure what was asked for, beside further trainings on consensus."""
        settings, first = self._config.controls, self._scores
        if not settings.sources:
            return ()
        consensus = [first, *(self._control(one, sampled, "consensus", seed) for seed in range(1, settings.seeds))]
        found = []
        for source in settings.sources:
            runs = [self._control(one, sampled, source, seed) for seed in range(settings.seeds)]
            found.append(control_figures(source, runs, consensus))
        return (control_figures("consensus", consensus, consensus), *found)

    def _control(self, one: Round, sampled: Sampled, source: str, seed: int) -> dict[str, Score]:
        """The scores of one model that learned from `source`, with draws and training of its own."""
        config, place = self._config, f"{round_place(one.number)}/controls/{source}-{seed}"
        learning = self._learning(one.number, place)
        what = config.lessons.model_copy(update={"source": source})
        drawn = config.seed + seed
        file = learning.lessons(sampled, one, what, drawn)

        def needed(fingerprint: str) -> bool:
            return not self._measuring(one.number, place, "").is_evaluated(self._exams, drawn, fingerprint)

        folder = learning.training(file, self._base(""), config.train.seed + seed, needed=needed)
        model = str(folder) if folder.is_dir() else ""
        measuring = self._measuring(one.number, place, model)
        scores = measuring.evaluation(self._exams, drawn, fingerprint=learning.trained_fingerprint())
        if not config.controls.keep_weights and model:
            self._tools.release()
            learning.remove_weights()
        return scores

    # ---------------------------------------------------------------- when it ends

    def _why_end(self) -> str:
        """Why there should be no further round; "" where there should."""
        patience, best = self._config.validation.patience, best_of(self._figures)
        since = self._figures[-1].round - best
        if patience is None or since < patience:
            return ""
        return f"validation was best after {best} rounds, and {since} without a better one are enough"

    def _keep_best(self) -> int | None:
        """Let RUN/best lead to the best round's model; the number of rounds behind it."""
        if len(self._figures) < 2:
            return None
        best = best_of(self._figures)
        link = self._tools.directory.path / _BEST
        link.unlink(missing_ok=True)
        if best:
            link.symlink_to(Path(round_place(best - 1)) / "checkpoint" / "model")
        return best

    # ---------------------------------------------------------------- what the steps work with

    def _learning(self, number: int, place: str = "") -> Learning:
        return Learning(number, self._config, self._tools, place=place, stages=self._stages, shard=self._shard)

    def _measuring(self, number: int, place: str, model: str) -> Measuring:
        return Measuring(
            number, self._config, self._tools, place=place, model=model, stages=self._stages, shard=self._shard
        )

    @property
    def _at_start(self) -> Measuring:
        return self._measuring(0, _START, "")

    def _base(self, model: str) -> Path:
        """The folder of a model that is to learn."""
        if model:
            return Path(model)
        folder = local_folder(self._config.model)
        if folder is None:
            raise ConfigError(
                f"model.door is {self._config.model.door!r}, behind which no weights can be trained: use door 'vllm' "
                "or 'transformers', or end with --stages problems..consensus"
            )
        return folder


def _if_done(measure: Callable[[Measuring], dict[str, Score]], measuring: Measuring) -> dict[str, Score]:
    """What is measured; nothing where that was not asked for and is not there."""
    try:
        return measure(measuring)
    except StagesEnd:
        return {}
