from __future__ import annotations

import os
import signal
import threading

import pytest
from dagster._utils.interrupts import capture_interrupts

from pipelines.interrupts import heeded


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_that_dagster_forgets_is_heeded(number: signal.Signals) -> None:
    before = signal.getsignal(number)
    try:
        with pytest.raises(KeyboardInterrupt), heeded(), capture_interrupts():
            os.kill(os.getpid(), number)
    finally:
        signal.signal(number, before)


def test_dagster_alone_forgets_it() -> None:
    """The reason for all this: should it end, so may `heeded`."""
    before = signal.getsignal(signal.SIGTERM)
    try:
        with capture_interrupts():
            os.kill(os.getpid(), signal.SIGINT)
    finally:
        signal.signal(signal.SIGTERM, before)


def test_other_signals_and_errors_pass() -> None:
    before = signal.signal(signal.SIGUSR1, lambda *_: None)
    try:
        with heeded():
            os.kill(os.getpid(), signal.SIGUSR1)
        with pytest.raises(ValueError, match="as it is"), heeded():
            raise ValueError("as it is")
        assert signal.set_wakeup_fd(-1) == -1
    finally:
        signal.signal(signal.SIGUSR1, before)


def test_in_another_thread_nothing_is_swapped() -> None:
    passed: list[bool] = []

    def work() -> None:
        with heeded():
            passed.append(True)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert passed == [True]
