"""Opens a pack's file for the auditor's tools: its members, after each was compared with the lists in the pack.

Not here: who signed the lists (`verification`). Invariant: nothing is read from a pack whose files are not those listed.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import orjson
import pyarrow as pa

from evidence.errors import ConfigurationError, IntegrityError
from evidence.packs import bag
from evidence.packs.machine.descriptor import parquet_path
from evidence.packs.verification.checks import Checklist
from evidence.packs.verification.files import check_files
from evidence.packs.verification.opening import Opened, open_folder, open_zip
from evidence.tables import ALL, Table, read_parquet


@dataclass(frozen=True, slots=True)
class ReadPack:
    """A pack whose files are the ones it lists."""

    opened: Opened
    statement: Mapping[str, object]
    tagmanifest_sha256: str
    """What its signature is about: names this very pack."""

    @property
    def pack_id(self) -> str:
        """The pack's id, which is its folder's name too."""
        return self.opened.name

    def tables(self) -> Mapping[str, Table]:
        """The tables that it holds, by name."""
        return {name: table for name, table in ALL.items() if parquet_path(table) in self.opened.members}

    def rows(self, table: Table) -> pa.Table:
        """Rows of one of them; raises IntegrityError."""
        return read_parquet(table, self.opened.read(parquet_path(table), limit=1 << 40))

    def digests(self) -> Mapping[str, str]:
        """SHA-256 of every member."""
        return {path: self.opened.digest(path).sha256 for path in self.opened.members}


@contextmanager
def read_pack(path: Path) -> Iterator[ReadPack]:
    """A pack's ZIP or folder, open until the block ends.

    Raises ConfigurationError where there is none, IntegrityError naming each file that is not as listed.
    """
    if not os.access(path, os.R_OK):
        raise ConfigurationError(f"{path} cannot be read.", next_step="Give a pack's ZIP or its folder.")
    checks = Checklist()
    with tempfile.TemporaryDirectory(prefix="backup-evidence-read-") as folder:
        opened = open_folder(path, checks) if path.is_dir() else open_zip(path, Path(folder), checks)
        if opened is not None:
            check_files(opened, checks)
        wrong = [f"{one.file}: {one.detail}" for one in checks.result(None).checks if one.failed]
        if opened is None or wrong:
            raise IntegrityError(
                f"{path.name} is not a whole pack.",
                cause="\n  ".join(wrong),
                next_step=f"backup-evidence verify {path}",
            )
        statement = orjson.loads(opened.read(bag.STATEMENT))
        yield ReadPack(opened, statement, opened.digest(bag.TAG_MANIFEST).sha256)
