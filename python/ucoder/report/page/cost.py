"""Time and cost: what sampling and execution took, who waited for whom, hours of cores and GPUs."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import pyarrow.compute as pc  # type: ignore[import-untyped]  # it ships no types

from ucoder.report.page.blocks import Block, Facts, Note, Section, Table, count, number
from ucoder.report.page.sources import Evidence, Origin

__all__ = ["Cost", "cost", "cost_of"]

_ASKING = ("problems", "ratings", "skeletons", "suites", "candidates", "evaluation", "validation")


@dataclass(frozen=True, slots=True)
class Cost:
    """Sums over everything that a folder says it did, in all attempts."""

    seconds: float
    tokens: int
    asking_seconds: float
    evaluations: int
    executing_seconds: float
    """Of judging, sampling beside it or not"""
    cells_cpu_seconds: float
    """CPU time of programs in their cells, as measured inside the jail: advisory"""
    sampler_waited_s: float
    executor_waited_s: float
    workers: int
    gpus: int
    device_seconds: float
    """In which the model was asked or trained"""

    @property
    def tokens_per_second(self) -> float | None:
        """While something was sampled."""
        return self.tokens / self.asking_seconds if self.tokens and self.asking_seconds else None

    @property
    def evaluations_per_second(self) -> float | None:
        """Programs x tests."""
        return self.evaluations / self.executing_seconds if self.evaluations and self.executing_seconds else None

    @property
    def gpu_hours(self) -> float:
        """GPUs of the machine times the time in which a model was asked or trained."""
        return self.gpus * self.device_seconds / 3600

    @property
    def core_hours(self) -> float:
        """Workers times the time that judging took: what was held for it, at most."""
        return self.workers * self.executing_seconds / 3600


def cost_of(origin: Origin) -> Cost:
    """Add up."""
    lines = [line for line in origin.metrics if "seconds" in line]
    drawing = [line for line in lines if line.get("tokens")]
    markers = [part for one in origin.evidence for part in one.record.parts.values()]
    executing = sum(marker["tally"]["wall_seconds"] for marker in markers)
    device = sum(line["seconds"] for line in lines if line["stage"] in (*_ASKING, "training"))
    gpus = len(origin.environment.get("gpus", []))
    if 'device = "cpu"' in origin.config:
        gpus = 0
    return Cost(
        seconds=sum(line["seconds"] for line in lines) or executing,
        tokens=sum(line["tokens"] for line in drawing),
        asking_seconds=sum(line["seconds"] for line in drawing),
        evaluations=sum(marker["tally"]["evaluations"] for marker in markers),
        executing_seconds=executing,
        cells_cpu_seconds=sum(map(_cpu_seconds, origin.evidence)),
        sampler_waited_s=sum(line.get("sampler_waited_s", 0.0) for line in lines),
        executor_waited_s=sum(line.get("executor_waited_s", 0.0) for line in lines),
        workers=max((marker["workers"] for marker in markers), default=0),
        gpus=gpus,
        device_seconds=device,
    )


def cost(origin: Origin, found: Cost) -> Section:
    """Stage by stage, and in sum."""
    if not found.seconds and not found.evaluations:
        return Section("cost", "Time and cost", absent="No stage has left its time yet.")
    facts = [("time of all stages", duration(found.seconds))]
    if found.tokens_per_second is not None:
        facts += [
            ("tokens drawn", count(found.tokens)),
            ("tokens/s, while sampling", number(found.tokens_per_second, 0)),
        ]
    if found.evaluations_per_second is not None:
        facts += [("executions", count(found.evaluations)), ("executions/s", number(found.evaluations_per_second, 0))]
        facts += [
            ("CPU time of programs", duration(found.cells_cpu_seconds)),
            ("core hours held for judging", number(found.core_hours, 3)),
        ]
    if origin.kind == "run":
        facts += [
            ("sampler waited", duration(found.sampler_waited_s)),
            ("executor waited", duration(found.executor_waited_s)),
            ("GPU hours", number(found.gpu_hours, 3) if found.gpus else "0 (no GPU was used)"),
        ]
    blocks: list[Block] = [Facts(facts), *_stages(origin)]
    if origin.kind == "run":
        blocks.append(Note(_who_waited(found)))
    return Section("cost", "Time and cost", blocks)


def duration(seconds: float) -> str:
    """Like "1 h 02 min", "3 min 20 s", "12.3 s"."""
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:,} h {minutes:02d} min" if hours else f"{minutes} min {rest:02d} s"


def _stages(origin: Origin) -> Iterator[Block]:
    rows = [
        (
            f"{line.get('place') or 'round ' + str(line.get('round'))}",
            str(line["stage"]),
            number(line["seconds"], 1),
            count(line.get("drawn")) if line.get("drawn") else "–",
            count(line.get("tokens")) if line.get("tokens") else "–",
            number(line["tokens"] / line["seconds"], 0) if line.get("tokens") and line["seconds"] else "–",
        )
        for line in origin.metrics
        if "seconds" in line
    ]
    if rows:
        head = ("where", "stage", "seconds", "answers drawn", "tokens", "tokens/s")
        yield Table("What each stage took, execution beside it included", head, rows, frozenset({0, 1}))


def _who_waited(found: Cost) -> str:
    sampler, executor = found.sampler_waited_s, found.executor_waited_s
    if max(sampler, executor) < 1:
        return "Neither side waited for the other for a second: sampling and execution kept pace."
    slower = "execution is what takes the time" if sampler > executor else "sampling is what takes the time"
    return (
        f"The sampler waited {duration(sampler)} for the executor, the executor {duration(executor)} for the sampler: "
        f"{slower}."
    )


def _cpu_seconds(evidence: Evidence) -> float:
    record = evidence.record
    parts: Sequence[int] = sorted(record.parts)
    return sum(pc.sum(record.read_part("cells", part, ["cpu_us"])["cpu_us"]).as_py() or 0 for part in parts) / 1e6
