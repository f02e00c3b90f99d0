"""The life of an exception: its key, what opens, ends and reopens it, and what persons decided of it. Pure."""
