"""Sends checkpoints outside and records what became of it, for every kind of target.

Not here: the targets themselves (`store_target`, `mail`, `webhook`). Invariants: before anything is sent, what lies at the target
already is held against our ledger; a delivery that failed is recorded with its reason and stays due.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from evidence.errors import DeliveryError, StoreError, TargetUnavailableError
from evidence.ledger.entries import Draft, EntryKind
from evidence.ledger.publications import (
    DELIVERED,
    FAILED,
    MadeCheckpoint,
    Publication,
    publication,
    publications,
    standing_of,
    subject_of,
)
from evidence.packs.checkpoints.target import Outgoing, Receipt, Target
from evidence.packs.handing_over import read_named
from evidence.runs.parts import Parts


@dataclass(frozen=True, slots=True)
class Sent:
    """A checkpoint that was sent, or was tried to be."""

    publication: Publication
    new: bool
    """Whether it was tried now; False where it lay there and was recorded already."""


def publish(parts: Parts, checkpoint: MadeCheckpoint, target: Target) -> Sent:
    """Send a checkpoint's files to a target, and record how that ended.

    Where the target was not there or refused, that is recorded and told by `publication.delivered`. Raises IntegrityError where
    what lies there contradicts the ledger or is another file; ObjectMissingError, StoreError of our own store.
    """
    outgoing = _outgoing(parts, checkpoint)
    try:
        _check(parts, target)
        known = _recorded(parts, checkpoint, target)
        if known is not None:
            target.confirm(outgoing)
            return Sent(known, new=False)
        receipt = target.deliver(outgoing)
    except DeliveryError as error:
        return Sent(_record(parts, checkpoint, target, Receipt(target.place), _reason(error)), new=True)
    return Sent(_record(parts, checkpoint, target, receipt, None), new=True)


def publish_due(parts: Parts, target: Target) -> Iterator[Sent]:
    """Send what has not left for a target yet, oldest first; where it is not there, the rest waits for the next time.

    Raises as `publish`.
    """
    for checkpoint in standing_of(parts.ledger.entries(), target.name).due:
        sent = publish(parts, checkpoint, target)
        yield sent
        if sent.publication.entry.payload.get("unavailable"):
            return


def _check(parts: Parts, target: Target) -> None:
    try:
        target.check(parts.ledger.entries())
    except StoreError as error:
        raise TargetUnavailableError(error.message, cause=error.cause, next_step=error.next_step) from error


def _recorded(parts: Parts, checkpoint: MadeCheckpoint, target: Target) -> Publication | None:
    told = publications(parts.ledger.entries()).get(target.name, ())
    return next((one for one in told if one.checkpoint_sha256 == checkpoint.document.sha256), None)


def _outgoing(parts: Parts, checkpoint: MadeCheckpoint) -> Outgoing:
    return Outgoing(
        tenant=str(parts.ledger.entries()[0].payload["tenant"]),
        size=checkpoint.size,
        root_sha256=checkpoint.root_sha256,
        checkpoint_sha256=checkpoint.document.sha256,
        made_at=checkpoint.entry.at,
        stamped=checkpoint.stamped,
        files={one.path: read_named(parts.store, one) for one in checkpoint.entry.objects},
    )


def _reason(error: DeliveryError) -> tuple[str, bool]:
    told = " ".join(f"{error.message} {error.cause}".split())
    return told, isinstance(error, TargetUnavailableError)


def _record(
    parts: Parts, checkpoint: MadeCheckpoint, target: Target, receipt: Receipt, failure: tuple[str, bool] | None
) -> Publication:
    payload: dict[str, object] = {
        "size": checkpoint.size,
        "root_sha256": checkpoint.root_sha256,
        "target": target.name,
        "place": receipt.place,
        "checkpoint_sha256": checkpoint.document.sha256,
        "enforcement": receipt.enforcement,
        "attempt": parts.new_id(),
    }
    if failure is None:
        payload |= {"outcome": DELIVERED, "enforcement_detail": receipt.enforcement_detail, **receipt.details}
    else:
        payload |= {"outcome": FAILED, "reason": failure[0], "unavailable": failure[1]}
    draft = Draft(EntryKind.CHECKPOINT_PUBLISHED, parts.clock.now(), parts.actor, subject_of(checkpoint.size), payload)
    return publication(parts.ledger.append(draft))
