"""`backup-evidence verify`: check a pack without network, store or configuration."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.context import Output, exits
from cli.output import Format, Result, emit, say
from cli.trusting import Fingerprint, TrustFiles, TsaTrustFiles, trust_of, verification

if TYPE_CHECKING:
    from evidence.packs.verification import Verification


def verify(
    path: Annotated[Path, typer.Argument(help="A pack: its ZIP, its folder, or its report.pdf alone.")],
    signer_fingerprint: Fingerprint = None,
    trust: TrustFiles = None,
    tsa_trust: TsaTrustFiles = None,
    stamp: Annotated[Path | None, typer.Option("--stamp", help="A later time stamp of the pack (.tsr).")] = None,
    checkpoint: Annotated[
        Path | None, typer.Option("--checkpoint", help="A checkpoint that you hold: checkpoint.json or its folder.")
    ] = None,
    proof: Annotated[
        Path | None, typer.Option("--proof", help="The proof that the checkpoint covers the pack.")
    ] = None,
    checkpoint_signer: Annotated[
        str | None,
        typer.Option("--checkpoint-signer", help="Fingerprint of its signer, where that is another than the pack's."),
    ] = None,
    following: Annotated[
        Path | None, typer.Option("--next", help="The next pack of the series: it carries the proof of this one.")
    ] = None,
    calls: Annotated[
        Path | None, typer.Option("--calls", help="The calls sealed beside it: every row is made again and compared.")
    ] = None,
    output: Output = Format.TABLE,
) -> None:
    """Check a pack offline: one line a check; ends 0 or 7.

    Certificates inside a pack never establish trust: give --signer-fingerprint or --trust.

    Examples:
      backup-evidence verify pack.zip --signer-fingerprint 3f:9a:… --tsa-trust tsa-root.pem
      backup-evidence verify pack.zip --trust root.pem --tsa-trust tsa-root.pem -o json
      backup-evidence verify pack.zip --trust root.pem --checkpoint checkpoint.json --proof pack.proof.json
      backup-evidence verify pack.zip --trust root.pem --calls pack.calls.zip
      backup-evidence verify pack.zip --trust root.pem --next next-pack.zip
    """
    with exits():
        from cli.progress import shown
        from evidence.errors import ConfigurationError
        from evidence.packs.verification import CallsGiven, Held, verify_pack
        from evidence.packs.verification.next_pack import verify_with_next

        if checkpoint is None and proof:
            raise ConfigurationError(
                "A proof shows nothing without the checkpoint that it leads to: give --checkpoint."
            )
        if checkpoint is not None and following is not None:
            raise ConfigurationError("The next pack brings a checkpoint: give --next or --checkpoint, not both.")
        brought = trust_of(signer_fingerprint, trust, tsa_trust, checkpoint_signer)
        held = None if checkpoint is None else Held(checkpoint, proof)
        with shown(quiet=calls is None) as progress:
            given = None if calls is None else CallsGiven(calls, progress)
            found = (
                verify_pack(path, brought, stamp=stamp, held=held, calls=given)
                if following is None
                else verify_with_next(path, following, brought, stamp, given)
            )
        emit(_result(found), output)
        _conclude(found)
        if found.exit_code:
            raise typer.Exit(found.exit_code)


def _result(found: Verification) -> Result:
    result = verification(found, "backup-evidence/verify/1")
    about = found.about
    meta: dict[str, object] = dict(result.meta)
    if about is not None:
        meta |= {
            "pack_id": about.pack_id,
            "completeness": about.completeness,
            "sealed_at": about.sealed_at,
            "development": about.development,
            "time_stamped": about.time_stamped,
        }
    return replace(result, meta=meta)


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
