"""Restore drills: planned, found in what Azure recorded, proven, reviewed; pure rules over ledger events and rows."""
