"""A process whose files may not grow beyond a page, and which tells how the store takes it."""

from __future__ import annotations

import resource
import signal

from evidence.errors import StoreError
from tests.stores.places import given_place


def main() -> None:
    store = given_place().open()
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
    try:
        store.create("a", b"x" * 100_000)
    except StoreError as error:
        print("\n".join(error.diagnostics()))  # noqa: T201 - read by the test


if __name__ == "__main__":
    main()
