"""Settings of a vault that protect its backups less than before.

Not here: what a setting should be. Invariants: a setting is compared with what the same call told before; a word that is not known, or a setting
no longer told, is not compared and said so.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from evidence.assess.drift.actors import actor_of
from evidence.assess.drift.values import GONE, Changes, NotCompared, Security
from evidence.assess.findings import Class, Finding, Severity
from evidence.records import Kind

Value = str | int | tuple[str, ...] | None

_SWITCH = {"disabled": 0, "off": 0, "enabled": 1, "on": 1}
RANKS: Mapping[str, Mapping[str, int]] = {
    "soft_delete": {**_SWITCH, "alwayson": 2},
    "enhanced_security": _SWITCH,
    "immutability": {"disabled": 0, "unlocked": 1, "locked": 2},
    "multi_user_authorization": _SWITCH,
    "encryption": {"microsoftmanaged": 0, "customermanaged": 1},
    "infrastructure_encryption": _SWITCH,
    "redundancy": {
        "locallyredundant": 0,
        "zoneredundant": 1,
        "georedundant": 2,
        "readaccessgeozoneredundant": 3,
        "geozoneredundant": 3,
    },
    "cross_region_restore": _SWITCH,
    "public_network_access": {"enabled": 0, "disabled": 1},
    "private_endpoints": {"none": 0, "enabled": 1},
}
"""Words, folded, from weak to strong (azure-backup.md sections 4 and 6, and the names of the SDK's models)."""
COLUMNS = (*RANKS, "soft_delete_retention_days", "resource_guard_id", "guarded_operations", "encryption_key")
"""Columns of the table `vaults` that are compared."""
VAULT_EVENTS = frozenset({"vault"})
_KEY_VERSION = re.compile(r"^(https://[^/]+/keys/[^/]+)/[^/]+/?$", re.IGNORECASE)
GUARD = ("multi_user_authorization", "resource_guard_id", "guarded_operations")
"""Columns that one guard tells."""


def security_of(rows: Iterable[Mapping[str, object]], read: Collection[str], observed_at: datetime) -> Security:
    """The settings that one night's rows of `vaults` tell of one vault.

    `rows` have `source_kind` and the columns above; `read` are the kinds whose answers were received whole.
    """
    told: dict[str, dict[str, Value]] = {}
    for row in rows:
        kind = str(row["source_kind"])
        if kind in read:
            mine = told.setdefault(kind, dict.fromkeys(COLUMNS))
            mine.update({name: _value(row.get(name)) for name in COLUMNS if row.get(name) is not None})
    if Kind.GUARD_PROXIES in read:
        # An answer without a guard has no row: the guard is not there.
        guard = told.setdefault(str(Kind.GUARD_PROXIES), dict.fromkeys(COLUMNS))
        if guard["resource_guard_id"] is None and guard["multi_user_authorization"] is None:
            guard.update(dict.fromkeys(GUARD, GONE))
    return Security(observed_at, told)


def _value(sent: object) -> Value:
    if isinstance(sent, str | int):
        return sent
    return tuple(str(one) for one in sent) if isinstance(sent, list | tuple) else None


@dataclass(frozen=True, slots=True)
class Weaker:
    """One setting that is weaker than before."""

    column: str
    told: str


def security_drift(
    vault_id: str, name: str, before: Security, after: Security, changes: Changes, night: date
) -> Iterator[Finding | NotCompared]:
    """Weaker settings of one vault, each one finding however many calls tell it."""
    found: dict[str, str] = {}
    for kind, was in sorted(before.told.items()):
        now = after.told.get(kind)
        if now is None:
            yield NotCompared(
                vault_id, f"settings of {name} as {kind} tells them", "They were not read whole this time."
            )
            continue
        for column in COLUMNS:
            weaker = compare(column, was.get(column), now.get(column))
            if isinstance(weaker, Weaker):
                found.setdefault(column, weaker.told)
            elif weaker is not None:
                yield NotCompared(vault_id, f"{_words(column)} of {name}", weaker)
    if "multi_user_authorization" in found:
        # One change: the guard and what it guarded went with it.
        found = {column: told for column, told in found.items() if column not in GUARD[1:]}
    actor = actor_of(changes, (vault_id,), VAULT_EVENTS)
    for column, told in found.items():
        yield Finding(
            Class.SECURITY_WEAKENED,
            Severity.CRITICAL if column in {"soft_delete", "immutability", *GUARD} else Severity.ERROR,
            vault_id,
            None,
            name,
            column,
            actor.at or after.observed_at,
            night,
            f"{name}: {told}; {actor.told}.",
            recommendation="Set it back, or have the change approved.",
            actor=actor.name,
        )


def compare(column: str, was: Value, now: Value) -> Weaker | str | None:
    """What is weaker of one setting; a text says why it cannot be told; None where it is as strong as before."""
    if was in (None, GONE, now):
        return None
    if now is None:
        return f"It was {_said(was)}, and Azure does not tell it any more."
    return _unguarded(column, was, now) if column == "guarded_operations" else _compared(column, was, now)


def _compared(column: str, was: Value, now: Value) -> Weaker | str | None:
    weaker = Weaker(column, f"{_words(column)} {_said(was)} before, {_said(now)} now")
    if column not in RANKS:
        differs = _fewer(was, now) if column == "soft_delete_retention_days" else not _same_key(was, now)
        return weaker if differs else None
    old, new = (RANKS[column].get(str(one).casefold()) for one in (was, "disabled" if now == GONE else now))
    if old is None or new is None:
        return f"It was {_said(was)} and is {_said(now)}: one of these words is not known."
    return weaker if new < old else None


def _unguarded(column: str, was: Value, now: Value) -> Weaker | None:
    old = set(was) if isinstance(was, tuple) else set()
    lost = sorted(old - (set(now) if isinstance(now, tuple) else set()))
    return Weaker(column, f"no longer guarded: {', '.join(lost)}") if lost else None


def _fewer(was: Value, now: Value) -> bool:
    return isinstance(was, int) and isinstance(now, int) and now < was


def _same_key(was: Value, now: Value) -> bool:
    """Whether two ids are one, whatever the version of a key: keys are rotated."""
    old, new = (_KEY_VERSION.sub(r"\1", str(one)).casefold() for one in (was, now))
    return old == new


def _said(value: Value) -> str:
    return ", ".join(value) if isinstance(value, tuple) else str(value)


def _words(column: str) -> str:
    return column.replace("_", " ")
