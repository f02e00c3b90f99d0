"""Calls to typed rows: pure functions that can be run again over old captures."""
