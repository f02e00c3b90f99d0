"""The register with the proposal that stands: which objects are in review, and which are approved.

Not here: the register without it (`register`), proposing (`proposing`). Invariant: a proposal counts only as the bytes that its entry names.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from evidence.ledger.entries import LedgerEntry
from evidence.retention.register import Register
from evidence.runs.retention.book import read_keeping
from evidence.runs.retention.proposing import read_proposal
from evidence.runs.retention.register import Keeper, read_register


def register_now(keeper: Keeper, entries: Sequence[LedgerEntry], now: datetime) -> Register:
    """The register as of some entries and a moment, states of review included; raises IntegrityError, StoreError."""
    proposal = read_keeping(entries).dispositions.standing
    named = () if proposal is None else tuple(one.object.path for one in read_proposal(keeper.store, proposal).due)
    return read_register(keeper, entries, now, named)
