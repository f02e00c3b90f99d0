"""What people decided about packs they reviewed, by the ledger.

Not here: making a review (`evidence.packs.oversight.reviews`). Invariant: nothing is edited: a later review of the same pack by the same person
supersedes the earlier one and names it.

The payload keeps apart what was decided (`decision`), who decided (`identity`), and `signature`. Version 1 has neither claims nor signature: grade C. Version 2 holds
the claims of a sign-in, and the SHA-256 of the signed statement that its objects are: grade B.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from evidence.ledger.entries import EntryKind, LedgerEntry
from evidence.ledger.fields import Fields
from evidence.ledger.persons import (
    GRADE,
    SIGNED_GRADE,
    Account,
    is_signed,
    read_account,
    read_proven,
    same_name,
    told_person,
)

_KEYS = frozenset({"v", "attempt", "decision", "identity", "grade", "signature"})
_DECISION = frozenset(
    {"pack_id", "tagmanifest_sha256", "outcome", "remarks", "reviewer", "decided_at", "supersedes", "seen"}
)
_SEEN = frozenset({"completeness", "gaps", "essential_gaps", "backup_jobs_failed", "unresolved", "unknown"})


class ReviewOutcome(StrEnum):
    """What a reviewer decided."""

    CONFIRMED = "confirmed"
    WITH_REMARKS = "confirmed with remarks"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True)
class Seen:
    """What the reviewer was shown of the pack."""

    completeness: str
    gaps: int
    essential_gaps: int
    backup_jobs_failed: int
    unresolved: int
    """Items and operations whose failure no later success with a recovery point resolved."""
    unknown: int
    """Those of which it cannot be told."""

    def told(self) -> dict[str, object]:
        """As the payload holds it."""
        return {name: getattr(self, name) for name in sorted(_SEEN)}


@dataclass(frozen=True, slots=True)
class Decision:
    """What was decided about which bytes."""

    pack_id: str
    tagmanifest_sha256: str
    """What the reviewer confirmed to have seen."""
    outcome: ReviewOutcome
    remarks: str | None
    reviewer: str
    decided_at: datetime
    supersedes: str | None
    """Entry id of the same person's earlier review of the pack."""
    seen: Seen


@dataclass(frozen=True, slots=True)
class Review:
    """One person's decision, as recorded."""

    decision: Decision
    account: Account
    grade: str
    entry: LedgerEntry
    claims: Mapping[str, object] | None = None
    """Of the reviewer's sign-in; None where nobody signed in."""
    statement_sha256: str | None = None
    """Of the signed statement that the entry names."""

    @property
    def person(self) -> tuple[str, str] | None:
        """Tenant and object id, where the reviewer signed in."""
        return None if self.claims is None else person_key(self.claims)


def person_key(claims: Mapping[str, object]) -> tuple[str, str]:
    """What tells persons apart who signed in."""
    return str(claims["tid"]).lower(), str(claims["oid"]).lower()


def told_decision(decision: Decision, decided_at: str) -> dict[str, object]:
    """A decision as payload and statement hold it; `decided_at` is its moment as the ledger writes it."""
    return {
        "pack_id": decision.pack_id,
        "tagmanifest_sha256": decision.tagmanifest_sha256,
        "outcome": str(decision.outcome),
        "remarks": decision.remarks,
        "reviewer": decision.reviewer,
        "decided_at": decided_at,
        "supersedes": decision.supersedes,
        "seen": decision.seen.told(),
    }


def told_review(
    decision: Decision,
    decided_at: str,
    account: Account,
    attempt: str,
    signed: tuple[Mapping[str, object], str] | None = None,
) -> dict[str, object]:
    """The payload; `signed` are the claims of a sign-in and the SHA-256 of the signed statement."""
    return {
        "attempt": attempt,
        "decision": told_decision(decision, decided_at),
        **told_person(account, signed),
    }


def review(entry: LedgerEntry) -> Review:
    """What a pack-reviewed entry says; raises IntegrityError."""
    fields = Fields(f"The payload of {entry.name}", entry.payload)
    signed = is_signed(fields)
    fields.check_keys(_KEYS)
    fields.text("attempt")
    if signed:
        found = read_proven(fields, entry)
        return Review(_decision(fields), found.account, SIGNED_GRADE, entry, found.claims, found.statement_sha256)
    if fields.values["signature"] is not None or fields.text("grade") != GRADE:
        fields.refuse(f"a review without claims is unsigned and of grade {GRADE}")
    return Review(_decision(fields), read_account(fields, "identity"), GRADE, entry)


def _decision(fields: Fields) -> Decision:
    inner = Fields(f"decision in {fields.where}", fields.mapping("decision"))
    inner.check_keys(_DECISION)
    outcome = inner.text("outcome")
    if outcome not in {str(one) for one in ReviewOutcome}:
        inner.refuse(f"its outcome {outcome[:100]!r} is unknown to this program")
    return Decision(
        inner.text("pack_id"),
        inner.sha256("tagmanifest_sha256"),
        ReviewOutcome(outcome),
        inner.optional_text("remarks"),
        inner.text("reviewer"),
        inner.moment("decided_at"),
        inner.optional_sha256("supersedes"),
        _seen(Fields(f"seen in {inner.where}", inner.mapping("seen"))),
    )


def _seen(fields: Fields) -> Seen:
    fields.check_keys(_SEEN)
    counts = [fields.whole(n) for n in ("gaps", "essential_gaps", "backup_jobs_failed", "unresolved", "unknown")]
    return Seen(fields.text("completeness"), *counts)


def reviews(entries: Iterable[LedgerEntry]) -> Mapping[str, tuple[Review, ...]]:
    """Reviews by pack id, in order of recording, superseded ones too."""
    found: defaultdict[str, tuple[Review, ...]] = defaultdict(tuple)
    for entry in entries:
        if entry.kind is EntryKind.PACK_REVIEWED:
            one = review(entry)
            found[one.decision.pack_id] += (one,)
    return dict(sorted(found.items()))


def standing(found: Sequence[Review]) -> tuple[Review, ...]:
    """Of one pack's reviews the last of each person."""
    return tuple(
        one
        for place, one in enumerate(found)
        if not any(is_by(one, later.decision.reviewer, later.person) for later in found[place + 1 :])
    )


def is_by(one: Review, name: str, person: tuple[str, str] | None) -> bool:
    """Whether a review is by a person: by tenant and object id where both signed in, else by the name that was told.

    Whoever did not sign in is never taken for somebody who did: a typed name supersedes no signed review.
    """
    if one.person is not None and person is not None:
        return one.person == person
    return one.person is None and same_name(one.decision.reviewer, name)
