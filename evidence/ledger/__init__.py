"""The append-only, hash-chained list of everything sealed, decided or disposed of."""

from evidence.ledger.entries import Draft, EntryKind, LedgerEntry, LedgerObject
from evidence.ledger.ledger import Guard, Head, Ledger

__all__ = ["Draft", "EntryKind", "Guard", "Head", "Ledger", "LedgerEntry", "LedgerObject"]
