"""How long restores took against how long they may take, where the configuration sets a recovery time objective. Pure.

Not here: drills, which measure until the data can be used. Invariant: a job's own time is called job time and never a recovery
time; a restore without an objective is counted and not drawn; one that did not end well has no time.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

import pyarrow as pa
import pyarrow.compute as pc

from evidence.packs.charts.values import Chart, RestoreTime, RestoreTimes
from evidence.packs.columns import plain
from evidence.packs.select import Selection, matching
from evidence.packs.texts import item_name, plural
from evidence.tiers import ItemFacts, TierRule

MOST_LINES = 30
"""Restores drawn: those that took most of their objective; all are in the file."""
TITLE = "Job time of restores against the recovery time objective of their item"
MASKED = "Restore time is not compared in this pack: objectives are set by names, which are masked here."
NO_TARGET = "no recovery time objective is set for"
_ITEMS = ["item_key", "item_id", "friendly_name", "vault_id", "workload"]
_JOBS = ["operation_kind", "vault_id", "job_id", "item_key", "entity_friendly_name", "status", "started_at", "ended_at"]


def objectives(selection: Selection, rules: Sequence[TierRule]) -> Mapping[str, timedelta]:
    """Recovery time objective of restored items by key: that of the first rule that fits, where it sets one."""
    if not rules:
        return {}
    vaults = {vault.vault_id: vault for vault in selection.vaults}
    restored = matching(selection.tables["jobs"].select(["operation_kind", "item_key"]), "operation_kind", "restore")
    keys = pa.array(sorted({key for key in restored["item_key"].to_pylist() if key}), pa.string())
    items = plain(selection.tables["protected_items"].select(_ITEMS))
    found = {}
    for row in items.filter(pc.is_in(items["item_key"], value_set=keys)).to_pylist():
        vault = vaults[row["vault_id"]]
        name = item_name(row["item_key"], row["friendly_name"])
        facts = ItemFacts(name, str(row["item_id"]), vault.name, vault.vault_id, vault.region, row["workload"])
        rule = next((rule for rule in rules if rule.match.fits(facts)), None)
        if rule is not None and rule.rto is not None:
            found[str(row["item_key"])] = rule.rto
    return found


def restores_chart(selection: Selection, targets: Mapping[str, timedelta] | None) -> Chart:
    """Job time of restores against the objective of their item; `targets` by item key, None where they cannot be told."""
    jobs = matching(selection.tables["jobs"].select(_JOBS), "operation_kind", "restore").to_pylist()
    if targets is None:
        return Chart("C-05", TITLE, MASKED, None)
    timed = [_timed(row, targets[str(row["item_key"])]) for row in jobs if str(row["item_key"]) in targets]
    ordered = sorted(timed, key=_weight)
    shown = tuple(ordered[:MOST_LINES])
    return Chart(
        anchor="C-05",
        title=TITLE,
        finding=_finding(timed, len(jobs)),
        drawing=RestoreTimes(shown) if shown else None,
        source=_source(len(shown), len(timed)) if shown else "",
    )


def _timed(row: Mapping[str, object], target: timedelta) -> RestoreTime:
    began, ended, status = row["started_at"], row["ended_at"], row["status"]
    label = item_name(row["item_key"], row["entity_friendly_name"])
    when = f"{began:%Y-%m-%d %H:%M}Z" if isinstance(began, datetime) else "begin not known"
    minutes = target / timedelta(minutes=1)
    if status != "Completed":
        return RestoreTime(label, when, None, minutes, f"{status or 'state not known'}: no time to compare")
    if not isinstance(began, datetime) or not isinstance(ended, datetime) or ended < began:
        return RestoreTime(label, when, None, minutes, "begin or end not known")
    return RestoreTime(label, when, (ended - began) / timedelta(minutes=1), minutes, "")


def _weight(row: RestoreTime) -> tuple[float, str, str, str]:
    """Those without a time first, then the longest against its objective."""
    return (float("-inf") if row.minutes is None else -row.minutes / row.target_minutes, row.began, row.label, row.note)


def _source(shown: int, timed: int) -> str:
    begin = f"The {shown:,} of {timed:,} that weigh most. " if shown < timed else ""
    return f"{begin}Computed from data/jobs.csv (operation_kind restore, ended_at less started_at)."


def _finding(timed: Sequence[RestoreTime], restores: int) -> str:
    if not restores:
        return "No restore job was seen in the period, so there is no time to compare."
    if not timed:
        return (
            f"Restore time is not compared: {NO_TARGET} any of the items of {plural(restores, 'restore job')}."
            " A job's time is not the time until the data can be used, which drills measure."
        )
    within = sum(row.minutes is not None and row.minutes <= row.target_minutes for row in timed)
    untimed = sum(row.minutes is None for row in timed)
    said = [f"{within:,} of {plural(len(timed), 'restore job')} took no longer than the objective of the item"]
    if untimed:
        said.append(f"{untimed:,} did not complete or tell no time")
    if restores > len(timed):
        said.append(f"{NO_TARGET} the items of {restores - len(timed):,} more")
    return f"{'; '.join(said)}. It is the job's time, not the time until the data could be used."
