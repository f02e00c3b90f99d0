from __future__ import annotations

import copy
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from evidence.errors import ConfigurationError, IntegrityError, RefusedError
from evidence.ledger.folds import SealedPack
from evidence.ledger.persons import Account
from evidence.ledger.reviews import Review, ReviewOutcome, Seen, reviews, standing
from evidence.packs.build import PackOrder, build_pack
from evidence.packs.oversight.review_showing import show
from evidence.packs.oversight.reviews import (
    ReviewRule,
    Verdict,
    outcome_of,
    outstanding,
    record_review,
    rejected,
    sealed_by_same_account,
)
from evidence.packs.oversight.signed_reviews import SignedIn, check_signed_reviews
from evidence.packs.period import span_period
from evidence.packs.scope import PackScope
from evidence.records import Kind, Outcome
from evidence.runs.signed_decisions import read_signed_decision
from tests.drills.making import person
from tests.fakes.bench import NIGHT, Bench, backup
from tests.fakes.identities import identity_of, sealer
from tests.fakes.packing import sealing

BY = Account("anna", 1000, "backup-01")
LAST = NIGHT + timedelta(days=2)
SEEN = Seen("COMPLETE", 0, 0, 0, 0, 0)


def made() -> tuple[Bench, SealedPack]:
    """An audit pack of three nights: one VM that failed and was backed up, one that fails, a night without points."""
    bench = Bench()
    vault = bench.vault()
    for number in range(3):
        day = NIGHT + timedelta(days=number)
        backup(vault, day, "vm-mended", status="Failed" if number == 0 else "Completed")
        backup(vault, day, "vm-bad", status="Completed" if number == 0 else "Failed")
    vault.spoiled[Kind.POLICIES] = (Outcome.NOT_REACHED, "HTTP 403 AuthorizationFailed")
    bench.nights(3)
    return bench, build(bench)


def build(bench: Bench, reason: str | None = None) -> SealedPack:
    order = PackOrder("audit", PackScope("all"), span_period(NIGHT, LAST), reason)
    return build_pack(bench.parts, sealing(bench), order).pack


MADE = made()


@pytest.fixture
def bench() -> Bench:
    return copy.deepcopy(MADE[0])


PACK = MADE[1]


def verdict(
    reviewer: str = "Ada", outcome: str = "confirmed", remarks: str | None = None, sha256: str | None = None
) -> Verdict:
    return Verdict.checked(reviewer, BY, outcome, remarks, sha256 or PACK.tagmanifest_sha256)


def reviewed(bench: Bench, one: Verdict, pack: SealedPack = PACK) -> Review:
    return record_review(bench.parts, pack, SEEN, one)


def test_a_reviewer_is_shown_completeness_gaps_and_what_nothing_resolved(bench: Bench) -> None:
    shown = show(bench.parts, PACK)
    assert shown.seen == Seen("COMPLETE WITH GAPS", 3, 0, 3, 1, 0)
    assert {one["kind"] for one in shown.gaps} == {"policies"}
    assert [str(one["subject"]).rpartition(";")[2] for one in shown.unresolved] == ["vm-bad"]


def test_a_decision_is_recorded_with_what_was_seen_and_by_whom(bench: Bench) -> None:
    seen = show(bench.parts, PACK).seen
    found = record_review(bench.parts, PACK, seen, verdict(outcome="with-remarks", remarks="policies were not read"))
    decision = found.decision
    assert (decision.pack_id, decision.tagmanifest_sha256) == (PACK.pack_id, PACK.tagmanifest_sha256)
    assert (decision.outcome, decision.remarks) == (ReviewOutcome.WITH_REMARKS, "policies were not read")
    assert (decision.reviewer, found.account, found.grade, decision.seen) == ("Ada", BY, "C", seen)
    assert found.entry.payload["identity"] == BY.told()
    assert bench.parts.ledger.entries()[-1] == found.entry


@pytest.mark.parametrize(
    "typed",
    ["0" * 64, "", "confirmed", PACK.tagmanifest_sha256[:-1], PACK.pack_id],
    ids=["zeros", "empty", "word", "short", "id"],
)
def test_another_hash_than_the_packs_is_refused(bench: Bench, typed: str) -> None:
    with pytest.raises(RefusedError, match="hash typed"):
        reviewed(bench, replace(verdict(), sha256=typed))
    assert reviews(bench.parts.ledger.entries()) == {}


def test_a_hash_may_be_typed_with_blanks_colons_and_capitals(bench: Bench) -> None:
    hex_ = PACK.tagmanifest_sha256.upper()
    reviewed(bench, verdict(sha256=" " + ":".join(hex_[n : n + 2] for n in range(0, 64, 2)) + "\n"))
    assert list(reviews(bench.parts.ledger.entries())) == [PACK.pack_id]


@pytest.mark.parametrize("name", ["tester", "TESTER", "Tester"])
def test_whoever_sealed_a_pack_does_not_review_it(bench: Bench, name: str) -> None:
    with pytest.raises(RefusedError, match="sealed"):
        reviewed(bench, verdict(name))


def test_the_account_that_sealed_is_told_from_the_reviewers_name() -> None:
    automation = replace(PACK, entry=replace(PACK.entry, actor="backup-evidence/anna"))
    assert sealed_by_same_account(automation, BY)
    assert not sealed_by_same_account(PACK, BY)


@pytest.mark.slow
def test_a_superseded_pack_is_not_reviewed_also_where_it_was_superseded_meanwhile(bench: Bench) -> None:
    shown = show(bench.parts, PACK)
    newer = build(bench, "rights were granted")
    for attempt in (lambda: show(bench.parts, PACK), lambda: record_review(bench.parts, PACK, shown.seen, verdict())):
        with pytest.raises(RefusedError, match=f"superseded by {newer.pack_id}"):
            attempt()
    assert show(bench.parts, newer).seen.completeness == "COMPLETE WITH GAPS"


def test_a_pack_that_does_not_hold_is_not_shown(bench: Bench) -> None:
    path = next(one.path for one in PACK.entry.objects if one.path.endswith(".zip"))
    bench.memory.files[path] = bench.memory.files[path][:-1] + b"x"
    with pytest.raises(IntegrityError):
        show(bench.parts, PACK)


def test_a_later_review_of_the_same_person_supersedes_and_nothing_is_edited(bench: Bench) -> None:
    first = reviewed(bench, verdict("Ada", "rejected", "not all was read"))
    other = reviewed(bench, verdict("Bo"))
    second = reviewed(bench, verdict("ada"))
    assert [one.decision.supersedes for one in (first, other, second)] == [None, None, first.entry.entry_id]
    found = reviews(bench.parts.ledger.entries())[PACK.pack_id]
    assert found == (first, other, second)
    assert standing(found) == (other, second)


def signed_in(bench: Bench, number: int = 5) -> SignedIn:
    return SignedIn(identity_of(person(number), bench.clock.moment), sealer(bench, stamped=False))


def test_a_signed_review_is_proven_by_its_statement(bench: Bench) -> None:
    typed = reviewed(bench, verdict("Person 5"))
    found = record_review(bench.parts, PACK, SEEN, verdict("Person 5"), signed_in(bench))
    assert (found.grade, found.person, found.decision.supersedes) == ("B", person(5).key, typed.entry.entry_id)
    entries = bench.parts.ledger.entries()
    check_signed_reviews(bench.store, entries)
    statement = read_signed_decision(bench.store, entries, found.entry)
    assert (statement.record_sha256, statement.established) == (PACK.tagmanifest_sha256, True)
    later = reviewed(bench, verdict("Person 5", "rejected", "typed by somebody"))
    assert later.decision.supersedes == typed.entry.entry_id  # never the signed one
    assert standing(reviews(bench.parts.ledger.entries())[PACK.pack_id]) == (found, later)


@pytest.mark.parametrize("changed", ["remarks", "claims"])
def test_a_signed_review_that_says_otherwise_than_its_statement_is_found(bench: Bench, changed: str) -> None:
    told = verdict("Person 5", "rejected", "not all was read")
    found = record_review(bench.parts, PACK, SEEN, told, signed_in(bench))
    payload: Any = copy.deepcopy(dict(found.entry.payload))
    if changed == "remarks":
        payload["decision"]["remarks"] = "all is well"
    else:
        payload["identity"]["claims"]["oid"] = person(6).object_id
    *before, entry = bench.parts.ledger.entries()
    with pytest.raises(IntegrityError, match="says otherwise"):
        check_signed_reviews(bench.store, [*before, replace(entry, payload=payload)])


def test_what_may_not_be_reviewed_is_not_signed(bench: Bench) -> None:
    with pytest.raises(RefusedError):
        record_review(bench.parts, PACK, SEEN, verdict("Person 5", sha256="0" * 64), signed_in(bench))
    assert not any(path.startswith("decisions/") for path in bench.memory.files)


def test_the_same_decision_twice_is_two_entries(bench: Bench) -> None:
    assert len({reviewed(bench, verdict()).entry.sequence for _ in range(2)}) == 2


@pytest.mark.parametrize(
    ("outcome", "remarks"),
    [("confirmed", "but"), ("with-remarks", None), ("rejected", None), ("rejected", " "), ("perhaps", None)],
)
def test_remarks_belong_to_outcomes_that_need_them(outcome: str, remarks: str | None) -> None:
    with pytest.raises(ConfigurationError):
        verdict(outcome=outcome, remarks=remarks)


@pytest.mark.parametrize("word", ["with-remarks", "confirmed with remarks", "Confirmed-With-Remarks", "with remarks"])
def test_outcomes_are_typed_as_people_do(word: str) -> None:
    assert outcome_of(word) is ReviewOutcome.WITH_REMARKS


# --- what is due


def test_a_review_is_due_then_overdue_and_then_made(bench: Bench) -> None:
    rule, entries = ReviewRule(), bench.parts.ledger.entries()
    (one,) = outstanding(entries, rule)
    assert (one.pack.pack_id, one.due_at) == (PACK.pack_id, PACK.entry.at + timedelta(days=30))
    assert not one.overdue(one.due_at)
    assert one.overdue(one.due_at + timedelta(seconds=1))
    reviewed(bench, verdict())
    assert outstanding(bench.parts.ledger.entries(), rule) == ()


@pytest.mark.slow
def test_only_kinds_of_the_rule_are_due_and_a_new_revision_is_due_anew(bench: Bench) -> None:
    assert outstanding(bench.parts.ledger.entries(), ReviewRule(kinds=("night",))) == ()
    reviewed(bench, verdict())
    newer = build(bench, "more")
    assert [one.pack.pack_id for one in outstanding(bench.parts.ledger.entries(), ReviewRule())] == [newer.pack_id]


@pytest.mark.slow
def test_a_rejected_pack_is_told_until_its_reviewer_or_a_revision_says_otherwise(bench: Bench) -> None:
    reviewed(bench, verdict("Ada", "rejected", "no"))
    (found,) = rejected(bench.parts.ledger.entries())
    assert found.decision.remarks == "no"
    other = copy.deepcopy(bench)
    reviewed(bench, verdict("Ada"))
    build(other, "mended")
    assert [rejected(one.parts.ledger.entries()) for one in (bench, other)] == [(), ()]
