"""A store in memory with nights and packs that are sealed in name only, persons who sign in, and a removal: all that keeping and disposal need.

Not here: real rows and packs (`tests.fakes.bench`, `tests.fakes.packs`): what is kept is judged by the ledger alone.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta

from evidence.drills.values import Person as Named
from evidence.errors import ObjectMissingError, RefusedError
from evidence.ledger.entries import Draft, EntryKind, LedgerEntry, LedgerObject
from evidence.ledger.keeping import Covered
from evidence.ledger.ledger import Ledger
from evidence.ledger.rotations import SIGNER
from evidence.nights import Calendar
from evidence.retention.register import Register
from evidence.runs.parts import Parts
from evidence.runs.retention.approving import approve
from evidence.runs.retention.book import Keeping, read_keeping
from evidence.runs.retention.certificates import DisposalCertificate, certify
from evidence.runs.retention.deciding import Person, Recorded
from evidence.runs.retention.disposing import Disposed, dispose
from evidence.runs.retention.holds import extend, extending, place_hold, placing, release_holds, releasing
from evidence.runs.retention.proposing import Proposed, propose
from evidence.runs.retention.register import Keeper, read_register
from evidence.runs.seal import adopt_configuration
from evidence.runs.signed_decisions import Sealer
from evidence.stores.disposing import Remains
from evidence.stores.interface import EvidenceStore
from evidence.stores.layout import assessment_file, calls_file, table_file
from tests.fakes.authority import FakeAuthority
from tests.fakes.bench import configured, entropy
from tests.fakes.clock import FakeClock
from tests.fakes.identities import identity_of
from tests.fakes.memory_store import MemoryStore, Stopped
from tests.fakes.packs import the_signer

TENANT = "11111111-0000-4000-8000-000000000001"
NIGHT = date(2026, 11, 20)
PERSONS = tuple(Named(TENANT, f"2222222{n}-0000-4000-8000-000000000002", f"Person {n}") for n in range(4))


@dataclass
class MemoryRemoval:
    """Deletes from a store in memory; counts with its writes, so that a machine may stop there too."""

    store: MemoryStore
    refuses: Callable[[str], bool] = lambda _: False
    soft: bool = False
    """Whether what is deleted can still be recovered."""
    removed: list[str] = field(default_factory=list)
    on_remove: Callable[[str], None] = lambda _: None

    def remove(self, path: str) -> None:
        """Delete an object."""
        self.store.writes += 1
        if self.store.stop_before is not None and self.store.writes > self.store.stop_before:
            raise Stopped(path)
        if self.refuses(path):
            raise RefusedError(f"The store refused to delete {path!r}.", cause="409 BlobImmutableDueToPolicy")
        if path not in self.store.files:
            raise ObjectMissingError(f"{path} is missing")
        self.on_remove(path)
        del self.store.files[path]
        self.removed.append(path)
        if self.store.stop_after is not None and self.store.writes > self.store.stop_after:
            raise Stopped(path)

    def finish(self, path: str) -> None:
        """Nothing is left behind a name."""

    def remains(self, paths: Collection[str]) -> Remains:
        """What is left."""
        left = {path: "still there" for path in paths if path in self.store.files}
        if self.soft:
            left |= {path: "soft-deleted, recoverable for 7 more days" for path in self.removed if path in paths}
        return Remains(left)


@dataclass
class KeepingDesk:
    """One store whose nights are three small files each."""

    store: EvidenceStore = field(default_factory=MemoryStore)
    clock: FakeClock = field(
        default_factory=lambda: FakeClock(datetime(2026, 11, 1, tzinfo=UTC), tick=timedelta(microseconds=1))
    )
    calendar: Calendar = field(default_factory=Calendar)
    chance: Callable[[int], bytes] = field(default_factory=entropy)
    raw: bytes = b"organisation: Contoso\nazure:\n  subscriptions: [00000000-0000-4000-8000-000000000001]\n"
    removal: MemoryRemoval | None = None
    authority: FakeAuthority | None = None

    def __post_init__(self) -> None:
        if self.removal is None and isinstance(self.store, MemoryStore):
            self.removal = MemoryRemoval(self.store)
        if next(self.store.list(""), None) is None:
            at = self.clock.now()
            Ledger(self.store).open(tenant=TENANT, organisation="Contoso", first_night=NIGHT, at=at, actor="tester")
            adopt_configuration(self.parts, self.raw)

    @property
    def memory(self) -> MemoryStore:
        """The store, where it is in memory."""
        assert isinstance(self.store, MemoryStore)
        return self.store

    @property
    def parts(self) -> Parts:
        """Fresh parts, as a new process has them."""
        return Parts(
            store=self.store,
            ledger=Ledger(self.store),
            clock=self.clock,
            calendar=self.calendar,
            entropy=self.chance,
            configuration_sha256=configured(self.raw).sha256,
            code_version="0.1.0+test",
            actor="tester",
        )

    @property
    def entries(self) -> Sequence[LedgerEntry]:
        """As a new process reads them."""
        return Ledger(self.store).entries()

    @property
    def keeping(self) -> Keeping:
        """All that was decided."""
        return read_keeping(self.entries)

    def registers(self, entries: Sequence[LedgerEntry], now: datetime) -> Register:
        """The register."""
        configuration = configured(self.raw)
        keeper = Keeper(self.store, self.calendar, configuration.settings.retention, configuration.sha256)
        return read_register(keeper, entries, now)

    @property
    def register(self) -> Register:
        """The register now."""
        return self.registers(self.entries, self.clock.moment)

    def person(self, number: int = 0) -> Person:
        """A person, signed in."""
        identity = identity_of(PERSONS[number], self.clock.moment.replace(microsecond=0))
        return Person(identity, Sealer(the_signer(), self.authority), None)

    def configure(self, retention: str) -> None:
        """Adopt a configuration with other rules of retention, as YAML on one line."""
        self.raw = self.raw.partition(b"retention:")[0] + f"retention: {retention}\n".encode()
        adopt_configuration(self.parts, self.raw)

    def reach(self, day: date) -> None:
        """Move the clock on to noon of a day."""
        self.clock.reach(datetime.combine(day, time(12), UTC))

    def night(self, night: date = NIGHT) -> LedgerEntry:
        """Seal a night: the morning after it."""
        self.reach(night + timedelta(days=1))
        run_id = self.parts.new_id()
        paths = (
            calls_file(night, run_id, "v1-0000000000"),
            table_file("jobs", night, run_id, 0),
            table_file("coverage", night, run_id, 0),
        )
        payload = {"night": str(night), "run_id": run_id, "late": False, "again": False, "tables": {"jobs": 1}}
        self.append(EntryKind.NIGHT_SEALED, f"night/{night}", payload, *(self.keep(one) for one in paths))
        assessed = {"night": str(night), "assessment_id": run_id, "ledger_size": len(self.entries), "tables": {}}
        kept = self.keep(assessment_file("slots", night, run_id))
        return self.append(EntryKind.ASSESSMENT_SEALED, f"assessment/{night}", assessed, kept)

    def pack(self, first: date = NIGHT, last: date | None = None, number: int = 1) -> LedgerEntry:
        """Seal a pack in name."""
        end = last or first
        pack_id = f"all-audit-internal-{first}--{end}-r0001"
        folder = f"packs/all/audit/internal/{first}--{end}/r0001-{self.parts.new_id()}/"
        payload = {
            "pack_id": pack_id,
            "scope": "all",
            "kind": "audit",
            "audience": "internal",
            "period": f"{first}--{end}",
            "first_night": str(first),
            "last_night": str(end),
            "revision": 1,
            "series_sequence": number,
            "tagmanifest_sha256": hashlib.sha256(pack_id.encode()).hexdigest(),
            "previous_in_series": None,
            "supersedes": None,
            "attempt": "1",
            "completeness": "COMPLETE",
            SIGNER: the_signer().identity.fingerprint_sha256,
        }
        files = [self.keep(f"{folder}{name}") for name in (f"{pack_id}.zip", "report.pdf")]
        return self.append(EntryKind.PACK_SEALED, f"pack/{pack_id}", payload, *files)

    def keep(self, path: str) -> LedgerObject:
        """A small file."""
        data = path.encode()
        self.store.create(path, data)
        return LedgerObject(path, len(data), hashlib.sha256(data).hexdigest())

    def append(self, kind: EntryKind, subject: str, payload: dict[str, object], *objects: LedgerObject) -> LedgerEntry:
        """An entry as it is."""
        return self.parts.ledger.append(Draft(kind, self.clock.now(), "tester", subject, payload, objects))

    def place(self, case: str = "CASE", covered: Covered | None = None, number: int = 0) -> Recorded:
        """Place a hold."""
        word = placing(self.entries, case, covered or Covered(), "a claim")
        return place_hold(self.parts, self.person(number), word)

    def release(self, case: str = "CASE", number: int = 0) -> Recorded:
        """Release all holds of a case."""
        return release_holds(self.parts, self.person(number), releasing(self.entries, case, (), "settled"))

    def extend(self, until: date, covered: Covered | None = None) -> Recorded:
        """Lengthen dates."""
        return extend(self.parts, self.person(), extending(until, covered or Covered(), "asked for"))

    def propose(self) -> Proposed:
        """Propose what is due."""
        return propose(self.parts, self.registers)

    def approve(self, *numbers: int, proposal_id: str | None = None) -> None:
        """Let persons approve the proposal that stands."""
        standing = self.keeping.dispositions.standing
        assert standing is not None
        for number in numbers:
            approve(self.parts, self.person(number), proposal_id or standing.proposal_id, standing.sha256)

    def dispose(self, proposal_id: str | None = None) -> Disposed:
        """Dispose of what a proposal names, or the newest."""
        name = proposal_id or next(reversed(tuple(self.keeping.dispositions.proposals)))
        return dispose(self.parts, self.registers, name, self.removal)

    def certify(self, proposal_id: str | None = None) -> DisposalCertificate:
        """Certify that all of it is gone."""
        name = proposal_id or next(reversed(tuple(self.keeping.dispositions.proposals)))
        look = None if self.removal is None else self.removal.remains
        return certify(self.parts, self.person().sealer, name, look)
