"""The Azure store's refusals, addresses and secrets, against a real Azurite and a proxy that refuses."""

from __future__ import annotations

import socket
from collections.abc import Callable
from dataclasses import replace
from typing import cast

import pytest
from azure.core.credentials import AccessToken, AzureNamedKeyCredential, AzureSasCredential
from azure.core.exceptions import ClientAuthenticationError

from evidence.errors import (
    ConfigurationError,
    EvidenceError,
    ObjectExistsError,
    ObjectMissingError,
    SignInError,
    StoreError,
)
from evidence.stores.azure_blob import Credential, open_azure_blob
from evidence.stores.interface import EvidenceStore
from tests.fakes.azurite import Azurite
from tests.stores.places import Place
from tests.stores.proxy import Proxy, Treatment


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
    proxied: EvidenceStore, proxy: Proxy, status: int, code: str, error: type[EvidenceError], hint: str
) -> None:
    proxy.rule = lambda _method, _path: Treatment(refuse=(status, code))
    attempts: list[Callable[[], object]] = [
        lambda: proxied.read("a"),
        lambda: proxied.create("a", b""),
        lambda: proxied.stat("a"),
        lambda: list(proxied.list("")),
        lambda: proxied.enforcement("a"),
    ]
    for attempt in attempts:
        with pytest.raises(error) as told:
            attempt()
        assert not isinstance(told.value, ObjectMissingError | ObjectExistsError)
        assert f"{status} {code}" in told.value.cause
        assert hint in told.value.next_step


def test_a_wrong_key_is_refused_and_never_told(container: Place) -> None:
    wrong = "A" * 43 + "="
    store = replace(container, key=wrong).open()
    with pytest.raises(SignInError) as told:
        store.create("a", b"")
    assert wrong not in "".join(told.value.diagnostics())
    assert told.value.__suppress_context__


def test_signatures_are_in_no_message(container: Place) -> None:
    signed = AzureSasCredential("sv=2024-11-04&sig=c2VjcmV0")
    store = open_azure_blob(container.address, container.container, signed, create_container=False, retry_wait_s=0)
    with pytest.raises(SignInError) as told:
        store.read("a")
    assert "sig" not in "".join([*told.value.diagnostics(), store.description])


def test_where_no_one_answers_it_is_said(container: Place) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    with pytest.raises(StoreError, match="Could not read 'a'") as told:
        container.behind(port).open().read("a")
    assert "No whole answer came" in told.value.cause


def test_a_missing_container_is_no_missing_object(container: Place) -> None:
    store = replace(container, container="never-made").open()
    attempts: list[Callable[[], object]] = [
        lambda: store.read("ledger/1"),
        lambda: store.stat("a"),
        lambda: list(store.list("")),
    ]
    for attempt in attempts:
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
