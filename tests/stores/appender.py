"""A process that appends entries to a ledger that another one appends to as well."""

from __future__ import annotations

import sys
from datetime import UTC, datetime

from evidence.ledger import Draft, EntryKind, Ledger
from tests.stores.places import given_place, wait_for_go


def main(name: str, count: int) -> None:
    ledger = Ledger(given_place().open())
    wait_for_go()
    for number in range(count):
        payload = {"event": number, "run_id": name}
        ledger.append(Draft(EntryKind.GRANT_GIVEN, datetime.now(UTC), name, f"grant/{number}", payload))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
