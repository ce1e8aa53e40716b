"""The trainer, on a real tiny model: its loss, what a model's folder holds, early stopping, refusals."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.conftest import needed

from ucoder.errors import ConfigError
from ucoder.training.lesson_files import lessons_digest
from ucoder.training.probe import Probe
from ucoder.training.settings import TrainingError, TrainingJob, TrainSettings

from .conftest import LESSONS, PROBES, lesson

pytestmark = [pytest.mark.one_python, pytest.mark.filterwarnings("ignore::DeprecationWarning")]

Job = Callable[..., TrainingJob]


@pytest.fixture(scope="module")
def trainer(torch: Any) -> Any:  # noqa: ARG001  skips where it is missing
    needed("accelerate")
    import ucoder.training.trainer

    return ucoder.training.trainer


@pytest.fixture(scope="module")
def trained(trainer: Any, job: Job, tmp_path_factory: pytest.TempPathFactory) -> tuple[TrainingJob, Any, list[Any]]:
    seen: list[Any] = []
    one = job(tmp_path_factory.mktemp("trained"))
    report = trainer.train(one, seen.append)
    return one, report, seen


def test_the_loss_is_the_weighted_sum_over_completions_by_hand(torch: Any, trainer: Any) -> None:
    probabilities = torch.tensor([[[0.5, 0.25, 0.25], [0.1, 0.8, 0.1], [0.2, 0.2, 0.6], [1 / 3] * 3]])
    labels = torch.tensor([[-100, -100, 1, 2]])
    weights = torch.tensor([[0.0, 0.0, 2.0, 0.5]])
    # Position 1 predicts label 1 with 0.8, position 2 predicts label 2 with 0.6; two labels in the batch.
    by_hand = (2.0 * 0.22314355 + 0.5 * 0.51082562) / 2
    assert trainer.weighted_loss(probabilities.log(), labels, weights, None).item() == pytest.approx(by_hand, rel=1e-5)
    of_eight = trainer.weighted_loss(probabilities.log(), labels, weights, 8).item()
    assert of_eight == pytest.approx(by_hand / 4, rel=1e-5)


def test_with_equal_weights_the_loss_is_the_librarys(torch: Any, trainer: Any, base: Path) -> None:
    model = needed("transformers").AutoModelForCausalLM.from_pretrained(base, dtype=torch.float32)
    ids = torch.arange(2, 32).reshape(2, 15)
    labels = ids.clone()
    labels[:, :6] = -100
    output = model(input_ids=ids, labels=labels)
    ours = trainer.weighted_loss(output.logits, labels, torch.ones(labels.shape), None)
    assert ours.item() == pytest.approx(output.loss.item(), rel=1e-6)


def test_a_training_learns(trained: Any) -> None:
    _, report, seen = trained
    assert (report.num_lessons, report.num_held_out, report.steps, report.stopped) == (20, 4, 10, "end")
    assert report.validation_loss < report.validation_loss_before - 1
    losses = [metrics["loss"] for metrics in seen if "loss" in metrics]
    assert len(losses) == 10
    assert losses[-1] < losses[0]


def test_the_first_loss_logged_is_that_of_the_lessons_of_the_step(trained: Any) -> None:
    """Of the untrained model: about the logarithm of the vocabulary's size, whatever the accumulation."""
    _, _, seen = trained
    assert seen[0]["loss"] == pytest.approx(5.8, abs=0.3)


def test_what_is_written_loads_and_has_the_dtype_the_model_came_in(torch: Any, trained: Any) -> None:
    one, _, _ = trained
    transformers = needed("transformers")
    model = transformers.AutoModelForCausalLM.from_pretrained(one.out_dir, dtype="auto")
    assert model.dtype == torch.bfloat16
    assert transformers.AutoTokenizer.from_pretrained(one.out_dir).eos_token == "<|end|>"
    assert (one.out_dir / "tokenizer.json").read_bytes() == (one.base_dir / "tokenizer.json").read_bytes()


def test_the_card_says_where_the_model_comes_from(trained: Any) -> None:
    one, report, _ = trained
    card = (one.out_dir / "README.md").read_text()
    for fact in ("| round | 1 |", "| parent | `parent` |", f"`{lessons_digest(LESSONS)}`", f"`{report.digest}`"):
        assert fact in card
    assert "| learning_rate | 0.003 |" in card


def test_a_training_that_is_done_is_not_done_again(trainer: Any, trained: Any) -> None:
    one, report, _ = trained
    before = (one.out_dir / "model.safetensors").stat()
    assert trainer.train(one) == report
    assert (one.out_dir / "model.safetensors").stat() == before


def test_the_probe_holds_the_new_models_greedy_answers(torch: Any, trained: Any) -> None:
    one, _, _ = trained
    transformers = needed("transformers")
    probe = Probe.read(one.work_dir / "probe.json")
    model = transformers.AutoModelForCausalLM.from_pretrained(one.out_dir, dtype=torch.float32)
    tokenizer = transformers.AutoTokenizer.from_pretrained(one.out_dir)
    for prompt, answer in zip(PROBES, probe.answers, strict=True):
        ids = tokenizer(prompt, return_tensors="pt")["input_ids"]
        text = model.generate(ids, max_new_tokens=12, do_sample=False)[0, ids.shape[1] :]
        assert tokenizer.decode(text, skip_special_tokens=True) == answer.text


def test_lessons_of_no_weight_teach_nothing(torch: Any, trainer: Any, job: Job, tmp_path: Path) -> None:
    one = job(tmp_path, [lesson(number, weight=0.0) for number in range(4)], epochs=1)
    trainer.train(one)
    load = needed("safetensors.torch").load_file
    before, after = (load(folder / "model.safetensors") for folder in (one.base_dir, one.out_dir))
    assert all(torch.equal(before[name], after[name]) for name in before)


def test_training_ends_when_validation_no_longer_improves_and_the_best_weights_are_kept(
    trainer: Any, job: Job, tmp_path: Path
) -> None:
    away = [lesson(number, completion="assert " * 4) for number in range(8)]
    held = [lesson(number, held_out=True, completion="    return b, a\n\n\n") for number in range(8, 12)]
    one = job(tmp_path, away + held, epochs=12, patience=2, learning_rate=2e-2, schedule="constant")
    seen: list[Any] = []
    report = trainer.train(one, seen.append)
    assert report.stopped == "patience"
    assert report.steps < 24
    losses = [metrics["eval_loss"] for metrics in seen if "eval_loss" in metrics]
    assert report.validation_loss == pytest.approx(min(losses), abs=1e-4)


def test_training_ends_when_it_is_told_to(trainer: Any, job: Job, tmp_path: Path) -> None:
    report = trainer.train(job(tmp_path), lambda metrics: metrics["step"] >= 3)
    assert (report.stopped, report.steps) == ("asked", 3)


def test_packing_learns_the_same_lessons_in_fewer_rows(trainer: Any, job: Job, trained: Any, tmp_path: Path) -> None:
    report = trainer.train(job(tmp_path, packing=True, activation_checkpointing=False))
    assert report.num_lessons == 20
    assert report.steps < trained[1].steps
    assert report.validation_loss < report.validation_loss_before


def test_packing_is_refused_where_lessons_would_see_one_another(
    trainer: Any, job: Job, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    load = trainer.AutoModelForCausalLM.from_pretrained

    def blind(*args: Any, **kwargs: Any) -> Any:
        """A model like those that make nothing of positions that begin again."""
        model = load(*args, **kwargs)
        forward = model.forward
        model.forward = lambda input_ids, position_ids=None, **rest: forward(input_ids, **rest)  # noqa: ARG005
        return model

    monkeypatch.setattr(trainer.AutoModelForCausalLM, "from_pretrained", blind)
    with pytest.raises(ConfigError, match="see one another"):
        trainer.train(job(tmp_path, packing=True))


def test_activations_computed_twice_change_nothing(trainer: Any, job: Job, trained: Any, tmp_path: Path) -> None:
    one = job(tmp_path, activation_checkpointing=False)
    trainer.train(one)
    assert (one.out_dir / "model.safetensors").read_bytes() == (trained[0].out_dir / "model.safetensors").read_bytes()


def test_how_a_batch_is_cut_changes_nothing_but_rounding(torch: Any, trainer: Any, job: Job, tmp_path: Path) -> None:
    one = job(tmp_path, micro_batch=4, save_dtype="float32")
    trainer.train(one)
    other = job(tmp_path / "other", micro_batch=1, save_dtype="float32")
    trainer.train(other)
    load = needed("safetensors.torch").load_file
    ours, theirs = (load(each.out_dir / "model.safetensors") for each in (one, other))
    assert all(torch.allclose(ours[name], theirs[name], atol=2e-4) for name in ours)


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"micro_batch": 3}, "global_batch is 4, which is no multiple"),
        ({"device": "cuda"}, "torch sees no GPU"),
        ({"max_length": 8}, "all 20 lessons are longer"),
    ],
)
def test_what_cannot_be_is_refused_before_training(
    trainer: Any, job: Job, tmp_path: Path, changes: dict[str, Any], complaint: str
) -> None:
    with pytest.raises(ConfigError, match=complaint):
        trainer.train(job(tmp_path, **changes))


def test_patience_without_anything_held_out_is_refused(trainer: Any, job: Job, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="held out"):
        trainer.train(job(tmp_path, [lesson(1)], patience=1))


def test_nothing_to_learn_is_an_error(trainer: Any, job: Job, tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="nothing to learn"):
        trainer.train(job(tmp_path, [lesson(1, held_out=True)]))


def test_an_unknown_setting_is_refused() -> None:
    with pytest.raises(ValueError, match="learning_rat"):
        TrainSettings.model_validate({"learning_rat": 1})
