"""The Azure store against a real Azurite behind a proxy that loses answers, refuses, or tells of immutability."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import cast

import pytest
from azure.core.credentials import AccessToken, AzureNamedKeyCredential, AzureSasCredential
from azure.core.exceptions import ClientAuthenticationError
from azure.storage.blob import BlobServiceClient, ImmutabilityPolicy, LinearRetry

from evidence.errors import (
    ConfigurationError,
    EvidenceError,
    ObjectExistsError,
    ObjectMissingError,
    SignInError,
    StoreError,
)
from evidence.stores.azure_blob import API_VERSION, BLOCK, AzureBlobStore, Credential, open_azure_blob
from tests.fakes.azurite import Azurite, shared_azurite
from tests.stores.places import new_place
from tests.stores.proxy import PASS, Proxy, Treatment, proxy_before

BIG = b"0123456789abcdef" * (BLOCK // 16) + b"and a piece"


@pytest.fixture
def azurite() -> Azurite:
    return shared_azurite()


@pytest.fixture
def proxy(azurite: Azurite) -> Iterator[Proxy]:
    with proxy_before(azurite.port) as proxy:
        yield proxy


@pytest.fixture
def direct(tmp_path: Path) -> AzureBlobStore:
    return cast("AzureBlobStore", new_place("azure_blob", tmp_path).open())


@pytest.fixture
def store(azurite: Azurite, proxy: Proxy, direct: AzureBlobStore) -> AzureBlobStore:
    """The container of `direct`, through the proxy."""
    return through(proxy.server_address[1], azurite, container_of(direct))


@pytest.fixture
def big_file(tmp_path: Path) -> Path:
    """Two blocks, the second a short one."""
    path = tmp_path / "big"
    path.write_bytes(BIG)
    return path


def through(port: int, azurite: Azurite, container: str, key: str = "") -> AzureBlobStore:
    credential = AzureNamedKeyCredential(azurite.account, key or azurite.key)
    url = f"http://127.0.0.1:{port}/{azurite.account}"
    return open_azure_blob(url, container, credential, create_container=False, retry_wait_s=0)


def container_of(store: AzureBlobStore) -> str:
    return store.description.split()[1]


def test_a_write_whose_answer_was_lost_counts_as_done(store: AzureBlobStore, proxy: Proxy) -> None:
    proxy.lose("PUT", "/ledger")
    made = store.create("ledger/1", b"entry")
    assert len(proxy.lost) == 1
    assert store.read("ledger/1") == b"entry"
    assert store.stat("ledger/1") == made


def test_without_its_own_id_that_write_would_be_refused(azurite: Azurite, proxy: Proxy, store: AzureBlobStore) -> None:
    """The trap itself: the SDK asks again after a lost answer and meets its own object."""
    from azure.core.exceptions import ResourceExistsError

    proxy.lose("PUT", "/ledger")
    service = BlobServiceClient(
        f"http://127.0.0.1:{proxy.server_address[1]}/{azurite.account}",
        AzureNamedKeyCredential(azurite.account, azurite.key),
        api_version=API_VERSION,
        retry_policy=LinearRetry(backoff=0, random_jitter_range=0),
    )
    with pytest.raises(ResourceExistsError):
        service.get_blob_client(container_of(store), "ledger/1").upload_blob(b"entry", overwrite=False)


def test_big_objects_survive_lost_answers_to_blocks_and_commit(
    store: AzureBlobStore, proxy: Proxy, big_file: Path
) -> None:
    def rule(method: str, path: str) -> Treatment:
        """Lose the answer to each write once; the blocks and the commit differ in their query."""
        return Treatment(lose_answer="comp=block" in path and f"{method} {path}" not in proxy.lost)

    proxy.rule = rule
    made = store.create_from("packs/big.zip", big_file)
    assert len(proxy.lost) == 3
    assert made.bytes == len(BIG)
    assert store.read("packs/big.zip") == BIG


def test_a_lost_answer_hides_no_other_writer(store: AzureBlobStore, direct: AzureBlobStore, proxy: Proxy) -> None:
    direct.create("ledger/1", b"theirs")
    proxy.lose("PUT", "/ledger")
    with pytest.raises(ObjectExistsError):
        store.create("ledger/1", b"ours")
    assert direct.read("ledger/1") == b"theirs"


def test_a_write_is_done_even_where_every_answer_to_it_is_lost(store: AzureBlobStore, proxy: Proxy) -> None:
    proxy.lose("PUT", "/ledger", times=1000)
    assert store.create("ledger/1", b"entry").bytes == 5
    assert len(proxy.lost) > 1


def test_where_nothing_can_be_read_back_the_write_is_not_said_to_be_done(
    store: AzureBlobStore, direct: AzureBlobStore, proxy: Proxy
) -> None:
    proxy.rule = lambda method, _path: Treatment(lose_answer=method in {"PUT", "HEAD"})
    with pytest.raises(StoreError, match="Could not write 'a'"):
        store.create("a", b"1")
    assert direct.read("a") == b"1"


def test_blocks_without_a_commit_are_no_object(
    store: AzureBlobStore, direct: AzureBlobStore, proxy: Proxy, big_file: Path
) -> None:
    proxy.rule = lambda _method, path: Treatment(refuse=(403, "Stopped")) if "comp=blocklist" in path else PASS
    with pytest.raises(SignInError):
        store.create_from("big", big_file)
    assert direct.stat("big") is None
    assert list(direct.list("")) == []
    proxy.rule = lambda _method, _path: PASS
    assert store.create_from("big", big_file).bytes == len(BIG)


def test_blocks_are_never_committed_over_another_object(
    store: AzureBlobStore, direct: AzureBlobStore, proxy: Proxy, big_file: Path
) -> None:
    """Another writer takes the name while our blocks go up."""

    theirs = big_file.with_name("theirs")
    theirs.write_bytes(b"theirs" + BIG)

    def rule(_method: str, path: str) -> Treatment:
        if "comp=blocklist" in path and direct.stat("big") is None:
            direct.create_from("big", theirs)
        return PASS

    proxy.rule = rule
    with pytest.raises(ObjectExistsError):
        store.create_from("big", big_file)
    assert direct.read("big") == theirs.read_bytes()


@pytest.mark.parametrize(
    ("status", "code", "error", "hint"),
    [
        (503, "ServerBusy", StoreError, "run again later"),
        (429, "TooManyRequests", StoreError, "run again later"),
        (500, "InternalError", StoreError, "run again later"),
        (403, "AuthorizationPermissionMismatch", SignInError, "rights"),
        (401, "InvalidAuthenticationInfo", SignInError, "credential"),
        (404, "ContainerNotFound", StoreError, "Create the container"),
        (404, "ResourceNotFound", StoreError, "account_url"),
        (409, "BlobImmutableDueToPolicy", StoreError, "error code"),
        (400, "InvalidHeaderValue", StoreError, "error code"),
    ],
)
def test_refusals_are_told_by_whose_fault_they_are(
    store: AzureBlobStore, proxy: Proxy, status: int, code: str, error: type[EvidenceError], hint: str
) -> None:
    proxy.rule = lambda _method, _path: Treatment(refuse=(status, code))
    for attempt in (
        lambda: store.read("a"),
        lambda: store.create("a", b""),
        lambda: store.stat("a"),
        lambda: list(store.list("")),
        lambda: store.enforcement("a"),
    ):
        with pytest.raises(error) as told:
            attempt()
        assert not isinstance(told.value, ObjectMissingError | ObjectExistsError)
        assert f"{status} {code}" in told.value.cause
        assert hint in told.value.next_step


def test_a_wrong_key_is_refused_and_never_told(azurite: Azurite, direct: AzureBlobStore) -> None:
    wrong = "A" * 43 + "="
    store = through(azurite.port, azurite, container_of(direct), wrong)
    with pytest.raises(SignInError) as told:
        store.create("a", b"")
    assert wrong not in "".join(told.value.diagnostics())
    assert told.value.__suppress_context__


def test_signatures_are_in_no_message(azurite: Azurite, direct: AzureBlobStore) -> None:
    signature = "sv=2024-11-04&sig=c2VjcmV0"
    store = open_azure_blob(
        azurite.account_url,
        container_of(direct),
        AzureSasCredential(signature),
        create_container=False,
        retry_wait_s=0,
    )
    with pytest.raises(SignInError) as told:
        store.read("a")
    assert "sig" not in "".join([*told.value.diagnostics(), store.description])


def test_where_no_one_answers_it_is_said(azurite: Azurite) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    with pytest.raises(StoreError, match="Could not read 'a'") as told:
        through(port, azurite, "evidence").read("a")
    assert "No whole answer came" in told.value.cause


def test_a_missing_container_is_no_missing_object(azurite: Azurite) -> None:
    store = through(azurite.port, azurite, "never-made")
    for attempt in (lambda: store.read("ledger/1"), lambda: store.stat("a"), lambda: list(store.list(""))):
        with pytest.raises(StoreError, match="Could not") as told:
            attempt()
        assert not isinstance(told.value, ObjectMissingError)


def test_a_container_is_made_once(azurite: Azurite) -> None:
    for _ in range(2):
        credential = AzureNamedKeyCredential(azurite.account, azurite.key)
        store = open_azure_blob(azurite.account_url, "made-once", credential, create_container=True, retry_wait_s=0)
        assert list(store.list("")) == []


class Token:
    """A credential that cannot sign in."""

    def get_token(self, *scopes: str, **options: object) -> AccessToken:
        raise ClientAuthenticationError("client secret 'hunter2' is wrong")


def test_a_credential_that_cannot_sign_in_is_told_without_its_words() -> None:
    store = open_azure_blob("https://127.0.0.1:1", "evidence", Token(), create_container=False, retry_wait_s=0)
    with pytest.raises(SignInError) as told:
        store.read("a")
    assert "hunter2" not in "".join(told.value.diagnostics())
    assert told.value.__suppress_context__


@pytest.mark.parametrize(
    ("url", "credential", "why"),
    [
        ("http://store.example/account", AzureNamedKeyCredential("a", "YQ=="), "TLS"),
        ("http://127.0.0.1:1/account", Token(), "TLS"),
        ("https://a.blob.example?sv=1&sig=YWJj", AzureNamedKeyCredential("a", "YQ=="), "signature"),
        ("https://user:word@a.blob.example", AzureNamedKeyCredential("a", "YQ=="), "password"),
        ("ftp://a.blob.example", AzureNamedKeyCredential("a", "YQ=="), "https"),
        ("a.blob.example", AzureNamedKeyCredential("a", "YQ=="), "https"),
    ],
)
def test_unsafe_addresses_are_refused(url: str, credential: object, why: str) -> None:
    with pytest.raises(ConfigurationError) as told:
        open_azure_blob(url, "evidence", cast("Credential", credential), create_container=False)
    assert why in told.value.cause
    assert "YWJj" not in "".join(told.value.diagnostics())
    assert "word@" not in "".join(told.value.diagnostics())


def test_a_policy_that_azurite_ignores_is_reported_as_not_enforced(azurite: Azurite, direct: AzureBlobStore) -> None:
    """Traps 34: Azurite takes immutability headers, answers success, and enforces nothing."""
    service = BlobServiceClient(
        azurite.account_url, AzureNamedKeyCredential(azurite.account, azurite.key), api_version=API_VERSION
    )
    policy = ImmutabilityPolicy(expiry_time=datetime.now(UTC) + timedelta(days=400), policy_mode="Locked")
    service.get_blob_client(container_of(direct), "a").upload_blob(b"", immutability_policy=policy, legal_hold=True)
    told = direct.enforcement("a")
    assert told.state == "none"
    assert told.detail.startswith("not enforced: ")


@pytest.mark.parametrize(
    ("blob", "container", "state", "until"),
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
    store: AzureBlobStore,
    proxy: Proxy,
    blob: dict[str, str],
    container: dict[str, str],
    state: str,
    until: str | None,
) -> None:
    store.create("a", b"")
    of_blob = {"x-ms-legal-hold": blob.get("hold", "false")}
    if "mode" in blob:
        of_blob["x-ms-immutability-policy-mode"] = blob["mode"]
        of_blob["x-ms-immutability-policy-until-date"] = "Wed, 05 Jan 2028 00:00:00 GMT"
    of_container = {
        "x-ms-has-immutability-policy": container.get("policy", "false"),
        "x-ms-has-legal-hold": container.get("hold", "false"),
        "x-ms-immutable-storage-with-versioning-enabled": container.get("versioning", "false"),
    }
    proxy.rule = lambda _method, path: Treatment(headers=of_container if "restype=container" in path else of_blob)
    told = store.enforcement("a")
    assert (told.state, told.until) == (state, until)


def test_a_container_that_may_not_be_read_is_reported_as_not_enforced(store: AzureBlobStore, proxy: Proxy) -> None:
    store.create("a", b"")
    refuse = Treatment(refuse=(403, "AuthorizationPermissionMismatch"))
    proxy.rule = lambda _method, path: refuse if "restype=container" in path else PASS
    told = store.enforcement("a")
    assert told.state == "none"
    assert "not enforced: " in told.detail
    assert "403 AuthorizationPermissionMismatch" in told.detail
