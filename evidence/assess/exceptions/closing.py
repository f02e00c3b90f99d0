"""Whether a standing exception ended, by what one look proves; each class by its own way to end (`endings`).

Not here: which events follow (`advance`). Invariants: what a look found on its night does not end by its absence; nothing that a look did not read
ends anything.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from evidence.assess.exceptions.disproof import disproved
from evidence.assess.exceptions.endings import ENDINGS, Ending
from evidence.assess.exceptions.job_proof import proven_by_job
from evidence.assess.exceptions.keys import key_of
from evidence.assess.exceptions.proofs import Look
from evidence.assess.exceptions.states import ENDED, EventKind, Facts, Proof, Standing
from evidence.assess.slots.values import OPEN, Outcome


@dataclass(frozen=True, slots=True)
class End:
    """How, when and by what an exception ended."""

    kind: EventKind
    at: datetime
    proof: Proof


def end_of(standing: Standing, look: Look, facts: Facts, others: Collection[Standing], found: bool) -> End | None:
    """The end that a look proves of one exception; `others` are all that stand, `found`: this look found it."""
    proof = None if found else disproved(standing, look.proofs, look.as_of)
    if proof is not None:
        return End(EventKind.WITHDRAWN, look.until, proof)
    ending = ENDINGS[standing.class_]
    if ending in {Ending.JOB, Ending.FULL_JOB}:
        proven = proven_by_job(standing, look.proofs, facts)
        if proven is None:
            return None
        return End(EventKind.CLOSED if proven.whole else EventKind.PROVISIONALLY_CLOSED, proven.at, proven.proof)
    if ending is Ending.CHILDREN:
        return None if found else _children(standing, look, others)
    return None if found else _OTHERWISE[ending](standing, look)


def _age(standing: Standing, look: Look) -> End | None:
    age = look.proofs.ages.get(standing.finding.item_key or "")
    if age is None or age.as_of < _after(standing) or age.as_of - age.recovery_point_at > age.target:
        return None
    said = f"The newest usable point, of {age.recovery_point_at:%Y-%m-%d %H:%M}Z, is within the target again."
    proof = Proof(said, recovery_point_id=age.recovery_point_id, recovery_point_at=age.recovery_point_at)
    return End(EventKind.CLOSED, age.as_of, proof)


def _point(standing: Standing, look: Look) -> End | None:
    age = look.proofs.ages.get(standing.finding.item_key or "")
    if age is None or age.recovery_point_at <= _after(standing):
        return None
    said = f"A usable point of {age.recovery_point_at:%Y-%m-%d %H:%M}Z follows the gap."
    proof = Proof(said, recovery_point_id=age.recovery_point_id, recovery_point_at=age.recovery_point_at)
    return End(EventKind.CLOSED, age.recovery_point_at, proof)


def _read(standing: Standing, look: Look) -> End | None:
    """Of an item a run that is known again; of a vault, or of an item of which nothing is expected any more, its lists."""
    slots = look.proofs.slots.get(standing.finding.item_key or "", ())
    later = [one for one in slots if one.slot.slot_at >= standing.last_seen and one.outcome not in OPEN]
    known = [one for one in later if one.outcome is not Outcome.NOT_EXPECTED]
    if known:
        slot = min(known, key=lambda one: one.slot.slot_at)
        said = f"The source was read: the run of {slot.slot.slot_at:%Y-%m-%d %H:%M}Z is known to be `{slot.outcome}`."
        return End(EventKind.CLOSED, look.until, Proof(said, slot_at=slot.slot.slot_at))
    whole = standing.finding.vault_id in look.proofs.read and look.until > _after(standing)
    if not whole or not (standing.finding.item_key is None or later):
        return None
    return End(EventKind.CLOSED, look.until, Proof("The source was read whole again."))


def _restored(standing: Standing, look: Look) -> End | None:
    for one in look.proofs.restored:
        key = key_of(look.tenant_id, one.vault_id, one.item_key, one.class_, one.error_family)
        if key == standing.key and one.at > _after(standing):
            return End(EventKind.CLOSED, one.at, Proof(one.reason))
    return None


def _not_found(standing: Standing, look: Look) -> End | None:
    where = look.proofs.looked.get(standing.class_, frozenset())
    if (
        where.isdisjoint({standing.finding.vault_id, standing.finding.item_key})
        or look.night <= standing.sightings[-1][0]
        or look.until <= _after(standing)
    ):
        return None
    return End(EventKind.CLOSED, look.until, Proof(f"Looked for on the night of {look.night}, and not found."))


def _children(standing: Standing, look: Look, others: Collection[Standing]) -> End | None:
    items, family = set(standing.finding.children), standing.finding.error_family
    mine = [
        one
        for one in others
        if one.key != standing.key
        and one.finding.item_key in items
        and one.finding.error_family == family
        and ENDINGS[one.class_] in {Ending.JOB, Ending.FULL_JOB}
    ]
    if any(one.state not in ENDED for one in mine) or {one.finding.item_key for one in mine} != items:
        return None
    return End(EventKind.CLOSED, look.until, Proof(f"All {len(items)} problems that belong to it ended."))


def _after(standing: Standing) -> datetime:
    return max(one for one in (standing.last_seen, standing.reopened_at) if one is not None)


_OTHERWISE: Mapping[Ending, Callable[[Standing, Look], End | None]] = {
    Ending.AGE: _age,
    Ending.POINT: _point,
    Ending.READ: _read,
    Ending.RESTORED: _restored,
    Ending.NOT_FOUND: _not_found,
}
