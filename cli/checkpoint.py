"""`backup-evidence checkpoint`: signed roots of the ledger, proofs from them, and copies outside."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.context import Config, Output, Quiet, compose, exits
from cli.help import Commands
from cli.lifetimes import lifetimes_of, warnings_of
from cli.output import Format, Result, emit, say
from cli.proofs import INTEGRITY, consistency, hand_over_files, prove
from cli.publishing import publish
from cli.trusting import Fingerprint, TrustFiles, TsaTrustFiles, certificates, conclude, trust_of, verification

if TYPE_CHECKING:
    from evidence.compose import Composition
    from evidence.ledger.publications import MadeCheckpoint

app = Commands(help="Signed roots of the ledger.", no_args_is_help=True, rich_markup_mode=None)

COLUMNS = ("size", "made_at", "purpose", "time_stamp", "published", "root_sha256")


app.command("prove")(prove)
app.command("consistency")(consistency)
app.command("publish")(publish)


@app.callback()
def group() -> None:
    """Signed roots of the ledger: proofs that nothing was dropped, changed or added behind."""


@app.command()
def make(
    renewal: Annotated[bool, typer.Option("--renewal", help="With certificates and lists of revoked ones.")] = False,
    revoked: Annotated[
        list[Path] | None, typer.Option("--crl", help="An authority's list of revoked certificates, for --renewal.")
    ] = None,
    more: Annotated[
        list[Path] | None, typer.Option("--certificates", help="PEM of roots to keep with a --renewal.")
    ] = None,
    config: Config = None,
    output: Output = Format.TABLE,
    quiet: Quiet = False,
) -> None:
    """Sign and time-stamp the root of the ledger as it is now; where nothing was recorded since, nothing is done.

    Examples:
      backup-evidence checkpoint make
      backup-evidence checkpoint make --renewal --certificates root.pem --crl authority.crl
    """
    with exits():
        from evidence.errors import ConfigurationError
        from evidence.packs.checkpoints.make import make_checkpoint
        from evidence.packs.checkpoints.renewal import gather_renewal

        if (revoked or more) and not renewal:
            raise ConfigurationError("--crl and --certificates belong to --renewal.")
        composition = compose(config)
        gathered = None
        if renewal:
            extra = [der for path in more or [] for der in certificates(path)]
            lists = {str(path): _bytes(path) for path in revoked or []}
            gathered = gather_renewal(composition.parts, extra, lists, composition.clock.now())
            for missing in gathered.without_list if not quiet else ():
                say(f"no list of revoked certificates was given for those of {missing}")
        made = make_checkpoint(composition.parts, composition.sealing_signer, composition.authority, gathered)
        if not made.new and not quiet:
            still = (
                "" if made.checkpoint.stamped or composition.authority is None else ", and the authority is still down"
            )
            say(f"nothing was recorded since {made.checkpoint.name}{still}; nothing to do")
        _warn(composition)
        emit(Result("backup-evidence/checkpoint/1", [_row(composition, made.checkpoint)], COLUMNS), output)


@app.command("list")
def list_checkpoints(config: Config = None, output: Output = Format.TABLE) -> None:
    """List checkpoints and where each was published.

    Example: backup-evidence checkpoint list -o json
    """
    with exits():
        from evidence.ledger.publications import checkpoints

        composition = compose(config)
        rows = [_row(composition, made) for made in checkpoints(composition.ledger.entries())]
        _warn(composition)
        emit(Result("backup-evidence/checkpoint-list/1", rows, COLUMNS), output)


@app.command()
def show(
    size: Annotated[int, typer.Argument(help="Entries that the checkpoint covers, as `checkpoint list` shows them.")],
    to: Annotated[Path | None, typer.Option("--to", help="Copy its files into this folder.")] = None,
    config: Config = None,
    output: Output = Format.TABLE,
) -> None:
    """Show what a checkpoint says, and hand its files over.

    Example: backup-evidence checkpoint show 42 --to for-the-auditor
    """
    with exits():
        import json

        from evidence.packs.checkpoints.prove import checkpoint_of
        from evidence.packs.checkpoints.renewal import checkpoint_files

        composition = compose(config)
        made = checkpoint_of(composition.ledger.entries(), size)
        document, _, _ = checkpoint_files(composition.parts, made)
        told = {**json.loads(document), "folder": str(composition.place(made.folder))}
        if to is not None:
            told["copied_to"] = hand_over_files(composition, made, to)
        rows = [told] if output is not Format.TABLE else [{"what": key, "value": value} for key, value in told.items()]
        emit(Result("backup-evidence/checkpoint-show/1", rows, ("what", "value")), output)


@app.command()
def verify(
    path: Annotated[
        Path | None, typer.Argument(help="A checkpoint that was handed over: checkpoint.json or its folder.")
    ] = None,
    older: Annotated[Path | None, typer.Option("--older", help="One that you held before.")] = None,
    proof: Annotated[Path | None, typer.Option("--proof", help="The proof of consistency between the two.")] = None,
    signer_fingerprint: Fingerprint = None,
    trust: TrustFiles = None,
    tsa_trust: TsaTrustFiles = None,
    outside: Annotated[bool, typer.Option("--outside", help="Also what lies at the configured targets.")] = False,
    config: Config = None,
    output: Output = Format.TABLE,
) -> None:
    """Without a file: check every checkpoint of the store against the ledger. With one: check it offline, by itself.

    Examples:
      backup-evidence checkpoint verify --outside
      backup-evidence checkpoint verify new/checkpoint.json --older old/checkpoint.json --signer-fingerprint 3f:9a:…
    """
    with exits():
        from evidence.errors import ConfigurationError

        if path is None:
            if older or proof or signer_fingerprint or trust or tsa_trust:
                raise ConfigurationError("Name the checkpoint's file, too.")
            _verify_store(compose(config), output, outside=outside)
            return
        from evidence.packs.verification.checkpoint import verify_checkpoint

        found = verify_checkpoint(path, trust_of(signer_fingerprint, trust, tsa_trust), older, proof)
        emit(verification(found, "backup-evidence/checkpoint-verify/1"), output)
        conclude(found, "The checkpoint")


def _verify_store(composition: Composition, output: Format, *, outside: bool) -> None:
    from evidence.packs.checkpoints.audit import audit

    rows: list[dict[str, object]] = [
        {"size": one.checkpoint.size, "state": "ok" if one.problem is None else "FAILED", "detail": one.problem}
        for one in audit(composition.parts)
    ]
    meta: dict[str, object] = {"failed": sum(row["state"] == "FAILED" for row in rows)}
    emit(Result("backup-evidence/checkpoint-audit/1", rows, ("size", "state", "detail"), meta), output)
    for target in composition.targets() if outside else ():
        count = target.check(composition.ledger.entries())
        say(
            f"{target.name}: nobody can look there; compare by hand with who received them"
            if count is None
            else f"{target.name}: {count} checkpoints lie there, and the ledger goes on from each"
        )
    if meta["failed"]:
        raise typer.Exit(INTEGRITY)


def _row(composition: Composition, made: MadeCheckpoint) -> dict[str, object]:
    from evidence.ledger.publications import publications

    sent = publications(composition.ledger.entries())
    return {
        "size": made.size,
        "root_sha256": made.root_sha256,
        "made_at": made.entry.at.isoformat(),
        "purpose": str(made.purpose),
        "time_stamp": "inside" if made.stamped else "NOT TIME-STAMPED",
        "signer_fingerprint_sha256": made.signer_fingerprint_sha256,
        "published": [name for name, told in sent.items() if any(one.size == made.size for one in told)],
        "folder": str(composition.place(made.folder)),
    }


def _warn(composition: Composition) -> None:
    """Certificates that end soon, while everything that rests on them can still be renewed."""
    for sentence in warnings_of(lifetimes_of(composition)):
        say(sentence)


def _bytes(path: Path) -> bytes:
    from evidence.errors import ConfigurationError

    try:
        return path.read_bytes()
    except OSError as error:
        raise ConfigurationError(f"{path} cannot be read.", cause=error.strerror or str(error)) from error
