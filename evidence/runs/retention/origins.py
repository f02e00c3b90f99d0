"""What each ledger entry tells of the objects that it names: kind, nights, pack; grouped, so that a million objects are a few columns.

Not here: promises (`evidence.retention`). Invariants: every object that an entry names is of some origin, whatever its folder; a path that tells its night is
believed before the entry; what tells no night is about the day on which it was sealed.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from evidence.ledger.entries import EntryKind, LedgerEntry, LedgerObject
from evidence.ledger.payloads import SealedPack, later_stamp, sealed_import, sealed_pack
from evidence.ledger.reviews import review
from evidence.nights import Calendar
from evidence.retention.columns import Files, Gathering
from evidence.retention.promises import Origin
from evidence.retention.rules import add_months
from evidence.retention.values import Candidate, Kind, kind_of

PROVING = frozenset(
    {
        EntryKind.HOLD_PLACED,
        EntryKind.HOLD_RELEASED,
        EntryKind.RETENTION_EXTENDED,
        EntryKind.DISPOSAL_PROPOSED,
        EntryKind.DISPOSAL_APPROVED,
        EntryKind.DISPOSAL_BEGUN,
        EntryKind.DISPOSAL_CERTIFIED,
    }
)
"""Entries whose objects prove why something was kept or is gone."""
_NIGHT = re.compile(r"/night=(\d{4}-\d{2}-\d{2})/")
_QUARTER = re.compile(r"(\d{4})Q([1-4])")
_DRILL = re.compile(r"drills/([^/]+)/")
_Told = tuple[str, int, str]


@dataclass(frozen=True, slots=True)
class About:
    """What the objects of one entry are about, where their paths do not tell it."""

    first_night: date | None = None
    last_night: date | None = None
    pack: SealedPack | None = None
    pack_id: str | None = None


@dataclass(slots=True)
class OriginReader:
    """Reads entries in order."""

    calendar: Calendar
    gathering: Gathering = field(default_factory=Gathering)
    _quarters: dict[str, tuple[date, date]] = field(default_factory=dict)
    """First and last day of the quarter that each drill and plan is of."""

    def read(self, entries: Iterable[LedgerEntry]) -> Files:
        """All objects that entries name; raises IntegrityError for a payload that cannot be read, and where two disagree."""
        for entry in entries:
            self._learn(entry)
            # A tombstone names what is gone: nothing is sealed by it.
            if entry.objects and entry.kind is not EntryKind.DISPOSED:
                self._take(entry)
        return self.gathering.done()

    def _take(self, entry: LedgerEntry) -> None:
        about = self._about(entry)
        groups: defaultdict[tuple[Kind, tuple[date | None, date | None], bool], list[_Told]] = defaultdict(list)
        folder, kind = "", Kind.UNKNOWN
        nights: tuple[date | None, date | None] = (None, None)
        for named in entry.objects:
            # Objects are sorted: those of one folder follow each other, and tell the same by it.
            if folder != (folder := named.path.rpartition("/")[0]) or not folder:
                kind = kind_of(named.path)
                nights = self._nights(kind, named, about, entry.at)
            groups[kind, nights, _is_key(kind, named.path)].append((named.path, named.bytes, named.sha256))
        for (kind, nights, is_key), objects in groups.items():
            self.gathering.add(_origin(entry, kind, nights, about, is_key=is_key), objects)

    def _about(self, entry: LedgerEntry) -> About:
        found = About()
        match entry.kind:
            case EntryKind.PACK_SEALED:
                pack = sealed_pack(entry)
                found = About(pack.first_night, pack.last_night, pack, pack.pack_id)
            case EntryKind.PACK_REVIEWED:
                found = About(pack_id=review(entry).decision.pack_id)
            case EntryKind.TIME_STAMPED:
                found = About(pack_id=later_stamp(entry).pack_id)
            case EntryKind.IMPORT_SEALED:
                night = sealed_import(entry).night
                found = About(night, night)
            case EntryKind.DELIVERY_RECORDED:
                night = self.calendar.night_of(entry.at)
                found = About(night - timedelta(days=1), night)  # told in the morning after the night before
            case EntryKind.DRILL_EVENT:
                found = About(*self._quarter_of(entry))
        return found

    def _nights(self, kind: Kind, named: LedgerObject, about: About, at: datetime) -> tuple[date | None, date | None]:
        found = _NIGHT.search(f"/{named.path}")
        if found is not None:
            night = _day(found[1])
            if night is not None:
                return night, night
        if kind is Kind.CONFIGURATION:
            return None, None  # under it, what is of any night was sealed
        if kind is Kind.DRILLS and (drill := _DRILL.match(named.path)) and drill[1] in self._quarters:
            return self._quarters[drill[1]]
        if about.first_night is not None or about.pack_id is not None:
            return about.first_night, about.last_night
        night = self.calendar.night_of(at)
        return quarter_of(night) if kind in {Kind.DRILLS, Kind.DECISIONS} else (night, night)

    def _quarter_of(self, entry: LedgerEntry) -> tuple[date, date]:
        known = self._quarters.get(entry.subject.partition("/")[2])
        return known or quarter_of(self.calendar.night_of(entry.at))

    def _learn(self, entry: LedgerEntry) -> None:
        """Which quarter a plan and its drills are of."""
        if entry.kind is EntryKind.DRILL_EVENT:
            told = entry.payload.get("told")
            for name, quarter in _planned(told):
                days = _days_of(quarter)
                if isinstance(name, str) and days is not None:
                    self._quarters[name] = days


def read_files(entries: Iterable[LedgerEntry], calendar: Calendar) -> Files:
    """All objects that entries name, with what they tell of them."""
    return OriginReader(calendar).read(entries)


def quarter_of(day: date) -> tuple[date, date]:
    """First and last day of the quarter of a day."""
    first = date(day.year, day.month - (day.month - 1) % 3, 1)
    return first, add_months(first, 2).replace(day=31 if first.month in {1, 10} else 30)


def _origin(
    entry: LedgerEntry, kind: Kind, nights: tuple[date | None, date | None], about: About, *, is_key: bool
) -> Origin:
    pack, proving = about.pack, entry.kind in PROVING
    # The key of an engagement is of all its packs, not of the one that was first.
    pack_id = None if is_key else about.pack_id
    return Origin(
        sequence=entry.sequence,
        sealed_at=entry.at,
        kind=kind,
        first_night=None if is_key else nights[0],
        last_night=None if is_key else nights[1],
        scope=pack.series.scope if pack and not is_key else None,
        pack_kind=pack.series.kind if pack and not is_key else None,
        audience=pack.series.audience if pack else None,
        pack_id=pack_id,
        stated=_stated(pack) if pack and kind is Kind.PACKS else None,
        lasting=proving or (kind is Kind.DECISIONS and _stands_for_long(entry)),
    )


def _stands_for_long(entry: LedgerEntry) -> bool:
    """Whether persons decide with it what may stand for years: an accepted risk or a waiver must be proven as long as it stands."""
    told = entry.payload.get("told")
    waived = isinstance(told, dict) and told.get("kind") == "waived"
    return entry.kind is EntryKind.EXCEPTION_EVENTS or (entry.kind is EntryKind.DRILL_EVENT and waived)


def _stated(pack: SealedPack) -> Candidate | None:
    """What a pack says of itself; None for one that says nothing readable, which then has the days of the rules."""
    day, rule = pack.entry.payload.get("keep_until"), pack.entry.payload.get("keep_until_rule")
    found = _day(day) if isinstance(day, str) else None
    return Candidate(found, str(rule), f"sealed pack {pack.pack_id}") if found else None


def _planned(told: object) -> Iterator[tuple[object, object]]:
    """Ids of plans and drills in what an event tells, each with its quarter."""
    if not isinstance(told, dict):
        return
    yield told.get("plan_id"), told.get("quarter")
    drills = told.get("drills")
    for one in (*(drills if isinstance(drills, list) else ()), told.get("planned")):
        if isinstance(one, dict):
            yield one.get("drill_id"), one.get("quarter")


def _days_of(quarter: object) -> tuple[date, date] | None:
    found = _QUARTER.fullmatch(quarter) if isinstance(quarter, str) else None
    return quarter_of(date(int(found[1]), int(found[2]) * 3, 1)) if found else None


def _is_key(kind: Kind, path: str) -> bool:
    return kind is Kind.ENGAGEMENTS and path.endswith(".key")


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
