"""Checkpoints of the ledger: made, sent elsewhere, proven from, and checked again.

`make` makes one, `publish` sends it outside, `prove` hands proofs to auditors, `audit` checks all that were made. How a
stranger checks one is in `evidence.packs.verification`.
"""
