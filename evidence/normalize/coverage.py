"""One row a kind of thing: what became of reading it.

Invariant: what was not reached has a row with its reason, never no row.
"""

from __future__ import annotations

from datetime import datetime

from evidence.normalize.frames import AZURE_RECORD, Frame
from evidence.normalize.masking import masked
from evidence.normalize.results import Row
from evidence.records import Call, Coverage


def coverage_row(coverage: Coverage, frame: Frame) -> Row:
    """The row of a coverage record; it was observed when its last call ended, else when the capture's last one did."""
    call = _last_call(coverage, frame)
    context = frame.context
    return {
        "night": context.night,
        "event_night": context.night,
        "tenant_id": (call.identity.tenant_id if call else None) or context.tenant_id,
        "vault_id": frame.vault_id,
        "run_id": context.run_id,
        "capture_id": frame.capture.capture_id,
        "call_id": coverage.last_call_id,
        "observed_at": _observed_at(call, frame),
        "evidence_grade": AZURE_RECORD,
        "kind": coverage.kind.value,
        "outcome": coverage.outcome.value,
        "reason": masked(coverage.reason),
        "expected": coverage.expected,
        "answered": coverage.answered,
        "collected": coverage.collected,
        "first_call_id": coverage.first_call_id,
        "last_call_id": coverage.last_call_id,
    }


def _observed_at(call: Call | None, frame: Frame) -> datetime:
    if call is not None:
        return call.last.finished_at
    # Nothing was asked, so nothing tells the time but the run itself, or at least the end of the night it was for.
    return frame.context.captured_at or frame.context.calendar.window(frame.context.night).end


def _last_call(coverage: Coverage, frame: Frame) -> Call | None:
    calls = frame.capture.calls
    named = [call for call in calls if call.call_id == coverage.last_call_id]
    return max(named or calls, key=lambda call: call.last.finished_at, default=None)
