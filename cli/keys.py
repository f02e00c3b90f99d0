"""`backup-evidence keys`: development keys to try the product with, and the handing over from one key to the next."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer

from cli.context import Config, Output, compose, exits
from cli.help import Commands
from cli.output import Format, Result, emit, say

app = Commands(help="Keys that evidence is signed with.", no_args_is_help=True, rich_markup_mode=None)

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


@app.command()
def rotate(
    reason: Annotated[str, typer.Option("--reason", help="Why another key seals from now on.")],
    previous: Annotated[
        Path | None,
        typer.Option(
            "--previous-config", help="A configuration that still names the old key, to sign the statement too."
        ),
    ] = None,
    config: Config = None,
    output: Output = Format.TABLE,
) -> None:
    """Record that the configured key seals from now on, in place of the one that did. Old packs stay as they are.

    Example: backup-evidence keys rotate --reason "yearly change" --previous-config evidence.old.yaml
    """
    with exits():
        from evidence.errors import ConfigurationError
        from evidence.packs.rotation import HandingOver, rotate

        if not reason.strip():
            raise ConfigurationError("A key is exchanged only with a reason.", next_step="Give --reason TEXT.")
        composition = compose(config)
        old = None if previous is None else compose(previous).signer
        done = rotate(composition.parts, HandingOver(composition.signer, old, composition.authority, reason.strip()))
        say(
            "Tell those who verify the new fingerprint, another way than with a pack; then: checkpoint make, and publish."
        )
        row = {
            "fingerprint_sha256": done.fingerprint_sha256,
            "subject": done.subject,
            "not_after": done.not_after.isoformat(),
            "previous_fingerprint_sha256": done.previous_fingerprint_sha256,
            "countersigned": done.countersigned,
            "ledger_entry": done.entry.sequence,
        }
        emit(Result("backup-evidence/key-rotation/1", [row], list(row)), output)
