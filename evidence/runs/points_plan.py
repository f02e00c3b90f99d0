"""What sealed nights tell about the reading of recovery points: when each item's were last read whole, and what was missed.

Not here: whose points are read tonight, which the source plans from it. Invariant: only what a ledger entry names counts as read; a
list that ended early is none that was read.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date, datetime

import pyarrow as pa
import pyarrow.compute as pc

from evidence.nights import Calendar, look_back
from evidence.records import ItemMemory, Kind, MissedNight, Outcome, PointsMemory
from evidence.runs.sealed import SealedRows
from evidence.tables import CALLS, COVERAGE, PROTECTED_ITEMS

NIGHTS_REMEMBERED = 90
"""As many nights as may lie between two readings of an item's points."""
NIGHTS_OWED = 3
"""Nights whose missed readings are made up for, as many as those whose jobs are listed again."""
LOGS = "'Log'"
"""Part of the filter of a list that holds log ranges alone."""
UNREAD = frozenset({Outcome.PARTIAL, Outcome.NOT_REACHED})
Key = tuple[str, str]
"""Vault id and item key."""
_CALL_COLUMNS = (
    "vault_id",
    "capture_id",
    "call_id",
    "kind",
    "subject",
    "filter",
    "outcome",
    "next_link",
    "observed_at",
)


def points_memory(sealed: SealedRows, night: date, calendar: Calendar) -> PointsMemory:
    """What the nights before `night` tell."""
    sealed = sealed.of_azure()  # a file that a person saved is no reading of ours
    first, last = look_back(night, NIGHTS_REMEMBERED + 1), look_back(night, 2)
    nights = sorted({_night_of(path) for path in sealed.paths(CALLS, first, last)})
    if not nights:
        return PointsMemory()
    known = _items(sealed, look_back(night, NIGHTS_OWED + 1), last)
    read_at = _last_read(sealed, nights, set(known))
    missed = _missed(sealed, known, read_at, calendar, look_back(night, NIGHTS_OWED + 1), last)
    found: dict[str, dict[str, ItemMemory]] = defaultdict(dict)
    for vault_id, item_key in known.keys() | read_at.keys():
        key = (vault_id, item_key)
        found[vault_id][item_key] = ItemMemory(read_at.get(key), tuple(missed.get(key, ())))
    return PointsMemory(nights[0], dict(found))


def _items(sealed: SealedRows, first: date, last: date) -> Mapping[Key, Mapping[date, datetime | None]]:
    """Items listed on the last nights, with the last recovery point that was told of each on each night."""
    columns = ["night", "vault_id", "item_key", "last_recovery_point_at"]
    found: dict[Key, dict[date, datetime | None]] = defaultdict(dict)
    for row in sealed.rows(PROTECTED_ITEMS, first=first, last=last, columns=columns).to_pylist():
        if row["item_key"] is not None:
            found[row["vault_id"], row["item_key"]][row["night"]] = row["last_recovery_point_at"]
    return found


def _last_read(sealed: SealedRows, nights: Sequence[date], wanted: Collection[Key]) -> dict[Key, datetime]:
    """When the points of each item were last read whole: from the newest night back, until all wanted are found."""
    found: dict[Key, datetime] = {}
    left = set(wanted)
    for night in reversed(nights):
        for key, at in _read_on(sealed, night):
            found[key] = max(at, found.get(key, at))
            left.discard(key)
        if wanted and not left:
            break
    return found


def _read_on(sealed: SealedRows, night: date) -> Iterator[tuple[Key, datetime]]:
    rows = sealed.rows(CALLS, first=night, last=night, columns=_CALL_COLUMNS, where=_of_points)
    lists: dict[tuple[object, str, str], list[Mapping[str, object]]] = defaultdict(list)
    for row in rows.to_pylist():
        lists[row["capture_id"], row["vault_id"], str(row["subject"]).lower()].append(row)
    for (_, vault_id, item_key), pages in lists.items():
        final = max(pages, key=lambda page: str(page["call_id"]))
        at = final["observed_at"]
        if all(page["outcome"] == "ok" for page in pages) and final["next_link"] is None and isinstance(at, datetime):
            yield (vault_id, item_key), at


def _of_points(rows: pa.Table) -> pa.Table:
    """Calls for lists of points; those for log ranges alone tell nothing of points."""
    wanted = pc.and_(pc.equal(rows["kind"], pa.scalar(str(Kind.RECOVERY_POINTS))), pc.is_valid(rows["subject"]))
    of_points = rows.filter(wanted)
    told = [LOGS not in (asked or "") for asked in of_points["filter"].to_pylist()]
    return of_points.filter(pa.array(told, pa.bool_()))


def _missed(
    sealed: SealedRows,
    known: Mapping[Key, Mapping[date, datetime | None]],
    read_at: Mapping[Key, datetime],
    calendar: Calendar,
    first: date,
    last: date,
) -> Mapping[Key, list[MissedNight]]:
    """The nights on which a vault's points were not read whole, for each item that was not read then or since."""
    found: dict[Key, list[MissedNight]] = defaultdict(list)
    for night, vaults in sorted(_unread_vaults(sealed, first, last).items()):
        window = calendar.window(night)
        for key in known.keys() | read_at.keys():
            if key[0] in vaults and not (key in read_at and read_at[key] >= window.end):
                at = known.get(key, {}).get(night)
                found[key].append(MissedNight(night, proven=at is not None and at in window))
    return found


def _unread_vaults(sealed: SealedRows, first: date, last: date) -> Mapping[date, set[str]]:
    """Vaults whose recovery points were not read whole, by night."""
    columns = ["night", "vault_id", "kind", "outcome"]
    found: dict[date, set[str]] = defaultdict(set)
    for row in sealed.rows(COVERAGE, first=first, last=last, columns=columns).to_pylist():
        if row["kind"] == Kind.RECOVERY_POINTS and row["outcome"] in UNREAD:
            found[row["night"]].add(row["vault_id"])
    return found


def _night_of(path: str) -> date:
    """The night in a sealed file's path."""
    return date.fromisoformat(path.partition("/night=")[2][:10])
