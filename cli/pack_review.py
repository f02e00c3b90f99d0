"""`backup-evidence pack review`: a named person confirms what a pack says, bound to the hash that they saw."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from cli.context import Config, Output, compose, exits
from cli.output import Format, Result, emit, harmless, say
from cli.signing_in import DeviceCode

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from evidence.compose import Composition
    from evidence.ledger.entries import LedgerEntry
    from evidence.ledger.folds import SealedPack
    from evidence.ledger.reviews import Review
    from evidence.packs.oversight.review_showing import Shown
    from evidence.packs.oversight.reviews import Verdict
    from evidence.packs.oversight.signed_reviews import SignedIn

COLUMNS = ("pack", "outcome", "reviewer", "grade", "ledger_entry")
UNNAMED = "nobody yet"
"""Stands for the reviewer until they have signed in."""
MOST_TOLD = 20
"""Gaps and unresolved failures on a terminal; all are in the pack."""


def review(
    pack_id: Annotated[str, typer.Argument(help="The pack's id, as `pack list` shows it.")],
    reviewer: Annotated[str | None, typer.Option("--reviewer", help="Who reviews, as the person signs.")] = None,
    outcome: Annotated[
        str | None, typer.Option("--outcome", help="confirmed, with-remarks or rejected [default: confirmed].")
    ] = None,
    remarks: Annotated[str | None, typer.Option("--remarks", help="Why; with the last two outcomes.")] = None,
    sha256: Annotated[
        str | None, typer.Option("--hash", help="SHA-256 of tagmanifest-sha256.txt of the pack that was looked at.")
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Record without asking; needs --hash and --reviewer.")] = False,
    sign_in: Annotated[
        bool,
        typer.Option("--sign-in", help="Sign in, and sign the decision; needs a terminal, and takes no --reviewer."),
    ] = False,
    device_code: DeviceCode = False,
    config: Config = None,
    output: Output = Format.TABLE,
) -> None:
    """Show a pack's completeness, gaps and unresolved failures, and record what a person decides about them.

    The pack is fetched and verified first. What is not given is asked for. A hash that is not the pack's, a superseded pack, and a
    reviewer who sealed it are refused (end 8). The name is a person's statement, not proven (grade C), unless --sign-in lets Entra ID name the
    reviewer: then the decision is signed with the claims inside (grade B).

    Examples:
      backup-evidence pack review all-audit-internal-2026Q3-r0001
      backup-evidence pack review all-audit-internal-2026Q3-r0001 --reviewer "Ada Example" --hash 6f1c... --yes
      backup-evidence pack review all-audit-internal-2026Q3-r0001 --outcome rejected --remarks "vault v7 was never read"
    """
    with exits():
        from cli.pack_named import named_pack
        from evidence.packs.oversight.review_showing import show
        from evidence.packs.oversight.reviews import record_review

        composition = compose(config)
        pack = named_pack(composition, pack_id)
        if sign_in:
            _refuse_unsigned(composition, yes=yes, reviewer=reviewer)
        else:
            _refuse_silence(yes=yes, reviewer=reviewer, sha256=sha256)
        shown = show(composition.parts, pack)
        for line in _told(shown):
            say(line)
        verdict, signed_in = _verdict(reviewer if not sign_in else UNNAMED, outcome, remarks, sha256, yes=yes), None
        if sign_in:
            verdict, signed_in = _signed_in(composition, pack, verdict, device_code=device_code)
        for line in _warnings(pack, verdict, proven=sign_in):
            say(line)
        found = record_review(composition.parts, pack, shown.seen, verdict, signed_in)
        emit(Result("backup-evidence/pack-review/1", [_row(found)], COLUMNS), output)


def reviews_told(entries: Iterable[LedgerEntry], pack_id: str) -> list[Mapping[str, object]]:
    """Every review of a pack, superseded ones too, for `pack show`."""
    from evidence.ledger.reviews import reviews, standing

    found = reviews(entries).get(pack_id, ())
    stand = standing(found)
    return [{**_row(one), "stands": one in stand} for one in found]


def review_states(composition: Composition) -> dict[str, object]:
    """Reviews that are overdue or due, and packs that were rejected, for `status`."""
    from evidence.packs.oversight.reviews import outstanding, rejected

    entries, now = composition.ledger.entries(), composition.clock.now()
    open_ones = outstanding(entries, composition.review_rule)
    told = [(one.overdue(now), {"pack": one.pack.pack_id, "due_at": one.due_at.isoformat()}) for one in open_ones]
    return {
        "reviews_overdue": [row for late, row in told if late],
        "reviews_due": [row for late, row in told if not late],
        "packs_rejected": [_row(one) for one in rejected(entries)],
    }


def review_remarks(states: Mapping[str, object]) -> list[str]:
    """What `status` says of them on a terminal."""
    late, due, refused = (_rows(states[key]) for key in ("reviews_overdue", "reviews_due", "packs_rejected"))
    ask = "backup-evidence pack review"
    return [
        *(f"review OVERDUE since {str(row['due_at'])[:10]}: {ask} {row['pack']}" for row in late),
        *(f"review due until {str(row['due_at'])[:10]}: {ask} {row['pack']}" for row in due),
        *(
            f"pack REJECTED: {row['pack']} by {row['reviewer']} (grade {row['grade']}): {row['remarks']}"
            for row in refused
        ),
    ]


def _rows(found: object) -> list[Mapping[str, object]]:
    return found if isinstance(found, list) else []


def _refuse_silence(*, yes: bool, reviewer: str | None, sha256: str | None) -> None:
    from evidence.errors import ConfigurationError

    if yes and (reviewer is None or sha256 is None):
        raise ConfigurationError("--yes asks nothing, so --reviewer and --hash must be given with it.")
    if not yes and not can_ask():
        raise ConfigurationError(
            "Nobody can be asked here: this is no terminal.",
            next_step="Give --reviewer NAME --hash SHA256 --yes.",
        )


def can_ask() -> bool:
    """Whether somebody sits at a terminal."""
    return sys.stdin.isatty()


def _told(shown: Shown) -> list[str]:
    seen, pack = shown.seen, shown.pack
    lines = [
        f"pack {pack.pack_id}, nights {pack.first_night} to {pack.last_night}, sealed {pack.entry.at:%Y-%m-%d %H:%M:%S}Z",
        f"completeness: {seen.completeness}",
        f"gaps: {seen.gaps}, of which {seen.essential_gaps} essential",
    ]
    lines += _first([f"{one['night']} {one['subject_id'] or 'whole night'}: {one['reason']}" for one in shown.gaps])
    lines += [
        f"backup jobs failed: {seen.backup_jobs_failed}",
        f"failures unresolved: {seen.unresolved}; unknown whether resolved: {seen.unknown}",
    ]
    return lines + _first([f"{one['state']}: {one['subject']} {one['operation']}" for one in shown.unresolved])


def _first(lines: list[str]) -> list[str]:
    rest = len(lines) - MOST_TOLD
    told = [f"  {line}" for line in lines[:MOST_TOLD]]
    return told if rest <= 0 else [*told, f"  and {rest} more, all in the pack"]


def _verdict(
    reviewer: str | None, outcome: str | None, remarks: str | None, sha256: str | None, *, yes: bool
) -> Verdict:
    from cli.account import account
    from evidence.packs.oversight.reviews import Verdict, outcome_of

    if not yes:
        outcome = outcome or _ask("Outcome: confirmed, with-remarks or rejected")
        if remarks is None and str(outcome_of(outcome)) != "confirmed":
            remarks = _ask("Remarks")
        reviewer = reviewer or _ask("Your name, as you sign")
        sha256 = sha256 or _ask("To confirm, the SHA-256 of tagmanifest-sha256.txt of the pack that you looked at")
    return Verdict.checked(reviewer or "", account(), outcome or "confirmed", remarks, sha256 or "")


def _ask(what: str) -> str:
    return str(typer.prompt(harmless(what), err=True))


def _refuse_unsigned(composition: Composition, *, yes: bool, reviewer: str | None) -> None:
    """What a signed review cannot do without is said before anything is asked."""
    from cli.signing_in import refuse_silence, sealer
    from evidence.errors import ConfigurationError
    from evidence.identity.signing_in import registration_of

    if yes or reviewer is not None:
        raise ConfigurationError(
            "--sign-in takes neither --yes nor --reviewer: the person is asked, and named by Entra ID."
        )
    refuse_silence("A signed review")
    registration_of(composition.settings.sign_in), sealer(composition)


def _signed_in(
    composition: Composition, pack: SealedPack, verdict: Verdict, *, device_code: bool
) -> tuple[Verdict, SignedIn]:
    """The verdict under the name that the sign-in told, and the sign-in."""
    from dataclasses import replace

    from cli.signing_in import sealer, signed_in
    from evidence.ledger.persons import checked_name
    from evidence.packs.oversight.reviews import refuse_verdict
    from evidence.packs.oversight.signed_reviews import SignedIn
    from evidence.runs.seal import adopt_configuration

    refuse_verdict(pack, verdict)
    identity = signed_in(composition, device_code=device_code)
    adopt_configuration(composition.parts, composition.configuration.raw)
    named = replace(verdict, reviewer=checked_name(identity.shown, "The name of the sign-in"))
    return named, SignedIn(identity, sealer(composition))


def _warnings(pack: SealedPack, verdict: Verdict, *, proven: bool) -> list[str]:
    from evidence.ledger.persons import PROVEN, UNPROVEN
    from evidence.packs.oversight.reviews import sealed_by_same_account

    known = f"{PROVEN} (grade B)" if proven else f"{UNPROVEN} (grade C)"
    told = [f"recorded as {known}, under the account {verdict.account.sentence}"]
    if sealed_by_same_account(pack, verdict.account):
        told.append(f"the account {verdict.account.user} also sealed this pack; whoever reads the review is told so")
    return told


def _row(found: Review) -> dict[str, object]:
    from evidence.ledger.persons import PROVEN, UNPROVEN

    decision = found.decision
    return {
        "pack": decision.pack_id,
        "tagmanifest_sha256": decision.tagmanifest_sha256,
        "outcome": str(decision.outcome),
        "remarks": decision.remarks,
        "reviewer": decision.reviewer,
        "identity": UNPROVEN if found.claims is None else PROVEN,
        "claims": found.claims,
        "account": found.account.sentence,
        "grade": found.grade,
        "reviewed_at": decision.decided_at.isoformat(),
        "supersedes": decision.supersedes,
        "seen": decision.seen.told(),
        "ledger_entry": found.entry.sequence,
    }
