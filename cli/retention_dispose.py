"""`backup-evidence retention propose, proposals, review, approve, dispose, certificate, certificates`: how evidence ends."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated

import typer

from cli.context import Config, Output, compose, exits
from cli.output import Format, Result, emit, say
from cli.retention_decide import already, confirm, records_manager, refuse_early, registers
from cli.retention_holds import DECIDED, decided_row
from cli.signing_in import DeviceCode

if TYPE_CHECKING:
    from evidence.compose import Composition
    from evidence.runs.retention.certificates import DisposalCertificate
    from evidence.runs.retention.disposing import Disposed
    from evidence.runs.retention.proposing import ProposalFile

PROPOSALS = ("proposal", "state", "day", "objects", "gone", "approved_by", "sha256")
KINDS = ("kind", "objects", "bytes", "kept_until_first", "kept_until_last")
OBJECTS = ("path", "kind", "bytes", "until", "rule", "now")
LEFT = ("path", "outcome", "why")
CERTIFICATES = ("proposal", "objects", "bytes", "left", "confirmed_at", "signer", "stamped_at", "ledger_entry")
ProposalId = Annotated[str, typer.Argument(metavar="PROPOSAL", help="As `retention proposals` shows it.")]
INTEGRITY, REFUSED = 7, 8
CONFIRMED = 8
"""Characters of the hash that a person types."""


def propose(config: Config = None, output: Output = Format.TABLE) -> None:
    """Propose what may be disposed of: everything whose last day is over and that nothing holds; deletes nothing.

    The proposal is a file in the store, named by the ledger. A later one that names something else takes the place of the one that stands, approvals
    included. Ledger, checkpoints, certificates, configurations and what proves a disposal are in none.

    Example: backup-evidence retention propose
    """
    with exits():
        from evidence.runs.retention import proposing

        composition = compose(config)
        found = proposing.propose(composition.parts, registers(composition))
        if found.file is None or found.entry is None:
            emit(Result("backup-evidence/retention-proposal/1", [], KINDS), output)
            say("Nothing is due.")
            return
        file = found.file
        meta = {"proposal": file.proposal_id, "sha256": file.sha256, "packs": list(file.packs)}
        emit(Result("backup-evidence/retention-proposal/1", _by_kind(file), KINDS, meta), output)
        stood = " (it stood already)" if found.before else ""
        say(
            f"Proposal {file.proposal_id}{stood}: {len(file.due)} objects, {file.bytes} bytes; {len(file.packs)} packs leave."
        )
        say(f"Two records managers: backup-evidence retention approve {file.proposal_id}")


def proposals(config: Config = None, output: Output = Format.TABLE) -> None:
    """List proposals of disposal: how far each has come, and who approved it.

    Example: backup-evidence retention proposals -o json
    """
    with exits():
        from evidence.runs.retention.book import read_keeping

        book = read_keeping(compose(config).ledger.entries()).dispositions
        rows: list[Mapping[str, object]] = [
            {
                "proposal": one.proposal_id,
                "state": one.state,
                "day": str(one.day),
                "objects": one.count,
                "gone": len(one.gone),
                "certified": len(one.certified),
                "approved_by": [who.name for who in one.approvals],
                "approvals": [{"object_id": who.object_id, "ledger_entry": who.sequence} for who in one.approvals],
                "superseded_by": one.superseded_by,
                "sha256": one.sha256,
                "path": one.path,
                "ledger_entry": one.sequence,
            }
            for one in book.proposals.values()
        ]
        emit(Result("backup-evidence/retention-proposals/1", rows, PROPOSALS), output)


def review(proposal: ProposalId, config: Config = None, output: Output = Format.TABLE) -> None:
    """Read a proposal: each object, until when it was kept by which rule, and what would become of it now.

    Example: backup-evidence retention review 2028-01-02-000412 -o csv
    """
    with exits():
        from evidence.runs.retention.approving import shown

        composition = compose(config)
        file = shown(composition.parts, proposal)
        rows = _object_rows(composition, file)
        meta = {"proposal": proposal, "sha256": file.sha256, "packs": list(file.packs), "bytes": file.bytes}
        emit(Result("backup-evidence/retention-review/1", rows, OBJECTS, meta), output)
        kept = sum(row["now"] != "may go" for row in rows)
        say(f"{len(rows)} objects, {file.bytes} bytes; {kept} of them would stay or are gone; SHA-256 {file.sha256}")


def approve(
    proposal: ProposalId, device_code: DeviceCode = False, config: Config = None, output: Output = Format.TABLE
) -> None:
    """Approve a disposal: read what it names with its hash, confirm it, sign in, and sign it. Two different persons must.

    Needs a terminal and a person named under `sign_in.records_managers`. Refused (end 8): the same account twice, a service principal, a proposal that
    another took the place of, or whose file is not the one that was named.

    Example: backup-evidence retention approve 2028-01-02-000412
    """
    with exits():
        from evidence.runs.retention import approving

        composition = compose(config)
        file = approving.shown(composition.parts, proposal)
        already(composition, approving.approving(proposal, file.sha256))
        refuse_early(composition, "An approval")
        _say_proposal(composition, file)
        confirm(f"To confirm, the first {CONFIRMED} characters of its SHA-256", file.sha256[:CONFIRMED])
        person = records_manager(composition, device_code=device_code)
        found = approving.approve(composition.parts, person, proposal, file.sha256)
        if found.before:
            say(f"recorded before, as ledger entry {found.entry.sequence}; nothing was added")
        emit(Result("backup-evidence/retention-decision/1", [decided_row(found)], DECIDED), output)
        _say_next(composition, proposal)


def dispose(
    proposal: ProposalId,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only tell what would go and what would stay.")] = False,
    config: Config = None,
    output: Output = Format.TABLE,
) -> None:
    """Delete what an approved proposal names: holds, dates, approvals and hashes are checked again in the same step.

    What may not go any more is left, with the reason. Run it again after a stop: it goes on. Ends 7 where an object is missing or changed, 8 where
    something was left or the store refused (immutability, legal hold).

    Example: backup-evidence retention dispose 2028-01-02-000412
    """
    with exits():
        from evidence.runs.retention import disposing
        from evidence.runs.retention.approving import shown

        composition = compose(config)
        if dry_run:
            rows = _object_rows(composition, shown(composition.parts, proposal))
            emit(Result("backup-evidence/retention-review/1", rows, OBJECTS), output)
            return
        found = disposing.dispose(composition.parts, registers(composition), proposal)
        emit(Result("backup-evidence/retention-disposal/1", _outcomes(found), LEFT, _disposed_meta(found)), output)
        say(
            f"{len(found.gone)} objects deleted, {found.before} before; {len(found.left)} left, {len(found.refused)} refused by the store, "
            f"{len(found.alarms)} missing or changed."
        )
        if found.alarms:
            raise typer.Exit(INTEGRITY)
        if found.left or found.refused:
            raise typer.Exit(REFUSED)
        say(f"Once nothing of them can be recovered: backup-evidence retention certificate {proposal}")


def certificate(proposal: ProposalId, config: Config = None, output: Output = Format.TABLE) -> None:
    """Certify a disposal: look once more that nothing is left of what was deleted, and sign it; the one that is there otherwise.

    Ends 8 while the store keeps anything of it: soft-deleted blobs, versions, snapshots. What the store cannot tell is said in the certificate.

    Example: backup-evidence retention certificate 2028-01-02-000412
    """
    with exits():
        from cli.signing_in import sealer
        from evidence.runs.retention.certificates import certify

        composition = compose(config)
        found = certify(composition.parts, sealer(composition), proposal)
        emit(Result("backup-evidence/disposal-certificates/1", [_certificate(found)], CERTIFICATES), output)
        for one in found.not_told:
            say(f"not told by the store: {one}")
        say(f"signed certificate {found.path}, read back and verified")


def certificates(config: Config = None, output: Output = Format.TABLE) -> None:
    """List certificates of disposal, each read again and verified with the approvals it rests on; ends 7 where one does not hold.

    Example: backup-evidence retention certificates -o json
    """
    with exits():
        from evidence.runs.retention.certificates import certificates as made
        from evidence.runs.retention.deciding import check_decisions

        composition = compose(config)
        entries = composition.ledger.entries()
        check_decisions(composition.store, entries)
        rows = [_certificate(one) for one in made(composition.store, entries)]
        emit(Result("backup-evidence/disposal-certificates/1", rows, CERTIFICATES), output)


def _by_kind(file: ProposalFile) -> list[dict[str, object]]:
    kinds = sorted({one.kind for one in file.due})
    groups = {kind: [one for one in file.due if one.kind == kind] for kind in kinds}
    return [
        {
            "kind": kind,
            "objects": len(many),
            "bytes": sum(one.object.bytes for one in many),
            "kept_until_first": str(min(one.until for one in many)),
            "kept_until_last": str(max(one.until for one in many)),
        }
        for kind, many in groups.items()
    ]


def _object_rows(composition: Composition, file: ProposalFile) -> list[dict[str, object]]:
    from evidence.retention.calendar import day_of
    from evidence.retention.disposition import why_kept

    entries, now = composition.ledger.entries(), composition.clock.now()
    register, day = registers(composition)(entries, now), day_of(now, composition.settings.time_zone)
    return [
        {
            "path": one.object.path,
            "kind": one.kind,
            "bytes": one.object.bytes,
            "sha256": one.object.sha256,
            "sealed_by": one.sequence,
            "until": str(one.until),
            "rule": one.rule,
            "now": why_kept(register.find(one.object.path), day) or "may go",
        }
        for one in file.due
    ]


def _say_proposal(composition: Composition, file: ProposalFile) -> None:
    """What is approved, kind by kind and pack by pack, and its hash last, where the eye is."""
    for row in _by_kind(file):
        say(f"  {row['kind']}: {row['objects']} objects, {row['bytes']} bytes, kept until {row['kept_until_last']}")
    for pack in file.packs:
        say(f"  pack {pack} leaves")
    for row in _object_rows(composition, file):
        if row["now"] != "may go":
            say(f"  stays or is gone: {row['path']}: {row['now']}")
    say(f"Every object: backup-evidence retention review {file.proposal_id}")
    say(f"SHA-256 of the proposal: {file.sha256}")


def _say_next(composition: Composition, proposal: str) -> None:
    from evidence.runs.retention.book import read_keeping

    found = read_keeping(composition.ledger.entries()).dispositions.named(proposal)
    if found.approved:
        say(f"Two persons approved: backup-evidence retention dispose {proposal}")
    else:
        say(f"A second person must approve: backup-evidence retention approve {proposal}")


def _outcomes(found: Disposed) -> list[dict[str, object]]:
    groups = {"missing or changed": found.alarms, "refused by the store": found.refused, "left": found.left}
    rows: list[dict[str, object]] = [
        {"path": path, "outcome": name, "why": why} for name, many in groups.items() for path, why in many.items()
    ]
    rows += [{"path": path, "outcome": "deleted", "why": "approved and due"} for path in found.gone]
    return rows


def _disposed_meta(found: Disposed) -> dict[str, object]:
    return {
        "proposal": found.file.proposal_id,
        "deleted": len(found.gone),
        "deleted_before": found.before,
        "left": len(found.left),
        "refused": len(found.refused),
        "alarms": len(found.alarms),
    }


def _certificate(one: DisposalCertificate) -> dict[str, object]:
    stamp = one.seal.stamp
    return {
        "proposal": one.proposal_id,
        "objects": one.objects,
        "bytes": one.bytes,
        "left": one.left,
        "confirmed_at": one.confirmed_at.isoformat(),
        "looked_at": list(one.looked_at),
        "not_told": list(one.not_told),
        "signer": one.seal.identity.subject,
        "signer_fingerprint_sha256": one.seal.identity.fingerprint_sha256,
        "signer_known_to_ledger": one.established,
        "stamped_at": None if stamp is None else stamp.at.isoformat(),
        "path": one.path,
        "sha256": one.sha256,
        "ledger_entry": one.entry.sequence,
    }
