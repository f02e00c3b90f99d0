"""`backup-evidence checkpoint publish`, and what `run` and `status` say of checkpoints that left and that did not."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from cli.context import Config, Output, compose, exits
from cli.output import Format, Result, emit, say

if TYPE_CHECKING:
    from evidence.compose import Composition
    from evidence.ledger.folds import SealedPack
    from evidence.packs.checkpoints.publish import Sent

COLUMNS = ("size", "target", "state", "enforcement", "place")
UNAVAILABLE = 6


def publish(
    size: Annotated[
        int | None, typer.Argument(help="Which checkpoint, to every target [default: whatever has not left yet].")
    ] = None,
    config: Config = None,
    output: Output = Format.TABLE,
) -> None:
    """Send checkpoints to every configured target outside, and record what was answered or read back there.

    Ends 7 where a checkpoint that lies there contradicts the ledger, 6 where one could not be sent.

    Example: backup-evidence checkpoint publish
    """
    with exits():
        composition = compose(config)
        rows: list[dict[str, object]] = []
        try:
            rows.extend(_row(one) for one in _sent(composition, size))
        finally:
            emit(Result("backup-evidence/checkpoint-publish/1", rows, COLUMNS), output)
        if not rows:
            say("every checkpoint has left for every target; nothing to do")
        if any(row["state"] == "NOT SENT" for row in rows):
            raise typer.Exit(UNAVAILABLE)


def _sent(composition: Composition, size: int | None) -> Iterator[Sent]:
    from evidence.errors import ConfigurationError
    from evidence.ledger.publications import checkpoints
    from evidence.packs.checkpoints.prove import checkpoint_of
    from evidence.packs.checkpoints.publish import publish as send
    from evidence.packs.checkpoints.publish import publish_due

    targets, entries = composition.targets(), composition.ledger.entries()
    if not targets:
        raise ConfigurationError("No target is configured.", next_step="Set `checkpoint.publish`.")
    if not checkpoints(entries):
        raise ConfigurationError("There is no checkpoint yet.", next_step="backup-evidence checkpoint make")
    chosen = None if size is None else checkpoint_of(entries, size)
    for target in targets:
        if chosen is None:
            yield from publish_due(composition.parts, target)
        else:
            yield send(composition.parts, chosen, target)


def _row(sent: Sent) -> dict[str, object]:
    told = sent.publication
    if not told.delivered:
        say(f"checkpoint {told.size} was NOT SENT to {told.target}: {told.reason}")
    return {
        "size": told.size,
        "target": told.target,
        "state": ("sent" if sent.new else "was there already") if told.delivered else "NOT SENT",
        "reason": told.reason,
        "place": told.place,
        "enforcement": told.enforcement if told.delivered else None,
        "receipt": told.entry.payload.get("receipt"),
        "ledger_entry": told.entry.sequence,
    }


def complete_checkpoint(composition: Composition, packs: Sequence[SealedPack]) -> None:
    """Make the checkpoint that a run which ended too early did not make; where it was made, nothing is done."""
    from evidence.packs.checkpoints.nightly import after_night, uncovered

    if uncovered(composition.ledger.entries(), packs):
        after_night(composition.parts, composition.sealing_signer, composition.authority, composition.targets())


def checkpoint_remarks(composition: Composition) -> Iterator[str]:
    """What is wrong with the newest checkpoint, and what has not left; one sentence each."""
    from evidence.ledger.publications import checkpoints, standing_of

    entries = composition.ledger.entries()
    made = checkpoints(entries)
    if made and not made[-1].stamped and composition.settings.timestamp is not None:
        reason = made[-1].entry.payload.get("time_stamp_reason")
        yield f"{made[-1].name} is NOT TIME-STAMPED: {reason}; the next one will be, or: backup-evidence checkpoint make"
    for name in sorted(composition.settings.checkpoint.publish):
        standing = standing_of(entries, name)
        if standing.due:
            why = f": {standing.failure.reason}" if standing.failure else ""
            sizes = ", ".join(str(one.size) for one in standing.due)
            yield f"checkpoint {sizes} NOT SENT to {name}{why}; backup-evidence checkpoint publish"


def checkpoints_told(composition: Composition) -> dict[str, object]:
    """The newest checkpoint, and for each target what has left for it and what has not."""
    from evidence.ledger.publications import checkpoints, standing_of

    entries = composition.ledger.entries()
    made = checkpoints(entries)
    targets = []
    for name in sorted(composition.settings.checkpoint.publish):
        found = standing_of(entries, name)
        targets.append(
            {
                "target": name,
                "newest_sent": found.newest.size if found.newest else None,
                "sent_at": found.newest.entry.at.isoformat() if found.newest else None,
                "not_sent": [one.size for one in found.due],
                "last_failure": found.failure.reason if found.failure else None,
            }
        )
    return {
        "newest": made[-1].size if made else None,
        "time_stamped": made[-1].stamped if made else None,
        "targets": targets,
    }
