"""A process that writes objects named by their own hash until it is killed."""

from __future__ import annotations

import hashlib
import itertools

from tests.stores.places import given_place


def main() -> None:
    store = given_place().open()
    for number in itertools.count():
        data = b"%d " % number * 50_000
        store.create(f"by-hash/{hashlib.sha256(data).hexdigest()}", data)
        print(number, flush=True)  # noqa: T201 - read by the test


if __name__ == "__main__":
    main()
