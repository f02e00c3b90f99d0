"""Settings that protect less than before, each compared with what the same call told."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evidence.assess.drift.detect import drift_of_vault
from evidence.assess.drift.security import RANKS, compare, security_of
from evidence.assess.drift.values import GONE, Drift
from evidence.assess.findings import Class, Severity
from evidence.records import Kind
from tests.assess.drift.given import AFTER, BEFORE, NIGHT, QUIET, look

STRONG: Mapping[str, object] = {
    "soft_delete": "AlwaysON",
    "soft_delete_retention_days": 30,
    "immutability": "Locked",
    "multi_user_authorization": "Enabled",
    "resource_guard_id": "/guards/g1",
    "guarded_operations": ["a/delete", "b/write"],
    "encryption": "CustomerManaged",
    "encryption_key": "https://kv.example/keys/backup/1",
    "redundancy": "GeoRedundant",
    "cross_region_restore": "Enabled",
    "public_network_access": "Disabled",
    "private_endpoints": "Enabled",
    "infrastructure_encryption": "Enabled",
    "enhanced_security": "Enabled",
}


def secured(change: Mapping[str, object], before: Mapping[str, object] = STRONG) -> Drift:
    was = security_of([{"source_kind": "vault", **before}], {"vault"}, BEFORE)
    now = security_of([{"source_kind": "vault", **before, **change}], {"vault"}, AFTER)
    return drift_of_vault(look(BEFORE, {}, {}, was), look(AFTER, {}, {}, now), QUIET, NIGHT)


@pytest.mark.parametrize(
    ("column", "word", "told"),
    [
        ("soft_delete", "Enabled", "soft delete AlwaysON before, Enabled now"),
        ("soft_delete", "alwayson", None),
        ("soft_delete_retention_days", 14, "soft delete retention days 30 before, 14 now"),
        ("soft_delete_retention_days", 60, None),
        ("immutability", "Unlocked", "immutability Locked before, Unlocked now"),
        ("multi_user_authorization", "Disabled", "multi user authorization Enabled before, Disabled now"),
        ("resource_guard_id", "/guards/g2", "resource guard id /guards/g1 before, /guards/g2 now"),
        ("guarded_operations", ["a/delete"], "no longer guarded: b/write"),
        ("guarded_operations", ["a/delete", "b/write", "c"], None),
        ("encryption", "MicrosoftManaged", "encryption CustomerManaged before, MicrosoftManaged now"),
        ("encryption_key", "https://kv.example/keys/backup/2", None),
        ("encryption_key", "https://kv.example/keys/other/1", "encryption key https://kv.example/keys/backup/1 before"),
        ("redundancy", "LocallyRedundant", "redundancy GeoRedundant before, LocallyRedundant now"),
        ("cross_region_restore", "Disabled", "cross region restore Enabled before, Disabled now"),
        ("public_network_access", "Enabled", "public network access Disabled before, Enabled now"),
        ("private_endpoints", "None", "private endpoints Enabled before, None now"),
        ("infrastructure_encryption", "Disabled", "infrastructure encryption Enabled before, Disabled now"),
        ("enhanced_security", "Disabled", "enhanced security Enabled before, Disabled now"),
    ],
)  # fmt: skip
def test_a_weaker_setting_is_found_and_a_stronger_one_is_not(column: str, word: object, told: str | None) -> None:
    found = secured({column: word})
    assert [(one.class_, one.error_family) for one in found.findings] == (
        [] if told is None else [(Class.SECURITY_WEAKENED, column)]
    )
    assert told is None or told in found.findings[0].summary
    assert found.unknown == ()


def test_a_setting_that_is_told_no_more_or_in_an_unknown_word_is_not_compared() -> None:
    untold, strange = secured({"immutability": None}), secured({"immutability": "Sealed"})
    assert (untold.findings, strange.findings) == ((), ())
    assert [one.what for one in untold.unknown] == ["immutability of v1"]
    assert "one of these words is not known" in strange.unknown[0].reason


def test_a_setting_is_compared_with_what_the_same_call_told() -> None:
    """One call's `Enabled` against another's `AlwaysON` is no change, and a call that was not read takes nothing away."""
    rows = [
        {"source_kind": "vault", "soft_delete": "AlwaysON"},
        {"source_kind": "vault_config", "soft_delete": "Enabled"},
    ]
    was, now = security_of(rows, {"vault", "vault_config"}, BEFORE), security_of(rows[1:], {"vault_config"}, AFTER)
    found = drift_of_vault(look(BEFORE, {}, {}, was), look(AFTER, {}, {}, now), QUIET, NIGHT)
    assert found.findings == ()
    assert [one.what for one in found.unknown] == ["settings of v1 as vault tells them"]
    partly = security_of(rows, {"vault_config"}, AFTER)
    assert set(partly.told) == {"vault_config"}


def test_a_guard_that_is_no_longer_there_is_one_finding() -> None:
    guard = {
        "source_kind": "guard_proxies",
        "multi_user_authorization": "Enabled",
        "resource_guard_id": "/g",
        "guarded_operations": ["a"],
    }
    was, now = (security_of(rows, {Kind.GUARD_PROXIES}, AFTER) for rows in ([guard], []))
    assert now.told["guard_proxies"]["resource_guard_id"] == GONE
    found = drift_of_vault(look(BEFORE, {}, {}, was), look(AFTER, {}, {}, now), QUIET, NIGHT)
    assert [(one.error_family, one.severity) for one in found.findings] == [
        ("multi_user_authorization", Severity.CRITICAL)
    ]
    back = drift_of_vault(look(BEFORE, {}, {}, now), look(AFTER, {}, {}, was), QUIET, NIGHT)
    assert back == Drift()


@given(st.sampled_from(sorted(RANKS)), st.data())
def test_no_setting_is_weaker_both_ways(column: str, data: st.DataObject) -> None:
    words = st.sampled_from(sorted(RANKS[column]))
    one, other = data.draw(words), data.draw(words)
    ways = compare(column, one, other), compare(column, other, one)
    assert None in ways
    assert (ways == (None, None)) == (RANKS[column][one] == RANKS[column][other])
