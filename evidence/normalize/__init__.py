"""Calls to typed rows: pure functions that can be run again over old captures."""

from __future__ import annotations

from evidence.normalize.capture import normalize_capture
from evidence.normalize.item_links import ITEM_COLUMNS
from evidence.normalize.results import CaptureContext, Normalized, Problem, Row, Unread

__all__ = ["ITEM_COLUMNS", "CaptureContext", "Normalized", "Problem", "Row", "Unread", "normalize_capture"]
