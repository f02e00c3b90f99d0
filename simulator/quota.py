"""Azure Backup's request quota: so many requests an action, vault and hour.

Windows are fixed hours of the simulator's clock. Measured: recorded limits are 100 to 450 an hour and named by action;
that they count per vault is what fresh vaults suggest, not documented.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from simulator.errors import SimulatorError, arm_error
from simulator.interface import ArmResponse

HEADER = "x-ms-ratelimit-remaining-subscription-resource-requests"
WINDOW = timedelta(hours=1)
FORMS = ("header", "text", "bare")
"""How a refusal tells when to come back: by `Retry-After` and text, by text alone, or not at all."""
_DEFAULT = 1000


class Limits(Protocol):
    """How many requests an action is allowed in a window."""

    def of(self, action: str) -> int | None:
        """The limit of an action; None where it has none."""
        ...


@dataclass(frozen=True, slots=True)
class Same:
    """One limit for every action; None is none."""

    limit: int | None

    def of(self, action: str) -> int | None:
        """The same for every action."""
        del action
        return self.limit


@dataclass(frozen=True, slots=True)
class Recorded:
    """The limits that recorded headers show, newest first seen in 2023 (azure-backup.md section 7)."""

    jobs: int = 450
    others: int = 300
    protection: Mapping[str, int] = field(default_factory=lambda: {"backupjobs": 200, "recoverypoints": 100})

    def of(self, action: str) -> int | None:
        """By the last word of the action."""
        provider, what = action.lower().partition("/")[0], action.lower().removesuffix("/read").rpartition("/")[2]
        if provider == "microsoft.dataprotection":
            return self.protection.get(what, self.others)
        return self.jobs if what == "backupjobs" else self.others


def parse_limits(text: str) -> Limits:
    """`recorded`, `off`, or a number for every action. Raises SimulatorError."""
    if text == "recorded":
        return Recorded()
    if text == "off":
        return Same(None)
    if re.fullmatch(r"[0-9]{1,9}", text) is None:
        raise SimulatorError(f"--quota {text!r} is neither `recorded` nor `off` nor a number.")
    return Same(int(text))


@dataclass(slots=True)
class Quota:
    """Counts requests and refuses those beyond the limit."""

    limits: Limits = field(default_factory=lambda: Same(_DEFAULT))
    form: str = "header"
    _windows: dict[tuple[str, str], tuple[datetime, int]] = field(default_factory=dict)

    def take(self, vault: str, action: str, now: datetime) -> tuple[int | None, ArmResponse | None]:
        """Count one request: what remains of the window (None without a limit), and the 429 if nothing did."""
        limit = self.limits.of(action)
        if limit is None:
            return None, None
        started, used = self._windows.get((vault, action), (now, 0))
        if now - started >= WINDOW:
            started, used = now, 0
        if used >= limit:
            wait_s = math.ceil((started + WINDOW - now).total_seconds())
            return 0, throttled(action, limit, wait_s, self.form)
        self._windows[vault, action] = (started, used + 1)
        return limit - used - 1, None


def throttled(action: str, limit: int, wait_s: int, form: str = "header") -> ArmResponse:
    """A 429 in one of the three forms; raises SimulatorError for another."""
    if form not in FORMS:
        raise SimulatorError(f"{form!r} is no form of a 429; use one of {', '.join(FORMS)}.")
    if form == "bare":
        return arm_error(429, "TooManyRequests", "Too many requests.", {"x-ms-failure-cause": "gateway"})
    message = (
        f"Number of requests for action '{action}' exceeded the limit of '{limit}' for time interval "
        f"'01:00:00'. Please try again after '{wait_s}' seconds."
    )
    told = {"retry-after": str(wait_s)} if form == "header" else {}
    return arm_error(429, "ResourceRequestsThrottled", message, {**told, "x-ms-failure-cause": "gateway"})
