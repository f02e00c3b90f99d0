"""A store in a local folder that tells of every file, and that its files are read-only; it enforces nothing beyond that, and says so.

Not here: reads and create-only writes (`directory`). Invariant: what is no plain file, or cannot be looked at, is told as such and hides nothing beside it.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from evidence.stores.directory import NOT_ENFORCED, DirectoryStore
from evidence.stores.interface import Enforcement
from evidence.stores.keeping import Mode, Surveyed
from evidence.stores.paths import RESERVED, checked_prefix

READ_ONLY = 0o444
_WRITE = stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH
_NONE = Enforcement("none", None, NOT_ENFORCED)


class KeepingDirectoryStore(DirectoryStore):
    """Keeps objects as read-only files under one folder, and tells which are not."""

    def protect(self, path: str, until: datetime, mode: Mode) -> Surveyed:  # noqa: ARG002 - a folder knows no moment
        """Make the file read-only again where it is not; a folder enforces nothing. Raises ObjectMissingError, StoreError."""
        found = self._file(path)
        if found.writable:
            with self._translated("protect", path):
                self._inside(path).chmod(READ_ONLY)
            found = self._file(path)
        return found

    def hold(self, path: str, on: bool) -> Surveyed:  # noqa: ARG002 - there is nothing to set
        """A folder knows no holds: it enforces nothing; raises ObjectMissingError, StoreError."""
        return self._file(path)

    def _file(self, path: str) -> Surveyed:
        if self.stat(path) is None:
            raise self._missing(path)
        with self._translated("look at", path):
            return _told(path, self._inside(path).lstat())

    def survey(self, prefix: str) -> Iterator[Surveyed]:
        """Every file under a prefix, folder by folder; what is no plain file says so. Raises StoreError for a root that cannot be listed."""
        checked_prefix(prefix)
        if self._root.exists():
            with self._translated("list", prefix):
                self._root.stat()
                next(iter(os.scandir(self._root)), None)
        yield from self._survey(self._root, "", prefix)

    def _survey(self, folder: Path, path: str, prefix: str) -> Iterator[Surveyed]:
        try:
            entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
        except FileNotFoundError:
            return
        except OSError as error:
            yield _trouble(path, f"the folder cannot be listed: {error.strerror}")
            return
        for entry in entries:
            below = f"{path}{entry.name}"
            if below == RESERVED:
                continue
            if entry.is_dir(follow_symlinks=False):
                if f"{below}/".startswith(prefix) or prefix.startswith(f"{below}/"):
                    yield from self._survey(Path(entry), f"{below}/", prefix)
            elif below.startswith(prefix):
                yield _looked(entry, below)


def _looked(entry: os.DirEntry[str], path: str) -> Surveyed:
    try:
        found = entry.stat(follow_symlinks=False)
    except OSError as error:
        return _trouble(path, f"it cannot be looked at: {error.strerror}")
    if not stat.S_ISREG(found.st_mode):
        return _trouble(path, "no plain file stands there, but a link or a special file, which the store never makes")
    return _told(path, found)


def _told(path: str, found: os.stat_result) -> Surveyed:
    made = datetime.fromtimestamp(found.st_mtime, UTC)
    return Surveyed(path, found.st_size, None, _NONE, created_at=made, writable=bool(found.st_mode & _WRITE))


def _trouble(path: str, why: str) -> Surveyed:
    return Surveyed(path, None, None, _NONE, trouble=why)
