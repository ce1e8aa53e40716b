"""Runs a training in a process of its own and follows it. Nothing here loads torch."""

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from ucoder.errors import ConfigError
from ucoder.training.settings import TrainingError, TrainingJob, TrainingReport

__all__ = ["run_training"]

_LOG_END = 2000
_POLL_S = 0.2
_GRACE_S = 10.0


def run_training(
    job: TrainingJob,
    on_metrics: Callable[[Mapping[str, float]], bool | None] = lambda _metrics: None,
    *,
    num_processes: int = 1,
    python: str = sys.executable,
) -> TrainingReport:
    """Train, or go on with what was begun, or return what is done already.

    on_metrics     told step, max_steps, epoch, loss, eval_loss and so on, as far as they come; True ends the training
    num_processes  GPUs: from 2 on through torch's launcher, the model sharded over them (FSDP2)

    Raises TrainingError with the end of WORK/log.txt where the process fails; checkpoints stay, and the same call goes
    on from them.
    """
    job.work_dir.mkdir(parents=True, exist_ok=True)
    (job.work_dir / "stop").unlink(missing_ok=True)
    file = job.work_dir / "job.json"
    file.write_text(job.model_dump_json(indent=2), encoding="utf-8")
    launcher = ["-m", "torch.distributed.run", "--standalone", f"--nproc-per-node={num_processes}"]
    command = [python, *(launcher if num_processes > 1 else []), "-m", "ucoder.training.run"]
    metrics = job.work_dir / "metrics.jsonl"
    position = metrics.stat().st_size if metrics.exists() else 0
    log = job.work_dir / "log.txt"
    with _started([*command, str(file)], log) as process:
        while True:
            code = process.poll()
            for line in _new_lines(metrics, position):
                position += len(line)
                if on_metrics(json.loads(line)):
                    (job.work_dir / "stop").touch()
            if code is not None:
                break
            time.sleep(_POLL_S)
    if code != 0:
        ending = log.read_bytes()[-_LOG_END:].decode("utf-8", "replace").strip()
        raise TrainingError(f"training ended with code {code}. The end of {log}:\n{ending}")
    try:
        return TrainingReport.model_validate_json((job.work_dir / "report.json").read_bytes())
    except (OSError, ValueError) as error:
        raise ConfigError(f"{job.work_dir / 'report.json'} is no report of a training: {error}") from error


@contextmanager
def _started(command: list[str], log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """The process, which is ended when the block is left before it ends itself (Ctrl-C, an error in a callback)."""
    with log.open("ab") as stream:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=stream, stderr=stream)
    try:
        yield process
    finally:
        if process.poll() is None:
            process.terminate()
            try:
                process.wait(_GRACE_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _new_lines(file: Path, position: int) -> list[bytes]:
    """Whole lines from a position on."""
    if not file.exists():
        return []
    with file.open("rb") as stream:
        stream.seek(position)
        content = stream.read()
    return content[: content.rfind(b"\n") + 1].splitlines(keepends=True)
