"""What the judgement of a night found: bad runs, failures that come again, outbreaks.

Not here: each rule (`assess.slot_findings`, `assess.trends`), what proves the end of problems (`judging_proofs`). Invariant: a run that was judged
again is looked at on its own night, beside all runs of that night as they stand.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

import pyarrow as pa
import pyarrow.compute as pc

from evidence.assess.about import About
from evidence.assess.findings import Finding
from evidence.assess.slot_findings import Runs, slot_findings
from evidence.assess.slots.values import BAD, Judged, Outcome
from evidence.assess.trends.outbreaks import outbreaks
from evidence.assess.trends.recurring import recurring
from evidence.assess.trends.values import SlotHistory
from evidence.ledger.entries import LedgerEntry
from evidence.nights import look_back
from evidence.runs.judging import JudgedSlot, NightJudged
from evidence.runs.sealed import SealedRows
from evidence.runs.slots_read import JUDGED_COLUMNS, judged_runs
from evidence.runs.slots_standing import standing_slots

NIGHTS_OF_RUNS = 50
"""Nights whose runs tell whether a failure comes again: seven weeks, for policies that run once a week."""
RunsOf = Mapping[str, Sequence[Judged]]
"""Runs by item key, in order."""


@dataclass(frozen=True, slots=True)
class StandingRuns:
    """Runs as they stand, with those judged now in the place of earlier judgements."""

    sealed: SealedRows
    entries: Sequence[LedgerEntry]
    night: date
    judged: NightJudged

    def of_items(self, items: Sequence[str], first: date) -> RunsOf:
        """Runs of some items since a night, up to the one judged."""
        keys = pa.array(sorted(items), pa.string())
        rows = standing_slots(
            self.sealed,
            self.entries,
            first,
            self.night,
            JUDGED_COLUMNS,
            lambda one: one.filter(pc.is_in(one["item_key"].cast(pa.string()), value_set=keys)),
        )
        return self._with_now(judged_runs(rows), set(items), first)

    def of_night(self, night: date) -> Iterator[tuple[About, Judged]]:
        """All runs of one night."""
        rows = standing_slots(self.sealed, self.entries, night, night, JUDGED_COLUMNS) if night != self.night else None
        told = self._with_now({} if rows is None else judged_runs(rows), None, night, night)
        for item, runs in sorted(told.items()):
            for one in runs:
                yield self.judged.abouts.get(item) or _about(one), one

    def _with_now(self, runs: RunsOf, items: set[str] | None, first: date, last: date | None = None) -> RunsOf:
        now: dict[str, list[JudgedSlot]] = defaultdict(list)
        for one in self.judged.slots:
            wanted = items is None or one.about.item_key in items
            if wanted and first <= one.judged.night <= (last or self.night):
                now[one.about.item_key].append(one)
        found: dict[str, Sequence[Judged]] = {}
        for item in {*runs, *now}:
            # What was judged of the night before, by an assessment that this one replaces, counts no more.
            by_slot = {_slot(one): one for one in runs.get(item, ()) if one.night != self.night}
            by_slot |= {_slot(one.judged): one.judged for one in now.get(item, ())}
            found[item] = sorted(by_slot.values(), key=_slot)
        return found


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
        found += outbreaks(standing.of_night(night), night).parents
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
