"""What may be said of protection, accounts and second stores; what a store cannot honour is refused, not ignored."""

from __future__ import annotations

import pytest

from evidence.errors import ConfigurationError
from evidence.retention.truth import Demand
from evidence.runs.retention.configured import demand_of
from evidence.settings import Settings, parse_settings

AZURE = "azure: {subscriptions: [s-1]}\n"
BLOB = "kind: azure_blob, account_url: https://account.blob.core.windows.net"
ACCOUNT = "/subscriptions/s-1/resourceGroups/rg/providers/Microsoft.Storage/storageAccounts/account"


def parsed(text: str) -> Settings:
    return parse_settings((AZURE + text).encode(), "evidence.yaml")


@pytest.mark.parametrize(
    ("text", "demand"),
    [
        ("", Demand("off")),
        ("store: {kind: local, path: folder}", Demand("off")),
        (f"store: {{{BLOB}}}", Demand("unlocked")),
        (f"store: {{{BLOB}, immutability: {{mode: locked, days: 400}}}}", Demand("locked", 400)),
        (f'store: {{{BLOB}, immutability: {{mode: "off"}}, account_id: {ACCOUNT}}}', Demand("off")),
    ],
    ids=range(5),
)
def test_what_is_asked_of_the_store(text: str, demand: Demand) -> None:
    assert demand_of(parsed(text).store) == demand


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("store: {kind: local, immutability: {mode: locked}}", "immutability"),
        (f"store: {{{BLOB}, immutability: {{mode: soft}}}}", "mode"),
        (f"store: {{{BLOB}, immutability: {{days: 146001}}}}", "days"),
        (f"store: {{{BLOB}, account_id: account}}", "account_id"),
        (f"replicas: {{second: {{{BLOB}, immutability: {{mode: locked}}}}}}", "who keeps a replica protects it"),
        (f"checkpoint: {{publish: {{second: {{{BLOB}, account_id: {ACCOUNT}}}}}}}", "who keeps a target protects it"),
        ("replicas: {Second: {kind: local, path: second}}", "lower-case"),
    ],
    ids=range(7),
)
def test_what_a_store_cannot_honour_is_refused(text: str, why: str) -> None:
    with pytest.raises(ConfigurationError) as told:
        parsed(text)
    assert why in " ".join(told.value.diagnostics())
