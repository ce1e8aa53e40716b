"""Numbers on the command line that count something."""

from ucoder.errors import ConfigError

__all__ = ["refuse_below_one"]


def refuse_below_one(option: str, given: int | None) -> None:
    """ConfigError, naming the option, where what was given counts nothing. None was not given."""
    if given is not None and given < 1:
        raise ConfigError(f"{option} is a whole number from 1, not {given}")
