"""Learning: what a round selected becomes lessons, and lessons become a model that the sampler was seen to have.

Everything of a model that learns lies in one place: lessons/, checkpoint/ (the model and what its training left). A
control has a place of its own and the same stages.
"""

import shutil
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from ucoder.errors import RunDirectoryError
from ucoder.llm.fingerprint import folder_fingerprint
from ucoder.llm.gpus import visible_gpus
from ucoder.loop_records import Lesson, Prompt
from ucoder.records import content_id
from ucoder.rounds.round import Round, Sampled
from ucoder.rounds.staged import Staged
from ucoder.stages import lessons
from ucoder.stages.handover import check_hand_over
from ucoder.stages.lessons import LessonSettings
from ucoder.store.files import bytes_writer, publish, table_writer
from ucoder.training.lesson_files import json_lines, lesson_table, lessons_digest, read_lessons
from ucoder.training.probe import Probe
from ucoder.training.process import run_training
from ucoder.training.settings import TrainingJob

__all__ = ["Learning"]

_NUM_PROBES = 8
_LESSONS = "lessons.parquet"


class Learning(Staged):
    """The stages behind consensus, for one model that learns."""

    def lessons(self, sampled: Sampled, judged: Round, settings: LessonSettings, seed: int) -> Path:
        """The file of lessons. NothingUsable where consensus selected nothing to learn from."""
        config, style = self._config, self._tools.style
        folder = self._folder("lessons")
        chosen = [f"{one.problem_id} {content_id(one.program or '')}" for one in sampled.chosen]
        key = self._key("lessons", (settings, config.consensus), [str(seed), judged.evidence_key, *chosen])
        if not folder.is_finished(key):
            self._refuse_unless_asked("lessons")
            began = time.monotonic()
            rules = config.consensus.settings(seed)
            made = lessons.lessons(judged.judged(), sampled.chosen, sampled.skeletons, style, settings, rules)
            made.require_some(lessons.ADVICE)
            # Problems lie in the order in which they were executed, which an interruption changes.
            order = {one.problem_id: place for place, one in enumerate(sampled.chosen)}
            kept = sorted(made.kept, key=lambda lesson: order[lesson.problem_id])
            folder.reopen()
            publish(folder.path / _LESSONS, table_writer(lesson_table(kept)))
            publish(folder.path / "lessons.jsonl", bytes_writer(json_lines(kept)))
            held_out = sum(one.held_out for one in kept)
            counts = {**made.counts, "kept": len(kept) - held_out}
            self._note("lessons", began, {"counts": counts, "held_out": held_out})
            folder.finish(key, {"drops": made.drops}, {"counts": counts, "held_out": held_out})
        return folder.path / _LESSONS

    def training(self, file: Path, base: Path, seed: int, *, needed: Callable[[str], bool] = lambda _: True) -> Path:
        """The folder of the new model, which the sampler was seen to have.

        file    of lessons
        base    folder of the model that learns
        needed  given the new model's fingerprint, whether anybody will ask it something: one whose weights were
                removed is not trained again where nobody will

        Raises TrainingError where the training fails, or where the sampler does not have what was trained.
        """
        settings, folder = self._config.train, self._folder("training")
        learned = read_lessons(file)
        parent = folder_fingerprint(base)
        key = self._key("training", (settings.trainer,), [lessons_digest(learned), parent, str(seed)])
        model = folder.path.resolve() / "model"
        marker = folder.marker
        if marker is not None and marker.get("key") == key and (model.is_dir() or not needed(marker["fingerprint"])):
            return model
        self._refuse_unless_asked("training")
        began = time.monotonic()
        self._tools.release()
        folder.reopen()
        job = TrainingJob(
            base_dir=base.resolve(),
            lessons=file.resolve(),
            out_dir=model,
            work_dir=(folder.path / "work").resolve(),
            settings=settings.trainer.model_copy(update={"seed": seed}),
            probes=_probes(learned),
            round=self.number,
            parent_fingerprint=parent,
        )
        report = run_training(job, self._show_training, num_processes=self._num_processes())
        agreement = check_hand_over(Probe.read(job.work_dir / "probe.json"), self._tools.generator(str(model)))
        found = {
            "fingerprint": folder_fingerprint(model),
            "counts": {"kept": report.num_lessons, "too-long": report.num_too_long},
            "report": report.model_dump(mode="json"),
            "other_texts": agreement.num_other_texts,
            "largest_difference": agreement.largest_difference,
        }
        self._note("training", began, found)
        folder.finish(key, {}, found)
        return model

    def trained_fingerprint(self) -> str:
        """Of the model that `training` gave, whether or not its weights are still there."""
        marker = self._folder("training").marker
        if marker is None:
            raise RunDirectoryError(f"{self._folder('training').path} has no marker: the training is not finished")
        return str(marker["fingerprint"])

    def remove_weights(self) -> None:
        """Of a control that was measured."""
        shutil.rmtree(self._folder("training").path / "model", ignore_errors=True)

    def _num_processes(self) -> int:
        settings = self._config.train
        if settings.num_processes is not None:
            return settings.num_processes
        return 1 if settings.device == "cpu" else max(1, len(visible_gpus()))

    def _show_training(self, metrics: Mapping[str, float]) -> None:
        self._tools.directory.metric(round=self.number, stage="training step", place=self._place, **metrics)
        step, steps = int(metrics["step"]), int(metrics["max_steps"])
        self._progress("training", step, steps)
        self._show("training", step, steps)


def _probes(learned: Sequence[Lesson]) -> tuple[Prompt, ...]:
    """The same prompts for the same lessons: the first ones."""
    return tuple(dict.fromkeys(one.prompt for one in learned))[:_NUM_PROBES]
