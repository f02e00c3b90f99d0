"""Names of vaults and subscriptions in paths and ids."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from evidence.sources.interface import subscription_key, vault_key


@given(st.text(), st.text())
def test_a_vault_key_is_safe_and_begins_with_no_underscore(vault_id: str, name: str) -> None:
    assert re.fullmatch(r"[a-z0-9-]+-[0-9a-f]{10}", vault_key(vault_id, name))


def test_a_vault_key_ignores_case_and_tells_vaults_of_one_name_apart() -> None:
    assert vault_key("/A/B", "Rsv-Main") == vault_key("/a/b", "rsv-main")
    assert vault_key("/a/b", "rsv-main") != vault_key("/a/c", "rsv-main")
    assert vault_key("/a/b", "Хранилище").startswith("vault-")
    assert vault_key("/a/b", "rsv-main").startswith("rsv-main-")


def test_a_subscription_key_begins_with_an_underscore() -> None:
    assert subscription_key("ABC-1") == "_subscription-abc-1"
