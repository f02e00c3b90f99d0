"""The append-only, hash-chained list of everything sealed, decided or disposed of."""
