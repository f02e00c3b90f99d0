"""The weekly pack of unresolved failures: its table, its rows and its week."""
