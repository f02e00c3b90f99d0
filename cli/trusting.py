"""What an auditor brings along, as options, and how the checks of a verification are printed: for packs and checkpoints."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.output import Result, say

if TYPE_CHECKING:
    from evidence.packs.verification import Trust, Verification

Fingerprint = Annotated[
    str | None,
    typer.Option("--signer-fingerprint", help="SHA-256 of the signer's certificate, brought out of band."),
]
TrustFiles = Annotated[
    list[Path] | None,
    typer.Option("--trust", help="PEM of an authority used for evidence signers alone; may be given more than once."),
]
TsaTrustFiles = Annotated[
    list[Path] | None,
    typer.Option("--tsa-trust", help="PEM of a time-stamp authority's root; may be given more than once."),
]

COLUMNS = ("check", "state", "file", "detail")


def trust_of(
    fingerprint: str | None,
    authorities: list[Path] | None,
    stamp_authorities: list[Path] | None,
    checkpoint_fingerprint: str | None = None,
) -> Trust:
    """What was brought; raises ConfigurationError where a file holds no certificate."""
    from evidence.packs.verification import Trust

    return Trust(
        signer_fingerprint=fingerprint,
        authorities=tuple(der for path in authorities or [] for der in certificates(path)),
        stamp_authorities=tuple(der for path in stamp_authorities or [] for der in certificates(path)),
        checkpoint_fingerprint=checkpoint_fingerprint,
    )


def certificates(path: Path) -> tuple[bytes, ...]:
    """DER of the certificates in a file; raises ConfigurationError."""
    from evidence.errors import ConfigurationError, SealError
    from evidence.seals.certificates import der, parse_certificates

    try:
        return tuple(der(one) for one in parse_certificates(path.read_bytes(), str(path)))
    except OSError as error:
        raise ConfigurationError(f"{path} cannot be read.", cause=error.strerror or str(error)) from error
    except SealError as error:
        raise ConfigurationError(error.message, cause=error.cause, next_step=error.next_step) from error


def verification(found: Verification, schema: str) -> Result:
    """The checks as rows."""
    rows = [
        {"check": one.name, "state": str(one.finding), "file": one.file, "detail": one.detail} for one in found.checks
    ]
    return Result(schema, rows, COLUMNS, {"authentic": found.ok})


def conclude(found: Verification, name: str) -> None:
    """Say how it ended, and end 7 where something does not hold."""
    failed = [one for one in found.checks if one.failed]
    if found.ok:
        say(f"{name} is authentic: {len(found.checks)} checks, none failed.")
        return
    say(f"{name} DOES NOT VERIFY: {len(failed)} of {len(found.checks)} checks failed.")
    raise typer.Exit(found.exit_code)
