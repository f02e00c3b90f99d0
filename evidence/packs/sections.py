"""The chapters of a pack's report: failed jobs, restores, silence, coverage, questions, limits.

Pure over the packed tables; the renderer only sets what stands here. Invariant: a table that shows fewer rows than
there are says how many there are and where; a table without rows says so in a sentence.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from evidence.packs.bag import Digest
from evidence.packs.completeness import CompletenessResult
from evidence.packs.figures import COMPLETED, Counts
from evidence.packs.gap_groups import group_gaps
from evidence.packs.interface import ReportColumn, ReportTable, Section
from evidence.packs.select import Selection, matching
from evidence.packs.texts import item_name, joined, moment, nights, plural, text, vault_names

MOST_ROWS = 100
"""Rows of a table on the page; the rest is counted there and stands in the CSV."""

Rows = tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Material:
    """What all chapters are made of."""

    selection: Selection
    judged: CompletenessResult
    counts: Counts
    files: Mapping[str, Digest]
    """Length and hash of the pack's data files, by path."""
    vaults: Mapping[str, str]
    """Vault names by id."""

    def table(
        self,
        anchor: str,
        title: str,
        caption: str,
        columns: Sequence[ReportColumn],
        rows: Sequence[tuple[str, ...]],
        *,
        total: int,
        file: str | None,
        empty: str,
        wide: bool = False,
    ) -> ReportTable:
        """A printed table of at most MOST_ROWS rows."""
        sha256 = self.files[file].sha256 if file else None
        return ReportTable(
            anchor, title, caption, tuple(columns), tuple(rows[:MOST_ROWS]), total, file, sha256, empty, wide
        )


def material(selection: Selection, judged: CompletenessResult, counts: Counts, files: Mapping[str, Digest]) -> Material:
    """Gather what chapters need."""
    return Material(selection, judged, counts, files, vault_names(selection.vaults))


def sections(of: Material) -> tuple[Section, ...]:
    """All chapters, in reading order."""
    by_night = (_nights(of),) if len(of.selection.period.nights()) > 1 else ()
    return (_jobs(of), _restores(of), _idle(of), *by_night, _coverage(of), _questions(of), _limits(of))


def _sorted(rows: pa.Table, *names: str) -> Sequence[Mapping[str, object]]:
    return rows.sort_by([(name, "ascending") for name in names]).to_pylist()


def _jobs(of: Material) -> Section:
    jobs = of.selection.tables["jobs"]
    backups = matching(jobs, "operation_kind", "backup")
    ended_well = pc.equal(backups["status"], pa.scalar(COMPLETED))
    doubtful = _sorted(backups.filter(pc.invert(ended_well)), "started_at", "vault_id", "job_id")
    columns = (
        ReportColumn("Began (UTC)", 10),
        ReportColumn("Vault", 10),
        ReportColumn("Item", 13),
        ReportColumn("Status", 9),
        ReportColumn("Error", 17),
        ReportColumn("Azure recommends", 24),
        ReportColumn("Job id", 17, mono=True),
    )
    rows = [
        (
            moment(row["started_at"]),
            of.vaults.get(str(row["vault_id"]), str(row["vault_id"])),
            item_name(row["item_key"], row["entity_friendly_name"]),
            text(row["status"]),
            _errors(row),
            joined(row["recommendations"], " "),
            text(row["job_id"]),
        )
        for row in doubtful[:MOST_ROWS]
    ]
    table = of.table(
        "T-01",
        "Backup jobs that did not simply complete",
        "Failed, warned, cancelled and still running; the last known state of each.",
        columns,
        rows,
        total=len(doubtful),
        file="data/jobs.csv",
        wide=True,
        empty=f"None: all {plural(backups.num_rows, 'backup job')} of the period completed."
        if backups.num_rows
        else "No backup job was seen in the period.",
    )
    return Section("S-1", "Backup jobs", _job_sentences(of, backups.num_rows), (), (table,))


def _job_sentences(of: Material, backups: int) -> tuple[str, ...]:
    told = ", ".join(f"{status} {number:,}" for status, number in sorted(of.counts.backups.items())) or "none"
    return (
        f"{plural(backups, 'backup job')} began in the period, by status: {told}.",
        "A failed job followed by a retry shows both: Azure gives each attempt a job id of its own.",
    )


def _errors(row: Mapping[str, object]) -> str:
    codes, titles = row["error_codes"], row["error_titles"]
    both = [*(codes if isinstance(codes, list) else []), *(titles if isinstance(titles, list) else [])]
    return joined(both, " ")


def _restores(of: Material) -> Section:
    restores = _sorted(of.selection.tables["restore_jobs"], "event_night", "vault_id", "job_id")
    links = {(row["vault_id"], row["job_id"]): row for row in of.selection.tables["restore_links"].to_pylist()}
    jobs = {(row["vault_id"], row["job_id"]): row for row in _restore_jobs(of)}
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
    for row in restores[:MOST_ROWS]:
        key = (row["vault_id"], row["job_id"])
        link, job = links[key], jobs.get(key, {})
        rows.append(
            (
                moment(job.get("started_at")),
                of.vaults.get(str(row["vault_id"]), str(row["vault_id"])),
                item_name(link["item_key"], job.get("entity_friendly_name")),
                text(job.get("status")),
                text(row["target"]),
                moment(link["recovery_point_at"]),
                text(link["link"]),
                text(link["reason"]),
                text(row["job_id"]),
            )
        )
    table = of.table(
        "T-02",
        "Restore jobs and the recovery points they came from",
        "The link is made from items, points and jobs as observed; its grade says how sure it is.",
        columns,
        rows,
        total=len(restores),
        file="data/restore_links.csv",
        wide=True,
        empty="No restore job began in the period.",
    )
    grades = ", ".join(f"{grade} {number}" for grade, number in sorted(of.counts.links.items())) or "none"
    sentences = (
        f"{plural(len(restores), 'restore job')} began in the period; links by grade: {grades}.",
        "`exact`: the one point of that item whose time equals the job's to the second.",
        "`range`: inside a range of log backups. `inferred`: the nearest point before it.",
        "`ambiguous` and `unlinked` prove nothing about the point restored.",
        "Whether a restore was a drill or a production recovery is not judged here.",
    )
    return Section("S-2", "Restore jobs", sentences, (), (table,))


def _restore_jobs(of: Material) -> Iterable[Mapping[str, object]]:
    jobs = of.selection.tables["jobs"]
    return matching(jobs, "operation_kind", "restore").to_pylist()


def _idle(of: Material) -> Section:
    items, silent = of.selection.tables["protected_items"], of.counts.silent
    keys = pa.array(list(silent.nights), pa.string())
    found = _sorted(items.filter(pc.is_in(items["item_key"], value_set=keys)), "vault_id", "item_key")
    columns = (
        ReportColumn("Vault", 13),
        ReportColumn("Item", 20),
        ReportColumn("Workload", 12),
        ReportColumn("State", 11),
        ReportColumn("Policy", 15),
        ReportColumn("Silent nights", 20),
        ReportColumn("Number", 8, align_right=True),
    )
    rows = [
        (
            of.vaults.get(str(row["vault_id"]), str(row["vault_id"])),
            item_name(row["item_key"], row["friendly_name"]),
            text(row["workload"]),
            text(row["protection_state"]),
            item_name(row["policy_id"], None),
            nights(silent.nights[str(row["item_key"])]),
            f"{len(silent.nights[str(row['item_key'])]):,}",
        )
        for row in found[:MOST_ROWS]
    ]
    table = of.table(
        "T-03",
        "Items that were seen on a night without a backup job or a recovery point in it",
        "Silence is not success. Whether a run was due by policy is not judged in this pack.",
        columns,
        rows,
        total=len(found),
        file="data/protected_items.csv",
        empty=f"None of {plural(silent.looked_at, 'pair')} of item and night."
        if silent.looked_at
        else "No protected item was seen in the period.",
    )
    return Section("S-3", "Silence", (), (), (table,))


def _nights(of: Material) -> Section:
    jobs = of.selection.tables["jobs"]
    backups = matching(jobs, "operation_kind", "backup")
    by_night: dict[object, list[str]] = defaultdict(list)
    for row in backups.select(["event_night", "status"]).to_pylist():
        by_night[row["event_night"]].append(str(row["status"]))
    gaps: dict[object, int] = defaultdict(int)
    for gap in of.judged.gaps:
        gaps[gap.night] += 1
    rows = []
    for night in of.selection.period.nights():
        runs, found = of.selection.runs_of(night), by_night[night]
        rows.append(
            (
                str(night),
                runs[-1].run_id if runs else "not sealed",
                moment(runs[-1].captured_at) if runs else text(None),
                f"{len(runs[-1].vaults):,}" if runs else text(None),
                f"{len(found):,}",
                f"{sum(status == 'Failed' for status in found):,}",
                f"{gaps[night]:,}",
            )
        )
    columns = (
        ReportColumn("Night", 12),
        ReportColumn("Run", 26, mono=True),
        ReportColumn("Captured (UTC)", 20),
        ReportColumn("Vaults found", 10, align_right=True),
        ReportColumn("Backup jobs", 10, align_right=True),
        ReportColumn("Failed", 8, align_right=True),
        ReportColumn("Gaps", 8, align_right=True),
    )
    table = of.table(
        "T-04",
        "Nights of the period",
        "Each night with the run that stands for it.",
        columns,
        rows,
        total=len(rows),
        file="data/completeness.json" if len(rows) > MOST_ROWS else None,
        empty="No night.",
    )
    return Section("S-4", "Nights", (), (), (table,))


def _coverage(of: Material) -> Section:
    groups = group_gaps(of.judged.gaps, of.vaults)
    columns = (
        ReportColumn("Vault or subscription", 20),
        ReportColumn("Kinds", 26),
        ReportColumn("Nights", 20),
        ReportColumn("Outcome", 12),
        ReportColumn("Cause", 28),
        ReportColumn("Gaps", 6, align_right=True),
    )
    rows = [
        (one.subject, ", ".join(one.kinds) or text(None), one.when, one.outcome, one.cause, f"{one.gaps:,}")
        for one in groups
    ]
    unread = of.table(
        "T-05",
        "What was to be read and was not",
        "A gap is not an empty list: what lies behind it is unknown. Each gap with its whole reason is in the file.",
        columns,
        rows,
        total=len(rows),
        file="data/completeness.json",
        empty="Nothing: every list that was to be read was read whole.",
    )
    return Section("S-5", "Coverage", (), (), (_vaults(of), unread))


def _vaults(of: Material) -> ReportTable:
    unread: dict[str | None, set[object]] = defaultdict(set)
    for gap in of.judged.gaps:
        if gap.essential:
            unread[gap.subject_id].add(gap.night)
    jobs, items = of.selection.tables["jobs"], of.selection.tables["protected_items"]
    jobs_of: Counter[object] = Counter(jobs["vault_id"].to_pylist())
    items_of: Counter[object] = Counter(items["vault_id"].to_pylist())
    expected = of.judged.nights_expected
    rows = [
        (
            of.vaults[vault.vault_id],
            text(vault.region),
            vault.subscription_id,
            f"{expected - len(unread[vault.vault_id] | unread[None]):,} / {expected:,}",
            *(
                ("unknown", "unknown")
                if len(unread[vault.vault_id]) == expected
                else (f"{jobs_of[vault.vault_id]:,}", f"{items_of[vault.vault_id]:,}")
            ),
        )
        for vault in of.selection.vaults
    ]
    columns = (
        ReportColumn("Vault", 24),
        ReportColumn("Region", 14),
        ReportColumn("Subscription", 30, mono=True),
        ReportColumn("Nights read", 12, align_right=True),
        ReportColumn("Jobs", 10, align_right=True),
        ReportColumn("Items", 10, align_right=True),
    )
    return of.table(
        "T-06",
        "Vaults",
        "Nights on which both the job list and the item list were read whole.",
        columns,
        rows,
        total=len(rows),
        file="data/coverage.csv",
        empty="No vault is in scope.",
    )


def _questions(of: Material) -> Section:
    calls = of.selection.tables["calls"]
    grouped: dict[tuple[str, str], list[Mapping[str, object]]] = defaultdict(list)
    for row in calls.select(
        ["kind", "api_version", "outcome", "attempts", "rows", "started_at", "finished_at"]
    ).to_pylist():
        grouped[(str(row["kind"]), text(row["api_version"]))].append(row)
    rows = [_question(kind, version, found) for (kind, version), found in sorted(grouped.items())]
    columns = (
        ReportColumn("Kind", 16),
        ReportColumn("api-version", 12),
        ReportColumn("Asked", 8, align_right=True),
        ReportColumn("Answered", 9, align_right=True),
        ReportColumn("Attempts", 9, align_right=True),
        ReportColumn("Rows", 9, align_right=True),
        ReportColumn("First (UTC)", 18),
        ReportColumn("Last (UTC)", 18),
    )
    table = of.table(
        "T-07",
        "Questions asked",
        "Every single one, with its address, time, identity, request id and hash, is in data/calls.csv.",
        columns,
        rows,
        total=len(rows),
        file=None,
        empty="No question was asked.",
    )
    note = (
        f"{plural(calls.num_rows, 'question')} in all; data/calls.csv has SHA-256 {of.files['data/calls.csv'].sha256}."
    )
    return Section("S-6", "Questions asked of Azure", (note,), (), (table,))


def _question(kind: str, version: str, found: Sequence[Mapping[str, object]]) -> tuple[str, ...]:
    def total(name: str) -> int:
        return sum(value for row in found if isinstance(value := row[name], int))

    return (
        kind,
        version,
        f"{len(found):,}",
        f"{sum(row['outcome'] == 'ok' for row in found):,}",
        f"{total('attempts'):,}",
        f"{total('rows'):,}",
        min(moment(row["started_at"]) for row in found),
        max(moment(row["finished_at"]) for row in found),
    )


def _limits(of: Material) -> Section:
    late = [str(run.night) for run in of.selection.runs if run.late]
    again = [f"{run.night}: {run.reason}" for run in of.selection.runs if run.again]
    sentences = [
        "Scheduled log backups of SQL databases are not among Azure's jobs; they show as ranges among the recovery points.",
        "A restore job of a Recovery Services vault carries no recovery point id, only a time as text; hence the grades of link.",
        "VM recovery points mostly come without an expiry time, those of file shares always.",
        "Which runs the policies called for, and which of them never came, is not judged in this pack.",
        "Backup vaults (Microsoft.DataProtection) are not read in this version.",
    ]
    if late:
        sentences.append(
            f"Captured after the following night had ended, so items, policies and settings of then were not observed: {', '.join(late)}."
        )
    if again:
        sentences.append(f"Captured once more: {'; '.join(again)}.")
    return Section("S-7", "Limits", tuple(sentences))
