"""Records one test of the store: a table of what was read whole and of every difference, exceptions, and the entry that names both.

Not here: testing (`truth`). Invariant: the entry is written last, so that a test that was cut short is made again and adds nothing twice.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from evidence.assess import AssessmentContext
from evidence.ledger.entries import Draft, EntryKind, LedgerEntry, LedgerObject
from evidence.ledger.folds import named_paths
from evidence.ledger.truths import TABLE, VERSION, TruthTest, truth_test
from evidence.retention.truth import Fault, Mismatch
from evidence.runs.exceptions.recording import Recorded, record_exceptions
from evidence.runs.exceptions.state import standing_exceptions
from evidence.runs.judging.owners import owner_by_rules
from evidence.runs.parts import Parts, told
from evidence.runs.retention.last_seen import WHOLE
from evidence.runs.retention.store_pass import Passed
from evidence.runs.retention.truth_findings import Looked, Told, findings_of, proofs_of
from evidence.runs.sealed import SealedRows
from evidence.stores.grounds import Grounds
from evidence.stores.layout import assessment_file
from evidence.tables import from_rows, to_parquet
from evidence.tables.truth import TRUTH


@dataclass(slots=True)
class Contents:
    """What reading came to."""

    whole: dict[str, int] = field(default_factory=dict)
    """Bytes by path."""
    mismatches: list[Mismatch] = field(default_factory=list)
    read: int = 0
    read_bytes: int = 0


@dataclass(frozen=True, slots=True)
class TruthRun:
    """One test, before it is recorded."""

    entries: Sequence[LedgerEntry]
    began: datetime
    contents: str
    scope: str
    passed: Passed
    read: Contents
    mismatches: Sequence[Mismatch]
    grounds: Grounds | None


def record_truth(parts: Parts, store: str, mode: str, run: TruthRun) -> tuple[TruthTest, Recorded]:
    """Keep the table, record the exceptions, and name both by one entry; `store`: its description, `mode`: what is configured."""
    context = AssessmentContext(
        assessment_id=f"truth-{parts.new_id()}",
        assessed_at=run.began,
        night=parts.calendar.night_of(run.began),
        run_id=f"truth-{parts.new_id()}",
    )
    table = _keep(parts, run, context)
    recorded = _excepted(parts, store, run, context)
    draft = Draft(
        kind=EntryKind.TRUTH_TESTED,
        at=parts.clock.now(),
        actor=parts.actor,
        subject=f"truth/{context.assessment_id}",
        payload=_payload(parts, mode, run, context),
        objects=(table, *recorded.objects),
    )
    return truth_test(parts.ledger.append(draft)), recorded


def _excepted(parts: Parts, store: str, run: TruthRun, context: AssessmentContext) -> Recorded:
    said = Told(context.night, run.began, store)
    findings = findings_of(said, run.mismatches)
    unread = {one.path for one in run.mismatches}
    looked = Looked(
        run.mismatches,
        [path for path in run.read.whole if path not in unread],
        run.passed.fine - unread,
        complete=run.passed.complete and not run.scope,
        settings_read=not run.scope and (run.grounds is None or not run.grounds.unread),
    )
    entries = parts.ledger.entries()
    owner = owner_by_rules(parts, SealedRows(parts.store, named_paths(entries)), entries, context, None)
    before = standing_exceptions(parts.store, entries)
    return record_exceptions(
        parts,
        context,
        findings,
        lambda _: proofs_of(said, looked, before, findings),
        owner=owner,
        rules=parts.judgement.exceptions,
    )


def _keep(parts: Parts, run: TruthRun, context: AssessmentContext) -> LedgerObject:
    common = {"check_id": context.assessment_id, "checked_at": run.began}
    rows = [
        {
            **common,
            "path": one.path,
            "outcome": "unknown" if one.fault is Fault.UNREAD else "mismatch",
            "fault": one.fault.value,
            "promised": one.promised,
            "real": one.real,
        }
        for one in run.mismatches
    ]
    rows += [
        {**common, "path": path, "outcome": WHOLE, "fault": "none", "promised": "as sealed", "real": "as sealed", "bytes": size}
        for path, size in run.read.whole.items()
    ]  # fmt: skip
    data = to_parquet(TRUTH, from_rows(TRUTH, rows))
    path = assessment_file(TABLE, context.night, context.assessment_id)
    parts.store.create(path, data)
    return LedgerObject(path, len(data), hashlib.sha256(data).hexdigest())


def _payload(parts: Parts, mode: str, run: TruthRun, context: AssessmentContext) -> Mapping[str, object]:
    unknown = {one.path for one in run.mismatches if one.fault is Fault.UNREAD}
    wrong = {one.path for one in run.mismatches} - unknown
    return {
        "v": VERSION,
        "check_id": context.assessment_id,
        "night": str(context.night),
        "tested_at": told(run.began),
        "ledger_size": len(run.entries),
        "contents": run.contents,
        "scope": run.scope,
        "counts": {
            "expected": run.passed.expected,
            "seen": run.passed.seen,
            "read": run.read.read,
            "read_bytes": run.read.read_bytes,
            "whole": len(run.read.whole),
            "mismatched": len(wrong),
            "unknown": len(unknown),
        },
        "faults": dict(sorted(Counter(one.fault.value for one in run.mismatches).items())),
        "states": dict(sorted(run.passed.states.items())),
        "mode": mode,
        "renewed": run.passed.renewed,
        "not_renewed": run.passed.not_renewed,
        "configuration_sha256": parts.configuration_sha256,
    }
