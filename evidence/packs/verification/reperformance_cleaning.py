"""Levels what redaction changed, so that a row made from a redacted answer can be compared with the one that was packed.

Not here: redaction itself. Invariant: rows of calls that were not redacted are compared as they are.
"""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa
import pyarrow.compute as pc

from evidence.normalize.masking import masked
from evidence.packs.calls.redaction import redact_text
from evidence.packs.verification.reperformance_facts import RedactedBody
from evidence.packs.verification.reperformance_rows import Clean, Row

_SENT = frozenset({"properties", "envelope"})


def cleaning(redactions: Sequence[RedactedBody]) -> Clean:
    """Takes out of a row what redaction takes out of an answer, where its call was redacted."""
    calls = frozenset(one.call_id for one in redactions)

    def clean(row: Row) -> Row:
        if row.get("call_id") not in calls:
            return row
        return {name: _clean(name, value) for name, value in row.items()}

    return clean


def _clean(name: str, value: object) -> object:
    if isinstance(value, list):
        return [_clean(name, one) for one in value]
    if not isinstance(value, str):
        return value
    return redact_text(value)[0] if name in _SENT else masked(value)


def with_received(rows: pa.Table, redactions: Sequence[RedactedBody]) -> pa.Table:
    """Rows of `calls` with length and hash of redacted answers as they were received."""
    if not redactions:
        return rows
    last = {(one.call_id, one.attempt): one for one in redactions}
    ids, attempts = rows["call_id"].to_pylist(), rows["attempts"].to_pylist()
    told = [last.get((str(call), int(number or 0))) for call, number in zip(ids, attempts, strict=True)]
    here = pa.array([one is not None for one in told], pa.bool_())
    for name in ("bytes", "sha256"):
        field = rows.schema.field(name)
        received = pa.array([None if one is None else getattr(one, name) for one in told], field.type)
        rows = rows.set_column(rows.schema.get_field_index(name), field, pc.if_else(here, received, rows[name]))
    return rows
