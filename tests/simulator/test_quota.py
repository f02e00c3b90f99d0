"""The simulator's limits: as recorded, one for all, or none; and the three forms in which a refusal tells when to come back."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from simulator.errors import SimulatorError
from simulator.quota import FORMS, Quota, Recorded, Same, parse_limits, throttled

NOW = datetime(2026, 11, 15, 6, 30, tzinfo=UTC)
VAULTS = "Microsoft.RecoveryServices/vaults"


@pytest.mark.parametrize(
    ("action", "limit"),
    [
        (f"{VAULTS}/backupJobs/read", 450),
        (f"{VAULTS}/backupFabrics/protectionContainers/protectedItems/recoveryPoints/read", 300),
        (f"{VAULTS}/backupProtectedItems/read", 300),
        (f"{VAULTS}/backupconfig/read", 300),
        ("Microsoft.DataProtection/backupVaults/backupJobs/read", 200),
        ("Microsoft.DataProtection/backupVaults/backupInstances/recoveryPoints/read", 100),
        ("Microsoft.DataProtection/backupVaults/backupPolicies/read", 300),
    ],
)
def test_recorded_limits_differ_by_action(action: str, limit: int) -> None:
    quota = Quota(parse_limits("recorded"))
    for left in reversed(range(limit)):
        assert quota.take("v", action, NOW) == (left, None)
    remaining, refused = quota.take("v", action, NOW + timedelta(minutes=30))
    assert remaining == 0
    assert refused is not None
    assert f"exceeded the limit of '{limit}'" in refused.body.decode()
    assert quota.take("v", action, NOW + timedelta(hours=1)) == (limit - 1, None)


def test_off_there_is_no_limit_and_none_is_told() -> None:
    quota = Quota(parse_limits("off"))
    assert all(quota.take("v", "a", NOW) == (None, None) for _ in range(2000))


@pytest.mark.parametrize(("text", "limits"), [("1000", Same(1000)), ("0", Same(0)), ("recorded", Recorded())])
def test_limits_are_told_at_the_start(text: str, limits: object) -> None:
    assert parse_limits(text) == limits


@pytest.mark.parametrize("text", ["", "-1", "many", "1e3", "９"])
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(SimulatorError, match="neither"):
        parse_limits(text)


def test_the_three_forms_of_a_refusal() -> None:
    told = {form: throttled("a/read", 150, 324, form) for form in FORMS}
    assert {form: answer.headers.get("retry-after") for form, answer in told.items()} == {
        "header": "324",
        "text": None,
        "bare": None,
    }
    texts = {form: json.loads(answer.body)["error"]["message"] for form, answer in told.items()}
    assert texts["header"] == texts["text"]
    assert texts["text"].endswith("Please try again after '324' seconds.")
    assert "324" not in texts["bare"]
    assert {answer.status for answer in told.values()} == {429}
    with pytest.raises(SimulatorError):
        throttled("a/read", 150, 324, "loud")
