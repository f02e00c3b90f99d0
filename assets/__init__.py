"""Dagster assets and checks, one file a stage in the order data flows; thin."""
