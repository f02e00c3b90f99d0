"""What the control plane says of an account is read by the real azure-mgmt-storage; what may not be read is named, part by part."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from evidence.errors import ConfigurationError
from evidence.settings.stores import AzureBlobStoreSettings, LocalStore
from evidence.stores.grounds import CONTAINER, LIFECYCLE, SOFT_DELETE, ContainerPolicy, Grounds, LifecycleRule
from evidence.stores.opening import read_account
from tests.fakes.worm.account import deleting
from tests.fakes.worm.service import CONTAINER as NAME
from tests.fakes.worm.service import WormService, worm_service
from tests.fakes.worm.state import Container, Policy


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> Iterator[WormService]:
    monkeypatch.setenv("BACKUP_EVIDENCE_TOKEN", "a-token-of-this-test")
    with worm_service(Container(lambda: datetime(2026, 11, 21, tzinfo=UTC))) as running:
        yield running


def read(service: WormService, *, endpoint: str | None = "") -> Grounds | None:
    settings = AzureBlobStoreSettings(
        kind="azure_blob",
        account_url=service.account_url,
        container=NAME,
        credential="shared_key",
        account_id=service.account_id,
    )
    return read_account(settings, endpoint=service.endpoint if endpoint == "" else endpoint, cloud="public")


def test_policy_soft_delete_and_lifecycle_rules_are_read(service: WormService) -> None:
    container = service.container
    container.version_level, container.policy, container.soft_delete_days = False, Policy(400, locked=True), 14
    archive = deleting(0, name="cold")
    archive["definition"] = {
        "actions": {"baseBlob": {"tierToArchive": {"daysAfterModificationGreaterThan": 90}}},
        "filters": {"blobTypes": ["blockBlob"], "prefixMatch": [f"{NAME}/calls/", "others/"]},
    }
    elsewhere = deleting(1, name="others", prefixes=["others/"])
    off = {**deleting(1, name="off"), "enabled": False}
    service.account.rules = [deleting(30, prefixes=[NAME[:3]]), archive, elsewhere, off]
    assert read(service) == Grounds(
        policy=ContainerPolicy(400, True),
        soft_delete_days=14,
        container_soft_delete_days=7,
        lifecycle=(
            LifecycleRule("tidy", "delete", "objects", 30.0, "creation"),
            LifecycleRule("cold", "archive", "objects", 90.0, "modification", ("calls/",)),
        ),
    )


def test_what_is_off_is_off_and_a_default_of_versions_is_no_policy(service: WormService) -> None:
    service.container.permanent_delete = True
    service.account.container_soft_delete_days = None
    assert read(service) == Grounds(permanent_delete=True, versioning=True)


def test_each_part_that_may_not_be_read_is_named_and_the_others_are_read(service: WormService) -> None:
    service.container.soft_delete_days = 14
    service.refuse["managementPolicies"] = (403, "AuthorizationFailed")
    service.refuse[f"containers/{NAME}"] = (404, "ContainerNotFound")
    found = read(service)
    assert found is not None
    assert found.soft_delete_days == 14
    assert found.reason(LIFECYCLE) == "403 AuthorizationFailed"
    assert found.reason(CONTAINER) == "404 ContainerNotFound"
    assert found.reason(SOFT_DELETE) is None


def test_without_a_token_nothing_is_read_and_it_never_leaves_this_machine(
    service: WormService, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(ConfigurationError, match="loopback"):
        read(service, endpoint=None)
    monkeypatch.delenv("BACKUP_EVIDENCE_TOKEN")
    found = read(service)
    assert found is not None
    assert {part for part, _ in found.unread} == {CONTAINER, SOFT_DELETE, LIFECYCLE}
    assert service.asked == []


def test_a_folder_or_an_account_that_is_not_named_is_not_asked(service: WormService) -> None:
    assert read_account(LocalStore(), endpoint=None, cloud="public") is None
    unnamed = AzureBlobStoreSettings(kind="azure_blob", account_url=service.account_url)
    assert read_account(unnamed, endpoint=service.endpoint, cloud="public") is None
