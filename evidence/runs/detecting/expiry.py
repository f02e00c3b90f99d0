"""Points that are gone although they were promised longer, of items whose lists were not read two nights in a row: compared with the last whole list before.

Not here: the rule (`assess.points.expiry`), lists of two nights in a row (`detecting.points`). Invariants: only whole lists are compared; a point is said to be gone by tonight's
list at the latest, so that one whose promise ended meanwhile is accused of nothing; what an earlier list did not tell is not known.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from evidence.assess.findings import Class, Finding
from evidence.assess.points.calendar import longest
from evidence.assess.points.detect import point_findings
from evidence.assess.points.promises import read_promises
from evidence.assess.points.values import Of
from evidence.assess.slots.values import PolicyVersion
from evidence.ledger.entries import LedgerEntry
from evidence.ledger.folds import sealed_nights
from evidence.nights import Calendar, look_back
from evidence.records import Kind
from evidence.runs.detecting.points import NIGHTS_COMPARED
from evidence.runs.judging.kept import FURTHEST_BACK
from evidence.runs.judging.policies import policy_versions
from evidence.runs.judging.rules import JudgementRules
from evidence.runs.points_rows import whole_lists
from evidence.runs.points_seen import Asked, points_seen
from evidence.runs.sealed import SealedRows
from evidence.tables import CALLS, PROTECTED_ITEMS, RECOVERY_POINTS

_EVER = 1_000_000
"""Days: longer than any clock counts back."""
_POINT = ["item_key", "recovery_point_id", "recovery_point_at"]
_SEEN = [*_POINT, "expires_at"]


@dataclass(frozen=True, slots=True)
class _Listed:
    """Items whose points were listed whole tonight, and when."""

    at: Mapping[str, datetime]
    night: date


def expiries_found(
    sealed: SealedRows, entries: Sequence[LedgerEntry], night: date, calendar: Calendar, rules: JudgementRules
) -> Iterator[Finding]:
    """Early expiries of items that were listed whole tonight, and not the night before."""
    tonight = _listed(sealed, night, _asked(sealed, night))
    for before, items in _before(sealed, entries, tonight):
        gone = _gone(sealed, before, tonight, items)
        if gone:
            yield from _judged(sealed, entries, night, (night - before).days, gone, calendar, rules)


def _asked(sealed: SealedRows, night: date) -> frozenset[str]:
    """Items of which any list of points was asked."""
    kind = pa.scalar(str(Kind.RECOVERY_POINTS))
    rows = sealed.of_azure().rows(
        CALLS,
        first=night,
        last=night,
        columns=["subject", "kind"],
        where=lambda one: one.filter(pc.and_(pc.equal(one["kind"], kind), pc.is_valid(one["subject"]))),
    )
    return frozenset(str(one) for one in pc.utf8_lower(rows["subject"]).unique().to_pylist())


def _listed(sealed: SealedRows, night: date, items: Collection[str]) -> _Listed:
    lists = whole_lists(sealed, night, night, items) if items else {}
    found = {item: max((at for at, of in told if of is Of.POINTS), default=None) for item, told in lists.items()}
    return _Listed({item: at for item, at in found.items() if at is not None}, night)


def _before(
    sealed: SealedRows, entries: Sequence[LedgerEntry], tonight: _Listed
) -> Iterator[tuple[date, frozenset[str]]]:
    """Nights of the last whole lists before, and their items; those of the night before are compared in any case."""
    left = frozenset(tonight.at)
    first, last = look_back(tonight.night, FURTHEST_BACK + 1), look_back(tonight.night, 2)
    for night in sorted((one for one in sealed_nights(entries) if first <= one <= last), reverse=True):
        if not left:
            return
        mine = frozenset(_listed(sealed, night, left).at)
        left -= mine
        if mine and (tonight.night - night).days > NIGHTS_COMPARED:
            yield night, mine


def _gone(sealed: SealedRows, before: date, tonight: _Listed, items: frozenset[str]) -> frozenset[str]:
    """Items with a point that the earlier list told, that tonight's does not, and whose promise may last still."""
    keys = pa.array(sorted(items), pa.string())
    then, now = (_points(sealed, night, keys) for night in (before, tonight.night))
    missing = then.join(now.select(_POINT), _POINT, join_type="left anti")
    if not missing.num_rows:
        return frozenset()
    most = _promised_days(sealed, before, tonight.night, frozenset(str(one) for one in missing["item_key"].to_pylist()))
    found = set()
    for row in missing.to_pylist():
        item, at, ends = row["item_key"], row["recovery_point_at"], row["expires_at"]
        read_at, days = tonight.at[item], most.get(item)
        # Where Azure tells no expiry, what is older than any rule of its policies promised has expired as it should.
        if (days is None or read_at - at < timedelta(days=days)) if ends is None else ends > read_at:
            found.add(item)
    return frozenset(found)


def _promised_days(sealed: SealedRows, before: date, night: date, items: frozenset[str]) -> Mapping[str, int]:
    """The longest life that any rule of an item's policies gave on the two nights or between; items whose promises cannot be read are not there."""
    keys = pa.array(sorted(items), pa.string())
    told: dict[str, set[str]] = {}
    for one in (before, night):
        rows = sealed.of_azure().rows(
            PROTECTED_ITEMS,
            first=one,
            last=one,
            columns=["item_key", "policy_id"],
            where=lambda found: found.filter(pc.is_in(found["item_key"], value_set=keys)),
        )
        for row in rows.to_pylist():
            told.setdefault(row["item_key"], set()).add(row["policy_id"] or "")
    versions = policy_versions(sealed, before, night, frozenset())
    most = {policy: _longest(many) for policy, many in versions.items()}
    lives = {item: [most.get(policy) for policy in policies] for item, policies in told.items()}
    return {
        item: max(one for one in many if one is not None) for item, many in lives.items() if many and None not in many
    }


def _longest(versions: Sequence[PolicyVersion]) -> int | None:
    """In days; None where what one of them promises cannot be read whole."""
    promises = [read_promises(one) for one in versions]
    lives = [longest(kept) for one in promises for rules in one.rules.values() for kept in rules.values()]
    return None if not lives or any(one.unreadable for one in promises) else min(max(lives).days + 1, _EVER)


def _points(sealed: SealedRows, night: date, keys: pa.Array[Any]) -> pa.Table:
    """Points, and not log ranges, as a night's lists told them; each once."""
    rows = sealed.of_azure().rows(
        RECOVERY_POINTS,
        first=night,
        last=night,
        columns=_SEEN,
        where=lambda one: one.filter(
            pc.and_(pc.is_in(one["item_key"], value_set=keys), pc.is_valid(one["recovery_point_at"]))
        ),
    )
    plain = rows.cast(pa.schema([(name, RECOVERY_POINTS.schema().field(name).type) for name in rows.column_names]))
    return plain.group_by(_POINT).aggregate([("expires_at", "max")]).rename_columns(_SEEN)


def _judged(
    sealed: SealedRows,
    entries: Sequence[LedgerEntry],
    night: date,
    nights: int,
    items: frozenset[str],
    calendar: Calendar,
    rules: JudgementRules,
) -> Iterator[Finding]:
    window = calendar.window(night)
    asked = Asked(night, night, lambda _: True, rules.tiers, rules.slots, nights, items=items)
    for one in points_seen(sealed, entries, asked):
        then = one.at(window.end)
        for found in point_findings(one.points, then.wanted, then.target, night, window):
            if found.class_ is Class.EXPIRES_EARLY:
                yield found
