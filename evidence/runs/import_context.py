"""What all parts of one import know: who, when, for which night, and what was found on the way.

Not here: reading and writing. Invariant: an import has an id of its own, which no run can have.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path

from evidence.nights import Calendar
from evidence.normalize.masking import masked
from evidence.normalize.results import Row
from evidence.records import Vault
from evidence.sources.saved.opening import OpenedFile
from evidence.sources.saved.refusals import Rejected, unusable
from evidence.tables.imports import DISAGREES, REJECTED, REMARK

MOST_FINDINGS = 200_000
"""Rejected records, remarks and disagreements of one file that are held and listed."""


@dataclass(frozen=True, slots=True)
class ImportOrder:
    """What a person wants imported."""

    kind: str
    paths: tuple[Path, ...]
    vault: Vault | None = None
    """Vault of records that do not name theirs."""
    night: date | None = None
    observed_at: datetime | None = None
    """When the files were saved, UTC; None where nobody says."""
    by: str | None = None
    """Who saved them."""
    reason: str | None = None
    columns: Mapping[str, str] = field(default_factory=dict)
    """Header names of an inventory, by column."""

    def told(self) -> dict[str, object]:
        """The options that change what a file means."""
        return {
            "vault": self.vault.vault_id if self.vault else None,
            "night": str(self.night) if self.night else None,
            "observed_at": self.observed_at.isoformat() if self.observed_at else None,
            "columns": dict(sorted(self.columns.items())),
        }


@dataclass(frozen=True, slots=True)
class ImportContext:
    """One import under way."""

    import_id: str
    kind: str
    night: date
    observed_at: datetime
    imported_at: datetime
    late: bool
    calendar: Calendar


@dataclass(slots=True)
class FileFindings:
    """What is found about one file while it is read."""

    context: ImportContext
    file: OpenedFile
    form: str = ""
    records: int = 0
    accepted: Counter[str] = field(default_factory=Counter)
    """Accepted records by vault or subscription."""
    rows: list[Row] = field(default_factory=list)
    """Of the table of findings."""
    counts: Counter[str] = field(default_factory=Counter)
    """Records by finding."""

    @property
    def rejected(self) -> int:
        """Records that gave no row."""
        return self.counts[REJECTED]

    @property
    def disagreeing(self) -> int:
        """Records that Azure's own rows contradict."""
        return self.counts[DISAGREES]

    def reject(self, rejected: Rejected) -> None:
        """Note a record that gives no row."""
        self.counts[REJECTED] += 1
        self._add(REJECTED, rejected.position, rejected.line, _sentence(rejected.reason, rejected.hint))

    def remark(self, position: int, line: int, text: str, what: str = "") -> None:
        """Note what could not be taken over of a record that gave a row; position 0 is the file."""
        self.counts[REMARK] += 1
        self._add(REMARK, position, line, text, field=what)

    def compare(self, finding: str, position: int, line: int, differences: Sequence[Row]) -> None:
        """Note where Azure's own rows say otherwise of one record."""
        self.counts[finding] += 1
        for one in differences:
            self._add(finding, position, line, str(one["detail"]), **{key: one[key] for key in one if key != "detail"})

    def reasons(self) -> Mapping[str, int]:
        """Rejected records by reason, the commonest first."""
        found = Counter(str(row["detail"]) for row in self.rows if row["finding"] == REJECTED)
        return dict(found.most_common())

    def _add(self, finding: str, position: int, line: int, detail: str, **more: object) -> None:
        if len(self.rows) >= MOST_FINDINGS:
            raise unusable(
                self.file.name,
                f"More than {MOST_FINDINGS:,} things are wrong or doubtful in it; the last, on line {line:,}: {masked(detail)}",
                f"Check that this is a file of kind `{self.context.kind}`, or import less at a time.",
            )
        row: Row = {
            "night": self.context.night,
            "import_id": self.context.import_id,
            "file": self.file.sha256,
            "position": position,
            "line": line,
            "finding": finding,
            "field": "",
            "detail": masked(detail),
        }
        self.rows.append(row | more)


def _sentence(reason: str, hint: str) -> str:
    return f"{reason}. {hint}" if hint else reason
