"""The night calendar: the worst that happened each night, by vault or, where there are many, by region. Pure.

Not here: whether a run was due, which slots tell (`not_due`). Invariant: a night that was not looked at is never good and never
quiet, and a vault that was not there has no cell.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from evidence.packs.charts.values import (
    FAILED,
    GOOD,
    NIGHT_STATES,
    NO_DATA,
    NONE_BEGAN,
    NOT_DUE,
    WARNING,
    Chart,
    NightCalendar,
    NightCell,
    NightPanel,
)
from evidence.packs.completeness import CompletenessResult
from evidence.packs.select import Selection, matching
from evidence.packs.texts import plural
from evidence.records import LIST_OF, Vault

MOST_VAULTS = 12
"""More vaults than these are shown by region."""
MOST_NAMED = 3
REGION_NOT_TOLD = "region not told"
WORST_FIRST = (FAILED, NO_DATA, WARNING, GOOD, NONE_BEGAN, NOT_DUE)
WORDS = {
    GOOD: "good",
    WARNING: "with warnings",
    FAILED: "with a failure",
    NO_DATA: "without data",
    NONE_BEGAN: "without a backup",
    NOT_DUE: "not due",
}
"""What is said of nights of a state, after their number."""
Pair = tuple[str, date]
"""A vault's id and a night."""


def nights_chart(
    selection: Selection,
    judged: CompletenessResult,
    names: Mapping[str, str],
    not_due: Collection[Pair] = frozenset(),
) -> Chart:
    """The calendar; `not_due` names nights of vaults for which no policy called for a run."""
    states = _states(selection, judged, frozenset(not_due))
    by_region = len(selection.vaults) > MOST_VAULTS
    panels = _regions(selection.vaults, states) if by_region else _vaults(names, states)
    grouping = "region" if by_region else "vault"
    period = selection.period
    return Chart(
        anchor="C-01",
        title=f"Nights by {grouping}: the worst that happened",
        finding=_finding(panels, grouping),
        drawing=NightCalendar(period.first, period.last, panels) if panels else None,
        columns=(grouping.capitalize(), *_told_states(panels), "nights") if panels else (),
        rows=tuple(_row(panel, _told_states(panels)) for panel in panels),
        source="Counted from data/jobs.csv (operation_kind backup, by event_night) and data/completeness.json.",
    )


@dataclass(frozen=True, slots=True)
class _Looked:
    """What was not looked at: whole nights, and nights of vaults."""

    unsealed: frozenset[date]
    unread: frozenset[Pair]


def _states(selection: Selection, judged: CompletenessResult, not_due: frozenset[Pair]) -> Mapping[Pair, str]:
    looked, statuses = _unread(selection.vaults, judged), _statuses(selection)
    found = {}
    for night in selection.period.nights():
        listed = {vault.vault_id for run in selection.runs_of(night) for vault in run.vaults}
        for vault in selection.vaults:
            pair = (vault.vault_id, night)
            if vault.vault_id in listed or night in looked.unsealed or pair in looked.unread or pair in statuses:
                found[pair] = _state(pair, statuses.get(pair, Counter()), looked, not_due)
    return found


def _state(pair: Pair, statuses: Counter[str | None], looked: _Looked, not_due: frozenset[Pair]) -> str:
    if statuses["Failed"]:
        return FAILED
    if pair[1] in looked.unsealed or (pair in looked.unread and not statuses):
        return NO_DATA
    if not statuses:
        return NOT_DUE if pair in not_due else NONE_BEGAN
    return WARNING if pair in looked.unread or set(statuses) != {"Completed"} else GOOD


def _statuses(selection: Selection) -> Mapping[Pair, Counter[str | None]]:
    jobs = selection.tables["jobs"].select(["operation_kind", "event_night", "vault_id", "status"])
    counted: dict[Pair, Counter[str | None]] = defaultdict(Counter)
    backups = matching(jobs, "operation_kind", "backup").drop_columns(["operation_kind"])
    grouped = backups.group_by(["vault_id", "event_night", "status"]).aggregate([([], "count_all")])
    for row in grouped.to_pylist():
        counted[str(row["vault_id"]), row["event_night"]][row["status"]] += row["count_all"]
    return counted


def _unread(vaults: Sequence[Vault], judged: CompletenessResult) -> _Looked:
    """Essential gaps; one of a subscription's vault list is one of each of its vaults of that kind."""
    unsealed, unread = set(), set()
    for gap in judged.gaps:
        if not gap.essential:
            continue
        if gap.outcome == "not_sealed":
            unsealed.add(gap.night)
        for vault in vaults:
            listed_by = gap.kind in {None, LIST_OF[vault.kind]} and gap.subject_id == _subscription(vault)
            if gap.subject_id == vault.vault_id or listed_by:
                unread.add((vault.vault_id, gap.night))
    return _Looked(frozenset(unsealed), frozenset(unread))


def _subscription(vault: Vault) -> str:
    return f"/subscriptions/{vault.subscription_id.lower()}"


def _vaults(names: Mapping[str, str], states: Mapping[Pair, str]) -> tuple[NightPanel, ...]:
    cells: dict[str, list[NightCell]] = defaultdict(list)
    for (vault_id, night), state in sorted(states.items()):
        cells[names.get(vault_id, vault_id)].append(NightCell(night, state))
    return tuple(NightPanel(name, tuple(found)) for name, found in sorted(cells.items()))


def _regions(vaults: Sequence[Vault], states: Mapping[Pair, str]) -> tuple[NightPanel, ...]:
    regions = {vault.vault_id: vault.region or REGION_NOT_TOLD for vault in vaults}
    worst: dict[str, dict[date, str]] = defaultdict(dict)
    for (vault_id, night), state in states.items():
        of_region = worst[regions[vault_id]]
        of_region[night] = min(state, of_region.get(night, state), key=WORST_FIRST.index)
    return tuple(
        NightPanel(region, tuple(NightCell(night, state) for night, state in sorted(found.items())))
        for region, found in sorted(worst.items())
    )


def _counts(panel: NightPanel) -> Counter[str]:
    return Counter(cell.state for cell in panel.cells)


def _told_states(panels: Sequence[NightPanel]) -> tuple[str, ...]:
    """Columns of the numbers below: the states that occur, in their order."""
    seen = {cell.state for panel in panels for cell in panel.cells}
    return tuple(WORDS[state] for state in NIGHT_STATES if state in seen)


def _row(panel: NightPanel, words: Sequence[str]) -> tuple[str, ...]:
    counts = {WORDS[state]: number for state, number in _counts(panel).items()}
    return (panel.label, *(f"{counts.get(word, 0):,}" for word in words), f"{len(panel.cells):,}")


def _finding(panels: Sequence[NightPanel], grouping: str) -> str:
    """How many nights were good, then what stands out, worst first."""
    whole = sum(len(panel.cells) for panel in panels)
    if not whole:
        return "No vault was seen in the period, so there is no night to show."
    good = sum(_counts(panel)[GOOD] for panel in panels)
    doubtful = [panel for panel in panels if _doubts(panel)]
    worst = sorted(doubtful, key=lambda panel: (-sum(_doubts(panel).values()), panel.label))
    told = [f"{panel.label} {_told(panel)}" for panel in worst[:MOST_NAMED]]
    if len(worst) > MOST_NAMED:
        told.append(f"{plural(len(worst) - MOST_NAMED, f'more {grouping}')} with such nights")
    begin = f"{good:,} of {whole:,} nights of {plural(len(panels), grouping)} were good"
    return f"{begin}; {'; '.join(told)}." if told else f"{begin}."


def _doubts(panel: NightPanel) -> Mapping[str, int]:
    counts = _counts(panel)
    return {state: counts[state] for state in (FAILED, NO_DATA, WARNING) if counts[state]}


def _told(panel: NightPanel) -> str:
    said = ", ".join(f"{number:,} {WORDS[state]}" for state, number in _doubts(panel).items())
    return f"{said} of {len(panel.cells):,}"
