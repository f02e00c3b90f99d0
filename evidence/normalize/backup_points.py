"""Recovery points of backup instances.

Not here: the ranges to which operational backups of blobs can be restored, which Azure tells to a POST alone. Invariant: the
expiry is the point's own; stores that hold it longer or shorter stand in `properties`.
"""

from __future__ import annotations

from evidence.normalize.event_nights import EventNights
from evidence.normalize.fields import Fields
from evidence.normalize.results import Row


def backup_point_row(point_id: str, item_key: str, fields: Fields, common: Row, nights: EventNights) -> Row:
    """The row of one point; its place, `properties` and `envelope` are added by the caller."""
    at = fields.moment("recoveryPointTime")
    stores = [
        f"{store.text('type') or ''}={store.text('state') or ''}"
        for store in fields.each("recoveryPointDataStoresDetails")
    ]
    return {
        **common,
        "event_night": nights.night_of(at) or common["night"],
        "recovery_point_id": point_id,
        "item_key": item_key,
        "recovery_point_at": at,
        "point_type": fields.text("recoveryPointType"),
        "tiers": stores or None,
        "expires_at": fields.moment("expiryTime"),
        "rule_name": fields.text("retentionTagName"),
    }
