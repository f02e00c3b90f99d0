"""Alerts of Azure Monitor: read as hints, refused where they are anything else."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evidence.errors import ConfigurationError
from evidence.notify.hints import Hint, new_hints, parse_alert
from tests.notify.problems import SUBSCRIPTION, VAULT
from tests.strategies import json_values


def alert(**changes: object) -> dict[str, Any]:
    essentials = {
        "alertId": f"{SUBSCRIPTION}/providers/Microsoft.AlertsManagement/alerts/B9569717",
        "alertRule": "Backup failed",
        "severity": "Sev1",
        "signalType": "Metric",
        "monitorCondition": "Fired",
        "monitoringService": "Azure Backup",
        "alertTargetIDs": [f"{VAULT.upper()}/backupFabrics/Azure", "/subscriptions/s/resourceGroups/rg"],
        "originAlertId": "1",
        "firedDateTime": "2026-11-22T22:31:00.1234567Z",
        "essentialsVersion": "1.0",
        **changes,
    }
    return {"schemaId": "azureMonitorCommonAlertSchema", "data": {"essentials": essentials, "alertContext": {}}}


def parsed(told: object) -> Hint:
    return parse_alert(json.dumps(told).encode())


def test_an_alert_hints_at_the_vaults_among_its_targets() -> None:
    found = parsed(alert())
    assert found.vault_ids == (VAULT,)
    assert found.fired_at == datetime(2026, 11, 22, 22, 31, 0, 123456, UTC)
    assert (found.condition, found.rule, found.severity) == ("Fired", "Backup failed", "Sev1")


def test_an_alert_that_names_no_vault_hints_at_all() -> None:
    assert parsed(alert(alertTargetIDs=["/subscriptions/s"])).vault_ids == ()


def test_the_same_alert_in_the_same_condition_is_one_hint() -> None:
    fired, resolved = parsed(alert()), parsed(alert(monitorCondition="Resolved"))
    again = parsed(alert(alertId=fired.alert_id.upper(), severity="Sev2"))
    assert new_hints([fired, again, resolved], []) == (fired, resolved)
    assert new_hints([again], [fired.key]) == ()


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"{", "no JSON"),
        (b"[]", "schemaId"),
        (b'{"schemaId": "AzureMonitorMetricAlert"}', "schemaId"),
        (b'{"schemaId": "azureMonitorCommonAlertSchema"}', "no data.essentials"),
        (json.dumps(alert(monitorCondition="Maybe")).encode(), "Fired, Resolved"),
        (json.dumps(alert(alertId="")).encode(), "alertId is no text"),
        (json.dumps(alert(alertTargetIDs="x")).encode(), "no list of texts"),
        (json.dumps(alert(firedDateTime="yesterday")).encode(), "no moment"),
        (json.dumps(alert(firedDateTime="0001-01-01T00:00:00+05:00")).encode(), "no moment"),
        (b" " * (1 << 20) + b"{}", "larger than 1 MiB"),
    ],
)
def test_anything_else_is_refused_with_its_reason(body: bytes, said: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        parse_alert(body)
    assert said in caught.value.cause


@given(st.binary(max_size=60) | json_values().map(lambda told: json.dumps(told).encode()))
def test_no_body_breaks_the_reader(body: bytes) -> None:
    with pytest.raises(ConfigurationError):
        parse_alert(body)


@given(json_values())
def test_no_essentials_break_the_reader(told: object) -> None:
    with pytest.raises(ConfigurationError):
        parsed({"schemaId": "azureMonitorCommonAlertSchema", "data": {"essentials": told}})
