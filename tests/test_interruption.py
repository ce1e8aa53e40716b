"""Ctrl-C where a library takes it for an error of its own."""

import signal

import pytest

from ucoder.interruption import interruption_kept


def swallow_ctrl_c() -> None:
    try:
        signal.raise_signal(signal.SIGINT)
    except KeyboardInterrupt:
        raise TypeError("cannot compare") from None


def test_an_error_that_a_library_made_of_ctrl_c_is_the_interruption() -> None:
    with pytest.raises(KeyboardInterrupt) as caught, interruption_kept():
        swallow_ctrl_c()
    assert isinstance(caught.value.__cause__, TypeError)


def test_any_other_error_is_what_it_was() -> None:
    with pytest.raises(ValueError, match="of the work"), interruption_kept():
        raise ValueError("of the work")


def test_the_signal_is_handled_as_before_afterwards() -> None:
    before = signal.getsignal(signal.SIGINT)
    with pytest.raises(KeyboardInterrupt), interruption_kept():
        swallow_ctrl_c()
    assert signal.getsignal(signal.SIGINT) is before


def test_a_handler_of_somebody_else_stays() -> None:
    seen: list[int] = []
    before = signal.signal(signal.SIGINT, lambda number, _: seen.append(number))
    try:
        with interruption_kept():
            signal.raise_signal(signal.SIGINT)
    finally:
        signal.signal(signal.SIGINT, before)
    assert seen == [signal.SIGINT]
