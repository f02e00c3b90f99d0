"""What all rows of one call have in common.

Not here: columns of single tables. Invariant: every row names the call that it comes from.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from evidence.normalize.event_nights import EventNights
from evidence.normalize.fields import Place
from evidence.normalize.results import CaptureContext, Findings, Row
from evidence.records import Call, Capture

AZURE_RECORD = "A"
"""Evidence grade of what Azure itself answered (DESIGN section 5)."""


@dataclass(frozen=True, slots=True)
class Frame:
    """One capture being normalized."""

    capture: Capture
    context: CaptureContext
    nights: EventNights
    findings: Findings = field(default_factory=Findings)

    @property
    def vault_id(self) -> str:
        """Lower-cased ARM id of the vault, or of the subscription above vaults."""
        return self.capture.subject_id

    def place(self, call: Call, table: str) -> Place:
        """Where to note what cannot be read of a call's elements."""
        return Place(call.call_id, table, self.findings.problems)

    def common(self, call: Call) -> Row:
        """The columns that all rows of a call share; `event_night` is the night captured for until a table knows better."""
        return {
            "night": self.context.night,
            "event_night": self.context.night,
            "tenant_id": call.identity.tenant_id or self.context.tenant_id,
            "vault_id": self.vault_id,
            "run_id": self.context.run_id,
            "capture_id": self.capture.capture_id,
            "call_id": call.call_id,
            "observed_at": call.last.finished_at,
            "evidence_grade": AZURE_RECORD,
        }
