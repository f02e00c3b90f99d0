"""Which items have exceptions that may end, and from when on what is told of them matters: so little is read of what may prove an end.

Not here: what ends them (`closing`, `job_proof`, `disproof`). Invariant: what is left out could not have ended, kept or withdrawn anything.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from evidence.assess.exceptions.endings import BY_JOB, ENDINGS, Ending
from evidence.assess.exceptions.fold import Standings
from evidence.assess.exceptions.states import ENDED, Standing
from evidence.assess.findings import Class, Finding

_BY_AGE = frozenset(one for one, ending in ENDINGS.items() if ending in {Ending.AGE, Ending.POINT})


@dataclass(frozen=True, slots=True)
class Unresolved:
    """Items by key, in order, each with the moment from which something matters."""

    since: Mapping[str, datetime] = field(default_factory=dict)
    """Of all these items: runs, whose later judgement may disprove what was first seen then."""
    jobs_since: Mapping[str, datetime] = field(default_factory=dict)
    """Of those whose exceptions a job ends: jobs and points, for only what is later than the last failure proves anything."""
    aged: frozenset[str] = frozenset()
    """Those whose exceptions the age of their newest point ends."""
    standing: tuple[Standing, ...] = ()
    """All exceptions that stand, in the order of their keys."""


def unresolved(standings: Standings, findings: Sequence[Finding]) -> Unresolved:
    """What may end of standing exceptions, and of what a look found."""
    standing = [one for _, one in sorted(standings.by_key.items()) if one.state not in ENDED]
    found = [(one.item_key, one.class_, one.at) for one in findings]
    first = [*((one.finding.item_key, one.class_, one.first_seen) for one in standing), *found]
    last = [*((one.finding.item_key, one.class_, one.last_seen) for one in standing), *found]
    return Unresolved(
        _earliest(iter(first)),
        _earliest((item, class_, at) for item, class_, at in last if class_ in BY_JOB),
        frozenset(item for item, class_, _ in first if item is not None and class_ in _BY_AGE),
        tuple(standing),
    )


def _earliest(told: Iterator[tuple[str | None, Class, datetime]]) -> Mapping[str, datetime]:
    since: dict[str, datetime] = {}
    for item, _, at in told:
        if item is not None:
            since[item] = min(at, since.get(item, at))
    return dict(sorted(since.items()))
