"""Rests Python's collector of reference cycles while answers are read.

Not here: what is read. Invariant: it runs afterwards as before. Parsed answers hold no cycles, so there is nothing for it to find among
them, and to look through them again and again took a fifth of the time.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def collector_at_rest() -> Iterator[None]:
    """No collection meanwhile, where there was any before."""
    if not gc.isenabled():
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
