"""`python -m ucoder.training.run JOB.json`: one training in a process of its own, so that all memory is given back.

Metrics go to WORK/metrics.jsonl as they come. A file WORK/stop ends the training at the next step that is logged. The
process ends with the one that started it. With torchrun or `accelerate launch` in front it runs on many GPUs.
"""

import json
import os
import sys
import threading
import time
from collections.abc import Mapping
from pathlib import Path

from ucoder.errors import UcoderError
from ucoder.training.settings import TrainingJob
from ucoder.training.trainer import train

__all__ = ["main"]

_LOOK_S = 1.0


def main(file: str) -> int:
    """Do the job of a file. Exit code 1, with one line on stderr, for what is wrong with it."""
    threading.Thread(target=_end_with, args=(os.getppid(),), daemon=True).start()
    try:
        job = TrainingJob.read(Path(file))
        job.work_dir.mkdir(parents=True, exist_ok=True)
        stop = job.work_dir / "stop"
        with (job.work_dir / "metrics.jsonl").open("a", encoding="utf-8") as stream:

            def note(metrics: Mapping[str, float]) -> bool:
                stream.write(json.dumps({"time": round(time.time(), 3), **metrics}) + "\n")
                stream.flush()
                return stop.exists()

            train(job, note)
    except UcoderError as error:
        sys.stderr.write(f"\n{type(error).__name__}: {error}\n")
        return 1
    return 0


def _end_with(parent: int) -> None:
    """A training whose run was killed would write beside the one that resumes it."""
    while os.getppid() == parent:
        time.sleep(_LOOK_S)
    os._exit(1)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
