"""Two sides of one small estate, alike until a test says otherwise."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from evidence.assess.reconciliation import differences
from evidence.assess.sides import Difference, Facts, Read, Told
from evidence.nights import Calendar, look_back
from evidence.records import KINDS_OF, RECOVERY_SERVICES, SUBSCRIPTION_KINDS, Kind, Outcome, Vault

NIGHT = date(2026, 11, 20)
AT = datetime(2026, 11, 20, 22, tzinfo=UTC)
SUBSCRIPTION = "/subscriptions/s1"
GROUP = f"{SUBSCRIPTION}/resourcegroups/rg/providers"
RSV = "microsoft.recoveryservices/vaults"


def vault(name: str = "v1", group: str = "rg", subscription: str = SUBSCRIPTION) -> Vault:
    path = f"{subscription}/resourcegroups/{group}/providers/{RSV}/{name}"
    return Vault(path, name, RECOVERY_SERVICES, subscription.rsplit("/", 1)[1], group, "westeurope")


V1, V2 = vault(), vault("v2")


def machine(name: str) -> str:
    return f"{GROUP}/microsoft.compute/virtualmachines/{name}"


def item(home: Vault, name: str, **more: Any) -> Told:
    key = f"{home.vault_id}/backupfabrics/azure/protectioncontainers/c;{name}/protecteditems/vm;{name}"
    return Told(key, name, home.vault_id, "Protected", of_resource_id=machine(name), **more)


def job(home: Vault, job_id: str, state: str = "Completed", at: datetime = AT, night: date = NIGHT) -> Told:
    return Told(job_id, job_id, home.vault_id, state, at, night)


def listed(*vaults: Vault) -> dict[str, Told]:
    return {one.vault_id: Told(one.vault_id, one.name, kind=str(Kind.VAULTS)) for one in vaults}


def graph_vaults(*vaults: Vault) -> dict[str, Told]:
    return {one.vault_id: Told(one.vault_id, one.name, kind=RSV) for one in vaults}


def by_key(*things: Told) -> dict[str, Told]:
    return {one.key: one for one in things}


def all_read(
    *vaults: Vault, subscriptions: tuple[str, ...] = (SUBSCRIPTION,)
) -> dict[tuple[str, str], tuple[str, str | None]]:
    asked = [(one, kind) for one in subscriptions for kind in SUBSCRIPTION_KINDS]
    asked += [(one.vault_id, kind) for one in vaults for kind in KINDS_OF[RECOVERY_SERVICES]]
    return {(subject, str(kind)): (str(Outcome.COLLECTED), None) for subject, kind in asked}


def facts(**changes: Any) -> Facts:
    """One vault with a machine and its job, told alike by both sides."""
    vaults = changes.get("vaults", (V1,))
    alike = Facts(
        night=NIGHT,
        jobs_window=Calendar().span(look_back(NIGHT, 3), NIGHT),
        read=Read(all_read(*vaults, subscriptions=changes.get("subscriptions", (SUBSCRIPTION,)))),
        subscriptions=(SUBSCRIPTION,),
        vaults=vaults,
        listed=listed(*vaults),
        items=by_key(item(V1, "vm1")),
        jobs=(job(V1, "j1"),),
        graph_vaults=graph_vaults(*vaults),
        graph_items=by_key(item(V1, "vm1")),
        graph_jobs=(job(V1, "j1"),),
        graph_resources=by_key(Told(machine("vm1"), "vm1", kind="microsoft.compute/virtualmachines")),
    )
    return replace(alike, **changes)


def unread(found: Facts, *asked: tuple[str, Kind], outcome: Outcome = Outcome.NOT_REACHED) -> Facts:
    """The same with some kinds not read."""
    lost = {(subject, str(kind)): (str(outcome), "HTTP 403") for subject, kind in asked}
    return replace(found, read=Read({**found.read.outcomes, **lost}))


def found_in(told: Facts) -> list[Difference]:
    """Differences alone."""
    return [one for one in differences(told) if one.word not in {"compared", "not_comparable"}]


def comparisons(told: Facts, word: str) -> set[tuple[str, str]]:
    """Comparisons that were, or could not be, made: thing and subject."""
    return {(one.thing, one.subject_id) for one in differences(told) if one.word == word}


def later(hours: float) -> datetime:
    """A moment after the usual one."""
    return AT + timedelta(hours=hours)
