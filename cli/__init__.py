"""The `backup-evidence` command, one file a command group."""
