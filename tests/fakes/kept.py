"""Stores that hold what years of nights seal, entry by entry, without Azure and without packs being built: for whatever reads the register.

Entries go through the real ledger, so that their payloads are those that it takes; objects are a few bytes under the paths of `evidence.stores.layout`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta

from evidence.ledger.entries import Draft, EntryKind, LedgerEntry, LedgerObject
from evidence.ledger.folds import packs
from evidence.ledger.ledger import Ledger
from evidence.nights import Calendar
from evidence.retention.register import Register
from evidence.runs.parts import Parts
from evidence.runs.retention.register import Keeper, read_register
from evidence.settings.reading import parse_settings
from evidence.stores.interface import EvidenceStore
from evidence.stores.layout import (
    assessment_file,
    calls_file,
    configuration_file,
    decision_folder,
    engagement_key_file,
    engagement_map_file,
    findings_file,
    later_stamp_file,
    pack_folder,
    saved_file,
    table_file,
)
from tests.fakes.bench import entropy
from tests.fakes.clock import FakeClock
from tests.fakes.memory_store import MemoryStore

LEAST = "azure:\n  subscriptions: [s-1]\n"
HASH = "0" * 64
NOTHING: Mapping[str, object] = {
    "items": [],
    "first_night": None,
    "last_night": None,
    "packs": [],
    "scopes": [],
    "paths": [],
}


def morning(night: date, days: int = 1) -> datetime:
    """When a night is sealed: at half past six, so many days later, UTC."""
    return datetime.combine(night + timedelta(days=days), time(6, 30), UTC)


@dataclass
class Kept:
    """One store and its ledger; each method adds one entry and gives it."""

    store: EvidenceStore = field(default_factory=MemoryStore)
    calendar: Calendar = field(default_factory=Calendar)
    retention: str = ""
    """What the configuration in use says of retention."""
    opened: datetime = datetime(2024, 1, 1, 6, tzinfo=UTC)

    def __post_init__(self) -> None:
        self.ledger = Ledger(self.store)
        self.ledger.open(tenant="t", organisation="Contoso", first_night=date(2024, 1, 1), at=self.opened, actor="test")

    @property
    def raw(self) -> bytes:
        """The configuration in use."""
        return (LEAST + (f"retention: {self.retention}\n" if self.retention else "")).encode()

    def register(self, now: datetime, size: int | None = None) -> Register:
        """The register as of a moment, and of a size of the ledger."""
        settings = parse_settings(self.raw, "evidence.yaml").retention
        keeper = Keeper(self.store, self.calendar, settings, hashlib.sha256(self.raw).hexdigest())
        return read_register(keeper, self.ledger.entries()[:size], now)

    def parts(self, now: datetime) -> Parts:
        """What runs work with, at a moment."""
        return Parts(self.store, self.ledger, FakeClock(now), self.calendar, entropy(), HASH, "1", "test")

    def adopt(self, retention: str, at: datetime) -> LedgerEntry:
        """Another configuration is in use from here on."""
        self.retention = retention
        sha256 = hashlib.sha256(self.raw).hexdigest()
        named = self.keep(configuration_file(sha256), self.raw)
        payload = {"sha256": sha256, "code_version": "1", "adopted_at": f"{at:%Y-%m-%dT%H:%M:%S.%fZ}"}
        return self.entry(EntryKind.CONFIGURATION_ADOPTED, f"configuration/{sha256}", at, payload, [named])

    def night(self, night: date, at: datetime | None = None, *, again: bool = False, vaults: int = 1) -> LedgerEntry:
        """A night is sealed: calls of some vaults, and a table."""
        at = at or morning(night)
        run = f"{at:%Y%m%dT%H%M%SZ}-{night:%m%d}{int(again)}"
        files = [self.keep(calls_file(night, run, f"v{number}")) for number in range(vaults)]
        files.append(self.keep(table_file("jobs", night, run, 0)))
        late = (at.date() - night).days > 1
        payload = {"night": str(night), "run_id": run, "late": late, "again": again, "tables": {"jobs": 1}}
        return self.entry(EntryKind.NIGHT_SEALED, f"night/{night}", at, payload, files)

    def assessed(self, night: date, at: datetime | None = None) -> LedgerEntry:
        """A night is judged."""
        at = at or morning(night)
        name = f"{at:%Y%m%dT%H%M%SZ}-a"
        payload = {"night": str(night), "assessment_id": name, "ledger_size": 1, "tables": {"slots": 1}}
        files = [self.keep(assessment_file("slots", night, name))]
        return self.entry(EntryKind.ASSESSMENT_SEALED, f"assessment/{night}", at, payload, files)

    def imported(self, night: date, at: datetime, content: bytes = b"file") -> LedgerEntry:
        """A person uploads a file for a night."""
        import_id, saved = f"import-{at:%Y%m%dT%H%M%SZ}", hashlib.sha256(content).hexdigest()
        files = [
            self.keep(saved_file(saved), content),
            self.keep(findings_file(night, import_id)),
            self.keep(table_file("jobs", night, import_id, 0)),
        ]
        payload = {
            "import_id": import_id,
            "kind": "az-jobs",
            "night": str(night),
            "observed_at": f"{at:%Y-%m-%dT%H:%M:%S.%fZ}",
            "late": True,
            "by": "a person",
            "told": {},
            "files": [
                {"name": "f", "sha256": saved, "bytes": len(content), "accepted": 1, "rejected": 0, "disagreeing": 0}
            ],
            "tables": {"jobs": 1},
        }
        return self.entry(EntryKind.IMPORT_SEALED, f"import/{import_id}", at, payload, files)

    def pack(
        self,
        first: date,
        last: date,
        until: date,
        at: datetime | None = None,
        *,
        series: tuple[str, str, str] = ("all", "night", "internal"),
        again: bool = False,
    ) -> LedgerEntry:
        """A pack is sealed that says until when it is kept; `again`: it supersedes the one before."""
        scope, kind, audience = series
        at = at or morning(last)
        before = [one for many in packs(self.ledger.entries()).values() for one in many if one.series.kind == kind]
        period = str(first) if first == last else f"{first}--{last}"
        revision = 2 if again else 1
        pack_id = f"{scope}-{kind}-{audience}-{period}-r{revision:04d}"
        folder = pack_folder(scope, kind, audience, period, revision, f"{at:%Y%m%dT%H%M%SZ}-1")
        files = [self.keep(f"{folder}{pack_id}.zip"), self.keep(f"{folder}report.pdf")]
        if audience != "internal":
            files += [
                self.keep(engagement_key_file(audience, "1")),
                self.keep(engagement_map_file(audience, pack_id, "1")),
            ]
        payload = {
            "pack_id": pack_id,
            "scope": scope,
            "kind": kind,
            "audience": audience,
            "period": period,
            "first_night": str(first),
            "last_night": str(last),
            "revision": revision,
            "series_sequence": len(before) + 1,
            "tagmanifest_sha256": HASH,
            "previous_in_series": None,
            "supersedes": HASH if again else None,
            "keep_until": str(until),
            "keep_until_rule": "as sealed",
        }
        return self.entry(EntryKind.PACK_SEALED, f"pack/{pack_id}", at, payload, files)

    def stamped(self, pack_id: str, at: datetime) -> LedgerEntry:
        """A pack is given a time stamp later."""
        payload = {
            "pack_id": pack_id,
            "tagmanifest_sha256": HASH,
            "stamped_at": f"{at:%Y-%m-%dT%H:%M:%S.%fZ}",
            "authority": "http://127.0.0.1/tsa",
            "attempt": "1",
        }
        files = [self.keep(later_stamp_file(pack_id, "1"))]
        return self.entry(EntryKind.TIME_STAMPED, f"pack/{pack_id}", at, payload, files)

    def held(self, case: str, at: datetime, **scope: object) -> LedgerEntry:
        """A person places a hold; of the scope what is given."""
        told = {"case": case, "hold": f"{case}-1", "reason": "a claim", "scope": {**NOTHING, **scope}}
        return self._decided(EntryKind.HOLD_PLACED, f"case/{case}", at, told)

    def extended(self, until: date, at: datetime, **scope: object) -> LedgerEntry:
        """A person lengthens the days of what a scope covers."""
        told = {"until": str(until), "reason": "a court", "scope": {**NOTHING, **scope}}
        return self._decided(EntryKind.RETENTION_EXTENDED, f"retention/{until}", at, told)

    def _decided(self, kind: EntryKind, subject: str, at: datetime, told: Mapping[str, object]) -> LedgerEntry:
        person = {"tenant_id": "t", "object_id": "o", "name": "Ada Example"}
        payload = {
            "v": 1,
            "told": {**told, "by": person, "at": f"{at:%Y-%m-%dT%H:%M:%S.%fZ}"},
            "identity": {"operating_system": None, "claims": {"tid": "t", "oid": "o"}},
        }
        folder = decision_folder(hashlib.sha256(subject.encode()).hexdigest(), "1")
        files = [self.keep(f"{folder}decision.json"), self.keep(f"{folder}decision.json.p7s")]
        return self.entry(kind, subject, at, payload, files)

    def entry(
        self,
        kind: EntryKind,
        subject: str,
        at: datetime,
        payload: Mapping[str, object],
        objects: Sequence[LedgerObject] = (),
    ) -> LedgerEntry:
        """Any entry."""
        return self.ledger.append(Draft(kind, at, "test", subject, payload, tuple(objects)))

    def keep(self, path: str, data: bytes = b"x") -> LedgerObject:
        """An object, as an entry names it; one that is there stays."""
        if self.store.stat(path) is None:
            self.store.create(path, data)
        return LedgerObject(path, len(data), hashlib.sha256(data).hexdigest())
