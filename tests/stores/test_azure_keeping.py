"""The real SDK against a service that honours immutability: what is set is read back, never shortened, and refuses removal (trap 34)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from azure.core.credentials import AzureNamedKeyCredential
from azure.core.exceptions import HttpResponseError
from azure.storage.blob import BlobServiceClient, ContainerClient, ImmutabilityPolicy

from evidence.errors import ObjectExistsError, ObjectMissingError, StoreError
from evidence.stores.azure_blob import API_VERSION
from evidence.stores.azure_blob_keeping import KeepingAzureBlobStore, open_keeping_azure_blob
from evidence.stores.keeping import Mode
from tests.fakes.worm.service import ACCOUNT, CONTAINER, WormService, worm_service
from tests.fakes.worm.state import Container, Policy

NOW = datetime(2026, 11, 21, 6, tzinfo=UTC)
UNTIL = datetime(2028, 1, 2, tzinfo=UTC)


@dataclass
class World:
    """A service, its clock, our store and a client of somebody else."""

    moment: datetime = NOW
    container: Container = field(init=False)
    service: WormService = field(init=False)

    def __post_init__(self) -> None:
        self.container = Container(lambda: self.moment)

    @property
    def store(self) -> KeepingAzureBlobStore:
        credential = AzureNamedKeyCredential(ACCOUNT, self.service.key)
        return open_keeping_azure_blob(
            self.service.account_url, CONTAINER, credential, create_container=True, retry_wait_s=0
        )

    @property
    def stranger(self) -> ContainerClient:
        credential = AzureNamedKeyCredential(ACCOUNT, self.service.key)
        service = BlobServiceClient(
            self.service.account_url, credential, api_version=API_VERSION, retry_total=0, connection_timeout=5
        )
        return service.get_container_client(CONTAINER)


@pytest.fixture
def world() -> Iterator[World]:
    made = World()
    with worm_service(made.container) as service:
        made.service = service
        yield made


def code(error: pytest.ExceptionInfo[HttpResponseError]) -> str:
    assert error.value.status_code == 409
    return str(getattr(error.value.response, "headers", {})["x-ms-error-code"])


@pytest.mark.parametrize("mode", [Mode.LOCKED, Mode.UNLOCKED])
def test_what_is_set_is_read_back_and_refuses_removal(world: World, mode: Mode) -> None:
    store = world.store
    store.create("calls/a", b"evidence")
    assert store.enforcement("calls/a").state == "none"
    told = store.protect("calls/a", UNTIL, mode).enforcement
    assert (told.state, told.until) == (mode.value, UNTIL.isoformat())
    blob = world.stranger.get_blob_client("calls/a")
    with pytest.raises(HttpResponseError) as refused:
        blob.delete_blob(version_id=world.container.find("calls/a", None).version_id)
    assert code(refused) == "BlobImmutableDueToPolicy"
    world.moment = UNTIL
    blob.delete_blob(version_id=world.container.find("calls/a", None).version_id)


def test_a_longer_promise_makes_it_longer_and_a_shorter_one_nothing(world: World) -> None:
    store = world.store
    store.create("a", b"")
    store.protect("a", UNTIL, Mode.UNLOCKED)
    later = UNTIL + timedelta(days=366)
    assert store.protect("a", later, Mode.UNLOCKED).until == later
    asked = len(world.service.asked)
    assert store.protect("a", UNTIL, Mode.UNLOCKED).until == later
    assert not [one for one in world.service.asked[asked:] if one.startswith("PUT")]
    locked = store.protect("a", UNTIL, Mode.LOCKED)
    assert (locked.enforcement.state, locked.until) == ("locked", later)
    assert store.protect("a", UNTIL, Mode.UNLOCKED).enforcement.state == "locked"


def test_nobody_shortens_or_lifts_a_locked_policy(world: World) -> None:
    world.store.create("a", b"")
    world.store.protect("a", UNTIL, Mode.LOCKED)
    blob = world.stranger.get_blob_client("a")
    sooner = ImmutabilityPolicy(expiry_time=UNTIL - timedelta(days=1), policy_mode="Locked")
    for attempt in (
        lambda: blob.set_immutability_policy(sooner),
        lambda: blob.set_immutability_policy(ImmutabilityPolicy(expiry_time=UNTIL, policy_mode="Unlocked")),
        blob.delete_immutability_policy,
    ):
        with pytest.raises(HttpResponseError) as refused:
            attempt()
        assert code(refused) == "BlobImmutableDueToPolicy"


def test_a_hold_is_set_read_back_and_wins_over_an_expiry(world: World) -> None:
    store = world.store
    store.create("a", b"")
    store.protect("a", UNTIL, Mode.LOCKED)
    assert store.hold("a", True).legal_hold
    world.moment = UNTIL + timedelta(days=1)
    with pytest.raises(HttpResponseError) as refused:
        world.stranger.get_blob_client("a").delete_blob(version_id=world.container.find("a", None).version_id)
    assert code(refused) == "BlobImmutableDueToLegalHold"
    assert store.hold("a", False).legal_hold is False


def test_a_service_that_answers_success_and_sets_nothing_is_told_as_not_enforced(world: World) -> None:
    world.service.ignores_policies = True
    world.store.create("a", b"")
    told = world.store.protect("a", UNTIL, Mode.LOCKED).enforcement
    assert (told.state, told.until) == ("none", None)
    assert told.detail.startswith("not enforced: ")
    assert world.store.hold("a", True).legal_hold is False


def test_a_refused_setting_is_an_error_with_the_code_and_a_missing_blob_is_missing(world: World) -> None:
    world.store.create("a", b"")
    world.service.refuse["comp=immutabilityPolicies"] = (403, "AuthorizationPermissionMismatch")
    with pytest.raises(Exception, match="set the immutability of 'a'") as told:
        world.store.protect("a", UNTIL, Mode.LOCKED)
    assert told.value.diagnostics()[1].endswith("403 AuthorizationPermissionMismatch")  # type: ignore[attr-defined]
    with pytest.raises(ObjectMissingError):
        world.store.protect("b", UNTIL, Mode.LOCKED)


def test_a_policy_of_the_container_is_left_to_work_alone(world: World) -> None:
    """Azure takes no policy of a single blob there, and refuses to overwrite even after the days are over."""
    world.container.version_level, world.container.policy = False, Policy(400, locked=True)
    store = world.store
    store.create("a", b"first")
    assert store.protect("a", UNTIL, Mode.LOCKED).enforcement.state == "container"
    assert not [one for one in world.service.asked if "immutabilityPolicies" in one]
    with pytest.raises(ObjectExistsError):
        store.create("a", b"second")
    blob = world.stranger.get_blob_client("a")
    for attempt in (lambda: blob.upload_blob(b"x", overwrite=True), blob.delete_blob):
        with pytest.raises(HttpResponseError) as refused:
            attempt()
        assert code(refused) == "BlobImmutableDueToPolicy"
    world.moment = NOW + timedelta(days=400)
    with pytest.raises(HttpResponseError):
        blob.upload_blob(b"x", overwrite=True)
    blob.delete_blob()


def test_what_was_written_over_or_deleted_is_seen_in_one_pass(world: World) -> None:
    """Version-level immutability keeps versions, not names: a name can be written over or removed."""
    store = world.store
    for path in ("kept", "over", "removed"):
        store.create(path, path.encode())
        store.protect(path, UNTIL, Mode.LOCKED)
    world.stranger.get_blob_client("over").upload_blob(b"other", overwrite=True)
    world.stranger.get_blob_client("removed").delete_blob()
    seen = {one.path: one for one in store.survey("")}
    assert (seen["kept"].bytes, seen["kept"].earlier_versions, seen["kept"].until) == (4, 0, UNTIL)
    assert (seen["kept"].enforcement.state, seen["kept"].legal_hold) == ("locked", False)
    assert (seen["over"].bytes, seen["over"].earlier_versions, seen["over"].enforcement.state) == (5, 1, "none")
    assert not seen["removed"].is_there
    assert "earlier versions" in seen["removed"].gone


def test_soft_deleted_blobs_are_told_apart_until_they_lapse(world: World) -> None:
    world.container.version_level, world.container.soft_delete_days = False, 14
    world.store.create("a", b"evidence")
    blob = world.stranger.get_blob_client("a")
    blob.delete_blob()
    world.moment += timedelta(days=3)
    (seen,) = world.store.survey("")
    assert (seen.bytes, seen.gone) == (None, "it was deleted, and can be undeleted for 11 more days")
    blob.undelete_blob()
    (seen,) = world.store.survey("")
    assert (seen.bytes, seen.gone) == (8, "")
    blob.delete_blob()
    world.moment += timedelta(days=14)
    assert list(world.store.survey("")) == []


def test_an_account_that_lists_no_versions_is_listed_without(world: World) -> None:
    world.store.create("a", b"evidence")
    world.service.refuse["versions"] = (400, "UnsupportedQueryParameter")
    (seen,) = world.store.survey("")
    assert (seen.path, seen.bytes) == ("a", 8)


def test_a_listing_of_many_pages_tells_each_name_once(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.fakes.worm.service.PAGE", 7)
    for number in range(20):
        world.container.put(f"a/{number:02}", b"x", {}, only_new=True)
        world.container.put(f"a/{number:02}", b"xy", {}, only_new=False)
    seen = list(world.store.survey("a/"))
    assert [one.path for one in seen] == [f"a/{number:02}" for number in range(20)]
    assert {(one.bytes, one.earlier_versions) for one in seen} == {(2, 1)}


def test_a_listing_that_fails_is_an_error_and_not_an_empty_store(world: World) -> None:
    world.store.create("a", b"")
    world.service.refuse["comp=list"] = (403, "AuthorizationPermissionMismatch")
    with pytest.raises(Exception, match="list ''"):
        list(world.store.survey(""))
    world.service.refuse["comp=list"] = (503, "ServerBusy")
    with pytest.raises(StoreError):
        list(world.store.survey(""))


@pytest.mark.parametrize(
    "answer", [b"", b"<html><body>sign in</body></html>", b"<EnumerationResults/>", b"<Enumera"], ids=range(4)
)
def test_an_answer_that_is_no_list_is_an_error_and_not_an_empty_store(
    world: World, monkeypatch: pytest.MonkeyPatch, answer: bytes
) -> None:
    world.store.create("a", b"")
    monkeypatch.setattr("tests.fakes.worm.service._listing", lambda *_: answer)
    with pytest.raises(StoreError, match="list ''"):
        list(world.store.survey(""))


def test_a_listing_that_never_goes_on_is_an_error_and_not_an_endless_one(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = b"<EnumerationResults><Blobs/><NextMarker>same</NextMarker></EnumerationResults>"
    monkeypatch.setattr("tests.fakes.worm.service._listing", lambda *_: page)
    with pytest.raises(StoreError, match="list ''"):
        list(world.store.survey(""))


def test_a_name_that_xml_cannot_hold_is_read_as_it_is(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    from tests.fakes.worm import service

    told = service._listing

    def encoded(*arguments: Any) -> bytes:
        return told(*arguments).replace(b"<Name>a</Name>", b'<Name Encoded="true">a%EF%BF%BEb</Name>')

    world.store.create("a", b"x")
    monkeypatch.setattr("tests.fakes.worm.service._listing", encoded)
    (seen,) = world.store.survey("")
    assert (seen.path, seen.bytes) == ("a\ufffeb", 1)
