"""The chapter on restore jobs and the recovery points they came from. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from evidence.packs.chapters.material import Material, first_rows
from evidence.packs.interface import ReportColumn, Section
from evidence.packs.select import matching
from evidence.packs.texts import graded, item_name, moment, plural, text
from evidence.records import Kind


def restores_chapter(of: Material) -> Section:
    """The chapter; pure."""
    restores = of.selection.tables["restore_jobs"]
    links = {_key(row): row for row in of.selection.tables["restore_links"].to_pylist()}
    jobs = {_key(row): row for row in _restore_jobs(of)}
    columns = (
        ReportColumn("Began (UTC)", 10),
        ReportColumn("Vault", 9),
        ReportColumn("Item", 12),
        ReportColumn("Status", 8),
        ReportColumn("Restored to", 15),
        ReportColumn("Recovery point (UTC)", 10),
        ReportColumn("Link", 7),
        ReportColumn("Why", 17),
        ReportColumn("Job id", 12, mono=True),
    )
    rows = []
    for row in first_rows(restores, "event_night", "vault_id", "job_id"):
        key = _key(row)
        link, job = links[key], jobs.get(key, {})
        rows.append(
            (
                moment(job.get("started_at")),
                of.vaults.get(str(row["vault_id"]), str(row["vault_id"])),
                item_name(link["item_key"], job.get("entity_friendly_name")),
                graded(job.get("status"), row["evidence_grade"]),
                text(row["target"]),
                moment(link["recovery_point_at"]),
                graded(link["link"], link["evidence_grade"]),
                text(link["reason"]),
                text(row["job_id"]),
            )
        )
    unknown = not restores.num_rows and of.unread.nothing(Kind.JOBS)
    table = of.table(
        "T-02",
        "Restore jobs and the recovery points they came from",
        "The link is made from items, points and jobs as observed; its grade says how sure it is.",
        columns,
        rows,
        total=restores.num_rows,
        file="data/restore_links.csv",
        wide=True,
        empty="Not known: no job list was read." if unknown else "No restore job began in the period.",
    )
    grades = ", ".join(f"{grade} {number}" for grade, number in sorted(of.counts.links.items())) or "none"
    began = f"{plural(restores.num_rows, 'restore job')} began in the period; links by grade: {grades}."
    sentences = (
        "How many restore jobs began in the period is not known: no job list was read." if unknown else began,
        "exact: the one point of that item whose time equals the job's to the second.",
        "range: inside a range of log backups. inferred: the nearest point before it.",
        "ambiguous and unlinked prove nothing about the point restored.",
        "Whether a restore was a drill or a production recovery is not judged here.",
    )
    return Section("S-2", "Restore jobs", sentences, (), (table,))


def _restore_jobs(of: Material) -> Iterable[Mapping[str, object]]:
    printed = ["operation_kind", "vault_id", "job_id", "started_at", "status", "entity_friendly_name"]
    jobs = of.selection.tables["jobs"].select(printed)
    return matching(jobs, "operation_kind", "restore").to_pylist()


def _key(row: Mapping[str, object]) -> tuple[str, str]:
    """Ids of jobs compare without case, as links are made."""
    return str(row["vault_id"]), str(row["job_id"]).lower()
