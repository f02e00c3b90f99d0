"""One row a call: what was asked, when, by whom, and what came back.

Invariant: every call gives a row, also one that failed; credentials in addresses and reasons are masked.
"""

from __future__ import annotations

from evidence.normalize.clock_skew import clock_skew_s
from evidence.normalize.frames import Frame
from evidence.normalize.masking import masked
from evidence.normalize.results import Row
from evidence.records import Call

REQUEST_ID = "x-ms-request-id"
CORRELATION_ID = "x-ms-correlation-request-id"


def call_row(call: Call, frame: Frame) -> Row:
    """The row of a call; `status`, `bytes` and `sha256` are of the last attempt."""
    last = call.last
    return {
        **frame.common(call),
        "kind": call.kind.value,
        "subject": call.subject,
        "url": masked(call.url),
        "api_version": call.api_version,
        "filter": masked(call.filter),
        "request_body": call.request_body,
        "started_at": call.attempts[0].started_at,
        "finished_at": last.finished_at,
        "status": last.status,
        "attempts": len(call.attempts),
        "waited_s": sum(attempt.waited_s for attempt in call.attempts),
        "clock_skew_s": clock_skew_s(call),
        "outcome": call.outcome,
        "reason": masked(call.reason),
        "rows": call.rows,
        "next_link": masked(call.next_link),
        "request_id": last.response_headers.get(REQUEST_ID),
        "correlation_id": last.response_headers.get(CORRELATION_ID),
        "principal_id": call.identity.principal_id,
        "bytes": len(last.body),
        "sha256": last.sha256,
    }
