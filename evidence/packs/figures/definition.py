"""What the definition of a figure holds, and the shapes that several figures share.

Not here: the definitions themselves (`first`, `later`).
"""

from __future__ import annotations

from dataclasses import dataclass

from evidence.records import Kind

JOBS, ITEMS, POINTS = (Kind.JOBS,), (Kind.PROTECTED_ITEMS,), (Kind.RECOVERY_POINTS, Kind.PROTECTED_ITEMS)
COMPLETENESS, OF_JOBS, OF_ITEMS, OF_CALLS = "completeness.json", "jobs", "protected_items", "calls"
OF_COVERAGE, OF_LINKS, OF_COMPARED, OF_ODD = "coverage", "restore_links", "reconciliation", "oddities"
BACKUPS = "operation_kind = backup"
FIRST_HAND = "evidence_grade = A"


@dataclass(frozen=True, slots=True)
class Definition:
    """One figure: its words, and what it means that there are any, or not all."""

    name: str
    note: str
    unit: str
    """In the plural."""
    counted: str
    """How it is counted."""
    file: str
    """Table, or file under `data/` with its ending."""
    rows: str
    """Which rows."""
    if_any: str = "plain"
    """Tone where the number is not zero."""
    all_or_bad: bool = False
    """Good where all are there, bad where not."""
    rests_on: tuple[Kind, ...] = ()
    """Kinds that must have been read for the number to mean anything."""
    share: bool = False
    """Whether the report prints the share in percent too."""

    @property
    def path(self) -> str:
        """Path of the file in the pack."""
        return f"data/{self.file}" if "." in self.file else f"data/parquet/{self.file}.parquet"


def of_status(name: str, note: str, status: str, if_any: str = "plain", *, share: bool = False) -> Definition:
    """Backup jobs of one status."""
    counted = f"Backup jobs whose last known status is {status}, of all backup jobs that began in the period."
    rows = f"{BACKUPS}; status = {status}"
    return Definition(name, note, "backup jobs", counted, OF_JOBS, rows, if_any, rests_on=JOBS, share=share)


def of_link(grade: str, note: str, if_any: str = "plain") -> Definition:
    """Restore jobs of one grade of link."""
    counted = f"Restore jobs whose link to a recovery point has the grade {grade}, of all restore jobs."
    name = f"Restore jobs with link {grade}"
    return Definition(name, note, "restore jobs", counted, OF_LINKS, f"link = {grade}", if_any, rests_on=JOBS)


def of_comparison(name: str, note: str, rows: str) -> Definition:
    """Differences between two sources."""
    counted = "Things that differ, each once a night, of the things that whole comparisons compared."
    return Definition(name, note, "things", counted, OF_COMPARED, rows, "warning")


def of_answers(name: str, note: str, rows: str, counted: str) -> Definition:
    """Questions to Azure by what became of them."""
    return Definition(name, note, "questions", counted, OF_CALLS, f"{FIRST_HAND}; {rows}", "warning")


def of_oddities(name: str, what: str, counted: str, unit: str) -> Definition:
    """Things in answers that were odd."""
    note = "Kept as received; nothing is dropped."
    return Definition(name, note, unit, counted, OF_ODD, f"what = {what}", "warning")
