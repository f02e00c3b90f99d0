"""Azure Backup's request quota: so many requests an action, vault and hour.

Windows are fixed hours of the simulator's clock. Measured: recorded limits are 150 to 450 an hour and named by action;
that they count per vault is what fresh vaults suggest, not documented.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from simulator.errors import arm_error
from simulator.interface import ArmResponse

HEADER = "x-ms-ratelimit-remaining-subscription-resource-requests"
WINDOW = timedelta(hours=1)


@dataclass(slots=True)
class Quota:
    """Counts requests and refuses those beyond the limit."""

    limit: int = 1000
    _windows: dict[tuple[str, str], tuple[datetime, int]] = field(default_factory=dict)

    def take(self, vault: str, action: str, now: datetime) -> tuple[int, ArmResponse | None]:
        """Count one request: what remains of the window, and the 429 if nothing did."""
        started, used = self._windows.get((vault, action), (now, 0))
        if now - started >= WINDOW:
            started, used = now, 0
        if used >= self.limit:
            return 0, self._throttled(action, math.ceil((started + WINDOW - now).total_seconds()))
        self._windows[vault, action] = (started, used + 1)
        return self.limit - used - 1, None

    def _throttled(self, action: str, wait_s: int) -> ArmResponse:
        message = (
            f"Number of requests for action '{action}' exceeded the limit of '{self.limit}' for time interval "
            f"'01:00:00'. Please try again after '{wait_s}' seconds."
        )
        headers = {"retry-after": str(wait_s), "x-ms-failure-cause": "gateway"}
        return arm_error(429, "ResourceRequestsThrottled", message, headers)
