"""Whether what was changed is again as it was before: the last look before the change beside the newest one.

Not here: which change, and whose exception (`evidence.assess.exceptions`). Invariant: what one of the two looks did not read whole, or tells in words
that are not known, is not restored.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from evidence.assess.drift.items import item_drift
from evidence.assess.drift.policies import shortened, thinned
from evidence.assess.drift.security import GUARD, compare
from evidence.assess.drift.values import Changes, Elsewhere, ItemSeen, PolicySeen, VaultLook
from evidence.assess.findings import Class, Finding
from evidence.assess.unprotected import INACTIVE

_NOTHING = Changes((), ())
_NOWHERE = Elsewhere()


@dataclass(frozen=True, slots=True)
class Changed:
    """What a standing finding says was changed."""

    class_: Class
    item_key: str | None
    family: str | None
    """Of a policy its name, of a setting its column."""


def why_restored(changed: Changed, before: VaultLook, after: VaultLook) -> str | None:
    """What is again as it was before the change, in one sentence; None where it is not, or cannot be told."""
    compared = _BY_CLASS.get(changed.class_)
    return None if compared is None else compared(changed, before, after)


def _item(changed: Changed, before: VaultLook, after: VaultLook) -> str | None:
    if changed.item_key is None:
        listed = changed.class_ is Class.VANISHED and after.items is not None
        return f"Vault {after.name} is listed again." if listed else None
    was, now = ((look.items or {}).get(changed.item_key) for look in (before, after))
    if was is None or now is None or _stopped(now):
        return None
    drifted = item_drift(after.vault_id, was, now, _NOTHING, after.observed_at.date(), _NOWHERE)
    if any(isinstance(one, Finding) for one in drifted):
        return None
    return f"{now.name} is protected by {_last(now.policy_id)}, as before the change."


def _policy(
    changed: Changed, before: VaultLook, after: VaultLook, lost: Callable[[PolicySeen, PolicySeen], list[str] | str]
) -> str | None:
    was, now = (_named(look.policies or {}, changed.family) for look in (before, after))
    if was is None or now is None or was.version.policy_id != now.version.policy_id or lost(was, now) != []:
        return None
    return f"Policy {now.name or changed.family} orders no less than before the change."


def _security(changed: Changed, before: VaultLook, after: VaultLook) -> str | None:
    if before.security is None or after.security is None or changed.family is None:
        return None
    columns = GUARD if changed.family == GUARD[0] else (changed.family,)
    told = False
    for kind, was in before.security.told.items():
        now = after.security.told.get(kind)
        for column in columns:
            if was.get(column) is None:
                continue
            if now is None or now.get(column) is None or compare(column, was[column], now[column]) is not None:
                return None
            told = told or column == changed.family
    return f"{changed.family.replace('_', ' ')} of {after.name} is no weaker than before the change." if told else None


def _named(policies: Mapping[str, PolicySeen], name: str | None) -> PolicySeen | None:
    mine = [one for policy_id, one in policies.items() if _last(policy_id) == name]
    return mine[0] if len(mine) == 1 else None


def _stopped(item: ItemSeen) -> bool:
    return item.soft_deleted or (item.protection_state or "").casefold() in INACTIVE


def _last(arm_id: str | None) -> str:
    return (arm_id or "").rpartition("/")[2]


def _thinned(changed: Changed, before: VaultLook, after: VaultLook) -> str | None:
    return _policy(changed, before, after, lambda was, now: thinned(was.version, now.version))


def _shortened(changed: Changed, before: VaultLook, after: VaultLook) -> str | None:
    return _policy(changed, before, after, lambda was, now: shortened(was.version, now.version))


_BY_CLASS: Mapping[Class, Callable[[Changed, VaultLook, VaultLook], str | None]] = {
    Class.PROTECTION_STOPPED: _item,
    Class.POLICY_REASSIGNED: _item,
    Class.VANISHED: _item,
    Class.SCHEDULE_THINNED: _thinned,
    Class.RETENTION_SHORTENED: _shortened,
    Class.SECURITY_WEAKENED: _security,
}
