"""Restore drills on a store: their events in the ledger, the files attached to them, and what is found of restores."""
