"""Settings of the service: bounds on what a client may ask for and on what all of them together may take."""

from dataclasses import dataclass, field

from ucoder.config import Limits
from ucoder.errors import ConfigError

__all__ = ["ServeSettings"]

_RANGES: dict[str, tuple[float, float]] = {
    "max_run_seconds": (0.1, 3600),
    "max_memory_mb": (16, 1 << 20),
    "max_body_bytes": (1024, 32 << 20),
    "max_cells": (1, 1_000_000),
    "max_judge_seconds": (1, 1_000_000),
    "max_waiting": (0, 1_000_000),
    "max_connections": (1, 65536),
    "client_seconds": (0.1, 3600),
    "shutdown_seconds": (0, 3600),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ServeSettings:
    """Frozen; ConfigError where a field is out of range."""

    limits: Limits = field(default_factory=Limits)
    """Of a judgement that sets none; `output_bytes` is also the most that a script's two streams may take together"""
    max_run_seconds: float = 60
    """The most that a request may ask for."""
    max_memory_mb: int = 4096
    """The same for memory: as many requests as run at a time may take it at once."""
    max_body_bytes: int = 8 << 20
    max_cells: int = 10_000
    """Candidates times tests of one judgement"""
    max_judge_seconds: float = 3600
    """What one judgement could take on all workers if every candidate used up its time-outs by sleeping; also what it
    may take by the clock, since tests may hang, too"""
    max_waiting: int = 256
    """Requests that wait for a worker; what comes beyond that is refused with 429"""
    max_connections: int = 1024
    """Open connections; a request on one beyond that is refused with 503"""
    client_seconds: float = 30
    """How long a client may take over a request's head, over its body, and to take in what it is sent"""
    shutdown_seconds: float = 10
    """How long requests in flight may go on after SIGTERM or SIGINT"""

    def __post_init__(self) -> None:
        for name, (low, high) in _RANGES.items():
            if not low <= getattr(self, name) <= high:
                raise ConfigError(f"{name} lies between {low} and {high}, not at {getattr(self, name)}")
