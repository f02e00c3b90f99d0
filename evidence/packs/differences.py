"""What two packs tell differently: their statements, their tables row by row, and which members are other bytes.

Pure but for reading the packs. Invariant: nothing that differs is left out; what must differ between two packs (ids, places in the
series, times of sealing) is listed like the rest, and alone does not make them tell differently.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from evidence.packs.changes import TableChange, compare_tables
from evidence.packs.reading import ReadPack
from evidence.packs.select import PACKED

OF_THE_SEALING = frozenset(
    {
        "pack_id",
        "revision",
        "series_sequence",
        "previous_in_series",
        "supersedes",
        "ledger",
        "sealed_at",
        "keep_until",
        "keep_until_rule",
        "time_stamp",
        "runs",
        "captured_at",
        "lag_s",
        "code_version",
        "configuration_sha256",
    }
)
"""Parts of a statement that tell how and when a pack was made, not what it found."""


@dataclass(frozen=True, slots=True)
class Told:
    """One part of the statements that differs."""

    name: str
    old: object
    new: object

    @property
    def matters(self) -> bool:
        """Whether it tells of what was found."""
        return self.name.partition(".")[0] not in OF_THE_SEALING


@dataclass(frozen=True, slots=True)
class PackDifference:
    """All that differs."""

    statement: tuple[Told, ...]
    tables: tuple[TableChange, ...]
    members: tuple[str, ...]
    """Paths whose bytes differ, or that one of them lacks."""

    @property
    def matters(self) -> bool:
        """Whether the packs tell differently of what was found."""
        moved = any(one.added or one.removed or one.changed for one in self.tables)
        return moved or any(one.matters for one in self.statement)


def compare_packs(old: ReadPack, new: ReadPack) -> PackDifference:
    """Compare two packs; raises IntegrityError."""
    before, after = ({table.name: pack.rows(table) for table in PACKED} for pack in (old, new))
    hashes = old.digests(), new.digests()
    paths = sorted(hashes[0].keys() | hashes[1].keys())
    return PackDifference(
        tuple(_told(old.statement, new.statement)),
        compare_tables(before, after),
        tuple(path for path in paths if hashes[0].get(path) != hashes[1].get(path)),
    )


def _told(old: Mapping[str, object], new: Mapping[str, object], under: str = "") -> Iterator[Told]:
    for name in sorted(old.keys() | new.keys()):
        before, after = old.get(name), new.get(name)
        if isinstance(before, dict) and isinstance(after, dict):
            yield from _told(before, after, f"{under}{name}.")
        elif before != after:
            yield Told(f"{under}{name}", before, after)
