"""What the judgement of a night found: bad runs, failures that come again, outbreaks.

Not here: each rule (`assess.slot_findings`, `assess.trends`), what proves the end of problems (`judging.proofs`). Invariant: a run that was judged
again is looked at on its own night, beside all runs of that night as they stand.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

import pyarrow as pa
import pyarrow.compute as pc

from evidence.assess.about import About
from evidence.assess.findings import Finding
from evidence.assess.slot_findings import Runs, slot_findings
from evidence.assess.slots.values import BAD, Judged, Outcome
from evidence.assess.trends.outbreaks import Hit, outbreaks_among
from evidence.assess.trends.recurring import recurring
from evidence.assess.trends.values import SlotHistory
from evidence.ledger.entries import LedgerEntry
from evidence.nights import look_back
from evidence.runs.judging.night import JudgedSlot, NightJudged
from evidence.runs.sealed import SealedRows
from evidence.runs.slots_read import JUDGED_COLUMNS, judged_runs
from evidence.runs.slots_standing import standing_slots

NIGHTS_OF_RUNS = 50
"""Nights whose runs tell whether a failure comes again: seven weeks, for policies that run once a week."""
_BAD = pa.array(sorted(BAD), pa.string())
RunsOf = Mapping[str, Sequence[Judged]]
"""Runs by item key, in order."""


@dataclass(frozen=True, slots=True)
class StandingRuns:
    """Runs as they stand, with those judged now in the place of earlier judgements."""

    sealed: SealedRows
    entries: Sequence[LedgerEntry]
    night: date
    judged: NightJudged
    _told: dict[str, tuple[date, Sequence[Judged]]] = field(default_factory=dict, compare=False)
    """Runs of items as read, each since a night: two ask for most of the same."""

    def of_items(self, items: Sequence[str], first: date) -> RunsOf:
        """Runs of some items since a night, up to the one judged."""
        unread = [item for item in items if item not in self._told or self._told[item][0] > first]
        if unread:
            runs = self._read(unread, first)
            self._told.update({item: (first, runs.get(item, ())) for item in unread})
        told = {item: [one for one in self._told[item][1] if one.night >= first] for item in items}
        return self._with_now({item: runs for item, runs in told.items() if runs}, set(items), first)

    def _read(self, items: Sequence[str], first: date) -> RunsOf:
        keys = pa.array(sorted(items), pa.string())
        rows = standing_slots(
            self.sealed,
            self.entries,
            first,
            self.night,
            JUDGED_COLUMNS,
            lambda one: one.filter(pc.is_in(one["item_key"], value_set=keys)),
            few=True,
        )
        return judged_runs(rows)

    def of_night(self, night: date) -> tuple[Sequence[Hit], Mapping[str, int]]:
        """The bad runs of one night, by item, and how many items had runs, by vault."""
        now = {one.about.item_key for one in self.judged.slots if one.judged.night == night}
        if night == self.night:
            runs: RunsOf = _by_item(one for one in self.judged.slots if one.judged.night == night)
            return self._bad(runs), _items(runs) + self.judged.swept.by_vault()
        rows = standing_slots(self.sealed, self.entries, night, night, JUDGED_COLUMNS)
        again = pc.is_in(rows["item_key"].cast(pa.string()), value_set=pa.array(sorted(now), pa.string()))
        runs = self._with_now(judged_runs(rows.filter(again)), now, night, night)
        # Of those that nobody judged now the bad ones alone are made values: most of a fleet is good.
        others = rows.filter(pc.invert(again))
        bad = judged_runs(others.filter(pc.is_in(others["outcome"].cast(pa.string()), value_set=_BAD)))
        return self._bad({**runs, **bad}), _items(runs) + _items_told(others)

    def _bad(self, runs: RunsOf) -> Sequence[Hit]:
        found = [(item, one) for item, many in runs.items() for one in many if one.outcome in BAD]
        found.sort(key=lambda told: (told[0], _slot(told[1])))
        return [(self.judged.abouts.get(item) or _about(one), one) for item, one in found]

    def _with_now(self, runs: RunsOf, items: set[str], first: date, last: date | None = None) -> RunsOf:
        until = last or self.night
        now: dict[str, list[Judged]] = defaultdict(list)
        for one in self.judged.slots:
            if one.about.item_key in items and first <= one.judged.night <= until:
                now[one.about.item_key].append(one.judged)
        if first <= self.judged.swept.night <= until:
            for item, judged in self.judged.swept.judged_of(items):
                now[item].append(judged)
        found: dict[str, Sequence[Judged]] = {}
        for item in {*runs, *now}:
            # What was judged of the night before, by an assessment that this one replaces, counts no more.
            by_slot = {_slot(one): one for one in runs.get(item, ()) if one.night != self.night}
            by_slot |= {_slot(one): one for one in now.get(item, ())}
            found[item] = sorted(by_slot.values(), key=_slot)
        return found


def _by_item(slots: Iterable[JudgedSlot]) -> RunsOf:
    found: dict[str, list[Judged]] = defaultdict(list)
    for one in slots:
        found[one.about.item_key].append(one.judged)
    return found


def _items(runs: RunsOf) -> Counter[str]:
    """How many items had runs, by vault."""
    due = (next((one for one in many if one.outcome is not Outcome.NOT_EXPECTED), None) for many in runs.values())
    return Counter(one.slot.vault_id for one in due if one is not None)


def _items_told(rows: pa.Table) -> Counter[str]:
    due = rows.filter(pc.not_equal(rows["outcome"].cast(pa.string()), pa.scalar(str(Outcome.NOT_EXPECTED))))
    items = due.select(["vault_id", "item_key"]).group_by(["vault_id", "item_key"]).aggregate([])
    return Counter(str(one) for one in items["vault_id"].to_pylist())


def run_findings(standing: StandingRuns) -> Sequence[Finding]:
    """Findings of the runs judged now."""
    now: dict[str, list[Judged]] = defaultdict(list)
    for one in standing.judged.slots:
        if one.judged.outcome in BAD or one.judged.outcome is Outcome.UNKNOWN:
            now[one.about.item_key].append(one.judged)
    if not now:
        return ()
    runs = standing.of_items(sorted(now), look_back(standing.night, NIGHTS_OF_RUNS))
    abouts, told = standing.judged.abouts, _recommendations(standing.judged, now)
    found = list(slot_findings(_runs(item, now[item], runs, abouts, told) for item in sorted(now)))
    for night in sorted({one.night for many in now.values() for one in many if one.outcome in BAD}):
        histories = [
            SlotHistory(abouts[item], runs[item], _last(told, now[item])) for item in sorted(now) if item in runs
        ]
        found += recurring(histories, night)
        found += outbreaks_among(*standing.of_night(night), night).parents
    return found


def _runs(item: str, now: Sequence[Judged], runs: RunsOf, abouts: Mapping[str, About], told: Mapping[str, str]) -> Runs:
    judged = {_slot(one) for one in now}
    before = [one for one in runs.get(item, ()) if _slot(one) not in judged]
    return Runs(abouts[item], now, before, told)


def _recommendations(judged: NightJudged, items: Mapping[str, object]) -> Mapping[str, str]:
    """What Azure recommends of the jobs of some items, by job id."""
    jobs = (job for item in items for job in judged.known.jobs.backups.get(item, ()))
    return {job.job_id: job.recommendations[0] for job in jobs if job.recommendations}


def _last(told: Mapping[str, str], runs: Sequence[Judged]) -> str | None:
    jobs = [job for one in runs for job in one.job_ids]
    return next((told[job] for job in reversed(jobs) if job in told), None)


def _slot(one: Judged) -> tuple[datetime, str]:
    return one.slot.slot_at, str(one.slot.part)


def _about(one: Judged) -> About:
    """An item that is not seen any more."""
    return About(one.slot.vault_id, one.slot.item_key, one.slot.item_key.rpartition("/")[2])
