"""What people did with packs and with the store, as tables of a pack: reviews, deliveries, access and changes of the configuration.

Not here: what changed in a configuration (`configuration_changes`), reading owners and modes (`evidence.stores.owners`). Invariant: a row
names the entry that bears it out; what was not read is a row of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import pyarrow as pa

from evidence.ledger.deliveries import deliveries
from evidence.ledger.entries import LedgerEntry
from evidence.ledger.folds import SealedPack, packs
from evidence.ledger.persons import GRADE
from evidence.ledger.reviews import Review, reviews, standing
from evidence.nights import Window
from evidence.packs.oversight.reviews import ReviewRule, outstanding
from evidence.packs.period import Period
from evidence.packs.scope import PackScope
from evidence.stores.owners import Holder, not_read
from evidence.tables import ACCESS, DELIVERIES, REVIEWS, from_rows

STORE, KEY = "store", "key"
RIGHTS: Mapping[str, str] = {STORE: "write", KEY: "use"}
SUPERSEDED, DUE, OVERDUE = "superseded", "due", "overdue"
Row = Mapping[str, object]
Access = Callable[[], Mapping[str, Sequence[Holder]]]
"""Looks now who may write to the store and use the key: holders by place."""


def nobody_looked() -> Mapping[str, Sequence[Holder]]:
    """For packs that are built where nothing about the machine is known."""
    return {place: (not_read("owner, group and mode", "nobody looked"),) for place in RIGHTS}


@dataclass(frozen=True, slots=True)
class Oversight:
    """What is asked of people, and how it is read who may write."""

    rule: ReviewRule = field(default_factory=ReviewRule)
    access: Access = nobody_looked


@dataclass(frozen=True, slots=True)
class About:
    """The period and the scope that rows are chosen for."""

    period: Period
    scope: PackScope
    window: Window
    now: datetime
    """When the tables are made: what is due is judged by it."""

    def tells_of(self, pack: SealedPack) -> bool:
        """Whether a pack is of the scope and about a night of the period."""
        return self.of_scope(pack) and self.period.first <= pack.last_night and pack.first_night <= self.period.last

    def of_scope(self, pack: SealedPack) -> bool:
        """Whether a pack is of the scope."""
        return pack.series.scope == self.scope.name


def reviews_table(entries: Sequence[LedgerEntry], about: About, rule: ReviewRule) -> pa.Table:
    """Reviews of packs about the period, or made in it; and what is due, or overdue however old."""
    every = [pack for series in packs(entries).values() for pack in series if about.of_scope(pack)]
    replaced = {pack.supersedes for pack in every}
    made = reviews(entries)
    rows: list[Row] = []
    for pack in every:
        found = made.get(pack.pack_id, ())
        stand = standing(found) if pack.tagmanifest_sha256 not in replaced else ()
        rows += [
            {**_of_pack(pack, rule), **_reviewed(one, stands=one in stand)}
            for one in found
            if about.tells_of(pack) or one.entry.at in about.window
        ]
    for missing in outstanding(entries, rule):
        if about.tells_of(missing.pack) or (about.of_scope(missing.pack) and missing.overdue(about.now)):
            state = OVERDUE if missing.overdue(about.now) else DUE
            entry = missing.pack.entry.sequence
            rows.append({**_of_pack(missing.pack, rule), "state": state, "ledger_entry": entry})
    return from_rows(REVIEWS, rows)


def _of_pack(pack: SealedPack, rule: ReviewRule) -> Row:
    return {
        "pack_id": pack.pack_id,
        "tagmanifest_sha256": pack.tagmanifest_sha256,
        "kind": pack.series.kind,
        "first_night": pack.first_night,
        "last_night": pack.last_night,
        "sealed_at": pack.entry.at,
        "due_at": rule.due_at(pack),
    }


def _reviewed(one: Review, *, stands: bool) -> Row:
    decision = one.decision
    return {
        "state": str(decision.outcome) if stands else SUPERSEDED,
        "reviewer": decision.reviewer,
        "account": one.account.sentence,
        "outcome": str(decision.outcome),
        "remarks": decision.remarks,
        "reviewed_at": decision.decided_at,
        "unresolved": decision.seen.unresolved,
        "gaps": decision.seen.gaps,
        "evidence_grade": one.grade,
        "ledger_entry": one.entry.sequence,
    }


def deliveries_table(entries: Sequence[LedgerEntry], about: About) -> pa.Table:
    """Copies of packs about the period, and those handed out in it."""
    every = {pack.pack_id: pack for series in packs(entries).values() for pack in series if about.of_scope(pack)}
    rows = [
        {
            "pack_id": one.pack_id,
            "tagmanifest_sha256": one.tagmanifest_sha256,
            "receiver": one.receiver,
            "purpose": one.purpose,
            "asked_by": one.asked_by.sentence,
            "copied_at": one.copied_at,
            "recorded_at": one.entry.at,
            "bytes": one.bytes,
            "sha256": one.sha256,
            "evidence_grade": GRADE,
            "ledger_entry": one.entry.sequence,
        }
        for pack_id, found in deliveries(entries).items()
        for one in found
        if pack_id in every and (about.tells_of(every[pack_id]) or one.entry.at in about.window)
    ]
    return from_rows(DELIVERIES, rows)


def access_table(found: Mapping[str, Sequence[Holder]], now: datetime) -> pa.Table:
    """Who may write and use, as read at a moment; a place that nobody read is said to be not read."""
    return from_rows(ACCESS, list(_holders(found, now)))


def _holders(found: Mapping[str, Sequence[Holder]], now: datetime) -> Iterator[Row]:
    for place, right in RIGHTS.items():
        for one in found.get(place) or (not_read("owner, group and mode", "nobody looked"),):
            yield {
                "place": place,
                "holder": one.name,
                "means": one.means,
                "finding": str(one.finding),
                "right": right,
                "detail": one.detail,
                "read_at": now,
            }
