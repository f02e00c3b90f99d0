"""What the words and headers of one answer say about request budgets and waiting.

Not here: what follows from it (`quota`, `retrying`). Sources: the headers and 429 bodies of azure-backup.md section 7, RFC 9110 for
`Retry-After`. Invariant: what an answer does not say is None, never a number of ours.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final

from evidence.errors import SourceError
from evidence.records import Attempt
from evidence.sources.azure.quota import Told
from evidence.sources.bodies import decode_body

REMAINING: Final = "x-ms-ratelimit-remaining-subscription-resource-requests"
READS: Final = "x-ms-ratelimit-remaining-subscription-reads"
THROTTLED: Final = 429
_WAIT: Final = re.compile(rb"try again after '(\d{1,9})' seconds", re.IGNORECASE)
_ACTION: Final = re.compile(rb"requests for action '([^'\s]{1,300})' exceeded", re.IGNORECASE)
_SUBSCRIPTION: Final = re.compile(rb'"code"\s*:\s*"SubscriptionRequestsThrottled"', re.IGNORECASE)


def told_by(attempt: Attempt) -> Told | None:
    """What an answer says of budgets; None where no answer came."""
    if attempt.status is None:
        return None
    headers, throttled = attempt.response_headers, attempt.status == THROTTLED
    body = _readable(attempt) if throttled else b""
    action, reads = _ACTION.search(body), _count(headers, READS)
    return Told(
        asked_at=attempt.started_at,
        at=attempt.finished_at,
        status=attempt.status,
        remaining=_count(headers, REMAINING),
        reads=reads,
        wait_s=named_wait(attempt) if throttled else None,
        action=action[1].decode(errors="replace").lower() if action else None,
        whole_subscription=throttled and action is None and (reads == 0 or _SUBSCRIPTION.search(body) is not None),
    )


def named_wait(attempt: Attempt) -> float | None:
    """Seconds that an answer asks us to wait: `Retry-After` (RFC 9110, seconds or a date), its millisecond forms, or the text."""
    headers = attempt.response_headers
    for name in ("retry-after-ms", "x-ms-retry-after-ms"):
        if (milliseconds := _count(headers, name)) is not None:
            return milliseconds / 1000
    told = headers.get("retry-after", "").strip()
    if (seconds := _count(headers, "retry-after")) is not None:
        return float(seconds)
    if told and (moment := _date(told)) is not None:
        now = _date(headers.get("date", "")) or attempt.finished_at
        return max(0.0, (moment - now).total_seconds())
    found = _WAIT.search(_readable(attempt))
    return float(found[1]) if found else None


def _count(headers: Mapping[str, str], name: str) -> int | None:
    text = headers.get(name, "").strip()
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= 9 else None  # noqa: PLR2004 - 30 years in seconds


def _readable(attempt: Attempt) -> bytes:
    try:
        return decode_body(attempt.body, attempt.response_headers)
    except SourceError:
        return b""  # the call's own judgement will say that it cannot be read


def _date(text: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(text)
    except (TypeError, ValueError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
