"""The fast way from calls to tables: columns at once, and the reference row by row for whatever does not fit.

Not here: what rows mean; that is told by the row functions of `evidence.normalize`, which stay the reference. Invariant: both ways
give the same rows, the same unread elements, the same problems and the same counts (tests/normalize/test_fast*.py hold them together).
"""

from __future__ import annotations

from evidence.normalize.fast.tabulate import Tabulated, tabulate_capture

__all__ = ["Tabulated", "tabulate_capture"]
