"""What the ledger says of checkpoints: those that were made, what of certificates is in them, and where they were sent.

Not here: the checkpoints' own files (`checkpoints`). Invariant: pure over the entries given.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from evidence.ledger.entries import EntryKind, LedgerEntry, LedgerObject
from evidence.ledger.fields import Fields

STORE = "store"
"""Target of the entry that records the making of a checkpoint; every other entry records a delivery elsewhere."""


_DOCUMENT = "/checkpoint.json"
DELIVERED, FAILED = "delivered", "failed"
"""How a delivery ended, as its entry says."""


class Purpose(StrEnum):
    """Why a checkpoint was made."""

    NIGHT = "night"
    RENEWAL = "renewal"
    """Before certificates expire: with them, and with the lists of revoked ones."""


@dataclass(frozen=True, slots=True)
class UsedCertificate:
    """A certificate that a checkpoint's signature or stamp rests on."""

    sha256: str
    subject: str
    not_after: datetime


@dataclass(frozen=True, slots=True)
class MadeCheckpoint:
    """A checkpoint that was made and kept in the store."""

    size: int
    root_sha256: str
    purpose: Purpose
    stamped: bool
    signer_fingerprint_sha256: str
    certificates: tuple[UsedCertificate, ...]
    folder: str
    """Of its files in the store, with its slash."""
    entry: LedgerEntry

    @property
    def name(self) -> str:
        """For messages."""
        return f"checkpoint {self.size}"

    @property
    def document(self) -> LedgerObject:
        """The checkpoint's own file, as its entry names it."""
        return next(one for one in self.entry.objects if one.path.endswith(_DOCUMENT))


@dataclass(frozen=True, slots=True)
class Publication:
    """A checkpoint that was sent somewhere else, or was tried to be."""

    size: int
    checkpoint_sha256: str
    target: str
    place: str
    """Where it lies there, for people."""
    enforcement: str
    """What keeps it from being changed there, as read back; `none` where it did not arrive."""
    delivered: bool
    reason: str | None
    """Why it did not arrive; None where it did."""
    entry: LedgerEntry


def made_checkpoint(entry: LedgerEntry) -> MadeCheckpoint:
    """What an entry says of a checkpoint that was made; raises IntegrityError."""
    fields = Fields(f"The payload of {entry.name}", entry.payload)
    purpose = fields.text("purpose")
    if purpose not in set(Purpose):
        fields.refuse(f"its purpose {purpose!r} is unknown")
    fields.text("attempt")
    if not any(one.path.endswith(_DOCUMENT) for one in entry.objects):
        fields.refuse("it names no checkpoint's file")
    return MadeCheckpoint(
        fields.whole("size"),
        fields.sha256("root_sha256"),
        Purpose(purpose),
        fields.text("time_stamp") == "inside",
        fields.sha256("signer_fingerprint_sha256"),
        tuple(
            UsedCertificate(one.sha256("sha256"), one.text("subject"), one.moment("not_after"))
            for one in fields.elements("certificates")
        ),
        entry.objects[0].path.rpartition("/")[0] + "/",
        entry,
    )


def publication(entry: LedgerEntry) -> Publication:
    """What an entry says of a checkpoint that was sent elsewhere; raises IntegrityError."""
    fields = Fields(f"The payload of {entry.name}", entry.payload)
    fields.text("attempt")
    # Entries of before mail and webhooks say nothing of an outcome: they were written for deliveries alone.
    outcome = fields.text("outcome") if "outcome" in entry.payload else DELIVERED
    if outcome not in {DELIVERED, FAILED}:
        fields.refuse(f"its outcome {outcome!r} is unknown")
    return Publication(
        fields.whole("size"),
        fields.sha256("checkpoint_sha256"),
        fields.text("target"),
        fields.text("place"),
        fields.text("enforcement"),
        outcome == DELIVERED,
        fields.text("reason") if outcome == FAILED else None,
        entry,
    )


def checked_subject(entry: LedgerEntry) -> str:
    """The subject that such an entry must have; raises IntegrityError where its payload cannot be folded."""
    told = made_checkpoint(entry) if entry.payload.get("target") == STORE else publication(entry)
    return subject_of(told.size)


def subject_of(size: int) -> str:
    """Subject of the entries about the checkpoint of a size."""
    return f"checkpoint/{size:012d}"


def checkpoints(entries: Iterable[LedgerEntry]) -> tuple[MadeCheckpoint, ...]:
    """Checkpoints that were made, in order; sizes never go down."""
    return tuple(made_checkpoint(entry) for entry in _of_kind(entries) if entry.payload.get("target") == STORE)


def publications(entries: Iterable[LedgerEntry]) -> Mapping[str, tuple[Publication, ...]]:
    """Deliveries that arrived at each target, in order."""
    return _by_target(one for one in tried_publications(entries) if one.delivered)


def tried_publications(entries: Iterable[LedgerEntry]) -> tuple[Publication, ...]:
    """Every delivery that was tried, in order; those that failed too."""
    return tuple(publication(entry) for entry in _of_kind(entries) if entry.payload.get("target") != STORE)


@dataclass(frozen=True, slots=True)
class Standing:
    """How a target outside stands."""

    target: str
    newest: Publication | None
    """The newest that arrived there."""
    due: tuple[MadeCheckpoint, ...]
    """Those that have not left for it, oldest first."""
    failure: Publication | None
    """The last try, where that failed."""


def standing_of(entries: Sequence[LedgerEntry], target: str) -> Standing:
    """How a target stands: each checkpoint since the first that it was sent is due there, at first only the newest.

    A checkpoint covers all before it, so a target that is new misses nothing.
    """
    tried = [one for one in tried_publications(entries) if one.target == target]
    arrived = {one.checkpoint_sha256 for one in tried if one.delivered}
    made = checkpoints(entries)
    first = next((at for at, one in enumerate(made) if one.document.sha256 in arrived), max(0, len(made) - 1))
    return Standing(
        target,
        next((one for one in reversed(tried) if one.delivered), None),
        tuple(one for one in made[first:] if one.document.sha256 not in arrived),
        tried[-1] if tried and not tried[-1].delivered else None,
    )


def _by_target(found: Iterable[Publication]) -> Mapping[str, tuple[Publication, ...]]:
    told: dict[str, tuple[Publication, ...]] = {}
    for one in found:
        told[one.target] = (*told.get(one.target, ()), one)
    return told


def standing_checkpoint(entries: Sequence[LedgerEntry]) -> MadeCheckpoint | None:
    """The newest checkpoint, where nothing but checkpoints was recorded since; None where one is due."""
    made = checkpoints(entries)
    if not made:
        return None
    since = entries[made[-1].size :]
    return made[-1] if all(entry.kind is EntryKind.CHECKPOINT_PUBLISHED for entry in since) else None


def _of_kind(entries: Iterable[LedgerEntry]) -> Iterable[LedgerEntry]:
    return (entry for entry in entries if entry.kind is EntryKind.CHECKPOINT_PUBLISHED)
