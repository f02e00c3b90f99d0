"""What the store really holds, beside the register: tiers of objects, files of the ledger, and leftovers that no entry names.

Not here: sums (`evidence.retention.costs`), whether objects are as promised (`truth`). Invariant: whatever lies in the store is counted once: as an object of the
register, of the ledger, or as a leftover.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from evidence.ledger.chain import PREFIX
from evidence.retention.register import Register
from evidence.stores.keeping import KeepingStore

NOT_TOLD = "not told"
NOT_THERE = "not found"


@dataclass(frozen=True, slots=True)
class Stock:
    """One pass over a store."""

    tiers: tuple[str, ...]
    numbers: npt.NDArray[np.int16]
    """Place in `tiers` of each object of the register."""
    ledger: tuple[int, int]
    """Objects and bytes."""
    leftovers: tuple[int, int]
    """What no entry names: runs that ended early, claims."""
    missing: int
    """Objects of the register that were not found, disposed ones aside."""


def take_stock(store: KeepingStore, register: Register) -> Stock:
    """Look at everything in a store once; raises StoreError, SignInError."""
    tiers = {NOT_THERE: 0, NOT_TOLD: 1}
    numbers = np.zeros(len(register), np.int16)
    ledger, leftovers = [0, 0], [0, 0]
    for one in store.survey(""):
        size = one.bytes or 0
        row = register.files.find(one.path)
        if row is not None and one.is_there:
            numbers[row] = tiers.setdefault(one.tier or NOT_TOLD, len(tiers))
        elif one.is_there:
            sums = ledger if one.path.startswith(PREFIX) else leftovers
            sums[0] += 1
            sums[1] += size
    missing = int(((numbers == 0) & ~register.gone).sum())
    return Stock(tuple(tiers), numbers, (ledger[0], ledger[1]), (leftovers[0], leftovers[1]), missing)
