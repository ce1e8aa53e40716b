"""Trainer: the only module that loads torch to learn. `transformers.Trainer` on accelerate, one GPU or many (FSDP2).

A training is a job: files in, a model's folder out, which appears whole or not at all. It can be killed at any moment;
the same job started again goes on from the last checkpoint that was finished, with the same order of lessons, and with
one thread on a CPU it ends with the same weights to the last bit.
"""

import json
import shutil
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeAlias

import torch
from accelerate import PartialState
from transformers import AutoModelForCausalLM, AutoTokenizer, EarlyStoppingCallback, Trainer, TrainingArguments
from transformers.trainer_callback import TrainerCallback
from transformers.utils import logging as library_logging

from ucoder.errors import ConfigError
from ucoder.loop_records import Lesson, Prompt
from ucoder.training.card import model_card
from ucoder.training.checkpoints import clean, copy_tokenizer, last_checkpoint, mark, move_into_place, stored_dtype
from ucoder.training.dataset import IGNORED, Batch, Example, Examples, collate, examples, packed
from ucoder.training.lesson_files import lessons_digest, read_lessons
from ucoder.training.probe import GreedyAnswer, Probe
from ucoder.training.settings import TrainingError, TrainingJob, TrainingReport, TrainSettings

__all__ = ["OnMetrics", "train", "weighted_loss"]

OnMetrics: TypeAlias = Callable[[Mapping[str, float]], bool | None]
"""Told step, epoch, loss and the like as they come; True ends the training"""

_PACKING_TOLERANCE = 1e-3  # of log-probabilities; a neighbour that is seen moves them by far more


def train(job: TrainingJob, on_metrics: OnMetrics = lambda _metrics: None) -> TrainingReport:
    """Train, or go on with it, or return what came of it where it is done.

    ConfigError for settings that the model or this machine cannot meet, InputError for lessons that are none,
    TrainingError where the base model cannot be loaded, or there is nothing to learn.
    """
    began = time.monotonic()
    lessons = read_lessons(job.lessons)
    data_digest = lessons_digest(lessons)
    digest = job.digest(data_digest)
    if (done := _report(job)) is not None and done.digest == digest and job.out_dir.is_dir():
        return done
    settings = job.settings
    library_logging.set_verbosity_error()
    library_logging.disable_progress_bar()
    if settings.num_threads is not None:
        torch.set_num_threads(settings.num_threads)
    tokenizer = _Tokenizer(job.base_dir)
    data, held_out = _split(lessons, tokenizer, settings)
    model = _load(job.base_dir, settings)
    if settings.packing:
        _refuse_neighbours(model, data.rows[:2])
    checkpoints = job.work_dir / "checkpoints" / digest
    if PartialState().is_main_process:
        clean(checkpoints)
    PartialState().wait_for_everyone()
    last = last_checkpoint(checkpoints)
    trainer = _WeightedTrainer(
        model=model,
        args=_arguments(settings, checkpoints, num_held_out=len(held_out.rows)),
        train_dataset=packed(data.rows, settings.max_length) if settings.packing else [[row] for row in data.rows],
        eval_dataset=[[row] for row in held_out.rows] or None,
        data_collator=lambda groups: _tensors(collate(groups, tokenizer.pad_id), is_packed=settings.packing),
    )
    watch = _Watch(on_metrics, resumed_from=0 if last is None else last[1])
    trainer.add_callback(watch)
    if settings.patience is not None:
        trainer.add_callback(EarlyStoppingCallback(settings.patience))
    before = _validation_before(trainer, checkpoints / "validation_before.json")
    trainer.train(resume_from_checkpoint=None if last is None else str(last[0]))
    report = TrainingReport(
        digest=digest,
        data_digest=data_digest,
        num_lessons=len(data.rows),
        num_held_out=len(held_out.rows),
        num_too_long=data.num_too_long + held_out.num_too_long,
        longest=max(data.longest, held_out.longest),
        num_tokens=data.num_tokens,
        steps=trainer.state.global_step,
        resumed_from=watch.resumed_from,
        train_loss=watch.train_loss,
        validation_loss=_validation(trainer),
        validation_loss_before=before,
        stopped=_why(trainer, watch),
        seconds=round(time.monotonic() - began, 3),
    )
    _write(trainer, tokenizer, job, report)
    return report


# ---------------------------------------------------------------- what is learned


class _Tokenizer:
    """An `Encoder` that encodes as the sampler does."""

    def __init__(self, folder: Path) -> None:
        try:
            self.inner: Any = AutoTokenizer.from_pretrained(str(folder), trust_remote_code=False, local_files_only=True)
        except Exception as error:
            raise TrainingError(f"the tokenizer in {folder} cannot be loaded: {error}") from error
        if self.inner.eos_token_id is None:
            raise ConfigError(f"the tokenizer in {folder} has no end token, so no lesson could end")

    @property
    def end_id(self) -> int:
        return int(self.inner.eos_token_id)

    @property
    def pad_id(self) -> int:
        return self.end_id if self.inner.pad_token_id is None else int(self.inner.pad_token_id)

    def prompt_ids(self, prompt: Prompt) -> list[int]:
        if isinstance(prompt, str):
            return list(self.inner.encode(prompt, add_special_tokens=True))
        turns = [{"role": one.role, "content": one.content} for one in prompt]
        text = self.inner.apply_chat_template(turns, tokenize=False, add_generation_prompt=True)
        return list(self.inner.encode(text, add_special_tokens=False))

    def completion_ids(self, text: str) -> list[int]:
        return list(self.inner.encode(text, add_special_tokens=False))

    def text_of(self, ids: Sequence[int]) -> str:
        return str(self.inner.decode(list(ids), skip_special_tokens=True, clean_up_tokenization_spaces=False))


def _split(lessons: Sequence[Lesson], tokenizer: _Tokenizer, settings: TrainSettings) -> tuple[Examples, Examples]:
    """What is learned, and what is held out for validation."""
    data = examples([one for one in lessons if not one.held_out], tokenizer, settings.max_length)
    if not data.rows:
        raise TrainingError("there is nothing to learn: no lesson that is not held out for validation")
    return data, examples([one for one in lessons if one.held_out], tokenizer, settings.max_length)


def _tensors(batch: Batch, *, is_packed: bool) -> dict[str, torch.Tensor]:
    arrays = {"input_ids": batch.ids, "labels": batch.labels, "weights": batch.weights}
    # Packed rows have no mask: the library makes one out of positions that begin again.
    arrays |= {"position_ids": batch.positions} if is_packed else {"attention_mask": batch.mask}
    return {name: torch.from_numpy(array) for name, array in arrays.items()}


def weighted_loss(
    logits: torch.Tensor, labels: torch.Tensor, weights: torch.Tensor, num_items: torch.Tensor | int | None
) -> torch.Tensor:
    """Sum of weight x cross-entropy over the labels, divided by their number in the whole batch of a step.

    `logits` [B, L, vocabulary], `labels` and `weights` [B, L], not shifted. `num_items` None: those of these rows.
    Weights have the mean 1 over a round, so that a step is about as long as without them.
    """
    targets = labels[:, 1:]
    losses = torch.nn.functional.cross_entropy(
        logits[:, :-1].float().flatten(0, 1), targets.flatten(), ignore_index=IGNORED, reduction="none"
    )
    count = (targets != IGNORED).sum().clamp(min=1) if num_items is None else num_items
    return (losses * weights[:, 1:].flatten()).sum() / count


class _WeightedTrainer(Trainer):  # type: ignore[misc]  # the library is untyped
    """`transformers.Trainer` with our loss."""

    loss_is_scaled_for_ga = True  # divided by the labels of the whole accumulated batch

    def compute_loss(
        self,
        model: Any,  # noqa: ANN401  maybe wrapped
        inputs: dict[str, torch.Tensor],
        return_outputs: bool = False,  # noqa: FBT002  the library's signature
        num_items_in_batch: torch.Tensor | int | None = None,
    ) -> Any:  # noqa: ANN401
        known = {name: value for name, value in inputs.items() if name not in ("labels", "weights")}
        outputs = model(**known)
        loss = weighted_loss(outputs.logits, inputs["labels"], inputs["weights"], num_items_in_batch)
        if num_items_in_batch is not None and self.args.average_tokens_across_devices:
            loss = loss * self.accelerator.num_processes  # gradients are averaged over processes afterwards
        return (loss, outputs) if return_outputs else loss


# ---------------------------------------------------------------- with what


def _load(folder: Path, settings: TrainSettings) -> Any:  # noqa: ANN401  untyped library
    """The model in float32: small steps would be lost in bfloat16 weights."""
    more = {} if settings.attention == "auto" else {"attn_implementation": settings.attention}
    try:
        model = AutoModelForCausalLM.from_pretrained(
            str(folder), dtype=torch.float32, trust_remote_code=False, local_files_only=True, **more
        )
    except Exception as error:
        raise TrainingError(f"the model in {folder} cannot be loaded: {error}") from error
    return model.train()


@torch.no_grad()
def _refuse_neighbours(model: Any, pair: Sequence[Example]) -> None:  # noqa: ANN401  untyped library
    """ConfigError where an example in a packed row is not what it is alone: then examples see one another."""
    rows = list(pair) * 2 if len(pair) == 1 else list(pair)

    def logprobs(group: list[Example]) -> torch.Tensor:
        tensors = _tensors(collate([group], 0, multiple=1), is_packed=True)
        logits = model(input_ids=tensors["input_ids"], position_ids=tensors["position_ids"], use_cache=False).logits
        return torch.log_softmax(logits[0].float(), dim=-1)

    together, alone = logprobs(rows)[len(rows[0].ids) :], logprobs(rows[1:])
    if not torch.allclose(together, alone, atol=_PACKING_TOLERANCE):
        raise ConfigError(
            "packing is true, but with this model and attention the lessons in a row see one another: set packing = "
            "false, or attention = 'flash_attention_2'"
        )


def _arguments(settings: TrainSettings, checkpoints: Path, *, num_held_out: int) -> Any:  # noqa: ANN401
    num_processes = PartialState().num_processes
    at_once = settings.micro_batch * num_processes
    if settings.global_batch % at_once:
        raise ConfigError(
            f"global_batch is {settings.global_batch}, which is no multiple of micro_batch x devices "
            f"({settings.micro_batch} x {num_processes})"
        )
    if settings.patience is not None and not num_held_out:
        raise ConfigError("patience needs lessons that are held out: raise lessons.validation_share")
    use_cpu = settings.device == "cpu" or (settings.device == "auto" and not torch.cuda.is_available())
    if settings.device == "cuda" and not torch.cuda.is_available():
        raise ConfigError("device is 'cuda', but torch sees no GPU here")
    has_bf16 = not use_cpu and torch.cuda.is_bf16_supported(including_emulation=False)
    pace = "epoch" if settings.save_steps is None else "steps"
    return TrainingArguments(
        output_dir=str(checkpoints),
        per_device_train_batch_size=settings.micro_batch,
        per_device_eval_batch_size=settings.micro_batch,
        gradient_accumulation_steps=settings.global_batch // at_once,
        learning_rate=settings.learning_rate,
        lr_scheduler_type=settings.schedule,
        num_train_epochs=settings.epochs,
        warmup_steps=settings.warmup_share,
        weight_decay=settings.weight_decay,
        max_grad_norm=settings.max_grad_norm,
        optim="adamw_torch",
        bf16=settings.precision == "bfloat16" or (settings.precision == "auto" and has_bf16),
        use_cpu=use_cpu,
        logging_strategy="steps",
        logging_steps=settings.log_steps,
        save_strategy=pace,
        save_steps=settings.save_steps or 500,
        save_total_limit=settings.keep_checkpoints,
        eval_strategy=pace if num_held_out else "no",
        eval_steps=settings.save_steps,
        load_best_model_at_end=settings.patience is not None,
        metric_for_best_model="eval_loss" if settings.patience is not None else None,
        greater_is_better=False if settings.patience is not None else None,
        prediction_loss_only=True,
        remove_unused_columns=False,
        label_names=["labels"],
        dataloader_pin_memory=not use_cpu,
        seed=settings.seed,
        data_seed=settings.seed,
        report_to="none",
        disable_tqdm=True,
        **_memory(settings, num_processes),
    )


def _memory(settings: TrainSettings, num_processes: int) -> dict[str, object]:
    """What makes a model fit: sharded over the devices (FSDP2) where there are several, activations computed twice."""
    if num_processes == 1:
        # Earlier releases of transformers 5 call it gradient checkpointing.
        name = "activation" if hasattr(TrainingArguments, "activation_checkpointing") else "gradient"
        return {
            f"{name}_checkpointing": settings.activation_checkpointing,
            f"{name}_checkpointing_kwargs": {"use_reentrant": False},
        }
    sharding = {
        "version": 2,
        "reshard_after_forward": True,
        "activation_checkpointing": settings.activation_checkpointing,
        "state_dict_type": "FULL_STATE_DICT",
    }
    return {"fsdp": True, "fsdp_config": sharding}


# ---------------------------------------------------------------- on the way


class _Watch(TrainerCallback):  # type: ignore[misc]  # the library is untyped
    """Hands on what is logged, ends the training when asked to, and marks checkpoints that are whole."""

    def __init__(self, on_metrics: OnMetrics, *, resumed_from: int) -> None:
        self._on_metrics = on_metrics
        self.resumed_from = resumed_from
        self.train_loss: float | None = None
        self.asked = False

    def on_log(self, args: Any, state: Any, control: Any, logs: Mapping[str, float], **_: Any) -> None:  # noqa: ANN401, ARG002
        self.train_loss = logs.get("loss", self.train_loss)
        if not state.is_world_process_zero or "train_runtime" in logs:
            return
        numbers = {"step": state.global_step, "max_steps": state.max_steps, **logs}
        if self._on_metrics(numbers):
            self.asked = control.should_training_stop = True

    def on_save(self, args: Any, state: Any, control: Any, **_: Any) -> None:  # noqa: ANN401, ARG002
        if state.is_world_process_zero:
            mark(Path(args.output_dir) / f"checkpoint-{state.global_step}")


def _validation(trainer: Any) -> float | None:  # noqa: ANN401  untyped library
    """Mean loss over the rows held out, in nats a token; None where there are none."""
    if trainer.eval_dataset is None:
        return None
    # Through the loop, not `evaluate`: that one would tell the callbacks, and count as a validation on the way.
    found = trainer.evaluation_loop(trainer.get_eval_dataloader(), "validation", prediction_loss_only=True)
    return float(found.metrics["eval_loss"])


def _validation_before(trainer: Any, note: Path) -> float | None:  # noqa: ANN401  likewise
    """The same before anything was learned; a resumed training finds it noted."""
    if note.exists():
        value = json.loads(note.read_bytes())
        return None if value is None else float(value)
    value = _validation(trainer)
    if trainer.is_world_process_zero():
        note.write_text(json.dumps(value))
    return value


def _why(trainer: Any, watch: _Watch) -> Any:  # noqa: ANN401  a Literal
    if watch.asked:
        return "asked"
    return "patience" if trainer.state.global_step < trainer.state.max_steps else "end"


# ---------------------------------------------------------------- what comes out


def _report(job: TrainingJob) -> TrainingReport | None:
    file = job.work_dir / "report.json"
    return TrainingReport.model_validate_json(file.read_bytes()) if file.exists() else None


def _write(trainer: Any, tokenizer: _Tokenizer, job: TrainingJob, report: TrainingReport) -> None:  # noqa: ANN401
    """The model's folder, the probe and, last, the report."""
    whole = job.work_dir / "float32"
    trainer.save_model(str(whole))  # gathered from all devices
    if not trainer.is_world_process_zero():
        return
    name = job.settings.save_dtype if job.settings.save_dtype != "auto" else stored_dtype(job.base_dir)
    model = AutoModelForCausalLM.from_pretrained(str(whole), dtype=getattr(torch, name), local_files_only=True)
    partial = job.out_dir.with_name(f".{job.out_dir.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    model.save_pretrained(partial)
    copy_tokenizer(job.base_dir, partial)
    (partial / "README.md").write_text(model_card(job, report), encoding="utf-8")
    device = trainer.args.device
    if device.type == "cpu":
        model = model.float()  # as the sampler has it there
    probe = _probe(model.to(device).eval(), tokenizer, job)
    (job.work_dir / "probe.json").write_text(probe.model_dump_json(indent=2), encoding="utf-8")
    move_into_place(partial, job.out_dir)
    (job.work_dir / "report.json").write_text(report.model_dump_json(indent=2), encoding="utf-8")
    shutil.rmtree(whole)
    shutil.rmtree(job.work_dir / "checkpoints")  # thrice the weights each, and of no more use


def _probe(model: Any, tokenizer: _Tokenizer, job: TrainingJob) -> Probe:  # noqa: ANN401  untyped library
    named = model.generation_config.eos_token_id
    ends = {tokenizer.end_id, *([named] if isinstance(named, int) else named or [])}
    most = job.settings.probe_tokens
    answers = tuple(_greedy(model, tokenizer, tokenizer.prompt_ids(one), ends, most) for one in job.probes)
    return Probe(max_tokens=most, prompts=job.probes, answers=answers)


@torch.inference_mode()
def _greedy(
    model: Any,  # noqa: ANN401  untyped library
    tokenizer: _Tokenizer,
    prompt: Sequence[int],
    ends: set[int],
    most: int,
) -> GreedyAnswer:
    """What the model says when it always takes the likeliest token."""
    ids: list[int] = []
    total, cache, given = 0.0, None, torch.tensor([list(prompt)], device=model.device)
    while len(ids) < most and (not ids or ids[-1] not in ends):
        output = model(input_ids=given, past_key_values=cache, use_cache=True, logits_to_keep=1)
        logprobs, cache = torch.log_softmax(output.logits[0, -1].float(), dim=-1), output.past_key_values
        ids.append(int(logprobs.argmax()))
        total += float(logprobs[ids[-1]])
        given = torch.tensor([ids[-1:]], device=model.device)
    shown = ids[:-1] if ids[-1] in ends else ids
    return GreedyAnswer(text=tokenizer.text_of(shown), num_tokens=len(ids), mean_logprob=total / len(ids))
