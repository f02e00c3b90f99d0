"""The chapter on who changed what: control-plane events, policies and configurations in the period. Pure.

Not here: who could write to the store, who was given packs, who reviewed them: those tables are handed in. Invariant: an Activity
Log that was not read is never shown as one without events.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import pyarrow as pa
import pyarrow.compute as pc

from evidence.packs.chapters.material import Material, first_rows
from evidence.packs.columns import one_of, tallied
from evidence.packs.interface import ReportColumn, ReportTable, Section
from evidence.packs.texts import item_name, moment, nights, text

_CHANGES = ("policy", "protection", "vault")
_EVENT = ["at", "event_id", "operation", "operation_kind", "caller", "caller_oid", "resource_id", "status"]
_POLICY = ["policy_id", "vault_id", "name", "workload", "content_sha256", "night", "observed_at"]


def access_chapter(of: Material, handed_in: Sequence[ReportTable] = ()) -> Section:
    """The chapter; `handed_in` are tables of deliveries, reviews and rights, where somebody made them."""
    events = (
        f"The Activity Log tells {of.cite('F-42')} control-plane events about what is in scope; {of.cite('F-43')} of them changed "
        "policies, protection or vaults."
    )
    if of.figures["F-42"].count is None:
        events = "Who changed policies, protection or vaults is not known: the Activity Log was not read."
    sentences = (
        events,
        f"Policies seen with more than one content: {of.cite('F-44')}.",
        "Azure keeps these events for 90 days and shows what the identity may read; it does not tell what an event changed.",
    )
    tables = [_events(of), _configurations(of), *handed_in]
    if of.any("F-44"):
        tables.insert(1, _policies(of))
    return Section("S-14", "Access and change", sentences, (), tuple(tables))


def _events(of: Material) -> ReportTable:
    every = of.selection.tables["activity"].select(_EVENT)
    changes = every.filter(one_of(every["operation_kind"], *_CHANGES))
    columns = (
        ReportColumn("At (UTC)", 13),
        ReportColumn("Operation", 28),
        ReportColumn("Caller", 22),
        ReportColumn("About", 25),
        ReportColumn("Status", 10),
    )
    rows = [
        (
            moment(row["at"]),
            text(row["operation"]),
            text(row["caller"] or row["caller_oid"]),
            item_name(row["resource_id"], None),
            text(row["status"]),
        )
        for row in first_rows(changes, "at", "event_id")
    ]
    unknown = of.figures["F-42"].count is None
    return of.table(
        "T-35",
        "Changes to policies, protection and vaults",
        "As the Activity Log tells it; one change has an event for each of its steps.",
        columns,
        rows,
        total=changes.num_rows,
        file="data/activity.csv",
        empty="Not known: the Activity Log was not read." if unknown else "None that the identity may read.",
    )


def _policies(of: Material) -> ReportTable:
    policies = of.selection.tables["policies"].select(_POLICY)
    often = [key for key, number in tallied(policies["policy_id"]).items() if number > 1]
    changed = policies.filter(pc.is_in(policies["policy_id"], value_set=pa.array(sorted(often), pa.string())))
    columns = (
        ReportColumn("Vault", 16),
        ReportColumn("Policy", 20),
        ReportColumn("Workload", 12),
        ReportColumn("Last seen so (UTC)", 14),
        ReportColumn("SHA-256 of the content", 38, mono=True),
    )
    rows = [
        (
            of.vault(row["vault_id"]),
            item_name(row["policy_id"], row["name"]),
            text(row["workload"]),
            moment(row["observed_at"]),
            text(row["content_sha256"]),
        )
        for row in first_rows(changed, "policy_id", "observed_at")
    ]
    return of.table(
        "T-43",
        "Policies that were seen with more than one content",
        "Runs are judged by the content in force then, never by a later one.",
        columns,
        rows,
        total=changed.num_rows,
        file="data/policies.csv",
        empty="None.",
    )


def _configurations(of: Material) -> ReportTable:
    """Configurations by the runs that used them, in the order of their first night."""
    found: dict[tuple[str, str], list[date]] = {}
    for run in of.selection.runs:
        found.setdefault((run.configuration_sha256, run.code_version), []).append(run.night)
    columns = (
        ReportColumn("Configuration SHA-256", 44, mono=True),
        ReportColumn("Code version", 20, mono=True),
        ReportColumn("Nights", 24),
        ReportColumn("Runs", 8, align_right=True),
    )
    rows = [(sha256, version, nights(sorted(set(used))), f"{len(used):,}") for (sha256, version), used in found.items()]
    return of.table(
        "T-31",
        "Configurations and programs that captured the nights",
        "Each configuration is kept in the store under its hash; a change is an entry of the ledger.",
        columns,
        rows,
        total=len(rows),
        file=None,
        empty="No run was sealed in the period.",
    )
