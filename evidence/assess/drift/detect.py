"""What changed in one vault between two looks, which vaults are gone, and which resources nothing protects.

Not here: each comparison (`policies`, `items`, `security`). Invariant: each kind is compared with the last look that read it whole; one that was
not read this time is said to be not compared, and nothing of it vanished.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import date, datetime

from evidence.assess.drift.actors import actor_of
from evidence.assess.drift.items import item_drift
from evidence.assess.drift.policies import policy_drift
from evidence.assess.drift.security import VAULT_EVENTS, security_drift
from evidence.assess.drift.values import Changes, Drift, Elsewhere, NotCompared, VaultLook
from evidence.assess.findings import Class, Finding, Severity
from evidence.assess.sides import Difference, subscription_of

NOWHERE = Elsewhere()
_NOT_READ = "It was not read whole this time."
_NEVER_READ = "No earlier look read it whole."
_UNPROTECTED = "unprotected"


def drift_of_vault(
    before: VaultLook, after: VaultLook, changes: Changes, night: date, elsewhere: Elsewhere = NOWHERE
) -> Drift:
    """Changes between two looks at one vault. `before` may be put together of several earlier nights: of each kind its last whole look."""
    return _sorted(
        [
            *_policies(before, after, changes, night),
            *_items(before, after, changes, night, elsewhere),
            *_security(before, after, changes, night),
        ]
    )


def _policies(before: VaultLook, after: VaultLook, changes: Changes, night: date) -> Iterator[Finding | NotCompared]:
    if before.policies is None or after.policies is None:
        yield _unread(after, "policies", never=before.policies is None)
        return
    for policy_id, seen in before.policies.items():
        if policy_id in after.policies:
            yield from policy_drift(seen, after.policies[policy_id], changes, night)


def _items(
    before: VaultLook, after: VaultLook, changes: Changes, night: date, elsewhere: Elsewhere
) -> Iterator[Finding | NotCompared]:
    if before.items is None or after.items is None:
        yield _unread(after, "protected items", never=before.items is None)
        return
    for key, seen in before.items.items():
        yield from item_drift(after.vault_id, seen, after.items.get(key), changes, night, elsewhere)


def _security(before: VaultLook, after: VaultLook, changes: Changes, night: date) -> Iterator[Finding | NotCompared]:
    if before.security is None or after.security is None:
        yield _unread(after, "settings", never=before.security is None)
        return
    yield from security_drift(after.vault_id, after.name, before.security, after.security, changes, night)


def _unread(look: VaultLook, what: str, *, never: bool) -> NotCompared:
    return NotCompared(look.vault_id, f"{what} of {look.name}", _NEVER_READ if never else _NOT_READ)


def vanished_vaults(
    before: Mapping[str, str], after: Collection[str] | None, changes: Changes, night: date, observed_at: datetime
) -> Drift:
    """Vaults (names by id) of a subscription's earlier list that its list no longer names; `after` None: it was not read whole."""
    if after is None:
        return Drift(unknown=tuple(NotCompared(one, f"vault {before[one]}", _NOT_READ) for one in sorted(before)))
    found = []
    for vault_id in sorted(set(before) - set(after)):
        actor = actor_of(changes, (vault_id,), VAULT_EVENTS)
        found.append(
            Finding(
                Class.VANISHED,
                Severity.CRITICAL,
                vault_id,
                None,
                before[vault_id],
                None,
                actor.at or observed_at,
                night,
                f"Vault {before[vault_id]} was listed before and is no longer; {actor.told}.",
                recommendation="Find out who deleted or moved it, and what became of its points.",
                actor=actor.name,
            )
        )
    return Drift(tuple(found))


def unprotected_resources(
    now: Iterable[Difference], known: Collection[str], night: date, observed_at: datetime
) -> Drift:
    """Findings of `unprotected` differences of tonight that are not in `known` (those of the first night, or approved).

    They are found every night as long as they are there; `vault_id` is the subscription.
    """
    found: dict[str, Finding] = {}
    unknown = []
    for one in now:
        if one.thing == "resource" and one.word == "not_comparable":
            unknown.append(NotCompared(one.subject_id, "unprotected resources", one.reason))
        if one.word == _UNPROTECTED and one.key not in known:
            found[one.key] = Finding(
                Class.UNPROTECTED, Severity.WARNING, subscription_of(one.key), one.key, one.name or one.key, None, observed_at,
                night, f"New and unprotected: {one.second_says or 'a resource'} {one.name or one.key}.",
                recommendation=one.reason,
            )  # fmt: skip
    return Drift(tuple(found[key] for key in sorted(found)), tuple(unknown))


def _sorted(told: Iterable[Finding | NotCompared]) -> Drift:
    both = list(told)
    return Drift(
        tuple(one for one in both if isinstance(one, Finding)),
        tuple(one for one in both if isinstance(one, NotCompared)),
    )
