"""Reads and writes the plain values of a run's own JSON files, strictly: a value of another type is an error, never converted.

Not here: the files (`manifest`, `begun`). Invariant: every reader raises TypeError, ValueError or KeyError for what it does not read.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import orjson
import rfc8785

from evidence.records import Vault


@dataclass(frozen=True, slots=True)
class WrittenFile:
    """One file a run wrote."""

    path: str
    bytes: int
    sha256: str


def canonical(document: Mapping[str, object]) -> bytes:
    """A document as canonical JSON (RFC 8785)."""
    # RFC 8785 knows lists and objects, not tuples.
    return rfc8785.dumps(orjson.loads(orjson.dumps(document)))


def plain_vault(told: Mapping[str, object]) -> Vault:
    """A vault."""
    region = told["region"]
    return Vault(
        vault_id=plain_text(told["vault_id"]),
        name=plain_text(told["name"]),
        kind=plain_text(told["kind"]),
        subscription_id=plain_text(told["subscription_id"]),
        resource_group=plain_text(told["resource_group"]),
        region=None if region is None else plain_text(region),
    )


def plain_file(told: Mapping[str, object]) -> WrittenFile:
    """A file that a run wrote."""
    size = told["bytes"]
    if not isinstance(size, int) or isinstance(size, bool):
        raise TypeError(f"{size!r} is no number of bytes")
    return WrittenFile(plain_text(told["path"]), size, plain_text(told["sha256"]))


def plain_text(value: object) -> str:
    """A text."""
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is no text")
    return value


def plain_flag(value: object) -> bool:
    """True or false."""
    if not isinstance(value, bool):
        raise TypeError(f"{value!r} is neither true nor false")
    return value


def plain_moment(value: object) -> datetime:
    """A moment, UTC."""
    moment = datetime.fromisoformat(plain_text(value))
    if moment.utcoffset() != timedelta(0):
        raise ValueError(f"{value!r} is no moment in UTC")
    return moment


def plain_sequence(value: object) -> Sequence[object]:
    """A list."""
    if not isinstance(value, list):
        raise TypeError(f"{value!r} is no list")
    return value


def plain_mapping(value: object) -> Mapping[str, object]:
    """An object."""
    if not isinstance(value, dict):
        raise TypeError(f"{value!r} is no object")
    return value
