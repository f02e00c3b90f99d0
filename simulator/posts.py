"""The questions that Azure takes by POST only; every other POST is refused at the front desk.

Paths alone are judged here; what they answer is a world's business.
"""

from __future__ import annotations

import re

from simulator.above import is_graph

_CROSS_REGION = re.compile(
    r"/providers/Microsoft\.RecoveryServices/locations/(?P<region>[^/]+)/(?P<what>backupCrrJobs?)/?", re.IGNORECASE
)

_QUERIES = (re.compile(rf"/subscriptions/[^/]+{_CROSS_REGION.pattern}", re.IGNORECASE),)


def cross_region_path(rest: str) -> tuple[str, bool] | None:
    """Region, and whether one job is asked for, of what follows a subscription in a path; None for other paths."""
    found = _CROSS_REGION.fullmatch(rest)
    return None if found is None else (found["region"], found["what"].lower() == "backupcrrjob")


def is_read(method: str, path: str) -> bool:
    """Whether a request asks and changes nothing: a GET, or a POST to one of these paths."""
    asks = is_graph(path) or any(one.fullmatch(path) for one in _QUERIES)
    return method == "GET" or (method == "POST" and asks)


def action_by_post(rest: str) -> str | None:
    """The action that a query by POST needs, as role definitions write it; None for other paths."""
    asked = cross_region_path(rest)
    if asked is None:
        return None
    return f"Microsoft.RecoveryServices/locations/{'backupCrrJob' if asked[1] else 'backupCrrJobs'}/action"
