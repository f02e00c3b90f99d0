"""What has been asked so far: counts, and every request that was neither a GET nor a query by POST.

Counts only; bodies and tokens are never kept.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field


@dataclass(slots=True)
class RequestLog:
    """Counts of the ARM requests since the start."""

    by_method: Counter[str] = field(default_factory=Counter)
    by_kind: Counter[str] = field(default_factory=Counter)
    by_status: Counter[int] = field(default_factory=Counter)
    not_get: list[dict[str, str]] = field(default_factory=list)

    def count(self, method: str, kind: str, path: str, status: int, *, reads: bool) -> None:
        """Count one answered request; `kind` is the ARM action it needs."""
        self.by_method[method] += 1
        self.by_kind[kind] += 1
        self.by_status[status] += 1
        if not reads:
            self.not_get.append({"method": method, "path": path})

    def summary(self) -> dict[str, object]:
        """All counts, JSON-ready."""
        return {
            "total": self.by_method.total(),
            "by_method": dict(self.by_method),
            "by_kind": dict(sorted(self.by_kind.items())),
            "by_status": {str(status): count for status, count in sorted(self.by_status.items())},
            "not_get": self.not_get,
        }
