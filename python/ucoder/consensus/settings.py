"""Settings of consensus: what the method leaves open, and how sure one wants to be of a selection."""

from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args

from ucoder.errors import ConfigError

__all__ = ["ConsensusSettings", "Signature", "Uninformative"]

Signature: TypeAlias = Literal["value", "pass"]
Uninformative: TypeAlias = Literal["rule", "keep", "drop"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsensusSettings:
    """A frozen value; ConfigError (a ValueError) where a field is out of range.

    `rho`, `tau` and `signature` are those of the paper (2512.17385, sec. 2) and concern the rule `ucoder` only.
    """

    signature: Signature = "value"
    """What makes two candidates alike: what they return on the tests, or which tests they pass (Definition 2.1)."""
    rho: float = 0.8
    """Least share of tests on which a candidate must run to an end."""
    tau: int = 2
    """Least size of a cluster, textual twins counted."""
    uninformative: Uninformative = "rule"
    """Clusters that carry no information (one answer to every input, no test passed): as each rule has it, or kept
    by all rules (as published), or dropped by all."""
    resamples: int = 100
    """Resamplings of the tests, and again of the candidates, behind `kept_tests` and `kept_candidates`; 0 for none."""
    seed: int = 0

    def __post_init__(self) -> None:
        for name, choices in (("signature", get_args(Signature)), ("uninformative", get_args(Uninformative))):
            if getattr(self, name) not in choices:
                raise ConfigError(f"{name} is one of {', '.join(choices)}, not {getattr(self, name)!r}")
        if not 0 <= self.rho <= 1:
            raise ConfigError(f"rho lies between 0 and 1, not at {self.rho}")
        for name, low, high in (("tau", 1, 1 << 30), ("resamples", 0, 10_000), ("seed", 0, (1 << 63) - 1)):
            if not low <= getattr(self, name) <= high:
                raise ConfigError(f"{name} lies between {low} and {high}, not at {getattr(self, name)}")
