"""`backup-evidence ledger`: read and verify the list of everything sealed."""

from __future__ import annotations

from typing import Annotated

import typer

from cli.context import Config, Output, compose, exits
from cli.help import Commands
from cli.output import Format, Result, emit, say

app = Commands(help="The hash-chained list of everything sealed.", no_args_is_help=True, rich_markup_mode=None)


INTEGRITY = 7


@app.callback()
def group() -> None:
    """The hash-chained list of everything sealed."""


@app.command("list")
def list_entries(
    kind: Annotated[str | None, typer.Option("--kind", help="Only entries of this kind, such as pack-sealed.")] = None,
    config: Config = None,
    output: Output = Format.TABLE,
) -> None:
    """List entries; the whole chain is verified on the way, and a break ends 7.

    Example: backup-evidence ledger list --kind night-sealed
    """
    with exits():
        entries = compose(config).ledger.entries()
        rows = [
            {
                "sequence": entry.sequence,
                "at": entry.at.isoformat(),
                "kind": str(entry.kind),
                "subject": entry.subject,
                "actor": entry.actor,
                "objects": len(entry.objects),
                "sha256": entry.sha256,
            }
            for entry in entries
            if kind in {None, str(entry.kind)}
        ]
        emit(
            Result("backup-evidence/ledger/1", rows, ("sequence", "at", "kind", "subject", "objects", "sha256")), output
        )


@app.command()
def verify(config: Config = None, output: Output = Format.TABLE) -> None:
    """Verify the chain, and that the store holds what it names; what was disposed of is told from what is lost.

    Ends 7 where the chain breaks, or where an object is missing or has another length and no entry disposed of it. A night that was
    never sealed is neither: `status` names those. Hashes are compared when a pack is fetched, and by `checkpoint verify`.

    Example: backup-evidence ledger verify
    """
    with exits():
        from evidence.packs.checkpoints.absent import missed_objects
        from evidence.runs.retention.certificates import certificates
        from evidence.runs.retention.deciding import check_decisions

        composition = compose(config)
        entries = composition.ledger.entries()
        found = missed_objects(composition.store, entries)
        # A tombstone excuses by the word of two persons: their signed statements are read again.
        check_decisions(composition.store, entries), certificates(composition.store, entries)
        rows: list[dict[str, object]] = [
            {
                "object": one.path,
                "state": str(one.fate),
                "named_by": one.named_by.sequence,
                "disposed_by": one.tombstone.sequence if one.tombstone else None,
            }
            for one in found
        ]
        lost = [one for one in found if one.fate.alarming]
        columns = ("object", "state", "named_by", "disposed_by")
        emit(
            Result("backup-evidence/ledger-verify/1", rows, columns, {"entries": len(entries), "lost": len(lost)}),
            output,
        )
        say(f"{len(entries)} entries, chain verified; {len(lost)} objects missing or changed that nobody disposed of")
        if lost:
            raise typer.Exit(INTEGRITY)
