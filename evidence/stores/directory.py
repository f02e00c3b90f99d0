"""A store in a local folder: the default, for one machine or a shared file system.

Not here: which paths are taken (`paths`). Invariant: a name appears only when its whole content is on the disk, and a
name that appeared is never written again: content goes to a temporary file first and gets its name by `link`, which
fails where the name is taken, also between processes.
"""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
import stat
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import BinaryIO

from evidence.errors import ObjectExistsError, ObjectMissingError, StoreError
from evidence.stores.files import new_file, translated
from evidence.stores.interface import Enforcement, StoredObject
from evidence.stores.paths import RESERVED, checked_path, checked_prefix

_CHUNK = 1024 * 1024


NOT_ENFORCED = "not enforced: a folder enforces nothing beyond read-only files."


class DirectoryStore:
    """Keeps objects as read-only files under one folder."""

    def __init__(self, root: Path) -> None:
        """Use `root`, which the first write creates where it is absent."""
        self._root = Path(os.path.realpath(root))
        self._durable: set[Path] = set()

    @property
    def root(self) -> Path:
        """The folder, without symbolic links."""
        return self._root

    @property
    def description(self) -> str:
        """The folder."""
        return f"folder {self._root}"

    def create(self, path: str, data: bytes) -> StoredObject:
        """Write a new object durably; raises ObjectExistsError, StoreError, ConfigurationError."""
        return self._create(path, lambda file: _write(file, data))

    def create_from(self, path: str, source: Path) -> StoredObject:
        """Write a new object from a file, piece by piece; raises as `create`."""
        return self._create(path, lambda file: _copy(source, file))

    def read(self, path: str) -> bytes:
        """The whole object; raises ObjectMissingError, StoreError."""
        with self._translated("read", path), self._open(path) as file:
            return file.read()

    def fetch(self, path: str, target: Path) -> None:
        """Copy an object to a new local file; raises ObjectMissingError, StoreError."""
        with self._translated("fetch", path), self._open(path) as file, new_file(target) as copy:
            shutil.copyfileobj(file, copy, _CHUNK)

    def stat(self, path: str) -> StoredObject | None:
        """What is at a path, or None; the hash is not computed."""
        with self._translated("look at", path):
            try:
                found = self._inside(path).lstat()
            except (FileNotFoundError, NotADirectoryError):
                return None
            if stat.S_ISDIR(found.st_mode):
                return None
            if not stat.S_ISREG(found.st_mode):
                raise self._foreign(path)
            return StoredObject(path, found.st_size, None)

    def list(self, prefix: str) -> Iterator[StoredObject]:
        """Objects whose path begins with a prefix, sorted by path; raises StoreError for what is no plain file."""
        folder = checked_prefix(prefix).rpartition("/")[0]
        with self._translated("list", prefix):
            start = self._inside(f"{folder}/any").parent if folder else self._root
        yield from self._walk(start, f"{folder}/" if folder else "", prefix)

    def enforcement(self, path: str) -> Enforcement:
        """Nothing but file modes keeps a folder's files; raises ObjectMissingError."""
        if self.stat(path) is None:
            raise self._missing(path)
        return Enforcement("none", None, NOT_ENFORCED)

    def _create(self, path: str, fill: Callable[[BinaryIO], tuple[int, str]]) -> StoredObject:
        with self._translated("write", path):
            target = self._inside(path)
            self._make_folder(self._root / RESERVED)
            descriptor, name = tempfile.mkstemp(dir=self._root / RESERVED)
            try:
                with os.fdopen(descriptor, "wb") as file:
                    size, sha256 = fill(file)
                    file.flush()
                    os.fchmod(file.fileno(), 0o444)
                    os.fsync(file.fileno())
                self._make_folder(target.parent)
                self._give_name(Path(name), target, path)
            finally:
                Path(name).unlink(missing_ok=True)
        return StoredObject(path, size, sha256)

    def _make_folder(self, folder: Path) -> None:
        """Make a folder and those above it, each known to be on the disk, whichever process made it."""
        above_the_store = self._root not in folder.parents
        if folder in self._durable or (above_the_store and folder.is_dir()):
            return
        self._make_folder(folder.parent)
        try:
            folder.mkdir(exist_ok=True)
        except FileExistsError as error:
            raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), str(folder)) from error
        _sync_folder(folder.parent)
        self._durable.add(folder)

    def _give_name(self, written: Path, target: Path, path: str) -> None:
        try:
            os.link(written, target)
        except FileExistsError:
            # A network file system may have linked, lost its answer and tried again: the link count tells.
            if written.stat().st_nlink == 1:
                raise ObjectExistsError(
                    f"{path} already exists in {self.description}.",
                    cause="Evidence is written once and never overwritten.",
                    next_step="Write under a new run or attempt id.",
                ) from None
        _sync_folder(target.parent)

    def _inside(self, path: str) -> Path:
        """Where the path leads; raises StoreError where a symbolic link would lead elsewhere."""
        target = self._root / checked_path(path)
        if os.path.realpath(target.parent) != str(target.parent):
            raise self._foreign(path)
        return target

    def _open(self, path: str) -> BinaryIO:
        target = self._inside(path)
        try:
            descriptor = os.open(target, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        except (FileNotFoundError, NotADirectoryError):
            raise self._missing(path) from None
        except OSError as error:
            if error.errno == errno.ELOOP:
                raise self._foreign(path) from None
            raise
        mode = os.fstat(descriptor).st_mode
        if not stat.S_ISREG(mode):
            os.close(descriptor)
            raise self._missing(path) if stat.S_ISDIR(mode) else self._foreign(path)
        return os.fdopen(descriptor, "rb")

    def _walk(self, folder: Path, path: str, prefix: str) -> Iterator[StoredObject]:
        """Objects below a folder; a folder sorts by its name with '/', as the paths below it do."""
        with self._translated("list", path):
            try:
                entries = {
                    f"{path}{entry.name}" + "/" * entry.is_dir(follow_symlinks=False): entry
                    for entry in os.scandir(folder)
                }
            except (FileNotFoundError, NotADirectoryError):
                return
        entries.pop(f"{RESERVED}/", None)
        for found in sorted(entries):
            if found.endswith("/") and (found.startswith(prefix) or prefix.startswith(found)):
                yield from self._walk(Path(entries[found]), found, prefix)
            elif not found.endswith("/") and found.startswith(prefix):
                yield self._listed(entries[found], found)

    def _listed(self, entry: os.DirEntry[str], path: str) -> StoredObject:
        with self._translated("list", path):
            found = entry.stat(follow_symlinks=False)
        if not stat.S_ISREG(found.st_mode):
            raise self._foreign(path)
        return StoredObject(path, found.st_size, None)

    def _translated(self, verb: str, path: str) -> AbstractContextManager[None]:
        return translated(verb, path, self.description)

    def _missing(self, path: str) -> ObjectMissingError:
        return ObjectMissingError(
            f"{path} is not in {self.description}.",
            cause="No file is at that path.",
            next_step="Check that this is the right store; if it is, restore the file from a copy.",
        )

    def _foreign(self, path: str) -> StoreError:
        return StoreError(
            f"{path} in {self.description} is not a plain file of the store.",
            cause="A symbolic link or a special file stands there; the store makes none.",
            next_step="Find out who put it there and remove it.",
        )


def _write(file: BinaryIO, data: bytes) -> tuple[int, str]:
    file.write(data)
    return len(data), hashlib.sha256(data).hexdigest()


def _copy(source: Path, file: BinaryIO) -> tuple[int, str]:
    digest, size = hashlib.sha256(), 0
    with source.open("rb") as content:
        while chunk := content.read(_CHUNK):
            digest.update(chunk)
            size += file.write(chunk)
    return size, digest.hexdigest()


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
