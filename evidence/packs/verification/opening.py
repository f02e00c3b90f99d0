"""Opens a pack that a stranger gave: a ZIP or a folder, refused where it could harm or deceive.

Not here: what the members mean. Invariants: nothing is written outside the folder given; every member is a plain file
with a plain name; a ZIP holds its members and nothing else, which its rebuild proves.
"""

from __future__ import annotations

import itertools
import os
import stat
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from evidence.errors import IntegrityError
from evidence.packs import archive, bag, deflating
from evidence.packs.verification.checks import Checklist
from evidence.packs.verification.proven import NOTHING, Proven
from evidence.packs.verification.unpacking import Frame

MOST_MEMBERS = 10_000
MOST_BYTES = 64 << 30
MOST_TIMES = 200
"""Times its own length that a ZIP may unpack to, beyond the first 64 MiB; ids alone keep tables below 100."""
FREE_BYTES = 64 << 20
_DIRECTORY_BYTES = 16 << 20
_AT_ONCE = 2
"""Members that are unpacked side by side: nearly all of it is spent outside Python."""
_END = 22
"""Length of a ZIP's end record without comment."""
_END_ZIP64 = 56 + 20
"""Length of what stands before it in a large one: ZIP64 record and locator."""


@dataclass(frozen=True, slots=True)
class Opened:
    """A pack's members as files."""

    name: str
    """Of its folder."""
    members: Mapping[str, Path]
    """Files by their path within the pack."""
    digests: dict[str, bag.Digest] = field(default_factory=dict)
    """Length and hash of members, taken when they were unpacked or first asked for."""

    def digest(self, path: str) -> bag.Digest:
        """Length and hash of a member, read once."""
        if path not in self.digests:
            self.digests[path] = bag.digest(self.members[path])
        return self.digests[path]

    def read(self, path: str, limit: int = 64 << 20) -> bytes:
        """A small member's bytes; raises IntegrityError where it is missing or too large."""
        file = self.members.get(path)
        if file is None:
            raise IntegrityError(f"{path} is missing.")
        if file.stat().st_size > limit:
            raise IntegrityError(f"{path} is larger than {limit} bytes.")
        return file.read_bytes()


def open_folder(folder: Path, checks: Checklist) -> Opened | None:
    """The members of an unpacked pack; links and other special files are refused."""
    found = checks.examine("folder", folder.name, lambda: _listed(folder))
    if found is None:
        return None
    members = {}
    for file in found:
        path = file.relative_to(folder).as_posix()
        if stat.S_ISREG(file.lstat().st_mode):
            members[path] = file
        else:
            checks.failed("folder", path, "It is a link or another special file; a pack holds plain files only.")
    return Opened(folder.resolve().name, members)


def _listed(folder: Path) -> tuple[str, Sequence[Path]]:
    files = list(itertools.islice(_walk(folder), MOST_MEMBERS + 1))
    if len(files) > MOST_MEMBERS:
        raise IntegrityError(f"It holds more than {MOST_MEMBERS} files.")
    return f"{len(files)} files", files


def _walk(folder: Path) -> Iterator[Path]:
    for entry in sorted(os.scandir(folder), key=lambda one: one.name):
        if entry.is_dir(follow_symlinks=False):
            yield from _walk(Path(entry.path))
        else:
            yield Path(entry.path)


@dataclass(frozen=True, slots=True)
class Form:
    """What a ZIP of ours may hold; a pack by default."""

    check: str = "archive"
    """Name of its checks."""
    most_members: int | None = None
    """How many there may be; None for MOST_MEMBERS."""
    is_safe: Callable[[str], bool] = bag.is_safe
    """Whether a member may have a path."""


PACK = Form()


def open_zip(file: Path, folder: Path, checks: Checklist, form: Form = PACK, proven: Proven = NOTHING) -> Opened | None:
    """Unpack a ZIP into a folder of ours; every member that cannot be unpacked is a failed check of its own."""
    infos = checks.examine(form.check, file.name, lambda: _directory(file, form))
    if not infos:
        return None
    opened = Opened(infos[0].filename.split("/")[0], members := {})
    frame = Frame(file)
    with zipfile.ZipFile(file) as source, ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="unpack") as pool:

        def unpack(info: zipfile.ZipInfo) -> Future[tuple[Path, bag.Digest]]:
            path = _within(info, opened.name)
            return pool.submit(frame.unpack, source, info, folder / path, proven.bodies.get(path))

        longest_first = sorted(infos, key=lambda one: -one.file_size)
        unpacked = {info.filename: unpack(info) for info in longest_first}
        for info in infos:
            path = _within(info, opened.name)
            try:
                members[path], opened.digests[path] = unpacked[info.filename].result()
            except (IntegrityError, zipfile.BadZipFile, OSError, EOFError, ValueError, NotImplementedError) as error:
                checks.failed(form.check, path, f"It cannot be unpacked: {error}")
            except Exception as error:  # noqa: BLE001  # zlib.error and others: the file is a stranger's
                checks.failed(form.check, path, f"It cannot be unpacked ({type(error).__name__}: {error}).")
    if len(members) == len(infos):
        checks.examine(f"{form.check} rebuilt", file.name, frame.rebuilt)
    return opened


def _within(info: zipfile.ZipInfo, name: str) -> str:
    """A member's path in its pack."""
    return info.filename.removeprefix(f"{name}/")


def _directory(file: Path, form: Form) -> tuple[str, Sequence[zipfile.ZipInfo]]:
    length = file.stat().st_size
    _check_end(file, length)
    with zipfile.ZipFile(file) as source:
        infos = source.infolist()
    most = MOST_MEMBERS if form.most_members is None else form.most_members
    if not 0 < len(infos) <= most:
        raise IntegrityError(f"It holds {len(infos)} members; a pack holds 1 to {most}.")
    seen: set[str] = set()
    for info in infos:
        _check_member(info, infos[0].filename.split("/")[0], form)
        if info.filename.lower() in seen:
            raise IntegrityError(f"{info.filename} is in it twice.")
        seen.add(info.filename.lower())
    total = sum(info.file_size for info in infos)
    if total > min(MOST_BYTES, FREE_BYTES + MOST_TIMES * length):
        raise IntegrityError(f"It would unpack to {total} bytes, out of proportion to its {length}.")
    return f"{len(infos)} members with plain names, {total} bytes", infos


def _check_end(file: Path, length: int) -> None:
    """A pack's end record has no comment, so it is the last bytes; its directory must be of a sane length."""
    with file.open("rb") as source:
        source.seek(max(0, length - _END - _END_ZIP64))
        tail = source.read()
    end, large = tail[-_END:], tail[:-_END]
    if len(end) < _END or end[:4] != b"PK\5\6" or end[20:] != b"\0\0":
        raise IntegrityError("It is no ZIP, or something follows its end.")
    size = int.from_bytes(end[12:16], "little")
    if size == archive.ELSEWHERE:
        size = int.from_bytes(large[40:48], "little")
    if size > _DIRECTORY_BYTES:
        raise IntegrityError(f"Its directory is {size} bytes long.")


def _check_member(info: zipfile.ZipInfo, folder: str, form: Form) -> None:
    name, slash, path = info.filename.partition("/")
    # zipfile cuts a name at its first NUL; the name as it stood must be plain too.
    if name != folder or not slash or not form.is_safe(info.filename) or info.orig_filename != info.filename:
        raise IntegrityError(f"The name {info.orig_filename!r} does not stay inside the pack's one folder.")
    way = info.flag_bits if info.compress_type == archive.DEFLATED else deflating.WHOLE
    if info.flag_bits != way or way not in deflating.WAYS or info.external_attr >> 16 != stat.S_IFREG | 0o644:
        raise IntegrityError(f"{path} is not a plain file.")
    if info.compress_type not in {archive.STORED, archive.DEFLATED}:
        raise IntegrityError(f"{path} is packed in an unknown way.")
