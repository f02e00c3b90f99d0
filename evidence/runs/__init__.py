"""One run for one night: capture into the store, normalize, seal. Knows stores, sources and the ledger, not packs."""
