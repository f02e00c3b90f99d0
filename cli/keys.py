"""`backup-evidence keys`: development keys to try the product with."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer

from cli.context import Output, exits
from cli.output import Format, Result, emit, say

app = typer.Typer(help="Keys that evidence is signed with.", no_args_is_help=True, rich_markup_mode=None)

VALID = timedelta(days=5 * 365)


@app.callback()
def group() -> None:
    """Keys that evidence is signed with."""


@app.command()
def init(
    folder: Annotated[Path, typer.Option("--folder", "-d", help="Where keys/ and trust/ are written.")] = Path(),
    organisation: Annotated[str, typer.Option(help="Name in the certificates.")] = "Organisation",
    not_before: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="First day of validity [default: today].")
    ] = None,
    output: Output = Format.TABLE,
) -> None:
    """Make a DEVELOPMENT authority and an RSA-3072 signer; what they sign is NOT EVIDENCE.

    Example: backup-evidence keys init --folder demo --organisation Contoso
    """
    with exits():
        from evidence.seals.development import create_development_keys

        begin = (not_before or datetime.now(UTC)).replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=UTC)
        made = create_development_keys(folder, organisation, begin, begin + VALID)
        say("DEVELOPMENT keys: what they sign is NOT EVIDENCE. The authority's own key was not kept.")
        row = {
            "key": str(made.key),
            "certificate": str(made.certificate),
            "root": str(made.root),
            "fingerprint_sha256": made.fingerprint_sha256,
        }
        emit(Result("backup-evidence/keys/1", [row], list(row)), output)
