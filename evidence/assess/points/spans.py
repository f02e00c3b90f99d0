"""Sets of time as sorted spans `[start, end)` that neither touch nor overlap: union, intersection, what is left over.

Not here: what the spans stand for. Invariant: every function takes spans in any order and gives them sorted and apart.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

Span = tuple[datetime, datetime]


def united(spans: Iterable[Span]) -> list[Span]:
    """The same time in as few spans as it takes; empty ones are dropped."""
    found: list[Span] = []
    for start, end in sorted(span for span in spans if span[0] < span[1]):
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        else:
            found.append((start, end))
    return found


def common(one: Iterable[Span], other: Iterable[Span]) -> list[Span]:
    """Time in both."""
    left, right = united(one), united(other)
    found: list[Span] = []
    first = second = 0
    while first < len(left) and second < len(right):
        start, end = max(left[first][0], right[second][0]), min(left[first][1], right[second][1])
        if start < end:
            found.append((start, end))
        if left[first][1] < right[second][1]:
            first += 1
        else:
            second += 1
    return found


def without(one: Iterable[Span], other: Iterable[Span]) -> list[Span]:
    """Time in the first and not in the second."""
    taken = united(other)
    found: list[Span] = []
    for start, end in united(one):
        at = start
        for first, last in taken:
            if last <= at or first >= end:
                continue
            if first > at:
                found.append((at, first))
            at = max(at, last)
        if at < end:
            found.append((at, end))
    return found


def length(spans: Sequence[Span]) -> timedelta:
    """How long they last together."""
    return sum((end - start for start, end in spans), timedelta(0))
