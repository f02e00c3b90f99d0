"""From the packed coverage rows and runs to the judgement of completeness."""

from __future__ import annotations

from evidence.packs.completeness import CompletenessResult, Covered, Expected, NightInput, judge
from evidence.packs.select import Selection
from evidence.records import WITHOUT_SECOND_SOURCES, Kind, Outcome

_LIST = "/_subscriptions.parquet"
"""File of a run that listed subscriptions."""


def judge_selection(selection: Selection) -> CompletenessResult:
    """How complete a pack of this selection is."""
    columns = ["night", "vault_id", "kind", "outcome", "reason"]
    rows = [
        Covered(row["night"], row["vault_id"], Kind(row["kind"]), Outcome(row["outcome"]), row["reason"])
        for row in selection.tables["coverage"].select(columns).to_pylist()
    ]
    scope, nights = selection.scope, {}
    for night in selection.period.nights():
        runs = selection.runs_of(night)
        if runs:
            found = {vault.vault_id: vault for run in runs for vault in run.vaults}
            asked = frozenset(one for run in runs for one in run.subscriptions if scope.holds_subscription(one))
            late = all(run.late for run in runs)
            nights[night] = NightInput(
                night,
                asked,
                scope.chosen(found.values()),
                late,
                listed=any(file.path.endswith(_LIST) for run in runs for file in run.files),
                second_sources=any(WITHOUT_SECOND_SOURCES not in run.source for run in runs),
            )
    expected = Expected(scope.subscription_ids(), scope.unmatched(selection.vaults))
    return judge(selection.period.nights(), nights, rows, expected)
