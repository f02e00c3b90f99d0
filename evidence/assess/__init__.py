"""Rows judged over all nights as known at a moment: small rules that return values."""
