"""What follows the packs of a night: a checkpoint over them, sent to whom the configuration names.

Not here: how one is made (`make`) or sent (`publish`). Invariant: nothing is made where nothing is new; what could not be
stamped or sent is told, recorded, and tried again by the next night.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from evidence.ledger.entries import LedgerEntry
from evidence.ledger.folds import SealedPack
from evidence.ledger.publications import MadeCheckpoint, checkpoints
from evidence.packs.checkpoints.make import Made, make_checkpoint
from evidence.packs.checkpoints.publish import Sent, publish_due
from evidence.packs.checkpoints.target import Target
from evidence.runs.parts import Parts
from evidence.seals.interface import Signer, TimestampAuthority


@dataclass(frozen=True, slots=True)
class AfterNight:
    """The checkpoint that stands after a night, and what was sent of it."""

    made: Made
    sent: tuple[Sent, ...]
    """One for each delivery tried now; empty where nothing was due or no target is configured."""
    troubles: tuple[str, ...]
    """What did not go as it should, one sentence each."""


def after_night(
    parts: Parts, signer: Signer, authority: TimestampAuthority | None, targets: Sequence[Target]
) -> AfterNight:
    """Make the checkpoint that is due, and send what has not left yet.

    Raises what `make_checkpoint` raises, and IntegrityError where what lies at a target contradicts the ledger.
    """
    made = make_checkpoint(parts, signer, authority)
    sent = tuple(one for target in targets for one in publish_due(parts, target))
    return AfterNight(made, sent, tuple(_troubles(made.checkpoint, sent, stamps=authority is not None)))


def _troubles(checkpoint: MadeCheckpoint, sent: Sequence[Sent], *, stamps: bool) -> Iterator[str]:
    if stamps and not checkpoint.stamped:
        yield f"{checkpoint.name} is NOT TIME-STAMPED: {checkpoint.entry.payload.get('time_stamp_reason')}"
    for one in (found.publication for found in sent):
        if not one.delivered:
            yield f"checkpoint {one.size} was NOT SENT to {one.target}: {one.reason}"


def uncovered(entries: Sequence[LedgerEntry], packs: Iterable[SealedPack]) -> bool:
    """Whether some of the packs were sealed after the newest checkpoint: a run ended before it made one."""
    made = checkpoints(entries)
    return any(pack.entry.sequence > (made[-1].size if made else 0) for pack in packs)
