"""What protection a blob has, judged from what Azure told of it and of its container.

Not here: asking Azure. Invariant: what was not read back counts as not enforced.
Rules: Azure's documentation of immutable storage; `enforcement` in the store's border.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from evidence.stores.interface import Enforcement


@dataclass(frozen=True, slots=True)
class BlobProtection:
    """Immutability as a blob's own properties tell it."""

    mode: str | None
    """`Locked`, `Unlocked` or `Mutable`, in any case; None where there is no policy."""
    until: datetime | None
    legal_hold: bool


@dataclass(frozen=True, slots=True)
class ContainerProtection:
    """Immutability as the container's properties tell it."""

    policy: bool
    legal_hold: bool
    version_level: bool
    """The container's policy is then only the default for new versions, and each blob tells its own."""


def enforcement_of(blob: BlobProtection, container: ContainerProtection | None, unread: str = "") -> Enforcement:
    """The strongest protection that was read back; `unread` says why the container could not be read."""
    until = blob.until.astimezone(UTC).isoformat() if blob.until else None
    mode = (blob.mode or "").lower() if until else ""
    hold = " A legal hold keeps it as well." if blob.legal_hold else ""
    if mode == "locked":
        return Enforcement("locked", until, f"A locked policy of the blob keeps it.{hold}")
    if by_container := _container_sentence(container):
        return Enforcement("container", None, f"{by_container}{hold}")
    if mode == "unlocked":
        return Enforcement("unlocked", until, f"A policy of the blob keeps it, which may still be removed.{hold}")
    if blob.legal_hold:
        return Enforcement("unlocked", None, "A legal hold of the blob keeps it until it is cleared.")
    why = "neither a policy nor a hold could be read back"
    if container is None:
        why = f"the blob has no policy, and its container could not be read ({unread})"
    return Enforcement("none", None, f"not enforced: {why}.")


def _container_sentence(container: ContainerProtection | None) -> str:
    if container is None:
        return ""
    if container.policy and not container.version_level:
        return "A policy of the container keeps it; only the control plane tells for how long."
    return "A legal hold of the container keeps it until it is cleared." if container.legal_hold else ""
