"""The outbox in a store: whatever stops it and whenever, each message leaves, and is recorded as delivered once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evidence.errors import IntegrityError
from evidence.ledger.entries import EntryKind
from evidence.notify.history import KEPT, fold
from evidence.notify.interface import Channel, Delivery, Message, Problem, Team
from evidence.runs.outbox import CLAIMED, Office, Told, all_attempts, recorded, tell
from evidence.runs.owners import owners_then
from evidence.runs.sealed import SealedRows
from evidence.stores.layout import configuration_file, sending_claim
from tests.fakes.bench import NIGHT, Bench
from tests.fakes.memory_store import Stopped
from tests.notify.problems import LINKS, NOW, OWNERS, owners, problem

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


@dataclass
class OtherSide:
    """Takes messages, and does with each next one what it is told."""

    bench: Bench
    kind: str = "servicenow"
    name: str = "servicenow"
    orders: list[str] = field(default_factory=list)
    taken: list[str] = field(default_factory=list)
    """Ids of messages as they came, those that came again too."""
    asked: list[float] = field(default_factory=list)

    def send(self, message: Message, team: Team) -> Delivery:
        order = self.orders.pop(0) if self.orders else "take"
        if order == "crash before":
            self._crash()
        if order in {"take", "lose answer", "crash after"}:
            self.taken.append(message.message_id)
        if order == "crash after":
            self._crash()
        now = self.bench.clock.now()
        if order == "take":
            return Delivery(message.message_id, self.name, ok=True, at=now, status="created", external_id="x1")
        wait = 600.0 if order == "throttle" else None
        retry = order != "refuse"
        return Delivery(message.message_id, self.name, ok=False, at=now, status=order, retry=retry, retry_after_s=wait)

    def _crash(self) -> None:
        """The machine stops: nothing can be written any more."""
        self.bench.memory.stop_before = self.bench.memory.writes
        raise Stopped("here")


@dataclass
class World:
    bench: Bench
    side: OtherSide
    mail: OtherSide
    rules: bytes = OWNERS

    @property
    def office(self) -> Office:
        channels: Mapping[str, Channel] = {"servicenow": self.side, "mail": self.mail}
        return Office(owners(self.rules), channels, LINKS, self.side.asked.append)

    def tell(self, *problems: Problem, night: date | None = None, again: bool = False) -> Told:
        return tell(self.bench.parts, self.office, problems, night=night, again=again)

    def entries(self) -> int:
        return len(self.bench.parts.ledger.entries())


def world() -> World:
    bench = Bench()
    bench.clock.moment = NOW
    bench.parts.ledger.open(tenant="t", organisation="o", first_night=NIGHT, at=NOW, actor="x")
    return World(bench, OtherSide(bench), OtherSide(bench, "mail", "mail"))


def test_a_night_that_is_told_again_tells_nothing_new() -> None:
    at = world()
    first = at.tell(problem(), problem("vm", workload="VM"), night=NIGHT)
    assert first.delivered == len(first.attempts) == 5
    size = at.entries()
    second = at.tell(problem(), problem("vm", workload="VM"), night=NIGHT)
    assert (second.entry, second.attempts, second.left, at.entries()) == (None, (), (), size)


def test_one_entry_names_attempts_state_claim_and_the_owners_in_force() -> None:
    at = world()
    told = at.tell(problem())
    assert told.entry is not None
    assert told.entry.kind is EntryKind.DELIVERY_RECORDED
    assert told.entry.payload["channels"] == {"servicenow": {"attempts": 1, "delivered": 1}}
    assert told.entry.payload["owners"] == {"sha256": owners().sha256, "version": 3}
    paths = [one.path for one in told.entry.objects]
    assert configuration_file(owners().sha256) in paths
    assert len(paths) == 4
    for named in told.entry.objects:
        assert len(at.bench.memory.files[named.path]) == named.bytes
    ((attempt,), (kept,)) = all_attempts(at.bench.store, at.bench.parts.ledger.entries()), told.attempts
    assert attempt == kept


def test_what_fails_waits_and_leaves_later() -> None:
    at = world()
    at.side.orders = ["throttle"]
    first = at.tell(problem())
    assert ([one.status for one in first.attempts], len(first.left)) == (["throttle"], 1)
    at.bench.clock.moment += 9 * MINUTE
    early = at.tell(problem())
    assert (early.attempts, len(early.left)) == ((), 1)
    at.bench.clock.moment += 2 * MINUTE
    assert at.tell(problem()).delivered == 1
    assert at.side.asked == []  # ten minutes are not waited for within a run


def test_a_person_need_not_wait() -> None:
    at = world()
    at.side.orders = ["refuse"]
    assert at.tell(problem()).delivered == 0
    assert at.tell(problem()).attempts == ()
    assert at.tell(problem(), again=True).delivered == 1


def test_short_failures_are_tried_again_at_once_and_each_try_is_on_record() -> None:
    at = world()
    at.side.orders = ["fail", "fail"]
    told = at.tell(problem())
    assert [(one.number, one.ok) for one in told.attempts] == [(1, False), (2, False), (3, True)]
    assert at.side.asked == [1.0, 2.0]


def test_a_channel_that_stands_still_is_not_asked_for_each_message() -> None:
    at = world()
    at.side.orders = ["fail"] * 100
    many = [problem(f"db{number:02}") for number in range(20)]
    told = at.tell(*many)
    assert len(at.side.orders) == 100 - 3 * 3
    assert len(told.left) == 20
    at.side.orders = []
    at.bench.clock.moment += DAY / 2
    assert at.tell(*many).delivered == 20


def test_one_channel_that_fails_stops_no_other() -> None:
    at = world()
    at.side.orders = ["refuse"] * 10
    told = at.tell(problem("vm", workload="VM"))
    assert {one.channel: one.ok for one in told.attempts} == {"servicenow": False, "mail": True}


def test_messages_of_one_ticket_leave_in_their_order() -> None:
    at = world()
    at.side.orders = ["refuse"]
    at.tell(problem())
    at.bench.clock.moment += 4 * DAY
    late = at.tell(problem(bucket="4-7"))
    assert [one.occasion for one in late.attempts if one.channel == "servicenow"][:1] == ["opened"]


def test_what_was_sent_and_not_recorded_is_sent_again_after_the_claim_has_ended() -> None:
    at = world()
    at.side.orders = ["crash after"]
    with pytest.raises(Stopped):
        at.tell(problem())
    at.bench.memory.run_on()
    meanwhile = at.tell(problem())
    assert (meanwhile.held_by_other, meanwhile.attempts, len(meanwhile.left)) == (True, (), 1)
    at.bench.clock.moment += CLAIMED
    assert at.tell(problem()).delivered == 1
    assert len(at.side.taken) == 2  # the channel looks at the other side first; this one only counts


@pytest.mark.parametrize(
    "planted",
    [b'{"until": "9999-01-01T00:00:00+00:00"}', b"", b"[]", b'{"until": 1}', b'{"until": "2999-01-01T00:00:00"}'],
    ids=["for-ever", "empty", "a-list", "a-number", "without-zone"],
)
def test_a_planted_claim_silences_nobody(planted: bytes) -> None:
    at = world()
    at.bench.store.create(sending_claim(0, 0), planted)
    assert at.tell(problem()).delivered == 1


def test_two_runs_never_send_at_once() -> None:
    at = world()
    inner: list[Told] = []

    class Curious(OtherSide):
        def send(self, message: Message, team: Team) -> Delivery:
            if not inner:
                inner.append(at.tell(problem()))
            return super().send(message, team)

    at.side = Curious(at.bench)
    outer = at.tell(problem())
    assert (outer.delivered, inner[0].held_by_other, inner[0].delivered) == (1, True, 0)


def test_a_spoilt_record_is_an_error_and_not_an_empty_outbox() -> None:
    at = world()
    at.tell(problem())
    path = next(path for path in at.bench.memory.files if path.endswith("/standing.parquet"))
    at.bench.memory.files[path] += b"x"
    with pytest.raises(IntegrityError):
        at.tell(problem("hr"))


def test_what_ended_long_ago_is_forgotten_by_the_state_and_kept_by_the_record() -> None:
    at = world()
    at.tell(problem(), night=NIGHT)
    at.tell(problem(state="closed"))
    at.bench.clock.moment += KEPT + DAY
    at.tell(problem("hr"))
    _, kept = recorded(at.bench.store, at.bench.parts.ledger.entries())
    assert {one.ticket for one in kept} == {problem("hr").ticket}
    assert len(all_attempts(at.bench.store, at.bench.parts.ledger.entries())) == 5
    assert at.tell(problem(state="closed"), problem("hr")).attempts == ()


def test_whose_it_was_is_told_by_the_owners_of_that_night() -> None:
    at = world()
    assert owners_then(at.bench.store, at.bench.parts.ledger.entries(), NIGHT) is None


def test_the_owners_that_were_used_can_be_read_back_whatever_is_configured_now() -> None:
    at = world()
    at.tell(problem())
    at.rules = OWNERS.replace(b"version: 3", b"version: 4")
    second = at.tell(problem("hr"))
    assert second.entry is not None
    entries = at.bench.parts.ledger.entries()
    named = {one.path: (one.bytes, one.sha256) for entry in entries for one in entry.objects}
    read = SealedRows(at.bench.store, named)
    assert read.content(configuration_file(owners().sha256)) == OWNERS
    assert read.content(configuration_file(owners(at.rules).sha256)) == at.rules


ORDERS = st.lists(
    st.sampled_from(["take", "lose answer", "refuse", "fail", "throttle", "crash before", "crash after"]), max_size=5
)


@dataclass(frozen=True)
class Step:
    orders: list[str]
    mail: list[str]
    writes: int | None
    """Writes after which the machine stops; None: it does not."""
    kept: bool
    """Whether the write at which it stops is kept."""
    waits: timedelta


STEPS = st.lists(
    st.builds(
        Step,
        ORDERS,
        ORDERS,
        st.none() | st.integers(0, 5),
        st.booleans(),
        st.sampled_from([timedelta(0), MINUTE, 10 * MINUTE, DAY]),
    ),
    max_size=4,
)


@pytest.mark.slow
@given(STEPS)
@settings(max_examples=60)
def test_nothing_is_lost_and_each_message_is_recorded_as_delivered_once(steps: list[Step]) -> None:
    at = world()
    told = [problem(), problem("hr"), problem("vm", workload="VM")]
    for step in steps:
        at.side.orders, at.mail.orders = list(step.orders), list(step.mail)
        limit = None if step.writes is None else at.bench.memory.writes + step.writes
        if step.kept:
            at.bench.memory.stop_after = limit
        else:
            at.bench.memory.stop_before = limit
        try:
            at.tell(*told)
        except Stopped:
            pass
        finally:
            at.bench.memory.run_on()
        at.bench.clock.moment += step.waits
    at.side.orders, at.mail.orders = [], []
    for _ in range(9):
        # The last step of escalation is due three days after the first word.
        at.bench.clock.moment += DAY / 2
        last = at.tell(*told)
    assert (last.left, last.attempts) == ((), ())
    entries = at.bench.parts.ledger.entries()
    attempts = all_attempts(at.bench.store, entries)
    delivered = [one.message_id for one in attempts if one.ok]
    assert len(delivered) == len(set(delivered))
    assert set(delivered) <= set(at.side.taken) | set(at.mail.taken)
    assert {one.split("/")[1] for one in delivered} >= {"opened"}
    assert {(one.split(":")[0], one.rsplit("/", 1)[1]) for one in delivered if "/opened/" in one} == {
        (told[0].key, "servicenow"),
        (told[1].key, "servicenow"),
        (told[2].key, "servicenow"),
        (told[2].key, "mail"),
    }
    _, kept = recorded(at.bench.store, entries)
    whole, part = fold(attempts), fold(kept)
    assert {name: replace(one, number=0) for name, one in whole.last.items()} == {
        name: replace(one, number=0) for name, one in part.last.items()
    }
    assert (whole.places, whole.begun) == (part.places, part.begun)
