"""What the settings of the loop's stages share: frozen, validated where they are made, unknown keys refused."""

from importlib import resources
from pathlib import Path

from pydantic import BaseModel, Field

__all__ = ["SamplingSettings", "Settings", "place_of"]

_SHIPPED = "ucoder:"


def place_of(name: str) -> Path:
    """The file or folder that a setting names; "ucoder:seed/model" is one that comes with the package."""
    if name.startswith(_SHIPPED):
        return Path(str(resources.files("ucoder"))) / "presets" / name.removeprefix(_SHIPPED)
    return Path(name).expanduser()


class Settings(BaseModel, frozen=True, extra="forbid", allow_inf_nan=False):
    """A table of settings. pydantic's ValidationError (a ValueError) names the field and what it takes."""


class SamplingSettings(Settings, frozen=True):
    """How a stage's texts are drawn; each stage has its own. Temperature and top_p are the paper's for programs."""

    temperature: float = Field(default=0.8, ge=0.0, le=2.0)
    top_p: float = Field(default=0.95, gt=0.0, le=1.0)
    max_tokens: int = Field(default=1024, ge=1, le=1 << 20)
    """Tokens of one answer"""
    chunk: int = Field(default=16, ge=1, le=1024)
    """Samples of one request: the executor can start on the first while the rest is drawn"""
