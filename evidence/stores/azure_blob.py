"""A store in one container of Azure Blob Storage.

Not here: what refusals mean (`refusals`), what protects a blob (`immutability`). Invariant: every write says "only where
nothing is" (`overwrite=False`) and carries an id of its own, so that a write whose answer was lost is known again.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO
from urllib.parse import urlsplit
from uuid import uuid4

from azure.core import MatchConditions
from azure.core.credentials import AzureNamedKeyCredential, AzureSasCredential, TokenCredential
from azure.core.exceptions import AzureError, ClientAuthenticationError, HttpResponseError, ResourceExistsError
from azure.storage.blob import BlobBlock, BlobProperties, BlobServiceClient, ContainerClient, ExponentialRetry

from evidence.errors import (
    ConfigurationError,
    EvidenceError,
    ObjectExistsError,
    ObjectMissingError,
    SignInError,
    StoreError,
)
from evidence.stores.files import new_file, translated
from evidence.stores.immutability import BlobProtection, ContainerProtection, enforcement_of
from evidence.stores.interface import Enforcement, StoredObject
from evidence.stores.paths import checked_path, checked_prefix
from evidence.stores.refusals import no_answer, refusal

Credential = TokenCredential | AzureNamedKeyCredential | AzureSasCredential

API_VERSION = "2026-04-06"
"""Pinned, so that an update of the SDK changes nothing; also the newest tried against Azurite."""
SINGLE_PUT = 256 * 1024 * 1024
"""Bytes up to which an object that is in memory goes up in one request."""
BLOCK = 8 * 1024 * 1024
"""Bytes a block, where an object goes up in blocks."""

SHA256 = "sha256"
"""Metadata of a blob that holds the hash of what was written."""
_WRITE_ID = "write_id"
_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


def open_azure_blob(
    account_url: str, container: str, credential: Credential, *, create_container: bool, retry_wait_s: int = 2
) -> AzureBlobStore:
    """The store in a container; raises ConfigurationError for an address that is unsafe, StoreError, SignInError."""
    store = AzureBlobStore(container_client(account_url, container, credential, retry_wait_s=retry_wait_s))
    if create_container:
        store.create_container()
    return store


def container_client(account_url: str, container: str, credential: Credential, *, retry_wait_s: int) -> ContainerClient:
    """The SDK's client of a container; raises ConfigurationError for an address that is unsafe."""
    _check_address(account_url, credential)
    return BlobServiceClient(
        account_url,
        credential=credential,
        api_version=API_VERSION,
        max_single_put_size=SINGLE_PUT,
        retry_policy=ExponentialRetry(
            initial_backoff=retry_wait_s, increment_base=retry_wait_s, random_jitter_range=retry_wait_s, retry_total=4
        ),
    ).get_container_client(container)


class AzureBlobStore:
    """Keeps objects as block blobs, with SHA-256 and write id in their metadata."""

    def __init__(self, container: ContainerClient, *, new_write_id: Callable[[], str] = lambda: uuid4().hex) -> None:
        """Use a container through the SDK's client; nothing is asked yet."""
        self._container = container
        self._new_write_id = new_write_id

    @property
    def address(self) -> str:
        """Of the container, without any query, which could be a signature."""
        return str(self._container.url).partition("?")[0]

    @property
    def description(self) -> str:
        """Container and account, without any query, which could be a signature."""
        url = urlsplit(self._container.url)
        return f"container {self._container.container_name} of {url.scheme}://{url.hostname}"

    def create_container(self) -> None:
        """Make the container where it is absent; raises StoreError, SignInError."""
        with self._translated("create the container"):
            try:
                self._container.create_container()
            except ResourceExistsError as error:
                if _code(error) != "ContainerAlreadyExists":
                    raise

    def create(self, path: str, data: bytes) -> StoredObject:
        """Write a new object durably; raises ObjectExistsError, StoreError, SignInError, ConfigurationError."""
        if len(data) > SINGLE_PUT:
            return self._create_in_blocks(path, io.BytesIO(data))
        blob = self._container.get_blob_client(checked_path(path))
        sha256, write_id = hashlib.sha256(data).hexdigest(), self._new_write_id()
        metadata = {SHA256: sha256, _WRITE_ID: write_id}

        def send() -> None:
            blob.upload_blob(data, length=len(data), overwrite=False, metadata=metadata, validate_content=True)

        return self._commit(StoredObject(path, len(data), sha256), write_id, send)

    def create_from(self, path: str, source: Path) -> StoredObject:
        """Write a new object from a file, a block at a time; raises as `create`."""
        checked_path(path)
        with translated("write", path, self.description), source.open("rb") as file:
            first = file.read(BLOCK)
            if len(first) < BLOCK:
                return self.create(path, first)
            file.seek(0)
            return self._create_in_blocks(path, file)

    def read(self, path: str) -> bytes:
        """The whole object; raises ObjectMissingError, StoreError, SignInError."""
        with self._translated(f"read {path!r}"):
            return self._container.download_blob(checked_path(path)).readall()

    def fetch(self, path: str, target: Path) -> None:
        """Copy an object to a new local file; raises ObjectMissingError, StoreError, SignInError."""
        with translated("fetch", path, self.description), self._translated(f"fetch {path!r}"):
            download = self._container.download_blob(checked_path(path))
            with new_file(target) as file:
                download.readinto(file)

    def stat(self, path: str) -> StoredObject | None:
        """What is at a path, or None; raises StoreError, SignInError."""
        found = self._properties(path)
        return None if found is None else _stored(found)

    def list(self, prefix: str) -> Iterator[StoredObject]:
        """Objects whose path begins with a prefix, sorted by path; raises StoreError, SignInError."""
        with self._translated(f"list {prefix!r}"):
            listing = self._container.list_blobs(name_starts_with=checked_prefix(prefix), include=["metadata"])
            # Services differ in how they order names beyond ASCII.
            found = sorted((_stored(blob) for blob in listing), key=lambda stored: stored.path)
        return iter(found)

    def enforcement(self, path: str) -> Enforcement:
        """What protects the object, read back from blob and container now; raises ObjectMissingError."""
        found = self._properties(path)
        if found is None:
            raise refusal(f"look at {path!r}", self.description, 404, "BlobNotFound")
        policy = found.immutability_policy
        blob = BlobProtection(policy.policy_mode, policy.expiry_time, bool(found.has_legal_hold))
        try:
            return enforcement_of(blob, self._container_protection())
        except (StoreError, SignInError) as error:
            return enforcement_of(blob, None, error.cause)

    def _container_protection(self) -> ContainerProtection:
        with self._translated("read the properties"):
            told = self._container.get_container_properties()
        return ContainerProtection(
            bool(told.has_immutability_policy),
            bool(told.has_legal_hold),
            bool(told.immutable_storage_with_versioning_enabled),
        )

    def _create_in_blocks(self, path: str, content: BinaryIO) -> StoredObject:
        """Stage block after block, then commit them under the name: nothing is to be seen before that."""
        if self.stat(path) is not None:
            raise self._exists(path)
        blob = self._container.get_blob_client(path)
        write_id, digest, size = self._new_write_id(), hashlib.sha256(), 0
        blocks: list[BlobBlock] = []
        while chunk := content.read(BLOCK):
            digest.update(chunk)
            size += len(chunk)
            blocks.append(BlobBlock(f"{write_id}-{len(blocks):06d}"))
            with self._translated(f"write {path!r}"):
                blob.stage_block(blocks[-1].id, chunk, len(chunk), validate_content=True)
        metadata = {SHA256: digest.hexdigest(), _WRITE_ID: write_id}

        def send() -> None:
            blob.commit_block_list(blocks, metadata=metadata, match_condition=MatchConditions.IfMissing)

        return self._commit(StoredObject(path, size, digest.hexdigest()), write_id, send)

    def _commit(self, wanted: StoredObject, write_id: str, send: Callable[[], None]) -> StoredObject:
        """Send what makes the object appear, then read back whose object is there.

        A refusal may follow our own write whose answer was lost: the SDK asks again, and meets itself.
        """
        failure: StoreError | None = None
        try:
            with self._translated(f"write {wanted.path!r}"):
                send()
        except StoreError as error:
            failure = error
        try:
            found = self._properties(wanted.path)
        except EvidenceError as error:
            raise failure or error from None
        if found is None:
            raise failure or self._changed(wanted)
        if _metadata(found).get(_WRITE_ID) != write_id:
            raise self._exists(wanted.path)
        if _stored(found) != wanted:
            raise self._changed(wanted)
        return wanted

    def _properties(self, path: str) -> BlobProperties | None:
        try:
            with self._translated(f"look at {path!r}"):
                return self._container.get_blob_client(checked_path(path)).get_blob_properties()
        except ObjectMissingError:
            return None

    def _exists(self, path: str) -> ObjectExistsError:
        return ObjectExistsError(
            f"{path} already exists in {self.description}.",
            cause="Evidence is written once and never overwritten.",
            next_step="Write under a new run or attempt id.",
        )

    def _changed(self, wanted: StoredObject) -> StoreError:
        return StoreError(
            f"{wanted.path} in {self.description} reads otherwise than it was just written.",
            cause=f"Written were {wanted.bytes} bytes with SHA-256 {wanted.sha256}; the store tells something else.",
            next_step="Leave it as it is, report it, and write under a new run or attempt id.",
        )

    @contextmanager
    def _translated(self, action: str) -> Iterator[None]:
        """Turn errors of the SDK into ours; their texts and chains are left out, since they may quote signatures."""
        try:
            yield
        except HttpResponseError as error:
            # A credential that fails by itself has met no service, so it carries no status.
            status = 401 if isinstance(error, ClientAuthenticationError) else None
            raise refusal(action, self.description, error.status_code or status, _code(error)) from None
        except AzureError as error:
            raise no_answer(action, self.description, type(error.inner_exception or error).__name__) from None


def _check_address(account_url: str, credential: Credential) -> None:
    url = urlsplit(account_url)
    why = ""
    if url.scheme not in {"https", "http"} or not url.hostname:
        why = "It is no https address."
    elif url.query or url.username or url.password:
        why = "It holds a signature or a password, which would end in messages; credentials are configured apart."
    elif url.scheme == "http" and url.hostname not in _LOOPBACK:
        why = "Without TLS anyone on the way could change evidence; plain http is for loopback only."
    elif url.scheme == "http" and isinstance(credential, TokenCredential):
        why = "A token is never sent without TLS; Azurite takes a shared key."
    if why:
        raise ConfigurationError(
            "store.account_url cannot be used.",
            cause=why,
            next_step="Give it as https://<account>.blob.core.windows.net.",
        )


def _code(error: HttpResponseError) -> str | None:
    """Azure's code: some calls of the SDK leave it in the header of the answer alone."""
    code = getattr(error, "error_code", None)
    if code is None:
        headers: Mapping[str, str] = getattr(error.response, "headers", {})
        code = headers.get("x-ms-error-code")
    return None if code is None else str(getattr(code, "value", code))


def _metadata(found: BlobProperties) -> Mapping[str, str]:
    return found.metadata or {}


def sha256_told(found: BlobProperties) -> str | None:
    """The hash that our own write put beside the blob; it proves nothing of the content."""
    return _metadata(found).get(SHA256)


def _stored(found: BlobProperties) -> StoredObject:
    return StoredObject(found.name, found.size, sha256_told(found))
