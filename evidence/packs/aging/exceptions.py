"""Exceptions at the end of a week, with owner, state and age, and what moved since a week before.

Not here: what moved means (`evidence.assess.exceptions.weekly`), the chapter. Invariants: two looks are compared, each as the last judged night before an end of a
week left it in the ledger; ages and states are those that the table `exceptions` of that night tells; what ended in the week is told with its proof.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

import pyarrow as pa

from evidence.assess import AssessmentContext
from evidence.assess.exceptions.ages import age_days, bucket
from evidence.assess.exceptions.rules import ExceptionRules
from evidence.assess.exceptions.states import ENDED, Act, Standing, State
from evidence.assess.exceptions.weekly import weekly
from evidence.ledger.decisions import STATE_FOLDER, decisions
from evidence.ledger.entries import LedgerEntry
from evidence.ledger.folds import assessments, named_paths
from evidence.packs.period import Period
from evidence.runs.exceptions.rows import Row, Telling, exception_rows
from evidence.runs.exceptions.state import known_owners, standing_exceptions
from evidence.runs.sealed import SealedRows
from evidence.stores.interface import EvidenceStore
from evidence.tables import EXCEPTIONS, EXCEPTIONS_WEEK, from_rows

_SAME = [
    "exception_key",
    "episode",
    "class",
    "severity",
    "hint",
    "vault_id",
    "item_key",
    "subject",
    "region",
    "workload",
    "tier",
    "owner",
    "state",
    "accepted_until",
    "decided_by",
    "approver",
    "first_seen",
    "age_days",
    "bucket",
    "past_due",
    "closed_at",
    "closed_by_job_id",
    "closed_by_recovery_point_id",
    "closed_because",
    "summary",
]
"""Columns that are those of `exceptions`."""
_BY_PERSONS = {State.ACKNOWLEDGED: Act.ACKNOWLEDGE, State.ACCEPTED: Act.ACCEPT, State.CLOSED: Act.CLOSE}


@dataclass(frozen=True, slots=True)
class Looked:
    """All exceptions as the assessment of one night left them."""

    night: date
    assessed_at: datetime
    entries: Sequence[LedgerEntry]
    """Up to that assessment."""
    standing: Mapping[str, Standing]


def exceptions_table(
    store: EvidenceStore,
    entries: Sequence[LedgerEntry],
    period: Period,
    subjects: Collection[str],
    rules: ExceptionRules,
) -> pa.Table:
    """Exceptions of some vaults and subscriptions at the end of a week; no rows where no night of it was judged."""
    now = _look(store, entries, period.nights(), newest=True)
    if now is None:
        return from_rows(EXCEPTIONS_WEEK, [])
    judged = [night for night in assessments(entries) if night < period.first]
    before = _look(store, entries, judged, newest=False)
    return from_rows(EXCEPTIONS_WEEK, list(_rows(store, now, before, frozenset(subjects), rules)))


def _look(
    store: EvidenceStore, entries: Sequence[LedgerEntry], nights: Sequence[date], *, newest: bool
) -> Looked | None:
    """As the last judged of some nights left them: by its newest assessment, as `exceptions` is, or by its first, from which the week goes on."""
    known = assessments(entries)
    night = max((one for one in nights if one in known), default=None)
    if night is None:
        return None
    judged = known[night][-1 if newest else 0]
    told = entries[: judged.entry.sequence]
    return Looked(night, _assessed_at(store, judged.entry), told, standing_exceptions(store, told).by_key)


def _assessed_at(store: EvidenceStore, entry: LedgerEntry) -> datetime:
    """The moment that ages in the table of that assessment are told for; the entry is a little younger."""
    path = next((one.path for one in entry.objects if one.path.startswith(STATE_FOLDER)), None)
    if path is None:
        return entry.at
    rows = SealedRows(store, named_paths([entry])).file(EXCEPTIONS, path, ["assessed_at"])
    found: datetime = rows["assessed_at"][0].as_py() if rows.num_rows else entry.at
    return found


def _rows(
    store: EvidenceStore, now: Looked, before: Looked | None, subjects: frozenset[str], rules: ExceptionRules
) -> Iterator[Row]:
    mine = {key: one for key, one in now.standing.items() if one.finding.vault_id in subjects}
    then = before.standing if before else {}
    since = before.assessed_at if before else now.assessed_at
    moved = {one.key: str(word) for word, one in weekly(mine.values(), then, (since, now.assessed_at), (), rules).moved}
    told = sorted(
        (one for key, one in mine.items() if one.state not in ENDED or key in moved),
        key=lambda one: (one.state in ENDED, one.hint, one.first_seen, one.key),
    )
    grades = _grades(now.entries)
    rows = {str(row["exception_key"]): row for row in _as_in_table(store, now, told, rules)}
    for place, one in enumerate(told, 1):
        row = rows[one.key]
        yield {
            "place": place,
            "as_of": now.assessed_at,
            "night": now.night,
            **{name: row[name] for name in _SAME},
            "decision_grade": grades.get((one.key, one.episode, _BY_PERSONS.get(one.state_on(now.assessed_at)))),
            "moved": moved.get(one.key) if before else None,
            **_previously(then.get(one.key), since),
        }


def _as_in_table(store: EvidenceStore, now: Looked, told: Sequence[Standing], rules: ExceptionRules) -> Sequence[Row]:
    owners = known_owners(store, now.entries)
    context = AssessmentContext("week", now.assessed_at, now.night, "week")
    telling = Telling(context, "", lambda one: owners.get(one.key), rules)
    return exception_rows({one.key: one for one in told}, telling, now.standing)


def _previously(one: Standing | None, since: datetime) -> Row:
    return {
        "previous_state": None if one is None else str(one.state_on(since)),
        "previous_bucket": None if one is None or one.state in ENDED else bucket(age_days(one, since)),
    }


def _grades(entries: Sequence[LedgerEntry]) -> Mapping[tuple[str, int, Act | None], str]:
    """The grade of the newest decision of each sort on each episode."""
    return {(one.decision.key, one.decision.episode, Act(one.decision.act)): one.grade for one in decisions(entries)}
