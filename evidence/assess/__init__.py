"""Rows judged over all nights as known at a moment: small rules that return values."""

from __future__ import annotations

from evidence.assess.point_index import CALL_COLUMNS, POINT_COLUMNS
from evidence.assess.restore_links import AssessmentContext, link_restores
from evidence.assess.restores import RESTORE_COLUMNS

__all__ = ["CALL_COLUMNS", "POINT_COLUMNS", "RESTORE_COLUMNS", "AssessmentContext", "link_restores"]
