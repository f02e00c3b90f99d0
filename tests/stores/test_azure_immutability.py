"""What Azure tells of immutability is read back, and what was not read back is not enforced (trap 34)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from azure.core.credentials import AzureNamedKeyCredential
from azure.storage.blob import BlobServiceClient, ImmutabilityPolicy

from evidence.stores.azure_blob import API_VERSION
from evidence.stores.interface import EvidenceStore
from tests.stores.places import Place
from tests.stores.proxy import PASS, Proxy, Treatment


def test_a_policy_that_azurite_ignores_is_reported_as_not_enforced(container: Place) -> None:
    """Azurite takes immutability headers, answers success, and enforces nothing."""
    service = BlobServiceClient(
        container.address, AzureNamedKeyCredential(container.account, container.key), api_version=API_VERSION
    )
    policy = ImmutabilityPolicy(expiry_time=datetime.now(UTC) + timedelta(days=400), policy_mode="Locked")
    service.get_blob_client(container.container, "a").upload_blob(b"", immutability_policy=policy, legal_hold=True)
    told = container.open().enforcement("a")
    assert told.state == "none"
    assert told.detail.startswith("not enforced: ")


@pytest.mark.parametrize(
    ("blob", "of_container", "state", "until"),
    [
        ({"mode": "locked"}, {}, "locked", "2028-01-05T00:00:00+00:00"),
        ({"mode": "Unlocked"}, {}, "unlocked", "2028-01-05T00:00:00+00:00"),
        ({"hold": "true"}, {}, "unlocked", None),
        ({}, {"policy": "true"}, "container", None),
        ({}, {"hold": "true"}, "container", None),
        ({}, {"policy": "true", "versioning": "true"}, "none", None),
        ({}, {}, "none", None),
    ],
)
def test_what_azure_tells_of_immutability_is_read(
    proxied: EvidenceStore,
    proxy: Proxy,
    blob: dict[str, str],
    of_container: dict[str, str],
    state: str,
    until: str | None,
) -> None:
    proxied.create("a", b"")
    blob_headers = {"x-ms-legal-hold": blob.get("hold", "false")}
    if "mode" in blob:
        blob_headers["x-ms-immutability-policy-mode"] = blob["mode"]
        blob_headers["x-ms-immutability-policy-until-date"] = "Wed, 05 Jan 2028 00:00:00 GMT"
    headers = {
        "x-ms-has-immutability-policy": of_container.get("policy", "false"),
        "x-ms-has-legal-hold": of_container.get("hold", "false"),
        "x-ms-immutable-storage-with-versioning-enabled": of_container.get("versioning", "false"),
    }
    proxy.rule = lambda _method, path: Treatment(headers=headers if "restype=container" in path else blob_headers)
    told = proxied.enforcement("a")
    assert (told.state, told.until) == (state, until)


def test_a_container_that_may_not_be_read_is_reported_as_not_enforced(proxied: EvidenceStore, proxy: Proxy) -> None:
    proxied.create("a", b"")
    refuse = Treatment(refuse=(403, "AuthorizationPermissionMismatch"))
    proxy.rule = lambda _method, path: refuse if "restype=container" in path else PASS
    told = proxied.enforcement("a")
    assert told.state == "none"
    assert "not enforced: " in told.detail
    assert "403 AuthorizationPermissionMismatch" in told.detail
