"""The chapter on what was to be read and was not. Pure."""

from __future__ import annotations

from collections import defaultdict

from evidence.packs.chapters.material import Material
from evidence.packs.columns import tallied
from evidence.packs.gap_groups import group_gaps
from evidence.packs.interface import ReportColumn, ReportTable, Section
from evidence.packs.texts import text
from evidence.records import Kind


def coverage_chapter(of: Material) -> Section:
    """The chapter; pure."""
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
    return Section("S-5", "Gaps and coverage", _sentences(of), (), (unread, _vaults(of)))


def _sentences(of: Material) -> tuple[str, ...]:
    lists = f"Of the job lists {of.cite('F-18')} were read whole, of the item lists {of.cite('F-19')}."
    if not of.judged.gaps:
        return (lists, f"Gaps: {of.cite('F-31')}.")
    return (lists, f"Gaps: {of.cite('F-31')}; {of.cite('F-32')} of them make the pack INCOMPLETE.")


def _vaults(of: Material) -> ReportTable:
    unread: dict[str | None, set[object]] = defaultdict(set)
    for gap in of.judged.gaps:
        if gap.essential:
            unread[gap.subject_id].add(gap.night)
    jobs, items = of.selection.tables["jobs"], of.selection.tables["protected_items"]
    jobs_of, items_of = tallied(jobs["vault_id"]), tallied(items["vault_id"])
    expected = of.judged.nights_expected

    def known(vault_id: str, kind: Kind, number: int) -> str:
        """A number that rests on something: zero of what was never read is not known to be zero."""
        if not number and of.unread.nothing_of(vault_id, kind, expected):
            return "unknown"
        return f"{number:,} or more" if of.unread.some_of(vault_id, kind) else f"{number:,}"

    rows = [
        (
            of.vaults[vault.vault_id],
            text(vault.region),
            vault.subscription_id,
            f"{expected - len(unread[vault.vault_id] | unread[None]):,} / {expected:,}",
            known(vault.vault_id, Kind.JOBS, jobs_of[vault.vault_id]),
            known(vault.vault_id, Kind.PROTECTED_ITEMS, items_of[vault.vault_id]),
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
