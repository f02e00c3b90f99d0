"""Judges the runs that policies expected of a night: read column by column, judged, and what proves that a problem ended."""
