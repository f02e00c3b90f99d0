"""What people decided about packs they reviewed, by the ledger.

Not here: making a review (`evidence.packs.oversight.reviews`). Invariant: nothing is edited: a later review of the same pack by the same person
supersedes the earlier one and names it.

The payload keeps apart what was decided (`decision`, which a person's CMS signature will be about), who decided (`identity`, which the
claims of a sign-in will prove) and `signature`, the hash of that CMS object. Version 1 has neither claims nor signature.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from evidence.ledger.entries import EntryKind, LedgerEntry
from evidence.ledger.fields import Fields
from evidence.ledger.persons import GRADE, VERSION, Account, check_version, read_account, same_name

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


def told_review(decision: Decision, decided_at: str, account: Account, attempt: str) -> dict[str, object]:
    """The payload; `decided_at` is the decision's moment as the ledger writes it."""
    return {
        "v": VERSION,
        "attempt": attempt,
        "decision": {
            "pack_id": decision.pack_id,
            "tagmanifest_sha256": decision.tagmanifest_sha256,
            "outcome": str(decision.outcome),
            "remarks": decision.remarks,
            "reviewer": decision.reviewer,
            "decided_at": decided_at,
            "supersedes": decision.supersedes,
            "seen": decision.seen.told(),
        },
        "identity": account.told(),
        "grade": GRADE,
        "signature": None,
    }


def review(entry: LedgerEntry) -> Review:
    """What a pack-reviewed entry says; raises IntegrityError."""
    fields = Fields(f"The payload of {entry.name}", entry.payload)
    check_version(fields)
    fields.check_keys(_KEYS)
    fields.text("attempt")
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
        if not any(same_name(one.decision.reviewer, later.decision.reviewer) for later in found[place + 1 :])
    )
