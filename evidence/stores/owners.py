"""Who may write a folder or read a file of this machine, by owner, group and mode.

Not here: rights in Azure. Invariant: what cannot be read is told as not read, with the reason, and is never nobody.
"""

from __future__ import annotations

import errno
import grp
import os
import pwd
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

_ACL = "system.posix_acl_access"
_NO_ACL = frozenset({errno.ENODATA, errno.ENOTSUP, errno.EOPNOTSUPP})
EVERYBODY = "everybody with an account on the machine"
_CLASSES = (("owner", 6), ("group", 3), ("others", 0))
"""Classes of a mode, and by how far their bits are shifted."""


class Finding(StrEnum):
    """What was found out about one holder."""

    CAN = "can"
    CANNOT = "cannot"
    NOT_READ = "not read"


@dataclass(frozen=True, slots=True)
class Holder:
    """Who holds a right, or does not, or that it was not read."""

    name: str
    means: str
    finding: Finding
    detail: str


def not_read(means: str, why: str) -> Holder:
    """That nobody looked, or nobody could."""
    return Holder("not read", means, Finding.NOT_READ, why)


def writers(folder: Path) -> tuple[Holder, ...]:
    """Who may write to a folder or to one right below it; read at this moment."""
    try:
        below = sorted(one for one in folder.iterdir() if one.is_dir() and not one.is_symlink())
    except OSError as error:
        return (not_read("owner, group and mode", f"the folder cannot be listed: {error.strerror}"),)
    return _holders((folder, *below), os.W_OK)


def readers(file: Path) -> tuple[Holder, ...]:
    """Who may read a file; read at this moment."""
    return _holders((file,), os.R_OK)


def _holders(paths: Sequence[Path], bit: int) -> tuple[Holder, ...]:
    try:
        found = [path.stat() for path in paths]
        listed = [path.name for path in paths if _has_list(path)]
    except OSError as error:
        return (not_read("owner, group and mode", f"it cannot be looked at: {error.strerror}"),)
    holders = [one for name, shift in _CLASSES for one in _of_class(name, shift, found, bit)]
    holders.append(Holder("root (uid 0)", "administrator", Finding.CAN, "no mode binds the administrator"))
    if listed:
        holders.append(not_read("access list", "a list of further accounts is set, and was not read"))
    return tuple(holders)


def _of_class(name: str, shift: int, found: Sequence[os.stat_result], bit: int) -> Iterator[Holder]:
    """One holder for each owner or group among some paths, at the most that any of their modes gives."""
    groups: dict[int, list[os.stat_result]] = {}
    for one in found:
        number = {"owner": one.st_uid, "group": one.st_gid}.get(name, 0)
        groups.setdefault(number, []).append(one)
    for number, mine in sorted(groups.items()):
        can = any(one.st_mode >> shift & bit for one in mine)
        modes = sorted({f"{stat.S_IMODE(one.st_mode):04o}" for one in mine})
        finding = Finding.CAN if can else Finding.CANNOT
        yield Holder(_named(name, number), name, finding, f"mode {', '.join(modes)}")


def _named(name: str, number: int) -> str:
    if name == "owner":
        return _user(number)
    return _group(number) if name == "group" else EVERYBODY


def _user(uid: int) -> str:
    try:
        return f"{pwd.getpwuid(uid).pw_name} (uid {uid})"
    except KeyError:
        return f"uid {uid}"


def _group(gid: int) -> str:
    members = {one.pw_name for one in pwd.getpwall() if one.pw_gid == gid}
    try:
        found = grp.getgrgid(gid)
    except KeyError:
        return f"gid {gid}: {_listed(members)}"
    return f"{found.gr_name} (gid {gid}): {_listed(members | set(found.gr_mem))}"


def _listed(members: set[str]) -> str:
    return ", ".join(sorted(members)) or "no member that this machine knows"


def _has_list(path: Path) -> bool:
    """Whether an access list stands beside the mode; raises OSError where that cannot be told."""
    if not hasattr(os, "getxattr"):
        return False
    try:
        return bool(os.getxattr(path, _ACL))
    except OSError as error:
        if error.errno in _NO_ACL:
            return False
        raise
