"""The hand-over with the real sampler: it finds the new model, and is not content with the old one."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from ucoder.llm.opening import open_generator
from ucoder.llm.settings import ModelSettings
from ucoder.stages.handover import check_hand_over
from ucoder.training.probe import HandOver, Probe
from ucoder.training.process import run_training
from ucoder.training.settings import TrainingError, TrainingJob

pytestmark = [
    pytest.mark.one_python,
    pytest.mark.usefixtures("torch"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
]


@pytest.fixture(scope="module")
def trained(job: Callable[..., TrainingJob], tmp_path_factory: pytest.TempPathFactory) -> TrainingJob:
    one = job(tmp_path_factory.mktemp("handed-over"))
    run_training(one)
    return one


def handed_over(one: TrainingJob, folder: Path) -> HandOver:
    settings = ModelSettings(door="transformers", model=str(folder), device="cpu")
    with open_generator(settings, run_seed=1) as generator:
        return check_hand_over(Probe.read(one.work_dir / "probe.json"), generator)


def test_the_sampler_says_of_the_new_model_what_its_trainer_said(trained: TrainingJob) -> None:
    found = handed_over(trained, trained.out_dir)
    assert (found.num_prompts, found.num_other_texts) == (2, 0)
    assert found.largest_difference < 1e-4


def test_the_old_weights_are_found_out(trained: TrainingJob) -> None:
    with pytest.raises(TrainingError, match="the sampler does not have the model that was trained"):
        handed_over(trained, trained.base_dir)


def test_half_the_weights_are_found_out(trained: TrainingJob, tmp_path: Path) -> None:
    from safetensors.torch import load_file, save_file

    folder = tmp_path / "half"
    shutil.copytree(trained.out_dir, folder)
    new, old = (load_file(one / "model.safetensors") for one in (trained.out_dir, trained.base_dir))
    mixed = {name: (old if ".layers.1." in name or "embed" in name else new)[name] for name in new}
    save_file(mixed, folder / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(TrainingError, match="the sampler does not have the model that was trained"):
        handed_over(trained, folder)
