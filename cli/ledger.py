"""`backup-evidence ledger`: read and verify the list of everything sealed."""

from __future__ import annotations

from typing import Annotated

import typer

from cli.context import Config, Output, compose, exits
from cli.help import Commands
from cli.output import Format, Result, emit

app = Commands(help="The hash-chained list of everything sealed.", no_args_is_help=True, rich_markup_mode=None)


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
