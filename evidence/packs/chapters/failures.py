"""The chapter on backup jobs that did not simply complete, by vault, workload and error. Pure.

Not here: each such job (`jobs`). Invariant: every one of them is in exactly one line.
"""

from __future__ import annotations

from typing import Literal

import pyarrow as pa
import pyarrow.compute as pc

from evidence.packs.chapters.material import FIRST_ROWS, MOST_ROWS, Material
from evidence.packs.charts.failures import failures_chart
from evidence.packs.columns import one_of
from evidence.packs.figures import COMPLETED, FAILED
from evidence.packs.figures.counting import OF_JOB, with_error
from evidence.packs.interface import ReportColumn, Section
from evidence.packs.select import matching
from evidence.packs.texts import moment, text
from evidence.records import Kind

_READ = [*OF_JOB, "started_at"]
_KEYS = ["vault_id", "workload", "status", "error"]
Order = Literal["ascending", "descending"]
_COLUMNS = (
    ReportColumn("Vault", 20),
    ReportColumn("Workload", 20, below=True),
    ReportColumn("Status", 13),
    ReportColumn("Error", 30),
    ReportColumn("Jobs", 7, align_right=True),
    ReportColumn("Items", 7, align_right=True),
    ReportColumn("First (UTC)", 17),
    ReportColumn("Last (UTC)", 17, below=True),
)


def doubtful(jobs: pa.Table) -> pa.Table:
    """Backup jobs that did not simply complete."""
    backups = matching(jobs, "operation_kind", "backup")
    # No status at all is not the same as completed: `is_in` finds no null, `equal` would pass it over.
    return backups.filter(pc.invert(one_of(backups["status"], COMPLETED)))


def failure_groups(jobs: pa.Table) -> pa.Table:
    """Them by vault, workload, status and error with `jobs`, `items`, `first` and `last`: failed ones first, most first."""
    rows = with_error(doubtful(jobs.select(_READ)))
    slim = rows.select([*_KEYS, "item", "started_at"])
    found = slim.group_by(_KEYS).aggregate(
        [([], "count_all"), ("item", "count_distinct"), ("started_at", "min"), ("started_at", "max")]
    )
    named = found.select([*_KEYS, "count_all", "item_count_distinct", "started_at_min", "started_at_max"])
    named = named.rename_columns([*_KEYS, "jobs", "items", "first", "last"])
    others = pc.invert(one_of(named["status"], FAILED))
    keys: list[tuple[str, Order]] = [("others", "ascending"), ("jobs", "descending")]
    keys += [(key, "ascending") for key in _KEYS]
    return named.append_column("others", others.cast(pa.int8())).sort_by(keys)


def failures_chapter(of: Material) -> Section:
    """The chapter; pure."""
    found = failure_groups(of.selection.tables["jobs"])
    shown = found.slice(0, found.num_rows if found.num_rows <= MOST_ROWS else FIRST_ROWS)
    table = of.table(
        "T-32",
        "Failures by vault, workload and error",
        "Backup jobs that failed, most first, then those that ended otherwise than Completed, or had not ended. "
        "The error is the first name that Azure gives, else its code.",
        _COLUMNS,
        [_line(of, row) for row in shown.to_pylist()],
        total=found.num_rows,
        file="data/jobs.csv" if found.num_rows > MOST_ROWS else None,
        empty="Not known: no job list was read." if of.unread.nothing(Kind.JOBS) else "None.",
    )
    chart = failures_chart(of.selection, of.judged, of.vaults) if of.any("F-05") and not of.is_night else None
    return Section("S-13", "Failures", _sentences(of), (), (table,), chart)


def _line(of: Material, row: dict[str, object]) -> tuple[str, ...]:
    return (
        of.vault(row["vault_id"]),
        text(row["workload"]),
        text(row["status"]),
        text(row["error"]),
        f"{row['jobs']:,}",
        f"{row['items']:,}",
        moment(row["first"]),
        moment(row["last"]),
    )


def _sentences(of: Material) -> tuple[str, ...]:
    if of.figures["F-05"].count is None:
        return ("How many backup jobs failed is not known: no job list was read.",)
    failed = f"Of all backup jobs {of.cite('F-05')} failed."
    if not of.any("F-05"):
        return (failed,)
    return (
        failed,
        f"The most frequent cause made {of.cite('F-45')} of these; one item alone {of.cite('F-46')}.",
    )
