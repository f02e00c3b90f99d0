"""Whoever owns the rest is told 90, 30 and 7 days before evidence leaves: once each, whatever fails on the way."""

from __future__ import annotations

import csv
import io
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

import pytest

from evidence.ledger.entries import EntryKind, LedgerObject
from evidence.notify.history import KEPT
from evidence.notify.interface import Delivery, Message, Team
from evidence.retention.warnings import LONGEST, stage_of
from evidence.runs.outbox import Office, tell
from evidence.runs.retention.register import Keeper
from evidence.runs.retention.warnings import expiry_messages
from tests.fakes.disposals import bury
from tests.fakes.kept import HASH, Kept
from tests.notify.problems import LINKS, OWNERS, owners

UNTIL = date(2028, 1, 1)
FIRST, LAST = date(2026, 3, 9), date(2026, 3, 11)


@dataclass
class Mail:
    """Takes mail, but on some days."""

    kind: str = "mail"
    name: str = "email"
    down: bool = False
    taken: list[Message] = field(default_factory=list)

    def send(self, message: Message, team: Team) -> Delivery:
        if not self.down:
            self.taken.append(message)
        return Delivery(message.message_id, self.name, ok=not self.down, at=message.at, status="x", retry=True)


@dataclass
class Place:
    kept: Kept
    mail: Mail = field(default_factory=Mail)

    def due(self, day: date) -> tuple[Message, ...]:
        keeper = Keeper(self.kept.store, self.kept.calendar)
        messages, why = expiry_messages(keeper, self.kept.ledger.entries(), self.office, self.at(day))
        assert why == ""
        return messages

    def send(self, day: date) -> None:
        tell(self.kept.parts(self.at(day)), self.office, [], more=self.due(day), again=True)

    @property
    def office(self) -> Office:
        return Office(owners(OWNERS), {"email": self.mail}, LINKS, list[float]().append)

    def at(self, day: date) -> datetime:
        return datetime(day.year, day.month, day.day, 7, tzinfo=UTC)


@pytest.fixture
def place() -> Place:
    kept = Kept()
    for night in (FIRST, FIRST + timedelta(days=1), LAST):
        kept.night(night, vaults=2)
        kept.pack(night, night, UNTIL)
    kept.pack(LAST, LAST, date(2031, 1, 1), series=("eu", "night", "internal"))
    return Place(kept)


def days_before(count: int) -> date:
    return UNTIL - timedelta(days=count)


def test_each_stage_is_offered_for_a_while_that_senders_remember() -> None:
    offered = Counter(stage_of(left) for left in range(100))
    assert offered == {90: 30, 30: 23, 7: 8, None: 39}
    assert timedelta(days=LONGEST) < KEPT
    assert [stage_of(left) for left in (91, 90, 61, 60, 31, 30, 8, 7, 0)] == [None, 90, 90, None, None, 30, 30, 7, 7]


def test_three_warnings_and_no_more_whatever_fails_meanwhile(place: Place) -> None:
    for left in (91, 90, 89, 88, 87, 61, 60, 53, 52, 51, 31, 30, 29, 28, 9, 8, 7, 6, 5, 1, 0):
        place.mail.down = left in {90, 89, 30, 7}
        place.send(days_before(left))
    told = [(one.stage, (UNTIL - one.at.date()).days) for one in place.mail.taken]
    assert told == [("90", 88), ("30", 29), ("7", 6)]


def test_a_message_names_what_leaves_and_what_stays(place: Place) -> None:
    [message] = place.due(days_before(90))
    packs = [f"all-night-internal-{night}-r0001" for night in ("2026-03-09", "2026-03-10", "2026-03-11")]
    assert message.subject == "Evidence leaves in 90 days: 3 packs, 12 objects"
    assert dict(message.facts) == {
        "What": "the promise to keep 12 objects ends: 4 calls (4 bytes), 6 packs (6 bytes), 2 tables (2 bytes)",
        "When": "kept until 2028-01-01, 90 days from now",
        "Packs": ", ".join(packs),
        # A pack of another scope covers the third night and stays.
        "Raw calls": "of nights 2026-03-09 to 2026-03-10; no pack that stays covers them",
        "On hold": "none",
        "Next": (
            "nothing is deleted by itself; to keep something longer, extend it or place a hold before it is proposed: "
            "backup-evidence retention list --leaving 2028-01-01..2028-01-01"
        ),
    }
    [(name, content)] = message.attachments
    rows = list(csv.DictReader(io.StringIO(content.decode())))
    assert name == "leaving-2027-W52.csv"
    assert [row["pack"] for row in rows if row["kind"] == "packs"] == packs
    assert {(row["kind"], row["night"], row["objects"]) for row in rows if row["kind"] == "calls"} == {
        ("calls", "2026-03-09", "2"),
        ("calls", "2026-03-10", "2"),
    }
    assert sum(int(row["objects"]) for row in rows) == 12


def test_nobody_is_warned_of_what_is_gone_or_is_kept_longer(place: Place) -> None:
    parts = place.kept.parts(place.at(days_before(100)))
    gone = [
        named
        for entry in place.kept.ledger.entries()
        for named in entry.objects
        if not named.path.startswith(("packs/eu/", f"calls/night={LAST}", f"tables/jobs/night={LAST}"))
    ]
    bury(parts, gone)
    assert place.due(days_before(90)) == ()


def test_where_the_register_cannot_be_read_other_messages_do_not_wait_for_it(place: Place) -> None:
    path = place.kept.ledger.entries()[1].objects[0].path
    payload = {"night": str(FIRST), "assessment_id": "a", "ledger_size": 1, "tables": {}}
    other = LedgerObject(path, 7, HASH)
    place.kept.entry(EntryKind.ASSESSMENT_SEALED, f"assessment/{FIRST}", place.at(LAST), payload, [other])
    keeper = Keeper(place.kept.store, place.kept.calendar)
    messages, why = expiry_messages(keeper, place.kept.ledger.entries(), place.office, place.at(days_before(90)))
    assert messages == ()
    assert why.startswith("no warning of what leaves could be made: ")
    assert path in why
