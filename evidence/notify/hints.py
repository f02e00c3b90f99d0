"""Incoming alerts of Azure Monitor: hints that one should look now, never evidence.

Not here: looking (`evidence.runs`). Source: Azure Monitor, common alert schema. Invariants: nothing in an alert becomes a row, a problem or a
message; an alert that comes twice in the same condition is one hint.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

import orjson

from evidence.errors import ConfigurationError

SCHEMA = "azureMonitorCommonAlertSchema"
CONDITIONS = ("Fired", "Resolved")
LARGEST = 1 << 20
_VAULTS = ("/providers/microsoft.recoveryservices/vaults/", "/providers/microsoft.dataprotection/backupvaults/")
_IN_A_VAULT = 9
"""Parts of a vault's ARM id, the empty one before its first slash with them."""


@dataclass(frozen=True, slots=True)
class Hint:
    """That something may have happened at some resources."""

    alert_id: str
    condition: str
    """`Fired` or `Resolved`."""
    rule: str
    severity: str
    fired_at: datetime
    targets: tuple[str, ...]
    """Lower-cased ARM ids."""

    @property
    def key(self) -> tuple[str, str]:
        """What makes two alerts one: the same alert in the same condition."""
        return (self.alert_id, self.condition)

    @property
    def vault_ids(self) -> tuple[str, ...]:
        """Vaults among the targets, or that hold them; none: look at all."""
        found = (_vault_of(one) for one in self.targets)
        return tuple(dict.fromkeys(one for one in found if one))


def parse_alert(body: bytes) -> Hint:
    """The hint in the body of an alert; raises ConfigurationError for anything but the common alert schema."""
    if len(body) > LARGEST:
        raise _refused(f"it is larger than {LARGEST >> 20} MiB")
    try:
        told = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise _refused("it is no JSON") from None
    if not isinstance(told, dict) or told.get("schemaId") != SCHEMA:
        raise _refused(f"its schemaId is not {SCHEMA}")
    data = told.get("data")
    essentials = data.get("essentials") if isinstance(data, dict) else None
    if not isinstance(essentials, dict):
        raise _refused("it has no data.essentials")
    condition = _text(essentials, "monitorCondition")
    if condition not in CONDITIONS:
        raise _refused(f"its monitorCondition is none of {', '.join(CONDITIONS)}")
    return Hint(
        alert_id=_text(essentials, "alertId").lower(),
        condition=condition,
        rule=_text(essentials, "alertRule"),
        severity=_text(essentials, "severity"),
        fired_at=_moment(_text(essentials, "firedDateTime")),
        targets=_targets(essentials.get("alertTargetIDs")),
    )


def new_hints(hints: Iterable[Hint], known: Iterable[tuple[str, str]]) -> tuple[Hint, ...]:
    """Hints that were not known yet, each once, in their order."""
    seen, found = set(known), []
    for hint in hints:
        if hint.key not in seen:
            seen.add(hint.key)
            found.append(hint)
    return tuple(found)


def _text(essentials: Mapping[str, object], key: str) -> str:
    value = essentials.get(key)
    if not isinstance(value, str) or not value:
        raise _refused(f"data.essentials.{key} is no text")
    return value


def _moment(text: str) -> datetime:
    try:
        found = datetime.fromisoformat(text)
        return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except (ValueError, OverflowError):
        raise _refused("data.essentials.firedDateTime is no moment") from None


def _targets(value: object) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        raise _refused("data.essentials.alertTargetIDs is no list of texts")
    return tuple(dict.fromkeys(str(one).lower() for one in value))


def _vault_of(target: str) -> str | None:
    if not any(one in target for one in _VAULTS):
        return None
    return "/".join(target.split("/")[:_IN_A_VAULT])


def _refused(cause: str) -> ConfigurationError:
    return ConfigurationError(
        "This is no alert of Azure Monitor that can be read.",
        cause=cause[:1].upper() + cause[1:] + ".",
        next_step="Let the action group send the common alert schema.",
    )
