"""What was found of a pack's tables before the pack was whole, by their very bytes.

Not here: finding it (`ahead`), the checks themselves (`unpacking`, `tables`). Invariant: whatever is remembered is named by the SHA-256 of all the bytes that
it rests on; of other bytes nothing is known, and they are looked at like any stranger's.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from evidence.packs import bag


@dataclass(frozen=True, slots=True)
class Body:
    """A member that was unpacked, and packed again into the same bytes."""

    file: Path
    """Its content, in a file of ours."""
    content: bag.Digest
    crc: int
    packed: bag.Digest
    """Of its bytes as a ZIP holds them."""
    flags: int
    """The way it was deflated, one of `deflating.WAYS`; 0 where it is stored."""


@dataclass(frozen=True, slots=True)
class Compared:
    """What the comparison of a table's two files rests on."""

    table: str
    csv: str
    """SHA-256."""
    parquet: str
    count: int


@dataclass(frozen=True, slots=True)
class Proven:
    """What is known of bytes."""

    bodies: Mapping[str, Body] = field(default_factory=dict)
    """By path in the pack."""
    rows: Mapping[Compared, str] = field(default_factory=dict)
    """What was said of tables whose two files tell the same."""


NOTHING = Proven()
