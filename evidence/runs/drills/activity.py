"""Who asked for a restore and of which recovery point, as Azure's Activity Log tells it.

Not here: reading the log (`sources.azure.activity_log`), which restores there are (`executions`). *No body of the log was ever recorded for us*, so each part may
be missing. Invariants: an event is a job's by Azure's own correlation id, or by item and time where nothing else fits; where two fit, none is taken and that
is said; only rows of Azure are read; somebody without an object id is nobody that a reviewer could be told from.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import unquote

import orjson
import pyarrow as pa
import pyarrow.compute as pc

from evidence.drills.values import Person
from evidence.runs.sealed import SealedRows
from evidence.tables import ACTIVITY

BEFORE, AFTER = timedelta(minutes=15), timedelta(minutes=2)
"""A job begins so long after it was asked for at most; clocks of Azure's parts may differ by so much."""
ANY_MOMENT = "defaultrangerecoverypoint"
"""Azure's constant id of all moments within log backups: it names no point."""
_COLUMNS = (
    "event_id",
    "tenant_id",
    "caller",
    "caller_oid",
    "resource_id",
    "correlation_id",
    "at",
    "status",
    "envelope",
)
_CLAIM = "http://schemas.microsoft.com/identity/claims/"
_NAMES = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/"
_TENANTS = (f"{_CLAIM}tenantid", "tid")
_SCOPES = (f"{_CLAIM}scope", "scp")
_USERS = (f"{_NAMES}upn", "upn", "puid")
_OBJECTS = (f"{_CLAIM}objectidentifier", "oid")
_FAILED = frozenset({"failed", "canceled", "cancelled"})


@dataclass(frozen=True, slots=True)
class RestoreAction:
    """One request to restore: all events of one correlation id about one resource."""

    event_id: str
    """Of its first event."""
    correlation_id: str | None
    at: datetime
    """When it was asked for."""
    item_key: str | None
    """Lower-cased; None where the event is about no item."""
    point_id: str | None
    """Lower-cased; None where the event names none."""
    caller: str | None
    """As the log names who asked."""
    initiator: Person | None
    """None: the log tells no object id."""
    failed: bool = False


@dataclass(frozen=True, slots=True)
class _Told:
    """One event, and what its resource id names."""

    row: Mapping[str, Any]
    item: str | None
    point: str | None


@dataclass(frozen=True, slots=True)
class Actions:
    """All requests to restore that were read."""

    by_correlation: Mapping[str, Sequence[RestoreAction]] = field(default_factory=dict)
    by_item: Mapping[str, Sequence[RestoreAction]] = field(default_factory=dict)

    def of_correlation(self, activity_id: str | None) -> Sequence[RestoreAction]:
        """Those of one correlation id, whatever its case."""
        return self.by_correlation.get((activity_id or "").casefold(), ()) if activity_id else ()

    def around(self, item_key: str, began: datetime) -> Sequence[RestoreAction]:
        """Those of an item that a job which began then may follow."""
        return [one for one in self.by_item.get(item_key, ()) if began - BEFORE <= one.at <= began + AFTER]


def restore_actions(sealed: SealedRows) -> Actions:
    """Every request to restore in sealed rows of Azure; raises IntegrityError, StoreError."""
    told: defaultdict[tuple[str, str], list[_Told]] = defaultdict(list)
    for rows in sealed.of_azure().each(ACTIVITY, _of_restores, (*_COLUMNS, "operation_kind")):
        for row in rows.to_pylist():
            if row["at"] is not None:
                name, resource = (row["correlation_id"] or row["event_id"]).casefold(), plain_id(row["resource_id"])
                item, point = _item_and_point(resource)
                told[name, item or resource].append(_Told(row, item, point))
    return _indexed(action for key in sorted(told) for action in _actions(told[key]))


def plain_id(arm_id: str | None) -> str:
    """An ARM id as keys are written: lower case, nothing encoded."""
    return unquote(arm_id or "").lower().rstrip("/")


def _of_restores(rows: pa.Table) -> pa.Table:
    return rows.filter(pc.equal(rows["operation_kind"], pa.scalar("restore")))


def _indexed(actions: Iterable[RestoreAction]) -> Actions:
    by_correlation, by_item = defaultdict(list), defaultdict(list)
    for one in sorted(actions, key=lambda one: (one.at, one.event_id)):
        if one.correlation_id is not None:
            by_correlation[one.correlation_id.casefold()].append(one)
        if one.item_key is not None:
            by_item[one.item_key].append(one)
    return Actions(by_correlation, by_item)


def _actions(told: Sequence[_Told]) -> Iterator[RestoreAction]:
    """One request; more only where its events name unlike points. Not every event of a request names the point."""
    points = sorted({one.point for one in told if one.point is not None})
    if len(points) <= 1:
        yield _action(told, points[0] if points else None)
        return
    for point in points:
        yield _action([one for one in told if one.point == point], point)


def _action(told: Sequence[_Told], point: str | None) -> RestoreAction:
    events = sorted((one.row for one in told), key=lambda row: (row["at"], row["event_id"]))
    first = events[0]
    people = [one for row in events if (one := _initiator(row)) is not None]
    states = {str(row["status"]).casefold() for row in events}
    return RestoreAction(
        event_id=first["event_id"],
        correlation_id=first["correlation_id"],
        at=first["at"],
        item_key=told[0].item,
        point_id=point,
        caller=next((row["caller"] for row in events if row["caller"]), None),
        # Events of one request by unlike callers tell nobody.
        initiator=people[0] if people and len({one.key for one in people}) == 1 else None,
        failed=bool(states & _FAILED) and "succeeded" not in states,
    )


def _item_and_point(resource: str) -> tuple[str | None, str | None]:
    """The item that a resource id lies in, and the recovery point that it names."""
    item, _, below = resource.partition("/recoverypoints/")
    if "/protecteditems/" not in item and "/backupinstances/" not in item:
        return None, None
    if not below:
        words = item.split("/")
        ends = next(number for number, word in enumerate(words) if word in {"protecteditems", "backupinstances"})
        return "/".join(words[: ends + 2]), None
    return item, below.split("/")[0] or None


def _initiator(row: Mapping[str, Any]) -> Person | None:
    claims = _claims(row["envelope"])
    if not row["caller_oid"]:
        return None
    tenant = _first(claims, _TENANTS) or row["tenant_id"]
    if not tenant:
        return None
    name = row["caller"] or _first(claims, ("name",)) or row["caller_oid"]
    return Person(tenant, row["caller_oid"], name, is_service_principal(row["caller"], claims))


def is_service_principal(caller: str | None, claims: Mapping[str, object]) -> bool | None:
    """Whether an application asked by itself; None where neither the token's own word nor its claims tell."""
    told = str(claims.get("idtyp", "")).casefold()
    if told in {"app", "user"}:
        return told == "app"
    if _first(claims, _SCOPES) or _first(claims, _USERS):
        return False
    application = _first(claims, ("appid", "azp"))
    own = {application.casefold(), str(_first(claims, _OBJECTS)).casefold()} if application else set()
    return True if caller and caller.casefold() in own else None


def _claims(envelope: str | None) -> Mapping[str, object]:
    told = orjson.loads(envelope) if envelope else {}
    claims = told.get("claims") if isinstance(told, dict) else None
    return claims if isinstance(claims, dict) else {}


def _first(claims: Mapping[str, object], names: Iterable[str]) -> str | None:
    return next((one for name in names if isinstance(one := claims.get(name), str) and one), None)
