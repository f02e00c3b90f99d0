"""Backup vaults of the generated world (Microsoft.DataProtection): what they protect, what happened, and what Azure says of it."""
