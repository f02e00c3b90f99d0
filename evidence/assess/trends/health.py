"""Agents and extensions that worsen while jobs are still green (analytics 6.11).

Not here: failed jobs. Invariants: a night that was not read is neither healthy nor counted as unhealthy; a word of health that is not known is
no illness.
"""

from __future__ import annotations

import json
from collections.abc import Sequence

from evidence.assess.about import About
from evidence.assess.findings import Class, Finding, Severity
from evidence.assess.slots.families import error_family
from evidence.assess.trends.values import HealthDetail, HealthSeen
from evidence.normalize.fields import Fields, Place

RANKS = {
    "passed": 0,
    "healthy": 0,
    "transientdegraded": 1,
    "actionsuggested": 1,
    "transientunhealthy": 1,
    "persistentdegraded": 2,
    "actionrequired": 2,
    "persistentunhealthy": 2,
    "unhealthy": 2,
}
"""Words of health, folded, from good to bad (azure-backup.md section 4, and `ResourceHealthStatus`); others tell nothing."""


def unhealthy(about: About, seen: Sequence[HealthSeen]) -> Finding | None:
    """The finding of an item whose health is not good on the last of these nights although its backups are; nights in order."""
    if not seen or seen[-1].green is not True or not _rank(seen[-1]):
        return None
    last, nights = seen[-1], [seen[-1]]
    for one in reversed(seen[:-1]):
        rank = _rank(one)
        if rank is None:
            continue
        if not rank:
            break
        nights.append(one)
    first, unread = nights[-1], sum(one.health is None for one in seen if one.night > nights[-1].night)
    worse = (_rank(last) or 0) > min((_rank(one) or 0 for one in nights), default=0)
    detail = last.details[0] if last.details else HealthDetail(None, None)
    told = f": {detail.title}" if detail.title else ""
    count = "1 night" if len(nights) == 1 else f"{len(nights)} nights"
    missed = f", {unread} between them not read" if unread else ""
    family = error_family((detail.code or "",), (detail.title or "",))
    return Finding(
        Class.UNHEALTHY,
        about.severity(Severity.ERROR if worse and _rank(last) == max(RANKS.values()) else Severity.WARNING),
        about.vault_id,
        about.item_key,
        about.name,
        family,
        first.observed_at,
        last.night,
        f"Health {last.health}{told} for {count} while backups are good{missed}.",
        about.workload,
        error_codes=(detail.code,) if detail.code else (),
        recommendation=" ".join(detail.recommendations) or None,
    )


def _rank(one: HealthSeen) -> int | None:
    return RANKS.get((one.health or "").casefold())


def read_details(properties: str | None) -> tuple[HealthDetail, ...]:
    """The health details in an item's `properties` JSON; none where it holds none that can be read."""
    try:
        sent = json.loads(properties) if properties else None
    except ValueError:
        return ()
    if not isinstance(sent, dict):
        return ()
    fields = Fields(sent, Place("", "protected_items", []), 0)
    return tuple(
        HealthDetail(one.text("code"), one.text("title"), tuple(one.texts("recommendations")))
        for one in fields.each("healthDetails")
    )
