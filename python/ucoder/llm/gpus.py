"""The GPUs that this process may use, asked without loading anything heavy."""

import os
import re
from pathlib import Path

__all__ = ["visible_gpus"]


def visible_gpus() -> list[str]:
    """Names of the GPUs as CUDA_VISIBLE_DEVICES takes them; that variable's choice where it is set.

    The variable belongs to the machine, not to us: batch systems hand out GPUs with it.
    """
    devices = sorted(
        int(found[1]) for path in Path("/dev").glob("nvidia*") if (found := re.fullmatch(r"nvidia(\d+)", path.name))
    )
    chosen = os.environ.get("CUDA_VISIBLE_DEVICES")
    if chosen is None:
        return [str(device) for device in range(len(devices))]
    return [name.strip() for name in chosen.split(",") if name.strip() not in ("", "-1")] if devices else []
