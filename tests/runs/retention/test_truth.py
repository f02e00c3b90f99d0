"""What a store holds is tested against what the register promises: every difference is told with both values, and unknown is never fine."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from evidence.assess.findings import Class
from evidence.errors import RefusedError
from evidence.ledger.chain import path_of
from evidence.ledger.folds import named_paths
from evidence.ledger.truths import last_truth_test
from evidence.retention.truth import Demand, Fault, protected_until
from evidence.runs.exceptions.state import standing_exceptions
from evidence.runs.retention import truth
from evidence.runs.retention.book import Keeping
from evidence.runs.retention.last_seen import last_seen
from evidence.runs.retention.truth import TruthFound, TruthTester, check_truth
from evidence.runs.sealed import SealedRows
from evidence.settings.retention import Retention
from evidence.stores.grounds import Grounds, LifecycleRule
from evidence.tables.truth import TRUTH
from tests.fakes.bench import NIGHT, Bench
from tests.fakes.keeping_store import KeepingMemoryStore
from tests.fakes.memory_store import Stopped
from tests.runs.retention.kept import LOCKED, Kept, sealed_night


@pytest.fixture
def bench() -> Kept:
    return Kept(sealed_night())


def told(tested: TruthFound) -> dict[str, Fault]:
    return {one.path: one.fault for one in tested.mismatches}


def test_a_store_as_promised_differs_in_nothing_and_is_protected(bench: Kept) -> None:
    tested = bench.check(contents="all")
    counts, entries = tested.test.counts, bench.parts.ledger.entries()
    assert tested.mismatches == []
    assert counts.expected == counts.seen == counts.read == counts.whole
    assert counts.expected == len(named_paths(entries[: tested.test.ledger_size])) + tested.test.ledger_size
    assert tested.test.states == {"locked": counts.expected}
    assert tested.test.renewed == counts.expected
    night = bench.kept.policies[bench.path("calls/")]
    # Sealed on 21 November 2026: kept to the end of the audit year and a year, and one midnight more.
    assert night == ("locked", datetime(2028, 1, 2, tzinfo=UTC))
    again = bench.check()
    # What the first test itself left: its entry, its table and those of its look at exceptions.
    assert (again.mismatches, again.test.renewed) == ([], again.test.counts.expected - counts.expected)


def test_what_is_lost_or_changed_is_an_exception_with_both_values(bench: Kept) -> None:
    calls, table, other = bench.path("calls/"), bench.path("tables/jobs/"), bench.path("tables/vaults/")
    sealed = named_paths(bench.parts.ledger.entries())
    del bench.kept.files[calls]
    bench.kept.spoil(table)
    bench.kept.spoil(other, b"short")
    tested = bench.check(contents="all")
    assert told(tested) == {calls: Fault.MISSING, table: Fault.CONTENT, other: Fault.SIZE}
    assert {bench.standing()[path] for path in (calls, table, other)} == {Class.EVIDENCE_LOST}
    assert sealed[calls][1] in bench.summary(calls)
    assert "nothing stands there" in bench.summary(calls)
    assert f"SHA-256 {sealed[table][1]}" in bench.summary(table)
    assert tested.test.counts.mismatched == 3


def test_a_listing_alone_never_makes_an_object_whole(bench: Kept) -> None:
    """Somebody changes a byte and puts the old hash beside it: names, sizes and notes are as promised."""
    path = bench.path("tables/jobs/")
    bench.kept.noted[path] = named_paths(bench.parts.ledger.entries())[path][1]
    bench.kept.spoil(path)
    days = []
    for day in range(29):
        tested = bench.check()
        if path in told(tested):
            days.append(day)
        bench.clock.moment += timedelta(days=1)
    assert days
    assert days == list(range(days[0], 29))  # once found it is read each night


@pytest.mark.slow
def test_each_content_is_read_within_thirty_days_also_after_missed_nights(bench: Kept) -> None:
    first = dict.fromkeys(bench.kept.files, bench.clock.moment)
    for day in range(60):
        if day not in {10, 11, 40}:
            bench.check()
            found = last_seen(bench.store, bench.parts.ledger.entries(), dict(first))
            for path, sealed in first.items():
                assert bench.clock.moment - found.whole_at.get(path, sealed) <= timedelta(days=30)
        bench.clock.moment += timedelta(days=1)
    assert found.whole_at.keys() == first.keys()


def test_the_same_ledger_and_day_read_the_same(bench: Kept) -> None:
    other = Kept(sealed_night())
    assert bench.check().test.counts == other.check().test.counts
    one, two = (SealedRows(b.store, named_paths(b.parts.ledger.entries())) for b in (bench, other))
    table, twin = (b.parts.ledger.entries()[-1].objects for b in (bench, other))
    assert [told.path for told in table] == [told.path for told in twin]
    assert one.content(table[0].path) == two.content(twin[0].path)


def test_what_cannot_be_looked_at_is_unknown_and_never_missing(bench: Kept) -> None:
    path, hidden = bench.path("calls/"), bench.path("tables/jobs/")
    bench.kept.closed[path] = "permission denied"
    content = bench.kept.files.pop(hidden)
    bench.kept.closed["tables/jobs"] = "a link stands there"
    tested = bench.check()
    assert told(tested) == {path: Fault.UNREAD, hidden: Fault.UNREAD}
    assert (tested.test.counts.unknown, tested.test.counts.mismatched) == (2, 0)
    assert tested.test.states["unknown"] == 2
    assert bench.standing() == {path: Class.EVIDENCE_UNREAD, hidden: Class.EVIDENCE_UNREAD}
    bench.kept.closed.clear()
    bench.kept.files[hidden] = content
    bench.clock.moment += timedelta(days=1)
    assert bench.check().mismatches == []
    assert bench.standing() == {}


def test_a_listing_that_breaks_off_leaves_the_rest_unknown(bench: Kept) -> None:
    bench.kept.listing_fails_after = 5
    tested = bench.check()
    assert set(told(tested).values()) == {Fault.UNREAD}
    assert tested.test.counts.seen == 5
    assert tested.test.counts.unknown == tested.test.counts.expected - 5
    assert "503 ServerBusy" in tested.mismatches[0].real


def test_protection_that_is_refused_stops_nothing_and_is_told(bench: Kept) -> None:
    bench.kept.refuses = "501 NotImplemented"
    tested = bench.check()
    assert bench.kept.asked == 3  # a store that does so by its nature is asked little
    assert set(told(tested).values()) == {Fault.PROTECTION}
    assert tested.test.not_renewed == "501 NotImplemented"
    assert tested.test.states == {"none": tested.test.counts.expected}
    one = tested.mismatches[0]
    assert one.promised.startswith("locked until 20")
    assert one.real == "not enforced"
    bench.kept.refuses = ""
    bench.clock.moment += timedelta(days=1)
    assert bench.check().mismatches == []
    assert bench.standing() == {}


def test_a_store_that_takes_settings_and_ignores_them_is_not_called_enforced(bench: Kept) -> None:
    bench.kept.ignores = True
    tested = bench.check()
    assert set(told(tested).values()) == {Fault.PROTECTION}
    assert tested.test.renewed == 0
    assert "keeps nothing by it" in tested.test.not_renewed


def test_protection_is_made_longer_when_a_promise_is_and_never_shorter(bench: Kept) -> None:
    bench.check()
    before = dict(bench.kept.policies)
    bench.clock.moment += timedelta(days=1)
    tester = TruthTester(bench.parts, bench.kept, Retention(default="3y"), LOCKED)
    check_truth(tester, contents="none")
    calls = bench.path("calls/")
    assert bench.kept.policies[calls][1] == protected_until(date(2029, 12, 31) + timedelta(days=1), "UTC")
    bench.check()
    assert all(bench.kept.policies[path][1] >= policy[1] for path, policy in before.items())
    assert bench.kept.policies[calls][1].year == 2030


def test_mode_off_asks_nothing_and_sets_nothing(bench: Kept) -> None:
    tested = bench.check(Demand("off"))
    assert (tested.mismatches, bench.kept.asked, tested.test.mode) == ([], 0, "off")
    assert tested.test.states == {"none": tested.test.counts.expected}


def test_a_file_that_could_be_written_is_told_read_and_made_read_only(bench: Kept) -> None:
    path = bench.path("calls/")
    bench.kept.writable.add(path)
    tested = bench.check(Demand("off"))
    assert told(tested) == {path: Fault.WRITABLE}
    assert path not in bench.kept.writable
    assert path in bench.kept.reads
    bench.clock.moment += timedelta(days=1)
    assert bench.check(Demand("off")).mismatches == []
    assert bench.standing() == {}


def test_what_was_written_over_is_told_though_a_version_is_kept(bench: Kept) -> None:
    path = bench.path("calls/")
    bench.check()
    bench.kept.versions[path] = 1
    tested = bench.check()
    assert told(tested) == {path: Fault.REPLACED}
    assert bench.standing()[path] is Class.EVIDENCE_LOST


def test_settings_of_the_account_that_contradict_are_exceptions(bench: Kept) -> None:
    made = bench.clock.moment
    bench.kept.made = dict.fromkeys(bench.kept.files, made)
    rules = (
        LifecycleRule("tidy", "delete", "objects", 30, "creation", ("calls/",)),
        LifecycleRule("late", "delete", "objects", 4000, "creation"),
        LifecycleRule("cold", "archive", "objects", 700, "modification", ("packs/none/",)),
    )
    tested = bench.check(grounds=Grounds(lifecycle=rules, soft_delete_days=14, container_soft_delete_days=14))
    assert told(tested) == {"lifecycle rule tidy (delete)": Fault.LIFECYCLE}
    assert "30 days after creation" in tested.mismatches[0].real
    assert bench.standing() == {"lifecycle rule tidy (delete)": Class.EVIDENCE_AT_RISK}
    bench.clock.moment += timedelta(days=1)
    weak = told(bench.check(Demand("off"), grounds=Grounds(permanent_delete=True)))
    assert weak.keys() == {
        "settings: permanent delete",
        *(f"settings: soft delete of {one}s" for one in ("blob", "container")),
    }
    unread = bench.check(
        grounds=Grounds(
            unread=(("lifecycle rules", "403 AuthorizationFailed"),), soft_delete_days=7, container_soft_delete_days=7
        )
    )
    assert told(unread) == {"settings: lifecycle rules": Fault.UNREAD}


def test_very_many_differences_are_one_exception_and_every_one_a_row(bench: Kept) -> None:
    for night in range(1, 5):
        bench.run(NIGHT + timedelta(days=night))
    bench.kept.refuses = "403"
    tested = bench.check()
    assert len(tested.mismatches) > 100
    assert bench.standing()[None] is Class.EVIDENCE_UNPROTECTED
    entries = bench.parts.ledger.entries()
    rows = SealedRows(bench.store, named_paths(entries)).file(TRUTH, tested.test.table.path)
    assert rows.filter([one == "mismatch" for one in rows["outcome"].to_pylist()]).num_rows == len(tested.mismatches)
    bench.kept.refuses = ""
    bench.clock.moment += timedelta(days=1)
    bench.check()
    assert None not in bench.standing()


def test_a_part_of_the_store_is_tested_alone_and_ends_nothing_elsewhere(bench: Kept) -> None:
    path = bench.path("calls/")
    content = bench.kept.files.pop(path)
    bench.check()
    bench.kept.files[path] = content
    bench.clock.moment += timedelta(days=1)
    part = bench.check(scope="tables/")
    assert part.test.scope == "tables/"
    assert part.mismatches == []
    assert bench.standing() == {path: Class.EVIDENCE_LOST}
    assert last_truth_test(bench.parts.ledger.entries()) != part.test
    bench.check(scope="calls/")
    assert bench.standing() == {}


def test_files_of_the_ledger_are_tested_too(bench: Kept) -> None:
    bench.kept.versions[path_of(2)] = 1
    assert told(bench.check()) == {path_of(2): Fault.REPLACED}


def test_an_empty_store_is_refused() -> None:
    store = KeepingMemoryStore()
    bench = Bench(store=store)
    with pytest.raises(RefusedError, match="nothing to test"):
        check_truth(TruthTester(bench.parts, store, Retention(), LOCKED), contents="all")


def test_what_is_being_disposed_of_is_not_missing(bench: Kept, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its deletion began with approval, and the process ended before the tombstone."""
    path = bench.path("calls/")
    entry = bench.parts.ledger.entries()[-1]
    monkeypatch.setattr(truth, "read_keeping", lambda _: Keeping(beginnings={path: entry}))
    del bench.kept.files[path]
    assert bench.check().mismatches == []


@pytest.mark.parametrize("lost", ["write", "answer"])
def test_a_test_that_was_cut_short_anywhere_is_made_again(bench: Kept, lost: str) -> None:
    files, path = dict(bench.kept.files), bench.path("calls/")
    for number in range(6):
        bench.kept.files = {one: data for one, data in files.items() if one != path}
        bench.kept.run_on()
        bench.kept.stop_before, bench.kept.stop_after = (number, None) if lost == "write" else (None, number)
        try:
            bench.check()
            assert number >= 5
        except Stopped:
            bench.kept.run_on()
            bench.check()
        bench.kept.run_on()
        assert told(bench.check()) == {path: Fault.MISSING}
        assert bench.standing() == {path: Class.EVIDENCE_LOST}
        lives = standing_exceptions(bench.store, bench.parts.ledger.entries()).by_key.values()
        assert [one.episode for one in lives] == [1]
