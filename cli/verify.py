"""`backup-evidence verify`: check a pack without network, store or configuration."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.context import Output, exits
from cli.output import Format, Result, emit, say

if TYPE_CHECKING:
    from evidence.packs.verification import Trust, Verification

COLUMNS = ("check", "state", "file", "detail")


def verify(
    path: Annotated[Path, typer.Argument(help="A pack: its ZIP, its folder, or its report.pdf alone.")],
    signer_fingerprint: Annotated[
        str | None,
        typer.Option("--signer-fingerprint", help="SHA-256 of the signer's certificate, brought out of band."),
    ] = None,
    trust: Annotated[
        list[Path] | None,
        typer.Option(
            "--trust", help="PEM of an authority used for evidence signers alone; may be given more than once."
        ),
    ] = None,
    tsa_trust: Annotated[
        list[Path] | None,
        typer.Option("--tsa-trust", help="PEM of a time-stamp authority's root; may be given more than once."),
    ] = None,
    stamp: Annotated[Path | None, typer.Option("--stamp", help="A later time stamp of the pack (.tsr).")] = None,
    output: Output = Format.TABLE,
) -> None:
    """Check a pack offline: one line a check; ends 0 or 7.

    Certificates inside a pack never establish trust: give --signer-fingerprint or --trust.

    Examples:
      backup-evidence verify pack.zip --signer-fingerprint 3f:9a:… --tsa-trust tsa-root.pem
      backup-evidence verify pack.zip --trust root.pem --tsa-trust tsa-root.pem -o json
    """
    with exits():
        from evidence.packs.verification import verify_pack

        found = verify_pack(path, _trust(signer_fingerprint, trust or [], tsa_trust or []), stamp=stamp)
        emit(_result(found), output)
        _conclude(found)
        if found.exit_code:
            raise typer.Exit(found.exit_code)


def _trust(fingerprint: str | None, authorities: list[Path], stamp_authorities: list[Path]) -> Trust:
    from evidence.packs.verification import Trust

    return Trust(
        signer_fingerprint=fingerprint,
        authorities=tuple(der for path in authorities for der in _certificates(path)),
        stamp_authorities=tuple(der for path in stamp_authorities for der in _certificates(path)),
    )


def _certificates(path: Path) -> tuple[bytes, ...]:
    from evidence.errors import ConfigurationError, SealError
    from evidence.seals.certificates import der, parse_certificates

    try:
        return tuple(der(one) for one in parse_certificates(path.read_bytes(), str(path)))
    except OSError as error:
        raise ConfigurationError(f"{path} cannot be read.", cause=error.strerror or str(error)) from error
    except SealError as error:
        raise ConfigurationError(error.message, cause=error.cause, next_step=error.next_step) from error


def _result(found: Verification) -> Result:
    rows = [
        {"check": one.name, "state": str(one.finding), "file": one.file, "detail": one.detail} for one in found.checks
    ]
    about = found.about
    meta: dict[str, object] = {"authentic": found.ok}
    if about is not None:
        meta |= {
            "pack_id": about.pack_id,
            "completeness": about.completeness,
            "sealed_at": about.sealed_at,
            "development": about.development,
            "time_stamped": about.time_stamped,
        }
    return Result("backup-evidence/verify/1", rows, COLUMNS, meta)


def _conclude(found: Verification) -> None:
    about = found.about
    name = about.pack_id if about else "The pack"
    if not found.ok:
        failed = [one for one in found.checks if one.failed]
        say(f"{name} DOES NOT VERIFY: {len(failed)} of {len(found.checks)} checks failed.")
        return
    say(f"{name} is authentic: {len(found.checks)} checks, none failed.")
    if about is not None:
        say(f"It says of itself that it is {about.completeness}.")
        if about.development:
            say("Its key is a DEVELOPMENT key: NOT EVIDENCE.")
        if not about.time_stamped:
            later = next((one.detail for one in found.checks if one.name == "later time stamp"), None)
            say(f"It was sealed NOT TIME-STAMPED; the stamp given {later}." if later else "It is NOT TIME-STAMPED.")
