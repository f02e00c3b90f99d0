"""Rows judged over all nights as known at a moment: small rules that return values."""

from __future__ import annotations

from evidence.assess.restore_links import AssessmentContext, link_restores

__all__ = ["AssessmentContext", "link_restores"]
