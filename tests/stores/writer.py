"""A process that tries to create objects under names that another one wants as well, and tells which it got."""

from __future__ import annotations

import json
import sys

from evidence.errors import ObjectExistsError
from tests.stores.places import given_place, wait_for_go


def main(name: str, count: int) -> None:
    store = given_place().open()
    wait_for_go()
    won = []
    for number in range(count):
        try:
            store.create(f"raced/{number}", f"{number} by {name}".encode())
            won.append(number)
        except ObjectExistsError:
            continue
    print(json.dumps(won))  # noqa: T201 - read by the test


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
