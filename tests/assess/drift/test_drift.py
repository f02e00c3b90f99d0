"""Drift between two looks: what was changed is found with its actor, and what was not read is not compared."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from evidence.assess.drift.detect import drift_of_vault, unprotected_resources, vanished_vaults
from evidence.assess.drift.security import security_of
from evidence.assess.drift.values import Change, Changes, Drift, Elsewhere, ItemSeen, PolicySeen, Security
from evidence.assess.findings import Class, Finding, Severity
from evidence.assess.sides import Difference
from tests.assess.drift.given import (
    AFTER,
    BEFORE,
    BETWEEN,
    ITEM,
    NIGHT,
    POLICY,
    QUIET,
    VAULT,
    WHO,
    event,
    item,
    job,
    look,
    policy,
)

ONCE, TWICE = ["2026-03-02T22:00:00Z"], ["2026-03-02T22:00:00Z", "2026-03-02T10:00:00Z"]


def runs(frequency: str, times: list[str], days: list[str] | None = None) -> dict[str, object]:
    body: dict[str, object] = {"schedulePolicyType": "SimpleSchedulePolicy", "scheduleRunFrequency": frequency}
    return {**body, "scheduleRunTimes": times, **({} if days is None else {"scheduleRunDays": days})}


def kept(**rules: tuple[int, str]) -> dict[str, object]:
    told = {
        f"{name}Schedule": {"retentionDuration": {"count": count, "durationType": unit}, "daysOfTheWeek": ["Sunday"]}
        for name, (count, unit) in rules.items()
    }
    return {"retentionPolicyType": "LongTermRetentionPolicy", **told}


def logs(minutes: int) -> list[dict[str, object]]:
    log = {"schedulePolicyType": "LogSchedulePolicy", "scheduleFrequencyInMins": minutes}
    return [{"policyType": "Full", "schedulePolicy": runs("Daily", ONCE)}, {"policyType": "Log", "schedulePolicy": log}]


def rule(every: str, since: str = "2026-03-02") -> list[dict[str, object]]:
    schedule = {"repeatingTimeIntervals": [f"R/{since}T21:00:00+00:00/{every}"]}
    return [
        {"objectType": "AzureBackupRule", "backupParameters": {"backupType": "Full"}, "trigger": {"schedule": schedule}}
    ]


def lives(**stores: str) -> list[dict[str, object]]:
    told = [
        {"sourceDataStore": {"dataStoreType": store}, "deleteAfter": {"duration": span}}
        for store, span in stores.items()
    ]
    return [{"name": "Default", "lifecycles": told}]


DAYS_30 = kept(daily=(30, "Days"))


def edited(was: PolicySeen, now: PolicySeen, changes: Changes = QUIET) -> Drift:
    return drift_of_vault(
        look(BEFORE, {POLICY: was}, {}, Security(BEFORE, {})),
        look(AFTER, {POLICY: now}, {}, Security(AFTER, {})),
        changes,
        NIGHT,
    )


@pytest.mark.parametrize(
    ("was", "now", "management", "told"),
    [
        (runs("Daily", ONCE), runs("Weekly", ONCE, ["Sunday"]), "AzureIaasVM", "full backups 7 a week before, 1 a week now"),
        (runs("Daily", TWICE), runs("Daily", ONCE), "AzureIaasVM", "full backups 14 a week before, 7 a week now"),
        (runs("Weekly", ONCE, ["Sunday"]), runs("Daily", ONCE), "AzureIaasVM", None),
        (runs("Daily", ONCE), runs("Daily", ["2026-03-02T04:00:00Z"]), "AzureIaasVM", None),
        (logs(15), logs(60), "AzureWorkload", "logs every 15 min before, every 1 h now"),
        (logs(15), logs(15)[:1], "AzureWorkload", "logs every 15 min before, never now"),
        (logs(60), logs(15), "AzureWorkload", None),
        (logs(15), logs(15)[1:], "AzureWorkload", "full backups 7 a week before, never now"),
        (rule("PT4H"), rule("P1D"), None, "full backups 42 a week before, 7 a week now"),
        (rule("P1W"), rule("P1D"), None, None),
        (rule("P1D"), rule("P1D", "2027-01-30"), None, None),
        (rule("P1M", "2026-03-28"), rule("P1M", "2024-02-01"), None, None),
    ],
    ids=["weekly", "once", "denser", "later", "rarer-logs", "no-logs", "denser-logs", "no-full", "backup-vault", "denser-rule", "begun-later", "begun-earlier"],
)  # fmt: skip
def test_a_schedule_that_runs_less_often_is_thinned(
    was: object, now: object, management: str | None, told: str | None
) -> None:
    retention = DAYS_30 if management else lives(VaultStore="P30D")
    found = edited(policy(was, retention, "a", management), policy(now, retention, "b", management))
    assert [one.class_ for one in found.findings] == ([] if told is None else [Class.SCHEDULE_THINNED])
    assert told is None or told in found.findings[0].summary
    assert found.unknown == ()


@pytest.mark.parametrize(
    ("was", "now", "management", "told"),
    [
        (DAYS_30, kept(daily=(7, "Days")), "AzureIaasVM", "daily points kept 30 days before, 7 days now"),
        (DAYS_30, kept(daily=(35, "Days")), "AzureIaasVM", None),
        (DAYS_30, kept(daily=(30, "Days"), yearly=(10, "Years")), "AzureIaasVM", None),
        (kept(daily=(30, "Days"), monthly=(12, "Months")), DAYS_30, "AzureIaasVM", "monthly points kept 12 months before, not now"),
        (kept(daily=(28, "Days")), kept(daily=(4, "Weeks")), "AzureIaasVM", None),
        (lives(VaultStore="P3M"), lives(VaultStore="P30D"), None, "default points in vaultstore kept 3 months before, 30 days now"),
        (lives(OperationalStore="P7D", VaultStore="P3M"), lives(OperationalStore="P7D"), None, "vaultstore kept 3 months before, not"),
        (lives(OperationalStore="P7D"), lives(OperationalStore="P30D"), None, None),
    ],
    ids=["fewer-days", "more", "further-rule", "rule-gone", "other-unit", "life", "store-gone", "longer-life"],
)  # fmt: skip
def test_retention_that_keeps_for_a_shorter_time_is_shortened(
    was: object, now: object, management: str | None, told: str | None
) -> None:
    schedule = runs("Daily", ONCE) if management else rule("P1D")
    found = edited(policy(schedule, was, "a", management), policy(schedule, now, "b", management))
    assert [one.class_ for one in found.findings] == ([] if told is None else [Class.RETENTION_SHORTENED])
    assert told is None or told in found.findings[0].summary
    assert found.unknown == ()


def test_what_cannot_be_read_is_not_compared_and_says_so() -> None:
    found = edited(
        policy(runs("Daily", ONCE), DAYS_30, "a"),
        policy({"schedulePolicyType": "New"}, {"retentionPolicyType": "New"}, "b"),
    )
    assert found.findings == ()
    assert [one.what for one in found.unknown] == ["schedule of policy daily", "retention of policy daily"]
    assert "`New` are not known" in found.unknown[0].reason


def test_an_edit_that_orders_no_less_is_no_drift() -> None:
    same = policy(runs("Daily", ONCE), DAYS_30, "a")
    assert edited(same, policy(runs("Daily", ONCE), DAYS_30, "b")) == Drift()
    assert edited(same, same) == Drift()


@pytest.mark.parametrize(
    ("events", "actor", "told"),
    [
        ((event("policy", POLICY),), WHO, f"done by {WHO} at 2026-11-08 14:00 UTC."),
        ((), None, "who did it is not in the Activity Log."),
        ((event("policy", POLICY, succeeded=False),), None, "who did it is not in the Activity Log."),
        ((event("policy", f"{POLICY}2"),), None, "who did it is not in the Activity Log."),
        ((event("protection", POLICY),), None, "who did it is not in the Activity Log."),
        (None, None, "the Activity Log of that time was not read whole."),
    ],
    ids=["known", "no-event", "failed", "another-policy", "another-kind", "not-read"],
)
def test_the_actor_is_told_where_the_activity_log_tells(
    events: tuple[Change, ...] | None, actor: str | None, told: str
) -> None:
    was, now = policy(runs("Daily", ONCE), DAYS_30, "a"), policy(runs("Daily", ONCE), kept(daily=(7, "Days")), "b")
    (found,) = edited(was, now, Changes((), events)).findings
    assert (found.actor, found.at) == (actor, BETWEEN if actor else AFTER)
    assert found.summary.endswith(told)
    assert (found.vault_id, found.item_key, found.subject, found.severity) == (VAULT, None, "daily", Severity.ERROR)


def seen(was: ItemSeen, now: ItemSeen | None, changes: Changes = QUIET, elsewhere: Elsewhere | None = None) -> Drift:
    return drift_of_vault(
        look(BEFORE, {}, {ITEM: was}, Security(BEFORE, {})),
        look(AFTER, {}, {} if now is None else {ITEM: now}, Security(AFTER, {})),
        changes,
        NIGHT,
        elsewhere or Elsewhere(),
    )


@pytest.mark.parametrize(
    ("was", "now", "changes", "expected"),
    [
        (item(), item(), QUIET, None),
        (item(), item("ProtectionStopped"), QUIET, Class.PROTECTION_STOPPED),
        (item(), item("BackupsSuspended"), QUIET, Class.PROTECTION_STOPPED),
        (item(), item(deleted=True), QUIET, Class.PROTECTION_STOPPED),
        (item("ProtectionStopped"), item("ProtectionStopped", deleted=True), QUIET, None),
        (item("ProtectionStopped"), item(), QUIET, None),
        (item(), item("ProtectionError"), QUIET, None),
        (item(), item(policy_id=f"{POLICY}2"), QUIET, Class.POLICY_REASSIGNED),
        (item(), item(policy_id=POLICY.upper()), QUIET, None),
        (item(), item("ProtectionStopped", policy_id=""), QUIET, Class.PROTECTION_STOPPED),
        (item(), None, QUIET, Class.VANISHED),
        (item(), None, Changes((job("delete"),), ()), Class.PROTECTION_STOPPED),
        (item(), None, Changes((job("delete", succeeded=False),), ()), Class.VANISHED),
        (item(), None, Changes((job("delete", f"{ITEM}2"),), ()), Class.VANISHED),
        (item(), None, Changes((job("move"),), ()), None),
        (item(), None, Changes((), (event("protection", ITEM, "Microsoft.RecoveryServices/x/delete"),)), Class.PROTECTION_STOPPED),
        (item(), None, Changes((), None), Class.VANISHED),
        (item(deleted=True), None, QUIET, None),
    ],
    ids=[
        "same", "stopped", "suspended", "soft-deleted", "was-stopped", "resumed", "error", "reassigned", "other-case",
        "stopped-without-policy", "vanished", "deleted", "delete-failed", "another-deleted", "moved", "deleted-event",
        "activity-unread", "purged",
    ],
)  # fmt: skip
def test_what_became_of_an_item(was: ItemSeen, now: ItemSeen | None, changes: Changes, expected: Class | None) -> None:
    found = seen(was, now, changes)
    assert [one.class_ for one in found.findings] == ([] if expected is None else [expected])
    assert found.unknown == ()


def test_nothing_vanished_where_the_list_or_the_jobs_were_not_read() -> None:
    unread = drift_of_vault(look(BEFORE, {}, {ITEM: item()}), look(AFTER, {}, None), QUIET, NIGHT)
    assert unread.findings == ()
    assert [one.what for one in unread.unknown] == ["protected items of v1", "settings of v1"]
    no_jobs = seen(item(), None, Changes(None, None))
    assert no_jobs.findings == ()
    assert [one.what for one in no_jobs.unknown] == ["item vm1"]


def test_an_item_that_moved_to_another_vault_did_not_vanish() -> None:
    moved = Elsewhere({"/subscriptions/s/vms/vm1": "/other/items/vm1"})
    assert seen(item(), None, QUIET, moved).findings == ()
    itself = Elsewhere({"/subscriptions/s/vms/vm1": ITEM})
    assert [one.class_ for one in seen(item(), None, QUIET, itself).findings] == [Class.VANISHED]


def test_a_stop_names_its_actor_and_a_vanished_item_weighs_by_its_tier() -> None:
    stop = event("protection", ITEM, "Microsoft.RecoveryServices/vaults/x/write")
    (stopped,) = seen(item(), item("ProtectionStopped"), Changes((), (stop,))).findings
    assert (stopped.actor, stopped.at, stopped.severity) == (WHO, BETWEEN, Severity.CRITICAL)
    assert stopped.summary == f"Protection stopped: now ProtectionStopped; done by {WHO} at 2026-11-08 14:00 UTC."
    (gone,) = seen(replace(item(), tier=3), None).findings
    assert (gone.severity, gone.actor) == (Severity.ERROR, None)


def test_vaults_that_are_no_longer_listed_vanished_and_an_unread_list_proves_nothing() -> None:
    deleted = event("vault", VAULT, "Microsoft.RecoveryServices/vaults/delete")
    found = vanished_vaults({VAULT: "v1", "/v2": "v2"}, ["/v2"], Changes((), (deleted,)), NIGHT, AFTER)
    assert [(one.class_, one.vault_id, one.actor) for one in found.findings] == [(Class.VANISHED, VAULT, WHO)]
    unread = vanished_vaults({VAULT: "v1"}, None, QUIET, NIGHT, AFTER)
    assert (unread.findings, [one.what for one in unread.unknown]) == ((), ["vault v1"])


def resource(name: str, word: str = "unprotected") -> Difference:
    key = f"/subscriptions/s/vms/{name}"
    return Difference(
        "resource", key, "/subscriptions/s", "resource_graph", word, "Protect it.", name=name, second_says="vm"
    )


def test_new_unprotected_resources_are_found_and_known_ones_are_not() -> None:
    rows = [resource("new"), resource("old"), resource("fine", "compared"), resource("new")]
    found = unprotected_resources(rows, {"/subscriptions/s/vms/old"}, NIGHT, AFTER)
    assert [(one.class_, one.subject, one.vault_id) for one in found.findings] == [
        (Class.UNPROTECTED, "new", "/subscriptions/s")
    ]
    unread = unprotected_resources([resource("s", "not_comparable")], (), NIGHT, AFTER)
    assert (unread.findings, len(unread.unknown)) == ((), 1)


def _classes(found: Sequence[Finding]) -> list[Class]:
    return [one.class_ for one in found]


def test_a_first_look_and_an_equal_look_find_nothing() -> None:
    """Trap 18: not always either."""
    whole = look(
        AFTER, {POLICY: policy(runs("Daily", ONCE), DAYS_30, "a")}, {ITEM: item()}, security_of([], {"vault"}, AFTER)
    )
    assert drift_of_vault(whole, whole, QUIET, NIGHT) == Drift()
    first = drift_of_vault(look(BEFORE), whole, QUIET, NIGHT)
    assert _classes(first.findings) == []
    assert {one.reason for one in first.unknown} == {"No earlier look read it whole."}
