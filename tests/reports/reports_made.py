"""Reports for tests: small, whole, and free of anything real."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from evidence.nights import Calendar
from evidence.packs.interface import (
    NOT_CONFIRMED,
    Fact,
    Figure,
    NightMark,
    Report,
    ReportColumn,
    ReportTable,
    Section,
)
from evidence.records import Completeness

NIGHT = date(2026, 11, 21)
SHA256 = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
HOW_TO_VERIFY = (
    "1. Unpack\n\n   unzip pack.zip\n\n2. Compare the hashes\n\n   sha256sum --strict -c manifest-sha256.txt\n"
)

JOB_COLUMNS = (
    ReportColumn("Item", 20),
    ReportColumn("Job id", 30, mono=True),
    ReportColumn("Duration, s", 10, align_right=True),
    ReportColumn("What Azure says", 40),
)


STACKED_COLUMNS = (
    ReportColumn("Item", 30),
    ReportColumn("Job", 30, mono=True, below=True),
    ReportColumn("Duration, s", 10, align_right=True),
    ReportColumn("What Azure says", 40),
)


def job_rows(count: int) -> tuple[tuple[str, ...], ...]:
    return tuple(
        (f"vm-{number:03}", f"0f3c2a1b-1c2d-4e5f-8a9b-{number:012x}", f"{number * 7:,}", "The VM was not found.")
        for number in range(count)
    )


def table(
    rows: tuple[tuple[str, ...], ...] = job_rows(3),
    total: int | None = None,
    columns: tuple[ReportColumn, ...] = JOB_COLUMNS,
    anchor: str = "failed-jobs",
    compact: bool = False,
    listed: bool = False,
) -> ReportTable:
    return ReportTable(
        anchor=anchor,
        title="Failed jobs",
        caption="Jobs of the night that failed, longest first.",
        columns=columns,
        rows=rows,
        total=len(rows) if total is None else total,
        file="data/jobs.csv",
        sha256=SHA256,
        empty="No job failed in this night.",
        compact=compact,
        listed=listed,
    )


def report(*tables: ReportTable) -> Report:
    """One night, complete with a gap, with one section of these tables."""
    return Report(
        title="Night of 2026-11-21",
        organisation="Contoso",
        pack_id="all-night-internal-2026-11-21-r0001",
        kind="night",
        scope="all",
        scope_sentences=("All vaults of 2 subscriptions.", "Nothing is excluded."),
        audience="internal",
        first_night=NIGHT,
        last_night=NIGHT,
        window=Calendar("Europe/Berlin").window(NIGHT),
        time_zone="Europe/Berlin",
        revision=1,
        supersedes=None,
        created_at=datetime(2026, 11, 22, 5, 12, 9, 250_000, tzinfo=UTC),
        keep_until=date(2027, 12, 31),
        keep_until_rule="the end of the audit year that holds the night, and one year",
        completeness=Completeness.WITH_GAPS,
        completeness_facts=(Fact("Vaults read", "5 of 6"), Fact("Nights sealed", "1 of 1")),
        gaps=("rsv-legal: recovery points not reached: HTTP 403.",),
        population=NOT_CONFIRMED,
        time_stamp="NOT TIME-STAMPED: the authority did not answer.",
        development=False,
        figures=(
            Figure("F-01", "Vaults read", 5, 6, "rsv-legal could not be read", "bad"),
            Figure("F-02", "Backup jobs", 1234, None, "begun in the night"),
            Figure("F-03", "Completed", 1200, 1234, "", "good"),
            Figure("F-04", "With warnings", 31, 1234, "", "warning"),
            Figure("F-05", "Linked restores", 0, 2, "", "unknown"),
        ),
        nights=(NightMark(NIGHT, "warning", "31 of 1,234 jobs with warnings."),),
        sections=(
            Section(
                "jobs",
                "Backup jobs",
                ("Jobs as last observed.",),
                (Fact("Failed", "3 of 1,234"),),
                tables or (table(),),
            ),
        ),
        provenance=(Fact("Configuration", SHA256, mono=True), Fact("Code version", "0.1.0")),
        how_to_verify=HOW_TO_VERIFY,
    )


def report_of_nights(states: tuple[str, ...]) -> Report:
    """A report over as many nights as there are states."""
    first = NIGHT - timedelta(days=len(states) - 1)
    marks = tuple(
        NightMark(first + timedelta(days=number), state, f"Sentence {number}.") for number, state in enumerate(states)
    )
    window = Calendar("Europe/Berlin").span(first, NIGHT)
    return replace(report(), kind="audit", first_night=first, window=window, nights=marks)
