"""Recovery point rows: one a point, and one a range of log backups.

Not here: which restore used a point. Invariant: an element without point time and without range still gives a row, so that a log chain
that covers nothing is seen.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from evidence.normalize.event_nights import EventNights
from evidence.normalize.fields import Fields
from evidence.normalize.results import Row
from evidence.normalize.sizes import BYTES_PER_GIGABYTE

TIERS = {"1": "InstantRP", "2": "HardenedRP", "3": "ArchivedRP"}
STATES = {"1": "Valid", "2": "Disabled", "3": "Deleted", "4": "Rehydrated"}
"""The service sends both as integers or as words, whatever the api-version (azure-backup.md section 4)."""

_MOST_GIGABYTES = 2**33 - 1


def point_rows(point_id: str, item_key: str, fields: Fields, common: Row, nights: EventNights) -> Iterator[Row]:
    """The rows of one element: one, or one a range; `ordinal`, `properties` and `envelope` are added by the caller."""
    at = fields.moment("recoveryPointTime") or fields.moment("recoveryPointTimeInUTC")
    row = {**common, "recovery_point_id": point_id, "item_key": item_key, "recovery_point_at": at, **_described(fields)}
    ranges = [(one.moment("startTime"), one.moment("endTime")) for one in fields.each("timeRanges")]
    for start, end in ranges or [(None, None)]:
        yield {**row, "range_start_at": start, "range_end_at": end, "event_night": _night(at, start, common, nights)}


def _described(fields: Fields) -> Row:
    kept = fields.inside("recoveryPointProperties")
    consistency = fields.text("recoveryPointType")
    return {
        "point_type": fields.text("type") or consistency,
        "consistency": consistency,
        "tiers": _tiers(fields),
        "expires_at": kept.moment("expiryTime"),
        "rule_name": kept.text("ruleName"),
        "size_bytes": _size(fields),
        "soft_deleted": kept.flag("isSoftDeleted"),
    }


def _tiers(fields: Fields) -> list[str] | None:
    """`tier=state` for each tier; a value that is not known stays as sent."""
    tiers = [(tier.text("type") or "", tier.text("status") or "") for tier in fields.each("recoveryPointTierDetails")]
    return [f"{TIERS.get(tier, tier)}={STATES.get(state, state)}" for tier, state in tiers] or None


def _size(fields: Fields) -> int | None:
    """Bytes of `recoveryPointSizeInGB`, which Azure rounds to whole gigabytes."""
    gigabytes = fields.count("recoveryPointSizeInGB")
    if gigabytes is not None and gigabytes > _MOST_GIGABYTES:
        fields.note("recoveryPointSizeInGB", "is larger than any size")
        return None
    return None if gigabytes is None else gigabytes * BYTES_PER_GIGABYTE


def _night(at: datetime | None, start: datetime | None, common: Row, nights: EventNights) -> object:
    return nights.night_of(at or start) or common["night"]
