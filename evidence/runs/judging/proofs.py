"""What a night's judgement proves about the end of problems: later jobs, points and runs of the items that have one.

Not here: what follows from it (`assess.exceptions`). Invariants: only sealed rows of Azure prove anything; a source that was not read whole is left
out, and so proves nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

from evidence.assess import AssessmentContext
from evidence.assess.exceptions.proofs import PointAge, Proofs
from evidence.assess.exceptions.states import Facts
from evidence.assess.exceptions.unresolved import Unresolved
from evidence.assess.findings import Class
from evidence.assess.slots.values import SlotJob, SlotPoint
from evidence.nights import Calendar, look_back
from evidence.records import LIST_OF, SUBSCRIPTION_LIST, WHOLE, Kind
from evidence.runs.judging.carried import Carried
from evidence.runs.judging.findings import StandingRuns
from evidence.runs.judging.items import last_points
from evidence.runs.judging.jobs import jobs_of_items
from evidence.runs.judging.kept import items_kept_as_promised
from evidence.runs.judging.points import points_of_items
from evidence.runs.judging.restored import restored_on
from evidence.runs.judging.rules import JudgementRules
from evidence.runs.points_seen import Asked, points_seen
from evidence.runs.slots_standing import NIGHTS_CARRIED
from evidence.tables import COVERAGE

NIGHTS_OF_PROOFS = 35
"""Nights that are searched for what ended a problem; what is proven later is proven by newer jobs."""
_LISTS = frozenset({Kind.JOBS, Kind.PROTECTED_ITEMS, Kind.RECOVERY_POINTS})
_NEVER = timedelta(days=36_500)
_Jobs = Mapping[str, Sequence[SlotJob]]
_Points = Mapping[str, Sequence[SlotPoint]]


@dataclass(frozen=True, slots=True)
class NightProofs:
    """Gives what proves the end of problems of some items, from a moment on each."""

    standing: StandingRuns
    context: AssessmentContext
    calendar: Calendar
    rules: JudgementRules
    looked: Mapping[Class, frozenset[str]] = field(default_factory=dict)
    """Where detectors that need more than lists of vaults could look."""

    def __call__(self, asked: Unresolved) -> Proofs:
        """Jobs, points and runs of these items; facts of them and of every vault."""
        standing, night, read = self.standing, self.context.night, whole_lists(self.standing, self.context.night)
        sealed, entries, known, since = standing.sealed, standing.entries, asked.standing, asked.since
        kept = items_kept_as_promised(sealed, entries, night, self.calendar, self.rules, known)
        whole = Proofs(
            read=read,
            looked={**_looked(read), Class.EXPIRES_EARLY: kept, **self.looked},
            restored=list(restored_on(sealed, entries, night, self.calendar, known)),
            facts=self._facts(since),
        )
        if not since:
            return whole
        _, first = self._from(since)
        jobs, points = self._jobs_and_points(asked.jobs_since) if asked.jobs_since else ({}, {})
        slots = standing.of_items(sorted(since), first)
        return replace(whole, jobs=jobs, points=points, slots=slots, ages=self._ages(asked.aged))

    def _from(self, since: Mapping[str, datetime]) -> tuple[datetime, date]:
        """The earliest moment that matters and is searched, and its night."""
        night = self.context.night
        earliest = max(min(since.values()), self.calendar.window(look_back(night, NIGHTS_OF_PROOFS)).start)
        return earliest, min(self.calendar.night_of(earliest), night)

    def _jobs_and_points(self, since: Mapping[str, datetime]) -> tuple[_Jobs, _Points]:
        """By item, from the earliest moment of all on: what is too early for one of them proves nothing of it."""
        sealed, lists = self.standing.sealed, self.standing.judged.known.lists
        earliest, first = self._from(since)
        last = self.context.night + timedelta(days=NIGHTS_CARRIED)
        wanted = Carried({item: {} for item in since}, earliest)
        jobs = jobs_of_items(sealed, self.context.assessed_at + _NEVER, wanted, first, last)
        listed = points_of_items(sealed, earliest, first, last, since.keys()).points
        told = last_points(sealed, lists, earliest, first, last, since.keys())
        points = {item: [*listed.get(item, ()), *told.get(item, ())] for item in since}
        mine = {item: jobs.backups[item] for item in since if item in jobs.backups}
        return mine, {item: found for item, found in points.items() if found}

    def _facts(self, items: Mapping[str, object]) -> Mapping[str, Facts]:
        vaults, abouts = self.standing.judged.known.lists.vaults, self.standing.judged.abouts
        found = {vault_id: Facts(vault.name, vault.region) for vault_id, vault in vaults.items()}
        for item in items:
            about = abouts.get(item)
            if about is not None:
                vault = vaults.get(about.vault_id)
                found[item] = Facts(vault.name if vault else None, vault.region if vault else None, about.tier)
        return found

    def _ages(self, items: Collection[str]) -> Mapping[str, PointAge]:
        """The newest usable point of each item against its target, at the end of the night."""
        standing, night, end = self.standing, self.context.night, self.calendar.window(self.context.night).end
        vaults = {standing.judged.abouts[item].vault_id for item in items if item in standing.judged.abouts}
        rules = self.rules
        asked = Asked(night, night, lambda vault: vault.vault_id in vaults, rules.tiers, rules.slots, items=items)
        found: dict[str, PointAge] = {}
        for one in points_seen(standing.sealed, standing.entries, asked) if vaults else ():
            age = one.age(end)
            if age.newest_at is not None and age.target is not None:
                told = PointAge(age.recovery_point_id, age.newest_at, age.target.rpo, age.at)
                found[one.points.about.item_key] = told
        return found


def _looked(read: frozenset[str]) -> Mapping[Class, frozenset[str]]:
    """Where detectors had all that they need; points are listed by turns, so that of early expiries each item is looked at by itself."""
    by_lists = dict.fromkeys((Class.UNHEALTHY, Class.DURATION, Class.SIZE, Class.CONCURRENCY), read)
    return {**by_lists, Class.CANARY_SILENT: frozenset({SUBSCRIPTION_LIST})}


def whole_lists(standing: StandingRuns, night: date) -> frozenset[str]:
    """Vaults whose lists, and subscriptions whose lists of vaults, were all read whole by one run of a night."""
    columns = ["run_id", "vault_id", "kind", "outcome"]
    whole: dict[tuple[str, str], set[str]] = {}
    for row in standing.sealed.of_azure().rows(COVERAGE, first=night, last=night, columns=columns).to_pylist():
        if row["outcome"] in WHOLE:
            whole.setdefault((row["vault_id"], row["run_id"]), set()).add(row["kind"])
    above = {str(kind) for kind in LIST_OF.values()}
    return frozenset(
        subject for (subject, _), kinds in whole.items() if kinds >= {str(one) for one in _LISTS} or kinds >= above
    )
