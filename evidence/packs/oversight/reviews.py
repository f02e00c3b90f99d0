"""Reviews of packs: the decision on record, and which reviews are due.

Not here: what a reviewer is shown (`review_showing`), asking the person (`cli`), what an entry says (`evidence.ledger.reviews`).
Invariants: a decision is about the very bytes that the ledger names, typed by the reviewer; a superseded pack is not reviewed; whoever
sealed a pack does not review it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from evidence.errors import ConfigurationError, RefusedError
from evidence.ledger.entries import Draft, EntryKind, LedgerEntry
from evidence.ledger.folds import SealedPack, packs
from evidence.ledger.ledger import Guard
from evidence.ledger.persons import Account, checked_name, checked_text, same_name
from evidence.ledger.reviews import (
    Decision,
    Review,
    ReviewOutcome,
    Seen,
    is_by,
    review,
    reviews,
    standing,
    told_review,
)
from evidence.packs.oversight.signed_reviews import SignedIn
from evidence.runs.parts import Parts, told

_HASH = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class ReviewRule:
    """Which packs must be reviewed, and how soon."""

    due_days: int = 30
    kinds: tuple[str, ...] = ("audit",)

    def due_at(self, pack: SealedPack) -> datetime | None:
        """Until when a pack must be reviewed; None where it need not be."""
        return pack.entry.at + timedelta(days=self.due_days) if pack.series.kind in self.kinds else None


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a person decides."""

    reviewer: str
    account: Account
    outcome: ReviewOutcome
    remarks: str | None
    sha256: str
    """The tag manifest hash that the reviewer typed."""

    @classmethod
    def checked(cls, reviewer: str, account: Account, outcome: str, remarks: str | None, sha256: str) -> Verdict:
        """What can be recorded; raises ConfigurationError."""
        found = outcome_of(outcome)
        if (found is ReviewOutcome.CONFIRMED) != (remarks is None):
            raise ConfigurationError(
                "Remarks belong to `confirmed with remarks` and to `rejected`, and to these only.",
                next_step="Give --outcome with-remarks or rejected together with --remarks TEXT.",
            )
        because = None if remarks is None else checked_text(remarks, "--remarks")
        typed = re.sub(r"[\s:]", "", sha256).lower()
        return cls(checked_name(reviewer, "--reviewer"), account, found, because, typed)


def outcome_of(word: str) -> ReviewOutcome:
    """The outcome of a word as typed; raises ConfigurationError."""
    folded = word.strip().lower().replace("-", " ")
    for one in ReviewOutcome:
        if folded in {str(one), str(one).removeprefix("confirmed ")}:
            return one
    raise ConfigurationError(
        f"`{word}` is no outcome of a review.", next_step="One of: confirmed, with-remarks, rejected."
    )


def refuse_unreviewable(entries: Sequence[LedgerEntry], pack: SealedPack) -> None:
    """Raise RefusedError for a pack that a later revision superseded."""
    for series in packs(entries).values():
        for later in series:
            if later.supersedes == pack.tagmanifest_sha256:
                raise RefusedError(
                    f"{pack.pack_id} is superseded by {later.pack_id}, so it is not reviewed any more.",
                    next_step=f"backup-evidence pack review {later.pack_id}",
                )


def record_review(
    parts: Parts, pack: SealedPack, seen: Seen, verdict: Verdict, signed_in: SignedIn | None = None
) -> Review:
    """Record a decision, signed where the reviewer signed in; raises RefusedError where it may not be made, SealError, StoreError."""
    refuse_verdict(pack, verdict)
    person = signed_in.person if signed_in else None
    now = parts.clock.now()
    decision = Decision(
        pack_id=pack.pack_id,
        tagmanifest_sha256=pack.tagmanifest_sha256,
        outcome=verdict.outcome,
        remarks=verdict.remarks,
        reviewer=verdict.reviewer,
        decided_at=now,
        supersedes=_earlier(parts.ledger.entries(), pack, verdict.reviewer, person),
        seen=seen,
    )
    guard = _may_be_recorded(pack, decision, person)
    guard(parts.ledger.entries())
    signed = signed_in.signed(parts, decision, verdict.account) if signed_in else None
    proof = (signed.claims, signed.statement_sha256) if signed else None
    draft = Draft(
        kind=EntryKind.PACK_REVIEWED,
        at=now,
        actor=parts.actor,
        subject=f"pack/{pack.pack_id}",
        payload=told_review(decision, told(now), verdict.account, parts.new_id(), proof),
        objects=signed.objects if signed else (),
    )
    return review(parts.ledger.append(draft, (guard,)))


def refuse_verdict(pack: SealedPack, verdict: Verdict) -> None:
    """Raise RefusedError for another hash than the pack's, and for the name that sealed it."""
    _refuse_other_hash(pack, verdict)
    _refuse_sealer(pack, verdict)


def _refuse_other_hash(pack: SealedPack, verdict: Verdict) -> None:
    if verdict.sha256 != pack.tagmanifest_sha256:
        raise RefusedError(
            f"The hash typed is not that of {pack.pack_id}.",
            cause=f"Typed: {verdict.sha256[:80] if _HASH.fullmatch(verdict.sha256) else 'no SHA-256 in hex'}.",
            next_step="Hash tagmanifest-sha256.txt of the pack that you looked at (sha256sum), and review that one.",
        )


def _refuse_sealer(pack: SealedPack, verdict: Verdict) -> None:
    sealer = pack.entry.actor.rpartition("/")[2]
    if same_name(verdict.reviewer, sealer) or same_name(verdict.reviewer, pack.entry.actor):
        raise RefusedError(
            f"{verdict.reviewer} sealed {pack.pack_id}, and does not review it.",
            cause="Who makes evidence does not confirm it.",
            next_step="Let somebody else review it, under their own name.",
        )


def sealed_by_same_account(pack: SealedPack, account: Account) -> bool:
    """Whether a review was typed under the very account that sealed the pack: it is recorded, and said."""
    return same_name(account.user, pack.entry.actor.rpartition("/")[2])


def _earlier(
    entries: Sequence[LedgerEntry], pack: SealedPack, reviewer: str, person: tuple[str, str] | None
) -> str | None:
    mine = [one for one in reviews(entries).get(pack.pack_id, ()) if is_by(one, reviewer, person)]
    return mine[-1].entry.entry_id if mine else None


def _may_be_recorded(pack: SealedPack, decision: Decision, person: tuple[str, str] | None) -> Guard:
    def guard(entries: Sequence[LedgerEntry]) -> None:
        refuse_unreviewable(entries, pack)
        if _earlier(entries, pack, decision.reviewer, person) != decision.supersedes:
            raise RefusedError(
                f"{decision.reviewer} reviewed {pack.pack_id} a second time at once.",
                cause="Another review under the same name was recorded meanwhile.",
                next_step=f"backup-evidence pack show {pack.pack_id}",
            )

    return guard


@dataclass(frozen=True, slots=True)
class Outstanding:
    """A pack that must be reviewed and was not."""

    pack: SealedPack
    due_at: datetime

    def overdue(self, now: datetime) -> bool:
        """Whether its day is past."""
        return now > self.due_at


def outstanding(entries: Sequence[LedgerEntry], rule: ReviewRule) -> tuple[Outstanding, ...]:
    """Standing packs without a review that they must have, the longest due first."""
    done = reviews(entries)
    found = []
    for series in packs(entries).values():
        replaced = {pack.supersedes for pack in series}
        for pack in series:
            due = rule.due_at(pack)
            if due is not None and pack.tagmanifest_sha256 not in replaced and pack.pack_id not in done:
                found.append(Outstanding(pack, due))
    return tuple(sorted(found, key=lambda one: (one.due_at, one.pack.pack_id)))


def rejected(entries: Sequence[LedgerEntry]) -> tuple[Review, ...]:
    """Standing reviews that reject a standing pack."""
    replaced = {pack.supersedes for series in packs(entries).values() for pack in series}
    return tuple(
        one
        for found in reviews(entries).values()
        for one in standing(found)
        if one.decision.outcome is ReviewOutcome.REJECTED and one.decision.tagmanifest_sha256 not in replaced
    )
