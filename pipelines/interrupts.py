"""Keeps an interrupt from getting lost while Dagster runs a job in this process.

Dagster swaps the handlers of SIGINT and SIGTERM while it works, and forgets an interrupt that comes between two steps or after the last
(dagster 1.13, `capture_interrupts`): Ctrl-C would be followed by the next night. Invariant: who leaves `heeded` normally was not interrupted.
"""

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager

INTERRUPTS = frozenset({signal.SIGINT, signal.SIGTERM})
MOST_SIGNALS = 4096
"""More than anybody sends while a job runs; a pipe holds at least as many (POSIX PIPE_BUF is 512, Linux holds 65,536)."""


@contextmanager
def heeded() -> Iterator[None]:
    """Raise KeyboardInterrupt at the end where an interrupt came and nobody raised it.

    The interpreter writes each signal's number into a pipe, whoever handles it (`signal.set_wakeup_fd`); that works in the main thread alone.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    reading, writing = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
    previous = signal.set_wakeup_fd(writing, warn_on_full_buffer=False)
    try:
        yield
        if INTERRUPTS & set(_arrived(reading)):
            raise KeyboardInterrupt
    finally:
        signal.set_wakeup_fd(previous)
        os.close(reading)
        os.close(writing)


def _arrived(reading: int) -> bytes:
    try:
        return os.read(reading, MOST_SIGNALS)
    except BlockingIOError:
        return b""
