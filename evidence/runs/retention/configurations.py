"""Rules of retention of every configuration that the ledger adopted, read from the store.

Not here: what the rules ask for (`evidence.retention`). Invariant: a configuration that cannot be read, or says of retention what this version does not
understand, is told as such and never taken for one without rules.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from pydantic import ValidationError

from evidence.errors import ConfigurationError, EvidenceError
from evidence.ledger.entries import EntryKind, LedgerEntry
from evidence.plain_yaml import read_plain_yaml
from evidence.retention.policies import Policy
from evidence.retention.promises import Adopted, Regime
from evidence.settings.retention import Retention
from evidence.stores.interface import EvidenceStore
from evidence.stores.layout import configuration_file

CURRENT = 1 << 62
"""Place of the configuration in use: behind every entry."""


def read_regime(
    store: EvidenceStore, entries: Iterable[LedgerEntry], current: Retention, current_sha256: str
) -> Regime:
    """Every adopted configuration in order, and the one in use; what cannot be read says why."""
    known: dict[str, tuple[Policy | None, str]] = {current_sha256: (Policy(current), "")}
    adopted = []
    for entry in entries:
        if entry.kind is EntryKind.CONFIGURATION_ADOPTED:
            sha256 = str(entry.payload["sha256"])
            if sha256 not in known:
                known[sha256] = _read(store, sha256)
            adopted.append(Adopted(entry.sequence, sha256, *known[sha256]))
    return Regime(tuple(adopted), Adopted(CURRENT, current_sha256, *known[current_sha256]))


def _read(store: EvidenceStore, sha256: str) -> tuple[Policy | None, str]:
    path = configuration_file(sha256)
    try:
        raw = store.read(path)
        if hashlib.sha256(raw).hexdigest() != sha256:
            return None, f"{path} has another hash"
        return Policy(retention_in(raw, path)), ""
    except EvidenceError as error:
        return None, error.message if not error.cause else f"{error.message} {error.cause}"


def retention_in(raw: bytes, name: str) -> Retention:
    """What a configuration file says of retention, whatever else stands in it; raises ConfigurationError."""
    content = read_plain_yaml(raw, name).content
    told = content.get("retention") if isinstance(content, dict) else None
    try:
        return Retention.model_validate(told or {})
    except ValidationError as error:
        raise ConfigurationError(
            f"What {name} says of retention is not understood by this version.",
            cause="; ".join(one["msg"].removeprefix("Value error, ") for one in error.errors()),
        ) from error
