"""What a storage account and its container are set to do with what they hold, as the control plane tells it.

Not here: asking (`azure_blob_account`), judging (`evidence.retention.truth`). Invariant: a part that could not be read is named with its reason and
is never taken for a setting that is off.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ContainerPolicy:
    """A time-based policy of the whole container."""

    days: int
    """From the creation of each object on."""
    locked: bool


@dataclass(frozen=True, slots=True)
class LifecycleRule:
    """A rule by which the account deletes or archives objects by itself."""

    name: str
    action: str
    """`delete` or `archive`."""
    of: str
    """`objects`, or `versions` that something was written over."""
    days: float
    basis: str
    """What the days count from: `creation`, `modification`, `last access` or `last tier change`."""
    prefixes: tuple[str, ...] = ()
    """Beginnings of paths in our container; empty: everything in it."""
    by_tags: bool = False
    """Only objects with certain index tags, which are not read."""


@dataclass(frozen=True, slots=True)
class Grounds:
    """Settings that bear on everything in a store."""

    policy: ContainerPolicy | None = None
    soft_delete_days: int | None = None
    """None: off."""
    container_soft_delete_days: int | None = None
    permanent_delete: bool = False
    """Soft-deleted objects may be removed before their days are over."""
    versioning: bool = False
    lifecycle: tuple[LifecycleRule, ...] = ()
    unread: tuple[tuple[str, str], ...] = ()
    """Parts that were not read, each with its reason: `container`, `soft delete`, `lifecycle rules`."""

    def reason(self, part: str) -> str | None:
        """Why a part was not read; None where it was."""
        return dict(self.unread).get(part)


CONTAINER = "container"
SOFT_DELETE = "soft delete"
LIFECYCLE = "lifecycle rules"


def unread(why: str) -> Grounds:
    """Nothing could be read."""
    return Grounds(unread=tuple((part, why) for part in (CONTAINER, SOFT_DELETE, LIFECYCLE)))
