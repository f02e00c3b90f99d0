"""How many jobs ran at once, by a sweep over their begins and ends.

Not here: what a vault can bear. Invariant: a job that ends as another begins does not overlap with it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime

from evidence.assess.findings import Class, Finding, Severity
from evidence.assess.trends.robust import scored
from evidence.assess.trends.values import Peak
from evidence.nights import Window

TIMES = 2
EXCESS = 10
"""Jobs at once beyond the median, below which nothing is said."""


def peak(jobs: Iterable[tuple[datetime, datetime | None]], window: Window, as_of: datetime) -> Peak:
    """Most jobs at once within the window; one without end counts until `as_of`."""
    turns: list[tuple[datetime, int, bool]] = []
    for start, ended in jobs:
        end = as_of if ended is None else ended
        # A job that ended as it began, or before by a clock's fault, took no time.
        if start < end and start < window.end and end > window.start:
            turns.append((max(start, window.start), 1, ended is None))
            turns.append((min(end, window.end), -1, ended is None))
    running = open_ended = 0
    best = Peak(0, None, 0)
    for at, step, unended in sorted(turns, key=lambda turn: (turn[0], turn[1])):
        running += step
        open_ended += step if unended else 0
        if running > best.count:
            best = Peak(running, at, open_ended)
    return best


def concurrency_finding(vault_id: str, name: str, night: date, found: Peak, earlier: Sequence[Peak]) -> Finding | None:
    """A hint where the peak is unlike those of earlier nights that were read."""
    if found.at is None:
        return None
    score = scored(found.count, [float(one.count) for one in earlier])
    if score is None or not score.high or found.count <= TIMES * score.median or found.count - score.median <= EXCESS:
        return None
    return Finding(
        Class.CONCURRENCY, Severity.INFO, vault_id, None, name, None, found.at, night,
        f"{found.count} jobs at once in {name}, usually {score.median:.0f} ({score.of} earlier nights). A hint, no verdict.",
    )  # fmt: skip
