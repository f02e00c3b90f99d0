"""The chapter on items that were seen on a night without a job or a point. Pure."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from evidence.packs.chapters.material import Material, first_rows
from evidence.packs.columns import plain
from evidence.packs.interface import ReportColumn, Section
from evidence.packs.texts import item_name, nights, text
from evidence.records import Kind

_PRINTED = ["vault_id", "item_key", "friendly_name", "workload", "protection_state", "policy_id"]


def silence_chapter(of: Material) -> Section:
    """The chapter; pure."""
    items, silent = plain(of.selection.tables["protected_items"].select(_PRINTED)), of.counts.silent
    keys = pa.array(list(silent.nights), pa.string())
    found = items.filter(pc.is_in(items["item_key"], value_set=keys))
    columns = (
        ReportColumn("Vault", 16),
        ReportColumn("Item", 18),
        ReportColumn("Workload", 15),
        ReportColumn("State", 13),
        ReportColumn("Policy", 15),
        ReportColumn("Silent nights", 23),
        ReportColumn("Number", 8, align_right=True),
    )
    rows = [
        (
            of.vault(row["vault_id"]),
            item_name(row["item_key"], row["friendly_name"]),
            text(row["workload"]),
            text(row["protection_state"]),
            item_name(row["policy_id"], None),
            nights(silent.nights[str(row["item_key"])]),
            f"{len(silent.nights[str(row['item_key'])]):,}",
        )
        for row in first_rows(found, "vault_id", "item_key")
    ]
    table = of.table(
        "T-03",
        "Items that were seen on a night without a backup job or a recovery point in it",
        "Silence is not success. Whether a run was due by policy is told in the chapter on expected runs.",
        columns,
        rows,
        total=found.num_rows,
        file="data/protected_items.csv",
        empty=_none(of, silent.looked_at),
    )
    sentences = (
        (
            f"Of the pairs of item and night that were looked at, {of.cite('F-09')} were silent, of the items {of.cite('F-48')}.",
            f"Without any recovery point made in the period: {of.cite('F-47')} items.",
        )
        if silent.looked_at
        else ()
    )
    return Section("S-3", "Silence", sentences, (), (table,))


def _none(of: Material, looked_at: int) -> str:
    """Why no item is listed."""
    if looked_at:
        return "None of the pairs of item and night that were looked at."
    for kind, name in ((Kind.PROTECTED_ITEMS, "item list"), (Kind.JOBS, "job list")):
        if of.unread.nothing(kind):
            return f"Not known: no {name} was read."
    return "No protected item was seen in the period."
