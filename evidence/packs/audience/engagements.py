"""The key of an engagement, and the map of its masks: both in the organisation's store, neither in any pack.

Not here: masking. Invariants: an engagement has one key for ever, the first that the ledger names, so that packs of one engagement mask alike; a key that no entry
names is nobody's.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from evidence.errors import ConfigurationError, IntegrityError
from evidence.ledger.entries import LedgerEntry, LedgerObject
from evidence.packs.audience.names import KEY_BYTES
from evidence.runs.parts import Parts
from evidence.runs.plain import canonical
from evidence.runs.sealed import saying_disposed
from evidence.stores.layout import engagement_key_file, engagement_map_file, engagement_prefix

INTERNAL, EXTERNAL = "internal", "external"
MAP = "backup-evidence-masks"
_NAME = re.compile(r"[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?")


@dataclass(frozen=True, slots=True)
class Engagement:
    """One engagement with outsiders: who sees masks under which key."""

    name: str
    key: bytes
    named: LedgerObject
    """The key's file."""
    new: bool
    """Whether no entry names it yet."""


def audience_of(audience: str, engagement: str | None) -> str:
    """The audience of a series: `internal`, `external`, or `external-<engagement>`; raises ConfigurationError."""
    if audience not in {INTERNAL, EXTERNAL}:
        raise ConfigurationError(f"There is no audience `{audience}`.", next_step="One of: internal, external.")
    if engagement is None:
        return audience
    if audience != EXTERNAL:
        raise ConfigurationError("--engagement goes with --audience external: only there are names masked.")
    if not _NAME.fullmatch(engagement):
        raise ConfigurationError(
            f"`{engagement}` is no name for an engagement.",
            next_step="Lower-case letters, digits and hyphens, at most 40.",
        )
    return f"{EXTERNAL}-{engagement}"


def is_external(audience: str) -> bool:
    """Whether names are masked for an audience."""
    return audience != INTERNAL


def engagement_of(parts: Parts, entries: Sequence[LedgerEntry], audience: str) -> Engagement:
    """The engagement behind an audience, with its key, a new one where it has none; raises IntegrityError, StoreError."""
    named = key_named(entries, audience)
    if named is None:
        key = parts.entropy(KEY_BYTES)
        path = engagement_key_file(audience, parts.new_id())
        parts.store.create(path, key)
        return Engagement(audience, key, LedgerObject(path, len(key), hashlib.sha256(key).hexdigest()), new=True)
    with saying_disposed(parts.store, named.path):
        key = parts.store.read(named.path)
    if hashlib.sha256(key).hexdigest() != named.sha256:
        raise IntegrityError(
            f"{named.path} is not the key that the ledger names.",
            cause="Masks under it would differ from those handed out.",
        )
    return Engagement(audience, key, named, new=False)


def key_named(entries: Sequence[LedgerEntry], audience: str) -> LedgerObject | None:
    """The key of an audience, as the first entry that names one does."""
    prefix = engagement_prefix(audience)
    found = (
        one for entry in entries for one in entry.objects if one.path.startswith(prefix) and one.path.endswith(".key")
    )
    return next(found, None)


def keep_map(parts: Parts, engagement: Engagement, pack_id: str, met: Mapping[str, str]) -> LedgerObject:
    """Write which mask stands for which name in a pack, for those who may read the store."""
    data = canonical({"format": MAP, "v": 1, "pack_id": pack_id, "names": {mask: name for name, mask in met.items()}})
    path = engagement_map_file(engagement.name, pack_id, parts.new_id())
    parts.store.create(path, data)
    return LedgerObject(path, len(data), hashlib.sha256(data).hexdigest())
