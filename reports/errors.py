"""What goes wrong when something is rendered."""

from __future__ import annotations

from evidence.errors import EvidenceError


class RenderError(EvidenceError):
    """A report could not be laid out, or contradicts itself."""
