from __future__ import annotations

import hashlib

import orjson
import rfc8785

from evidence.normalize.results import Row
from evidence.records import Kind
from tests.normalize.shapes import VAULT, Json, answer, call, normalized


def policy(**properties: object) -> Json:
    usual: Json = {
        "backupManagementType": "AzureIaasVM",
        "schedulePolicy": {"schedulePolicyType": "SimpleSchedulePolicy", "scheduleRunTimes": ["2026-11-07T03:30:00Z"]},
        "retentionPolicy": {"retentionPolicyType": "LongTermRetentionPolicy", "dailySchedule": {"count": 30}},
        "timeZone": "UTC",
        "protectedItemsCount": 3,
    }
    kind = "Microsoft.RecoveryServices/vaults/backupPolicies"
    return {"id": f"{VAULT}/backupPolicies/Nightly", "name": "Nightly", "type": kind, "properties": usual | properties}


def row_of(sent: Json) -> Row:
    return normalized(call(Kind.POLICIES, answer(sent))).policies[0]


def test_a_policy_fills_its_columns() -> None:
    row = row_of(policy())
    assert (row["policy_id"], row["name"]) == (f"{VAULT}/backupPolicies/Nightly".lower(), "Nightly")
    assert (row["workload"], row["time_zone"]) == ("VM", "UTC")
    assert orjson.loads(str(row["schedule"]))["scheduleRunTimes"] == ["2026-11-07T03:30:00Z"]
    assert orjson.loads(str(row["retention"]))["dailySchedule"] == {"count": 30}


def test_parts_of_a_workload_policy_keep_their_types() -> None:
    parts = [
        {"policyType": "Full", "schedulePolicy": {"a": 1}, "retentionPolicy": {"b": 2}},
        {"policyType": "Log", "schedulePolicy": {"a": 3}, "retentionPolicy": {"b": 4}},
    ]
    sent = policy(workLoadType="SQLDataBase", settings={"timeZone": "Utc"}, timeZone=None, subProtectionPolicy=parts)
    row = row_of(sent)
    assert (row["workload"], row["time_zone"]) == ("SQLDataBase", "Utc")
    assert (
        row["schedule"]
        == '[{"policyType":"Full","schedulePolicy":{"a":1}},{"policyType":"Log","schedulePolicy":{"a":3}}]'
    )


def test_the_hash_is_of_canonical_json_that_anyone_can_make() -> None:
    sent = policy()
    orders = {key: value for key, value in dict(sent["properties"]).items() if key != "protectedItemsCount"}  # type: ignore[call-overload]  # a dict
    assert row_of(sent)["content_sha256"] == hashlib.sha256(rfc8785.dumps(orders)).hexdigest()


def test_the_hash_follows_orders_and_not_counters_or_the_order_of_keys() -> None:
    before = row_of(policy())["content_sha256"]
    turned = policy(ProtectedItemsCount=4, protectedItemsCount=9)
    turned["properties"] = dict(reversed(list(dict(turned["properties"]).items())))  # type: ignore[call-overload]  # a dict
    assert row_of(turned)["content_sha256"] == before
    assert row_of(policy(timeZone="Romance Standard Time"))["content_sha256"] != before


def test_numbers_beyond_canonical_json_are_hashed_as_sent() -> None:
    hashes = {row_of(policy(instantRpRetentionRangeInDays=2**60 + n))["content_sha256"] for n in (0, 1)}
    assert len(hashes) == 2
