"""From the packed coverage rows and runs to the judgement of completeness."""

from __future__ import annotations

from evidence.packs.completeness import CompletenessResult, Covered, NightInput, judge
from evidence.packs.select import Selection
from evidence.records import Kind, Outcome


def judge_selection(selection: Selection) -> CompletenessResult:
    """How complete a pack of this selection is."""
    columns = ["night", "vault_id", "kind", "outcome", "reason"]
    rows = [
        Covered(row["night"], row["vault_id"], Kind(row["kind"]), Outcome(row["outcome"]), row["reason"])
        for row in selection.tables["coverage"].select(columns).to_pylist()
    ]
    nights = {}
    for night in selection.period.nights():
        runs = selection.runs_of(night)
        if runs:
            found = {vault.vault_id: vault for run in runs for vault in run.vaults}
            asked = frozenset(one for run in runs for one in run.subscriptions)
            nights[night] = NightInput(night, asked, selection.scope.chosen(found.values()))
    return judge(selection.period.nights(), nights, rows)
