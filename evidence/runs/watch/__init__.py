"""Looks between nights: what is asked, what is new, who is told."""
