"""Elements of saved files to rows of grade B, through the same normalization as Azure's own answers.

Not here: reading files, and where rows rest. Invariant: a row that lacks what its table is about is no row but a rejected record; every
row names the import and, by its ordinal, the record of the file.
"""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import quote

import orjson

from evidence.normalize import CaptureContext, Normalized, normalize_capture
from evidence.normalize.masking import masked
from evidence.normalize.results import Row
from evidence.records import Attempt, Call, Capture, Coverage, Identity, Kind, Outcome, Vault
from evidence.runs.import_context import FileFindings, ImportContext
from evidence.runs.import_items import KnownItems
from evidence.runs.uploaded import GRADE
from evidence.sources.interface import vault_key
from evidence.sources.saved.kinds import SavedKind
from evidence.sources.saved.opening import OpenedFile
from evidence.sources.saved.reading import Read
from evidence.sources.saved.refusals import Rejected

BATCH = 2_000
"""Records normalized at once."""
TABLES = ("protected_items", "jobs", "recovery_points", "restore_jobs")
_PART = {
    Kind.JOBS: "jobs",
    Kind.JOB_DETAILS: "jobs",
    Kind.PROTECTED_ITEMS: "protected_items",
    Kind.RECOVERY_POINTS: "recovery_points",
}
_NEEDED = {"jobs": ("operation", "status", "started_at")}
"""Without these a job counts in no night and tells nothing."""
_SENT_AS = {"operation": "operation", "status": "status", "started_at": "startTime"}

Tables = Mapping[str, Sequence[Row]]


@dataclass(slots=True)
class RowMaker:
    """Makes the rows of one file; knows the items of each vault by which jobs are linked."""

    kind: SavedKind
    findings: FileFindings
    number: int
    """Of the file in its import, from 0."""
    items: KnownItems
    vaults: dict[str, int] = field(default_factory=dict)
    """Number of each vault in the file, in order of appearance."""
    points: Counter[str] = field(default_factory=Counter)
    """Rows of points so far, by call: their ordinals run on."""

    def rows(self, records: Sequence[Read]) -> Iterator[Tables]:
        """Rows of a batch of records, vault by vault; what gives none is noted as rejected."""
        by_vault: defaultdict[str, list[Read]] = defaultdict(list)
        for one in records:
            by_vault[one.element.vault.vault_id].append(one)
            self.vaults.setdefault(one.element.vault.vault_id, len(self.vaults))
        for vault_id, found in by_vault.items():
            yield self._rows(found[0].element.vault, found, self.call_id(vault_id))

    def call_id(self, vault_id: str) -> str:
        """Id of the file as a call; of several vaults in one file each has its own."""
        number = self.vaults[vault_id]
        return f"{self.findings.context.import_id}.{self.number:04d}" + (f".{number}" if number else "")

    def _rows(self, vault: Vault, records: Sequence[Read], call_id: str) -> Tables:
        context = self.findings.context
        capture = _capture(context, self.kind, vault, records, call_id, whole=self.items.whole(vault.vault_id))
        told = CaptureContext(context.night, context.import_id, context.calendar, captured_at=context.imported_at)
        normalized = normalize_capture(capture, told, self.items.of(vault.vault_id))
        refused = self._refused(normalized, records)
        for ordinal, reason in sorted(refused.items()):
            self.findings.reject(Rejected(records[ordinal].position, records[ordinal].line, reason))
        self._remark(normalized, records, refused)
        self.findings.accepted[vault.vault_id] += len(records) - len(refused)
        return {name: self._placed(name, getattr(normalized, name), records, refused, call_id) for name in TABLES}

    def _refused(self, normalized: Normalized, records: Sequence[Read]) -> dict[int, str]:
        """Why records give no row, by their place in the batch."""
        refused = {one.ordinal: one.reason for one in normalized.unread if one.ordinal is not None}
        whole = [one.reason for one in normalized.unread if one.ordinal is None]
        if whole:
            return dict.fromkeys(range(len(records)), whole[0])
        problems = {(one.ordinal, one.field): one.reason for one in normalized.problems}
        for row in getattr(normalized, _PART[self.kind.kind]):
            place = _place(row, self.kind)
            for name in _NEEDED.get(_PART[self.kind.kind], ()):
                if row[name] is None:
                    why = problems.get((place, _SENT_AS[name]), "is not told")
                    refused.setdefault(place, f"its {_SENT_AS[name]} {why}")
            if self.kind.kind is Kind.RECOVERY_POINTS and _timeless(row):
                refused.setdefault(place, "it tells neither a recovery point time nor time ranges")
            later = _later_than(row, self.findings.context.observed_at)
            if later is not None:
                refused.setdefault(place, f"its {later}, after the file is said to have been saved")
        return refused

    def _remark(self, normalized: Normalized, records: Sequence[Read], refused: Mapping[int, str]) -> None:
        for place, one in enumerate(records):
            if place not in refused:
                for text in one.element.remarks:
                    self.findings.remark(one.position, one.line, text)
        for problem in normalized.problems:
            if problem.ordinal is not None and problem.ordinal not in refused and problem.table != "restore_jobs":
                one = records[problem.ordinal]
                self.findings.remark(one.position, one.line, f"`{problem.field}` {problem.reason}", problem.field)

    def _placed(
        self, table: str, rows: Sequence[Row], records: Sequence[Read], refused: Mapping[int, str], call_id: str
    ) -> list[Row]:
        placed = []
        for row in rows:
            place = _place(row, self.kind)
            if place in refused:
                continue
            one = records[place]
            new = {**row, "evidence_grade": GRADE, "tenant_id": None}
            if table == "recovery_points":
                new |= {"element": one.position - 1, "ordinal": self.points[call_id]}
                self.points[call_id] += 1
            else:
                new["ordinal"] = one.position - 1
            if one.element.type_added:
                new["envelope"] = _without_type(new.get("envelope"))
            placed.append(new)
        return placed


def call_row(
    context: ImportContext, file: OpenedFile, subject_id: str, call_id: str, *, rows: int, reason: str | None
) -> Row:
    """The row that a file has among the calls: what it is called, its hash, and how many records it gave.

    Its `kind` is that of the import, which no question to Azure has.
    """
    return {
        "night": context.night,
        "event_night": context.night,
        "vault_id": subject_id,
        "run_id": context.import_id,
        "capture_id": capture_id(context, subject_id),
        "call_id": call_id,
        "observed_at": context.observed_at,
        "evidence_grade": GRADE,
        "kind": context.kind,
        "url": masked(f"file:{quote(file.name)}"),
        "started_at": context.imported_at,
        "finished_at": context.imported_at,
        "attempts": 1,
        "waited_s": 0.0,
        "outcome": "ok",
        "reason": reason,
        "rows": rows,
        "bytes": file.bytes,
        "sha256": file.sha256,
    }


def capture_id(context: ImportContext, subject_id: str) -> str:
    """All rows of one import about one vault or subscription."""
    return f"{context.import_id}.{vault_key(subject_id, subject_id.rpartition('/')[2])}"


def _capture(
    context: ImportContext, kind: SavedKind, vault: Vault, records: Sequence[Read], call_id: str, *, whole: bool
) -> Capture:
    """The records as one answer, so that they are read as Azure's answers are."""
    body = b'{"value":[' + b",".join(one.element.body for one in records) + b"]}"
    at = context.observed_at
    attempt = Attempt(at, at, None, body=body, sha256=hashlib.sha256(body).hexdigest())
    call = Call(
        call_id=call_id,
        kind=kind.kind,
        subject=None,
        url="file:",
        api_version=None,
        filter=None,
        request_headers={},
        identity=Identity(),
        attempts=(attempt,),
        outcome="ok",
        reason=None,
        rows=len(records),
        next_link=None,
    )
    # Where Azure did not tell all items of the night, others than the known ones may fit a name as well.
    outcome = Outcome.COLLECTED if whole else Outcome.PARTIAL
    items = Coverage(Kind.PROTECTED_ITEMS, outcome, None, 1, 1, 0, None, None)
    return Capture(capture_id(context, vault.vault_id), vault.vault_id, vault, (call,), (items,))


def _place(row: Row, kind: SavedKind) -> int:
    place = row["element" if kind.kind is Kind.RECOVERY_POINTS else "ordinal"]
    if not isinstance(place, int):
        raise TypeError("a row carries its place")
    return place


def _timeless(row: Row) -> bool:
    """A point without time; a chain of log backups that covers nothing is one Azure sends."""
    if row["recovery_point_at"] is not None or row.get("range_start_at") is not None:
        return False
    sent = str(row["properties"]).casefold()
    return "timeranges" not in sent


def _later_than(row: Row, observed_at: datetime) -> str | None:
    """What a row tells of a time after it was seen."""
    for name, word in (("started_at", "start"), ("ended_at", "end"), ("recovery_point_at", "time")):
        at = row.get(name)
        if isinstance(at, datetime) and at > observed_at:
            return f"{word} is {at:%Y-%m-%dT%H:%M:%SZ}"
    return None


def _without_type(envelope: object) -> str | None:
    told = orjson.loads(envelope) if isinstance(envelope, str) else {}
    rest = {key: value for key, value in told.items() if key != "type"}
    return orjson.dumps(rest).decode() if rest else None
