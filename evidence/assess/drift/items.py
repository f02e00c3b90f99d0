"""What became of protected items: stopped, reassigned, vanished.

Not here: policies themselves. Invariants: an item that was soft-deleted before may go; nothing vanished where the list of items or the jobs
that would explain it were not read.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from evidence.assess.about import About
from evidence.assess.drift.actors import Actor, actor_of, last_job
from evidence.assess.drift.values import Change, Changes, Elsewhere, ItemSeen, NotCompared
from evidence.assess.findings import Class, Finding, Severity
from evidence.assess.unprotected import INACTIVE

PROTECTION_EVENTS = frozenset({"protection"})
ENDS = frozenset({"disable", "delete"})
"""Kinds of jobs after which an item gets nothing new."""
_RESUME = "Resume its protection, or have it approved that it needs no backup."


def item_drift(
    vault_id: str, before: ItemSeen, after: ItemSeen | None, changes: Changes, night: date, elsewhere: Elsewhere
) -> Iterator[Finding | NotCompared]:
    """What became of one item between two whole lists; `after` None: the later one does not name it."""
    if after is None:
        yield from _gone(vault_id, before, changes, night, elsewhere)
    elif not _stopped(before) and _stopped(after):
        state = (
            "deleted, and kept only until a deferred deletion"
            if after.soft_deleted
            else f"now {after.protection_state}"
        )
        yield _finding(
            Class.PROTECTION_STOPPED, vault_id, after, f"Protection stopped: {state}", changes, night, Severity.ERROR
        )
    elif before.policy_id and after.policy_id and before.policy_id.casefold() != after.policy_id.casefold():
        told = f"Policy {_last(before.policy_id)} before, {_last(after.policy_id)} now"
        yield _finding(Class.POLICY_REASSIGNED, vault_id, after, told, changes, night, Severity.WARNING)


def _gone(
    vault_id: str, before: ItemSeen, changes: Changes, night: date, elsewhere: Elsewhere
) -> Iterator[Finding | NotCompared]:
    moved = elsewhere.by_source.get((before.source_resource_id or "").casefold())
    if before.soft_deleted or (moved is not None and moved != before.item_key):
        return
    ended = last_job(changes, before.item_key, ENDS)
    told = _deleting_event(changes, before.item_key)
    if ended is not None or told is not None:
        at = "" if ended is None else f" (job {ended.kind} of {ended.at:%Y-%m-%d %H:%M} UTC)"
        told_so = f"Deleted with its points, no longer listed{at}"
        yield _finding(Class.PROTECTION_STOPPED, vault_id, before, told_so, changes, night, Severity.ERROR)
    elif last_job(changes, before.item_key, {"move"}) is not None:
        return
    elif changes.jobs is None:
        reason = "It is no longer listed, and the jobs that would tell whether it was deleted were not read whole."
        yield NotCompared(vault_id, f"item {before.name}", reason)
    else:
        told_so = "Listed before and no longer, without a job that stopped or deleted it"
        yield _finding(Class.VANISHED, vault_id, before, told_so, changes, night, Severity.ERROR)


def _deleting_event(changes: Changes, item_key: str) -> Change | None:
    return next(
        (
            one
            for one in changes.events or ()
            if one.kind in PROTECTION_EVENTS
            and one.succeeded
            and one.resource_id == item_key
            and (one.operation or "").casefold().endswith("/delete")
        ),
        None,
    )


def _stopped(item: ItemSeen) -> bool:
    return item.soft_deleted or (item.protection_state or "").casefold() in INACTIVE


def _finding(
    class_: Class, vault_id: str, item: ItemSeen, told: str, changes: Changes, night: date, usual: Severity
) -> Finding:
    about = About(vault_id, item.item_key, item.name, item.workload, item.tier)
    actor: Actor = actor_of(changes, (item.item_key,), PROTECTION_EVENTS)
    job = last_job(changes, item.item_key, ENDS | {"configure"})
    at = actor.at or (job.at if job is not None else item.observed_at)
    return Finding(
        class_,
        about.severity(usual),
        vault_id,
        item.item_key,
        item.name,
        None,
        at,
        night,
        f"{told}; {actor.told}.",
        item.workload,
        recommendation="Have the change approved, or set it back." if class_ is Class.POLICY_REASSIGNED else _RESUME,
        actor=actor.name,
    )


def _last(arm_id: str) -> str:
    return arm_id.rpartition("/")[2]
