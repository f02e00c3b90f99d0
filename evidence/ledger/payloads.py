"""What the payloads of sealing entries must say, checked before an entry is written and again when it is read.

Not here: folds over many entries. Invariant: an entry that was appended can be folded; a payload may say more than is
read here, never less.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from evidence.errors import ConfigurationError, IntegrityError
from evidence.ledger import decisions, disposals, drill_events, keeping
from evidence.ledger.deliveries import delivery
from evidence.ledger.entries import EntryKind, LedgerEntry, LedgerObject
from evidence.ledger.fields import Fields
from evidence.ledger.publications import checked_subject
from evidence.ledger.reviews import review
from evidence.ledger.rotations import rotation
from evidence.ledger.truths import truth_test
from evidence.ledger.watches import watch_look


@dataclass(frozen=True, slots=True)
class SealedNight:
    """A run for one night that was sealed."""

    night: date
    run_id: str
    late: bool
    """Captured when items, policies and settings no longer told what was then."""
    again: bool
    """Ran although the night was already sealed."""
    tables: Mapping[str, int]
    """Rows of each table."""
    entry: LedgerEntry


@dataclass(frozen=True, slots=True)
class SealedAssessment:
    """An assessment of one night that was sealed."""

    night: date
    assessment_id: str
    ledger_size: int
    """It judged what was known at this size of the ledger."""
    tables: Mapping[str, int]
    entry: LedgerEntry


@dataclass(frozen=True, slots=True, order=True)
class Series:
    """Packs of one scope, kind and audience, numbered without gap."""

    scope: str
    kind: str
    audience: str


@dataclass(frozen=True, slots=True)
class SealedPack:
    """A pack that was sealed."""

    pack_id: str
    series: Series
    period: str
    first_night: date
    last_night: date
    revision: int
    """From 1 within its period."""
    series_sequence: int
    """From 1 within its series."""
    tagmanifest_sha256: str
    previous_in_series: str | None
    """Tag manifest hash of the pack before in the series."""
    supersedes: str | None
    """Tag manifest hash of the revision that this one replaces."""
    entry: LedgerEntry

    @property
    def archive(self) -> LedgerObject:
        """Its ZIP; raises IntegrityError where the entry names none."""
        return self._object(f"/{self.pack_id}.zip")

    @property
    def calls(self) -> LedgerObject | None:
        """The calls beside it, where it was sealed with them."""
        return next((one for one in self.entry.objects if one.path.endswith("/calls.zip")), None)

    def _object(self, end: str) -> LedgerObject:
        found = next((one for one in self.entry.objects if one.path.endswith(end)), None)
        if found is None:
            raise IntegrityError(f"{self.entry.name} names no object that ends in {end}.")
        return found


@dataclass(frozen=True, slots=True)
class LaterStamp:
    """A time stamp that a pack was given after it was sealed."""

    pack_id: str
    tagmanifest_sha256: str
    """Which pack, whatever its id: what its signature is over."""
    stamped_at: datetime
    """The authority's word, UTC."""
    authority: str
    """Its address."""
    path: str
    """Of the stamp in the store."""
    entry: LedgerEntry


@dataclass(frozen=True, slots=True)
class ImportedFile:
    """One file of an import."""

    name: str
    """Without the folders of the person who saved it."""
    sha256: str
    bytes: int
    accepted: int
    rejected: int
    disagreeing: int
    """Records that Azure's own rows contradict, as known then."""


@dataclass(frozen=True, slots=True)
class SealedImport:
    """Files that a person uploaded, and what became of them; rows of grade B."""

    import_id: str
    kind: str
    """As the command was given it: `az-jobs`, `inventory` …"""
    night: date
    observed_at: datetime
    late: bool
    """Whether items in it serve for names and links only: nobody says that they were seen on the night."""
    by: str
    told: Mapping[str, object]
    """Options that change what the files mean; with kind and hash they name a fact that is imported once."""
    files: tuple[ImportedFile, ...]
    tables: Mapping[str, int]
    entry: LedgerEntry


def sealed_night(entry: LedgerEntry) -> SealedNight:
    """What a night-sealed entry says; raises IntegrityError."""
    fields = _payload(entry)
    return SealedNight(
        fields.day("night"),
        fields.text("run_id"),
        fields.flag("late"),
        fields.flag("again"),
        fields.counts("tables"),
        entry,
    )


def sealed_assessment(entry: LedgerEntry) -> SealedAssessment:
    """What an assessment-sealed entry says; raises IntegrityError."""
    fields = _payload(entry)
    return SealedAssessment(
        fields.day("night"),
        fields.text("assessment_id"),
        fields.whole("ledger_size"),
        fields.counts("tables"),
        entry,
    )


def sealed_pack(entry: LedgerEntry) -> SealedPack:
    """What a pack-sealed entry says; raises IntegrityError."""
    fields = _payload(entry)
    return SealedPack(
        fields.text("pack_id"),
        Series(fields.text("scope"), fields.text("kind"), fields.text("audience")),
        fields.text("period"),
        fields.day("first_night"),
        fields.day("last_night"),
        fields.whole("revision"),
        fields.whole("series_sequence"),
        fields.sha256("tagmanifest_sha256"),
        fields.optional_sha256("previous_in_series"),
        fields.optional_sha256("supersedes"),
        entry,
    )


def later_stamp(entry: LedgerEntry) -> LaterStamp:
    """What a time-stamped entry says; raises IntegrityError."""
    fields = _payload(entry)
    fields.text("attempt")
    if len(entry.objects) != 1:
        fields.refuse("it does not name exactly one object, the stamp")
    return LaterStamp(
        fields.text("pack_id"),
        fields.sha256("tagmanifest_sha256"),
        fields.moment("stamped_at"),
        fields.text("authority"),
        entry.objects[0].path,
        entry,
    )


def sealed_import(entry: LedgerEntry) -> SealedImport:
    """What an import-sealed entry says; raises IntegrityError."""
    fields = _payload(entry)
    return SealedImport(
        fields.text("import_id"),
        fields.text("kind"),
        fields.day("night"),
        fields.moment("observed_at"),
        fields.flag("late"),
        fields.text("by"),
        fields.mapping("told"),
        tuple(_imported(file) for file in fields.elements("files")),
        fields.counts("tables"),
        entry,
    )


def _imported(file: Fields) -> ImportedFile:
    counts = (file.whole(name) for name in ("bytes", "accepted", "rejected", "disagreeing"))
    return ImportedFile(file.text("name"), file.sha256("sha256"), *counts)


def check_payload(entry: LedgerEntry) -> None:
    """Refuse to write a payload that no fold could read later; raises ConfigurationError."""
    try:
        _check(entry)
    except IntegrityError as error:
        raise ConfigurationError(
            f"A ledger entry {entry.kind} of {entry.subject} cannot be written.",
            cause=error.cause,
            next_step="This is a mistake in the program that makes the entry; report it.",
        ) from error


def _check(entry: LedgerEntry) -> None:
    subject = _SUBJECTS.get(entry.kind)
    if subject is None:
        return
    expected = subject(entry)
    if entry.subject != expected:
        _payload(entry).refuse(f"its subject is {entry.subject!r} and should be {expected!r}")


def _of_store(entry: LedgerEntry) -> str:
    fields = _payload(entry)
    fields.text("tenant"), fields.text("organisation"), fields.day("first_night")
    return "store"


_SUBJECTS: Mapping[EntryKind, Callable[[LedgerEntry], str]] = {
    EntryKind.STORE_OPENED: _of_store,
    EntryKind.CONFIGURATION_ADOPTED: lambda entry: f"configuration/{_payload(entry).sha256('sha256')}",
    EntryKind.NIGHT_SEALED: lambda entry: f"night/{sealed_night(entry).night}",
    EntryKind.IMPORT_SEALED: lambda entry: f"import/{sealed_import(entry).import_id}",
    EntryKind.ASSESSMENT_SEALED: lambda entry: f"assessment/{sealed_assessment(entry).night}",
    EntryKind.PACK_SEALED: lambda entry: f"pack/{sealed_pack(entry).pack_id}",
    EntryKind.PACK_DELIVERED: lambda entry: f"pack/{delivery(entry).pack_id}",
    EntryKind.PACK_REVIEWED: lambda entry: f"pack/{review(entry).decision.pack_id}",
    EntryKind.EXCEPTION_EVENTS: decisions.checked_subject,
    EntryKind.DRILL_EVENT: drill_events.checked_subject,
    EntryKind.TIME_STAMPED: lambda entry: f"pack/{later_stamp(entry).pack_id}",
    EntryKind.CHECKPOINT_PUBLISHED: checked_subject,
    EntryKind.DELIVERY_RECORDED: lambda entry: f"deliveries/{_payload(entry).text('run_id')}",
    EntryKind.KEY_ROTATED: lambda entry: f"signer/{rotation(entry).fingerprint_sha256}",
    **dict.fromkeys(sorted(keeping.DECIDED), keeping.checked_subject),
    **dict.fromkeys(disposals.KINDS, disposals.checked_subject),
    EntryKind.WATCH_LOOKED: lambda entry: f"watch/{watch_look(entry).run_id}",
    EntryKind.TRUTH_TESTED: lambda entry: f"truth/{truth_test(entry).check_id}",
}
"""The subject that an entry must have; each reads the payload, and raises IntegrityError where that cannot be folded."""


def _payload(entry: LedgerEntry) -> Fields:
    return Fields(f"The payload of {entry.name}", entry.payload)
