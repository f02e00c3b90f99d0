"""When each object was last seen and last read whole is told by sealed tests alone."""

from __future__ import annotations

from datetime import timedelta

from evidence.runs.retention.last_seen import last_seen, sealing_moments
from tests.runs.retention.kept import Kept, sealed_night


def test_when_each_object_was_last_seen_and_read_is_told() -> None:
    bench = Kept(sealed_night())
    path, other = bench.path("calls/"), bench.path("tables/jobs/")
    sealed = {path: bench.clock.moment, other: bench.clock.moment}
    first = bench.check(contents="all").test.tested_at
    bench.kept.closed[path] = "permission denied"
    bench.clock.moment += timedelta(days=1)
    second = bench.check(contents="none").test.tested_at
    found = last_seen(bench.store, bench.parts.ledger.entries(), sealed)
    assert found.whole_at == {path: first, other: first}
    assert found.seen_at == {path: first, other: second}
    assert found.standing == {path: "unread: permission denied"}
    assert found.suspects == {path}


def test_what_a_test_itself_left_is_not_yet_seen() -> None:
    bench = Kept(sealed_night())
    bench.check(contents="all")
    entries = bench.parts.ledger.entries()
    found = last_seen(bench.store, entries, sealing_moments(entries))
    never = sealing_moments(entries).keys() - found.whole_at.keys()
    assert never == {*(one.path for one in entries[-1].objects), "ledger/000000000005.json"} | (
        never & {"ledger/000000000006.json"}
    )
    assert not never & found.seen_at.keys()
