"""Deletes blobs of a container with all versions and snapshots, and tells what soft delete still keeps of them.

Not here: whether a blob may go. Invariants: a 409 of the service is its refusal and never tried around; what the service does not list (it may know no
versions, as emulators do) is said as not told.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from email.utils import parsedate_to_datetime

from azure.core.exceptions import AzureError, ClientAuthenticationError, HttpResponseError
from azure.core.pipeline import PipelineResponse
from azure.core.rest import HttpRequest, HttpResponse
from azure.storage.blob import BlobProperties, ContainerClient

from evidence.addresses import is_loopback
from evidence.errors import EvidenceError, ObjectMissingError, RefusedError
from evidence.stores.azure_blob import AzureBlobStore
from evidence.stores.disposing import Remains
from evidence.stores.paths import checked_path
from evidence.stores.refusals import no_answer, refusal

_FORBIDDEN = 409
_NOT_KNOWN = frozenset({400, 501})
"""Answers of a service to a listing with what it does not know."""
_WAIT = "An immutability policy or a legal hold of the store is in force: it ends by itself or is cleared there."
_WHOLE = ("versions", "deleted", "snapshots")
_MEANING = {"versions": "older versions", "deleted": "soft-deleted objects", "snapshots": "snapshots"}


class AzureBlobRemoval:
    """Deletes from one container."""

    def __init__(self, store: AzureBlobStore) -> None:
        """Use the container of a store; nothing is asked yet."""
        # The store itself promises to remove nothing, so it hands out no client either.
        self._container: ContainerClient = store._container  # noqa: SLF001
        self._description = store.description

    def remove(self, path: str) -> None:
        """Delete a blob, its snapshots and its versions; raises RefusedError for a 409, ObjectMissingError, StoreError, SignInError."""
        blob = self._container.get_blob_client(checked_path(path))
        self._refuse_kept(path)
        versions = [one for one in self._versions(path) if not one.is_current_version]
        with self._translated(path):
            blob.delete_blob(delete_snapshots="include")
        # Where versions are kept, what was deleted has become one of them.
        self._delete_versions(path, (*versions, *self._versions(path)))

    def finish(self, path: str) -> None:
        """Delete older versions of a name under which nothing stands; raises RefusedError for a 409, StoreError, SignInError."""
        versions = self._versions(checked_path(path))
        if not any(one.is_current_version for one in versions):
            self._delete_versions(path, versions)

    def _delete_versions(self, path: str, versions: Iterable[BlobProperties]) -> None:
        blob = self._container.get_blob_client(path)
        for version_id in sorted({str(one.version_id) for one in versions}):
            try:
                with self._translated(path):
                    blob.delete_blob(version_id=version_id)
            except ObjectMissingError:
                continue  # another run of the same disposal was faster

    def _refuse_kept(self, path: str) -> None:
        """Where versions are kept, deleting a name succeeds whatever keeps its content, and only hides it: so it is asked before, by the service's own clock."""
        told: dict[str, str] = {}

        def keep(response: PipelineResponse[HttpRequest, HttpResponse]) -> None:
            told.update(response.http_response.headers)

        with self._translated(path):
            found = self._container.get_blob_client(path).get_blob_properties(raw_response_hook=keep)
        until = found.immutability_policy.expiry_time
        if found.has_legal_hold or (until is not None and parsedate_to_datetime(told["Date"]) < until):
            why = "a legal hold" if found.has_legal_hold else f"an immutability policy until {until:%Y-%m-%d %H:%M:%S}Z"
            raise RefusedError(
                f"The store keeps {path} in {self._description}.",
                cause=f"It has {why}, as read back; the service answers {_FORBIDDEN} to its deletion.",
                next_step=_WAIT,
            )

    def remains(self, paths: Collection[str]) -> Remains:
        """What is left of some paths, by one listing of the container."""
        wanted, left = frozenset(paths), dict[str, list[str]]()
        include, found = self._listed()
        for one in found:
            if one.name in wanted:
                left.setdefault(one.name, []).append(_told(one))
        return Remains(
            {path: "; ".join(sorted(set(told))) for path, told in sorted(left.items())},
            ("objects", *(_MEANING[one] for one in include)),
            tuple(self._untold(include)),
        )

    def _untold(self, include: Collection[str]) -> Iterator[str]:
        yield from (f"{_MEANING[one]}, which this service does not list" for one in _WHOLE if one not in include)
        if is_loopback(self._container.url):
            yield "what an emulator on loopback ignores when it is asked to list it, such as versions and soft-deleted objects"

    def _listed(self) -> tuple[tuple[str, ...], list[BlobProperties]]:
        """Everything that the service lists, with what of it: asked for all, then for less where it refuses."""
        for include in (_WHOLE, ("deleted", "snapshots"), ("snapshots",)):
            try:
                return include, list(self._container.list_blobs(include=list(include)))
            except HttpResponseError as error:
                if error.status_code not in _NOT_KNOWN:
                    raise self._refusal("list", error) from None
            except AzureError as error:
                raise no_answer("list", self._description, type(error).__name__) from None
        with self._translated(""):
            return (), list(self._container.list_blobs())

    def _versions(self, path: str) -> list[BlobProperties]:
        try:
            found = list(self._container.list_blobs(name_starts_with=path, include=["versions"]))
        except HttpResponseError as error:
            if error.status_code in _NOT_KNOWN:
                return []
            raise self._refusal(f"look at {path!r}", error) from None
        return [one for one in found if one.name == path and one.version_id]

    @contextmanager
    def _translated(self, path: str) -> Iterator[None]:
        try:
            yield
        except HttpResponseError as error:
            raise self._refusal(f"delete {path!r}", error) from None
        except AzureError as error:
            raise no_answer(f"delete {path!r}", self._description, type(error).__name__) from None

    def _refusal(self, action: str, error: HttpResponseError) -> EvidenceError:
        code = getattr(error, "error_code", None)
        told = None if code is None else str(getattr(code, "value", code))
        if error.status_code == _FORBIDDEN:
            return RefusedError(
                f"The store refused to {action} in {self._description}.",
                cause=f"{_FORBIDDEN} {told or ''}".strip(),
                next_step=_WAIT,
            )
        status = 401 if isinstance(error, ClientAuthenticationError) else error.status_code
        return refusal(action, self._description, status, told)


def _told(found: BlobProperties) -> str:
    if found.deleted:
        days = found.remaining_retention_days
        return "soft-deleted" if days is None else f"soft-deleted, recoverable for {days} more days"
    if found.snapshot:
        return "a snapshot"
    return "an older version" if found.version_id and not found.is_current_version else "still there"
