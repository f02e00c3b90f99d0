"""Local files as both stores need them: new ones that never stay half-written, and errors a person can act on.

Not here: where evidence lies. Invariant: a file that could not be filled is removed again.
"""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from evidence.errors import StoreError

_NEXT_STEPS = {
    errno.ENOSPC: "Free space on that disk and run again: nothing half-written was left under a name.",
    errno.EDQUOT: "Raise the quota and run again: nothing half-written was left under a name.",
    errno.EROFS: "Mount the folder for writing, or configure another store.",
    errno.EACCES: "Give this user the right to read and write the folder, then run again.",
    errno.EPERM: "Give this user the right to read and write the folder, then run again.",
    errno.ENOTDIR: "One part of the path is a file in this store; choose another path.",
    errno.EEXIST: "Name a file that does not exist yet; none is overwritten.",
}


@contextmanager
def new_file(target: Path) -> Iterator[BinaryIO]:
    """A new local file that is removed again where filling it fails; FileExistsError where it exists."""
    with target.open("xb") as file:
        try:
            yield file
        except BaseException:
            target.unlink()
            raise


@contextmanager
def translated(verb: str, path: str, store: str) -> Iterator[None]:
    """Turn what the operating system refuses into StoreError with cause and next step."""
    try:
        yield
    except OSError as error:
        raise StoreError(
            f"Could not {verb} {path!r} in {store}.",
            cause=error.strerror or str(error),
            next_step=_NEXT_STEPS.get(error.errno or 0, "Check the disk and the folder, then run again."),
        ) from error
