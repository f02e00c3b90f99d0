"""Exceptions in the ledger: what a look records, what persons decide, how they stand."""
