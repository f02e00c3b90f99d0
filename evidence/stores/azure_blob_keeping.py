"""A store in a container of Azure Blob Storage that sets, reads back and tells what keeps its blobs.

Not here: reads and create-only writes (`azure_blob`), what protection means (`immutability`), the control plane (`azure_blob_account`).
Invariants: a policy is never shortened, weakened or removed; what the service answered to setting it counts for nothing, what it tells afterwards does.
Rules: Microsoft's reference of Set Blob Immutability Policy (unlocked policies may be set shorter, so the present one is read first).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from itertools import groupby
from typing import Final

from azure.core.exceptions import HttpResponseError
from azure.storage.blob import BlobProperties, ImmutabilityPolicy

from evidence.errors import SignInError, StoreError
from evidence.stores.azure_blob import API_VERSION, SHA256, AzureBlobStore, Credential, container_client, sha256_told
from evidence.stores.azure_blob_listing import ListedBlob, Listing
from evidence.stores.immutability import BlobProtection, ContainerProtection, enforcement_of
from evidence.stores.interface import Enforcement
from evidence.stores.keeping import Mode, Surveyed
from evidence.stores.paths import checked_path, checked_prefix
from evidence.stores.refusals import refusal

_ALL: Final = ["metadata", "immutabilitypolicy", "legalhold", "deleted", "versions"]
_PLAIN: Final = ["metadata", "immutabilitypolicy", "legalhold"]
"""For accounts that refuse to list versions, such as those with a hierarchical namespace."""
_REFUSED: Final = frozenset({400, 409, 501})
_STRENGTH: Final = {"": 0, "mutable": 0, "unlocked": 1, "locked": 2}


def open_keeping_azure_blob(
    account_url: str, container: str, credential: Credential, *, create_container: bool, retry_wait_s: int = 2
) -> KeepingAzureBlobStore:
    """The store in a container; raises ConfigurationError for an address that is unsafe, StoreError, SignInError."""
    store = KeepingAzureBlobStore(container_client(account_url, container, credential, retry_wait_s=retry_wait_s))
    if create_container:
        store.create_container()
    return store


class KeepingAzureBlobStore(AzureBlobStore):
    """Keeps objects as block blobs, under policies of their own where the container has version-level immutability."""

    _ground: ContainerProtection | None = None

    def protect(self, path: str, until: datetime, mode: Mode) -> Surveyed:
        """Keep a blob until a moment at least, and read back what does; raises ObjectMissingError, StoreError, SignInError."""
        found, ground = self._found(path), self._container_told()
        of_container = ground is not None and ground.policy and not ground.version_level
        wanted = _wanted(_protection(found), until, mode)
        # Where a policy of the container keeps it, Azure takes none of a single blob.
        if mode is not Mode.OFF and wanted is not None and not of_container:
            blob = self._container.get_blob_client(checked_path(path))
            with self._translated(f"set the immutability of {path!r}"):
                blob.set_immutability_policy(wanted)
            found = self._found(path)
        return self._told(path, found)

    def hold(self, path: str, on: bool) -> Surveyed:
        """Set or clear the legal hold of a blob, and read back what keeps it; raises as `protect`."""
        found = self._found(path)
        if bool(found.has_legal_hold) is not on:
            with self._translated(f"{'set' if on else 'clear'} the legal hold of {path!r}"):
                self._container.get_blob_client(checked_path(path)).set_legal_hold(on)
            found = self._found(path)
        return self._told(path, found)

    def survey(self, prefix: str) -> Iterator[Surveyed]:
        """Every name under a prefix by one listing, versions and soft-deleted blobs among them; raises StoreError, SignInError."""
        ground, why = self._ground_or_reason()
        for path, found in groupby(self._listed(checked_prefix(prefix)), key=lambda blob: blob.name):
            yield _surveyed(path, list(found), ground, why)

    def _listed(self, prefix: str) -> Iterator[ListedBlob]:
        with self._translated(f"list {prefix!r}"):
            pages = self._pages(prefix, _ALL)
            try:
                first = next(pages, ())
            except HttpResponseError as error:
                if error.status_code not in _REFUSED:
                    raise
                pages = self._pages(prefix, _PLAIN)
                first = next(pages, ())
            yield from first
            for page in pages:
                yield from page

    def _pages(self, prefix: str, include: Sequence[str]) -> Iterator[Sequence[ListedBlob]]:
        return Listing(self._container, API_VERSION, prefix, include, SHA256).pages()

    def _found(self, path: str) -> BlobProperties:
        found = self._properties(path)
        if found is None:
            raise refusal(f"look at {path!r}", self.description, 404, "BlobNotFound")
        return found

    def _told(self, path: str, found: BlobProperties) -> Surveyed:
        ground = self._container_told()
        return _of_current(path, found, ground, "" if ground else "it may not be read")

    def _container_told(self) -> ContainerProtection | None:
        """What the container told when it was first asked; None where it could not be read, and each time anew."""
        if self._ground is None:
            self._ground = self._ground_or_reason()[0]
        return self._ground

    def _ground_or_reason(self) -> tuple[ContainerProtection | None, str]:
        try:
            return self._container_protection(), ""
        except (StoreError, SignInError) as error:
            return None, error.cause


def _wanted(now: BlobProtection, until: datetime, mode: Mode) -> ImmutabilityPolicy | None:
    """The policy to set; None where what stands is as strong and as long already."""
    stands = (now.mode or "").lower() if now.until else ""
    longest = max(until, now.until) if now.until else until
    strongest = max(stands, mode.value, key=lambda one: _STRENGTH.get(one, 0))
    if now.until and longest == now.until and strongest == stands:
        return None
    return ImmutabilityPolicy(expiry_time=longest, policy_mode=strongest.capitalize())


def _protection(found: BlobProperties) -> BlobProtection:
    policy = found.immutability_policy
    return BlobProtection(policy.policy_mode, policy.expiry_time, bool(found.has_legal_hold))


def _surveyed(path: str, found: Sequence[ListedBlob], ground: ContainerProtection | None, why: str) -> Surveyed:
    """One name of all that a listing told of it: the current version, earlier ones, soft-deleted ones."""
    # Of versions a listing marks the current one alone; without versioning there is no id and no mark.
    standing = [one for one in found if not one.deleted and not one.snapshot and (one.current or not one.version_id)]
    versions = [one for one in found if one.version_id and one not in standing]
    if not standing:
        nothing = Enforcement("none", None, "not enforced: nothing stands under the name.")
        return Surveyed(path, None, None, nothing, earlier_versions=len(versions), gone=_gone(found))
    blob = standing[-1]
    keeps = BlobProtection(blob.mode, blob.until, blob.legal_hold)
    return Surveyed(
        path,
        blob.size,
        blob.sha256,
        enforcement_of(keeps, ground, why),
        until=blob.until,
        legal_hold=blob.legal_hold,
        created_at=blob.created_at,
        earlier_versions=len(versions) + len(standing) - 1,
    )


def _of_current(path: str, blob: BlobProperties, ground: ContainerProtection | None, why: str) -> Surveyed:
    keeps = _protection(blob)
    return Surveyed(
        path,
        blob.size,
        sha256_told(blob),
        enforcement_of(keeps, ground, why),
        until=keeps.until.astimezone(UTC) if keeps.until else None,
        legal_hold=keeps.legal_hold,
        created_at=blob.creation_time,
        tier=None if blob.blob_tier is None else str(blob.blob_tier),
    )


def _gone(found: Sequence[ListedBlob]) -> str:
    soft = [one for one in found if one.deleted]
    if soft:
        return f"it was deleted, and can be undeleted for {max(one.days_left for one in soft)} more days"
    return f"it was deleted; {len(found)} earlier versions of it are left"
