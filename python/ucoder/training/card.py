"""The model card: where a model comes from, for people and for the next round's records."""

from ucoder.training.settings import TrainingJob, TrainingReport

__all__ = ["model_card"]


def model_card(job: TrainingJob, report: TrainingReport) -> str:
    """README.md of a trained model. It holds no time and no path, so that equal trainings have equal cards."""
    changed = job.settings.model_dump(mode="json")
    parent = job.parent_fingerprint or job.base_dir.name
    rows = [
        ("round", job.round),
        ("parent", f"`{parent}`"),
        ("data", f"`{report.data_digest}`"),
        ("training", f"`{report.digest}`"),
        ("lessons", report.num_lessons),
        ("held out", report.num_held_out),
        ("too long, dropped", report.num_too_long),
        ("steps", report.steps),
        ("ended", report.stopped),
        ("validation loss before", _number(report.validation_loss_before)),
        ("validation loss", _number(report.validation_loss)),
    ]
    lines = [
        "---",
        "library_name: transformers",
        "tags: [ucoder]",
        "---",
        f"# Round {job.round}",
        "",
        "Trained by ucoder on programs that the parent wrote, and that execution showed to agree with one another",
        "(arXiv 2512.17385). The lessons hold no outside data.",
        "",
        "| lineage | |",
        "|---|---|",
        *(f"| {name} | {value} |" for name, value in rows),
        "",
        "| setting | |",
        "|---|---|",
        *(f"| {name} | {value} |" for name, value in changed.items() if value is not None),
        "",
    ]
    return "\n".join(lines)


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.6g}"
