"""A container of Blob Storage that honours immutability: what it keeps, and what it refuses, as Microsoft's reference tells it.

Not here: HTTP (`service`), the control plane (`account`). Rules: version-level and container-level WORM policies, Set Blob Immutability Policy, soft
delete, and the list of error codes in Microsoft's documentation. Where that leaves a choice the stricter answer is given.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count


class RefusedError(Exception):
    """The service refuses: status and Azure's code."""

    def __init__(self, status: int, code: str) -> None:
        super().__init__(f"{status} {code}")
        self.status, self.code = status, code


@dataclass
class Version:
    """One version of a blob."""

    name: str
    data: bytes
    metadata: Mapping[str, str]
    version_id: str
    created: datetime
    until: datetime | None = None
    mode: str = ""
    """`locked` or `unlocked`."""
    legal_hold: bool = False
    current: bool = True
    deleted_at: datetime | None = None

    def refuse_removal(self, now: datetime) -> None:
        """Raise RefusedError where a hold or a policy of its own keeps it; the hold wins."""
        if self.legal_hold:
            raise RefusedError(409, "BlobImmutableDueToLegalHold")
        if self.until is not None and now < self.until:
            raise RefusedError(409, "BlobImmutableDueToPolicy")


@dataclass
class Policy:
    """A time-based policy of the whole container."""

    days: int
    locked: bool


@dataclass
class Container:
    """Blobs under the settings of their container and account."""

    now: Callable[[], datetime]
    version_level: bool = True
    policy: Policy | None = None
    """Container-level; only where `version_level` is off."""
    legal_hold: bool = False
    soft_delete_days: int | None = None
    permanent_delete: bool = False
    versions: list[Version] = field(default_factory=list)
    blocks: dict[tuple[str, str], bytes] = field(default_factory=dict)
    numbers: Iterator[int] = field(default_factory=lambda: count(1))

    @property
    def versioning(self) -> bool:
        """Version-level immutability needs it; else it is off here."""
        return self.version_level

    def current(self, name: str) -> Version | None:
        """What stands under a name."""
        return next((one for one in self._left(name) if one.current and one.deleted_at is None), None)

    def find(self, name: str, version_id: str | None) -> Version:
        """A version, or the current one; raises RefusedError."""
        found = self.current(name)
        if version_id is not None:
            found = next((o for o in self._left(name) if o.version_id == version_id and o.deleted_at is None), None)
        if found is None:
            raise RefusedError(404, "BlobNotFound")
        return found

    def put(self, name: str, data: bytes, metadata: Mapping[str, str], *, only_new: bool) -> Version:
        """Write a blob; over a protected one only where it makes a new version."""
        standing = self.current(name)
        if standing is not None:
            if self._by_container(standing, overwriting=True):
                raise RefusedError(409, self._by_container(standing, overwriting=True))
            if only_new:
                raise RefusedError(409, "BlobAlreadyExists")
            self._replaced(standing)
        moment = self.now()
        written = Version(name, data, dict(metadata), f"{moment:%Y-%m-%dT%H:%M:%S}.{next(self.numbers):07d}Z", moment)
        self.versions.append(written)
        return written

    def delete(self, name: str, version_id: str | None, *, permanent: bool = False) -> None:
        """Delete a version, or the current one, which with versioning only becomes an earlier one."""
        if permanent:
            return self._delete_for_good(name, version_id)
        found = self.find(name, version_id)
        if code := self._by_container(found, overwriting=False):
            raise RefusedError(409, code)
        if version_id is None and self.versioning:
            found.current = False
            return None
        found.refuse_removal(self.now())
        if self.soft_delete_days is None:
            self.versions.remove(found)
        else:
            found.deleted_at = self.now()
        return None

    def undelete(self, name: str) -> None:
        """Bring back all that was soft-deleted under a name."""
        found = [one for one in self._left(name) if one.deleted_at is not None]
        if not found and not self._left(name):
            raise RefusedError(404, "BlobNotFound")
        for one in found:
            one.deleted_at = None

    def set_policy(self, name: str, version_id: str | None, until: datetime, mode: str) -> Version:
        """Set or change the policy of a version: a locked one is only ever made longer."""
        found = self._own_policy(name, version_id)
        if until <= self.now():
            raise RefusedError(400, "InvalidHeaderValue")
        locked = found.mode == "locked" and found.until is not None
        if locked and (mode != "locked" or (found.until is not None and until < found.until)):
            raise RefusedError(409, "BlobImmutableDueToPolicy")
        found.until, found.mode = until, mode
        return found

    def drop_policy(self, name: str, version_id: str | None) -> None:
        """Remove an unlocked policy."""
        found = self._own_policy(name, version_id)
        if found.mode == "locked" and found.until is not None and self.now() < found.until:
            raise RefusedError(409, "BlobImmutableDueToPolicy")
        found.until, found.mode = None, ""

    def set_hold(self, name: str, version_id: str | None, on: bool) -> Version:
        """Set or clear the legal hold of a version."""
        found = self._own_policy(name, version_id)
        found.legal_hold = on
        return found

    def listed(self, *, versions: bool, deleted: bool) -> list[Version]:
        """What a listing shows, by name; of one name the oldest version first."""
        shown = [
            one
            for one in self._left()
            if (versions or one.current or one.deleted_at is not None) and (deleted or one.deleted_at is None)
        ]
        return sorted(shown, key=lambda one: (one.name, one.version_id))

    def days_left(self, one: Version) -> int:
        """Whole days for which a soft-deleted version can be brought back."""
        assert one.deleted_at is not None
        return max(0, (self.soft_delete_days or 0) - (self.now() - one.deleted_at).days)

    def _left(self, name: str | None = None) -> list[Version]:
        """Versions that are not past their days of soft deletion."""
        days = timedelta(days=self.soft_delete_days or 0)
        self.versions = [o for o in self.versions if o.deleted_at is None or self.now() < o.deleted_at + days]
        return [one for one in self.versions if name is None or one.name == name]

    def _replaced(self, standing: Version) -> None:
        if self.versioning:
            standing.current = False
        elif self.soft_delete_days is not None:
            standing.current, standing.deleted_at = False, self.now()
        else:
            self.versions.remove(standing)

    def _by_container(self, one: Version, *, overwriting: bool) -> str:
        """The code with which the container's own hold or policy refuses; expired objects may be deleted, never overwritten."""
        if self.legal_hold:
            return "BlobImmutableDueToLegalHold"
        if self.policy is None or self.version_level:
            return ""
        kept = self.now() < one.created + timedelta(days=self.policy.days)
        return "BlobImmutableDueToPolicy" if kept or overwriting else ""

    def _own_policy(self, name: str, version_id: str | None) -> Version:
        found = self.find(name, version_id)
        if not self.version_level:
            raise RefusedError(409, "FeatureNotYetSupportedForContainer")  # the reference names no code
        return found

    def _delete_for_good(self, name: str, version_id: str | None) -> None:
        found = next((o for o in self._left(name) if o.deleted_at and version_id in {None, o.version_id}), None)
        if found is None or not self.permanent_delete:
            raise RefusedError(409, "PermanentDeleteNotAllowed")
        found.refuse_removal(self.now())
        self.versions.remove(found)
