"""After a night: one checkpoint over its packs, stamped and sent; what did not go as it should is told and tried again."""

from __future__ import annotations

from collections.abc import Sequence

from evidence.errors import TargetUnavailableError
from evidence.ledger.entries import Draft, EntryKind
from evidence.ledger.publications import checkpoints, standing_of, tried_publications
from evidence.packs.checkpoints.nightly import AfterNight, after_night, uncovered
from evidence.packs.checkpoints.store_target import StoreTarget
from evidence.packs.checkpoints.target import Outgoing, Receipt, Target
from evidence.seals.interface import TimestampAuthority
from tests.fakes.authority import FakeAuthority
from tests.fakes.bench import Bench
from tests.fakes.memory_store import MemoryStore
from tests.fakes.packing import FailingAuthority
from tests.fakes.packs import the_signer
from tests.packs.checkpoints.desk import desk, night_packs


class Stubborn(StoreTarget):
    """A target that is not there as long as a test says so."""

    away = True

    def deliver(self, outgoing: Outgoing) -> Receipt:
        if Stubborn.away:
            raise TargetUnavailableError("The post office is closed.", cause="It is Sunday.")
        return super().deliver(outgoing)


def night(bench: Bench, targets: Sequence[Target] = (), authority: TimestampAuthority | None = None) -> AfterNight:
    return after_night(bench.parts, the_signer(), authority or FakeAuthority(bench.clock.now), targets)


def test_the_night_s_packs_are_covered_once() -> None:
    bench = desk()
    assert uncovered(bench.parts.ledger.entries(), night_packs(bench))
    first = night(bench)
    assert (first.made.new, first.made.checkpoint.stamped, first.troubles) == (True, True, ())
    assert not uncovered(bench.parts.ledger.entries(), night_packs(bench))
    head = bench.parts.ledger.head()
    assert not night(bench).made.new
    assert bench.parts.ledger.head() == head, "a night that is run again makes none"


def test_with_the_authority_down_it_is_told_and_the_next_one_is_stamped() -> None:
    bench = desk()
    down = night(bench, authority=FailingAuthority())
    assert down.made.new
    assert "NOT TIME-STAMPED" in down.troubles[0]
    head = bench.parts.ledger.head()
    assert not night(bench, authority=FailingAuthority()).made.new
    assert bench.parts.ledger.head() == head, "one without a stamp is enough"
    up = night(bench)
    assert (up.made.new, up.made.checkpoint.stamped, up.troubles) == (True, True, ())
    assert up.made.checkpoint.size == down.made.checkpoint.size + 1
    assert not night(bench).made.new


def test_where_no_authority_is_configured_nothing_is_asked_again() -> None:
    bench = desk()
    done = after_night(bench.parts, the_signer(), None, ())
    assert (done.made.checkpoint.stamped, done.troubles) == (False, ())
    assert not after_night(bench.parts, the_signer(), None, ()).made.new


def test_what_could_not_be_sent_is_recorded_and_sent_by_the_next_night() -> None:
    bench, outside = desk(), MemoryStore()
    target, other = Stubborn("auditor", outside), StoreTarget("vault", MemoryStore())
    Stubborn.away = True
    done = night(bench, (target, other))
    assert done.troubles == (
        f"checkpoint {done.made.checkpoint.size} was NOT SENT to auditor: The post office is closed. It is Sunday.",
    )
    assert [one.publication.delivered for one in done.sent] == [False, True], (
        "one target does not keep the other from it"
    )
    entries = bench.parts.ledger.entries()
    assert [(one.target, one.delivered) for one in tried_publications(entries)] == [("auditor", False), ("vault", True)]
    standing = standing_of(entries, "auditor")
    assert standing.failure is not None
    assert (standing.newest, [one.size for one in standing.due]) == (None, [done.made.checkpoint.size])
    news(bench, "1")
    again = night(bench, (target, other))
    assert len(again.sent) == 2, "no second try of the first for this one: the newest is what a new target is sent"
    Stubborn.away = False
    news(bench, "2")
    last = night(bench, (target, other))
    assert [one.publication.delivered for one in last.sent] == [True, True]
    assert standing_of(bench.parts.ledger.entries(), "auditor").due == ()


def news(bench: Bench, digit: str) -> None:
    """Something new in the ledger, so that a checkpoint is due."""
    sha256 = digit * 64
    draft = Draft(
        EntryKind.CONFIGURATION_ADOPTED,
        bench.clock.now(),
        "tester",
        f"configuration/{sha256}",
        {"attempt": digit, "sha256": sha256},
    )
    bench.parts.ledger.append(draft)


def test_after_a_first_delivery_every_checkpoint_leaves_in_order() -> None:
    bench, target = desk(), Stubborn("auditor", MemoryStore())
    Stubborn.away = False
    night(bench, (target,))
    Stubborn.away = True
    news(bench, "1")
    night(bench, (target,))
    news(bench, "2")
    night(bench, (target,))
    sizes = [one.size for one in checkpoints(bench.parts.ledger.entries())]
    assert [one.size for one in standing_of(bench.parts.ledger.entries(), "auditor").due] == sizes[1:]
    Stubborn.away = False
    assert [one.publication.size for one in night(bench, (target,)).sent] == sizes[1:]
    assert target.check(bench.parts.ledger.entries()) == 3


def test_a_failed_delivery_makes_no_checkpoint_due() -> None:
    bench = desk()
    Stubborn.away = True
    target = Stubborn("auditor", MemoryStore())
    night(bench, (target,))
    night(bench, (target,))
    kinds = [one.kind for one in bench.parts.ledger.entries()[-3:]]
    assert kinds == [EntryKind.CHECKPOINT_PUBLISHED] * 3
    assert len(checkpoints(bench.parts.ledger.entries())) == 1
