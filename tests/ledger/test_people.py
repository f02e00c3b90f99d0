"""What the ledger takes and refuses of deliveries to people and of their reviews."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evidence.errors import ConfigurationError, IntegrityError
from evidence.ledger.deliveries import deliveries, delivery, told_delivery
from evidence.ledger.entries import Draft, EntryKind, LedgerEntry, LedgerObject
from evidence.ledger.payloads import check_payload
from evidence.ledger.persons import Account, checked_name, checked_text, same_name
from evidence.ledger.reviews import Decision, ReviewOutcome, Seen, review, reviews, standing, told_review

AT = datetime(2026, 12, 1, 9, tzinfo=UTC)
MOMENT = "2026-12-01T09:00:00.000000Z"
HASH = "ab" * 32
BY = Account("anna", 1000, "backup-01")
SEEN = Seen("COMPLETE WITH GAPS", 2, 0, 5, 1, 3)


def handed(**changes: Any) -> dict[str, Any]:
    told = told_delivery(pack=("p-1", HASH), copy=(HASH, 9), receiver="Ada", purpose=None, by=BY, copied_at=MOMENT)
    return {**told, **changes}


def decided(reviewer: str = "Ada", outcome: ReviewOutcome = ReviewOutcome.CONFIRMED) -> dict[str, Any]:
    decision = Decision("p-1", HASH, outcome, None, reviewer, AT, None, SEEN)
    return told_review(decision, MOMENT, BY, f"attempt-{reviewer}-{outcome}")


def entry(kind: EntryKind, payload: dict[str, Any], sequence: int = 2) -> LedgerEntry:
    return Draft(kind, AT, "x", "pack/p-1", payload).placed(sequence, HASH)


def test_a_delivery_reads_back_as_it_was_told() -> None:
    found = delivery(entry(EntryKind.PACK_DELIVERED, handed(purpose="sample 14")))
    assert (found.pack_id, found.receiver, found.purpose, found.bytes) == ("p-1", "Ada", "sample 14", 9)
    assert found.asked_by == BY
    assert found.copied_at == AT
    assert deliveries([found.entry]) == {"p-1": (found,)}


def test_a_review_reads_back_as_it_was_told() -> None:
    found = review(entry(EntryKind.PACK_REVIEWED, decided()))
    assert found.decision == Decision("p-1", HASH, ReviewOutcome.CONFIRMED, None, "Ada", AT, None, SEEN)
    assert (found.account, found.grade) == (BY, "C")


DELIVERED: list[tuple[dict[str, Any], str]] = [
    ({"v": 2}, "version 2"),
    ({"extra": 1}, "extra"),
    ({"for": ""}, "for"),
    ({"bytes": -1}, "bytes"),
    ({"sha256": "x"}, "sha256"),
    ({"copied_at": "today"}, "copied_at"),
    ({"asked_by": {**BY.told(), "claims": {"oid": "1"}}}, "claims of a sign-in"),
    ({"asked_by": {"operating_system": {"user": "a", "uid": 1}, "claims": None}}, "host"),
]


@pytest.mark.parametrize(("changes", "why"), DELIVERED)
def test_a_delivery_that_is_not_of_version_1_is_refused(changes: dict[str, Any], why: str) -> None:
    found = entry(EntryKind.PACK_DELIVERED, handed(**changes))
    with pytest.raises(IntegrityError) as told:
        delivery(found)
    assert why in told.value.cause
    with pytest.raises(ConfigurationError):
        check_payload(found)


REVIEWED: list[tuple[dict[str, Any], str]] = [
    ({"grade": "A"}, "grade C"),
    ({"signature": HASH}, "unsigned"),
    ({"identity": {**BY.told(), "claims": {"oid": "1"}}}, "claims of a sign-in"),
    ({"decision": {**decided()["decision"], "outcome": "perhaps"}}, "perhaps"),
    ({"decision": {**decided()["decision"], "seen": {}}}, "gaps"),
    ({"decision": {**decided()["decision"], "supersedes": "x"}}, "supersedes"),
    ({"v": 2}, "signature"),
    ({"v": 3}, "version 3"),
    ({"more": None}, "more"),
]


@pytest.mark.parametrize(("changes", "why"), REVIEWED)
def test_a_review_that_is_not_of_version_1_is_refused(changes: dict[str, Any], why: str) -> None:
    with pytest.raises(IntegrityError) as told:
        review(entry(EntryKind.PACK_REVIEWED, {**decided(), **changes}))
    assert why in told.value.cause


CLAIMS = {"tid": "T-1", "oid": "O-1"}


def signed(reviewer: str = "Ada", claims: dict[str, Any] | None = None, **changes: Any) -> dict[str, Any]:
    decision = Decision("p-1", HASH, ReviewOutcome.CONFIRMED, None, reviewer, AT, None, SEEN)
    return {**told_review(decision, MOMENT, BY, f"attempt-{reviewer}", (claims or CLAIMS, HASH)), **changes}


def signed_entry(payload: dict[str, Any], sequence: int = 2) -> LedgerEntry:
    named = (LedgerObject(f"decisions/{HASH}-1/decision.json", 1, HASH),)
    return Draft(EntryKind.PACK_REVIEWED, AT, "x", "pack/p-1", payload, named).placed(sequence, HASH)


def test_a_signed_review_reads_back_with_its_claims() -> None:
    found = review(signed_entry(signed()))
    assert (found.claims, found.grade, found.statement_sha256, found.account) == (CLAIMS, "B", HASH, BY)
    assert found.person == ("t-1", "o-1")


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"grade": "C"}, "grade B"),
        ({"signature": None}, "signature"),
        ({"signature": "cd" * 32}, "does not name the signed statement"),
        ({"identity": BY.told()}, "claims"),
        ({"identity": {**BY.told(), "claims": {"tid": "T-1"}}}, "oid"),
        ({"v": 1}, "unsigned"),
    ],
)
def test_a_review_that_is_signed_in_part_is_refused(changes: dict[str, Any], why: str) -> None:
    with pytest.raises(IntegrityError) as told:
        review(signed_entry(signed(**changes)))
    assert why in told.value.cause


def test_a_typed_name_supersedes_no_signed_review_and_persons_are_told_apart_by_id() -> None:
    entries = [
        entry(EntryKind.PACK_REVIEWED, decided("Ada")),
        signed_entry(signed("Ada"), 3),
        signed_entry(signed("Ada", {"tid": "t-1", "oid": "o-2"}), 4),
        entry(EntryKind.PACK_REVIEWED, decided("ada", ReviewOutcome.REJECTED), 5),
        signed_entry(signed("Ada Married", {"tid": "T-1", "oid": "o-1"}), 6),
    ]
    found = standing(reviews(entries)["p-1"])
    assert [one.entry.sequence for one in found] == [4, 5, 6]


@pytest.mark.parametrize(
    ("kind", "payload"), [(EntryKind.PACK_DELIVERED, handed()), (EntryKind.PACK_REVIEWED, decided())]
)
def test_an_entry_is_about_the_pack_that_it_names(kind: EntryKind, payload: dict[str, Any]) -> None:
    check_payload(entry(kind, payload))
    with pytest.raises(ConfigurationError, match="cannot be written"):
        check_payload(replace(entry(kind, payload), subject="pack/p-2"))


def test_a_later_review_by_the_same_person_stands_and_other_persons_stand_beside() -> None:
    entries = [
        entry(EntryKind.PACK_REVIEWED, decided("Ada")),
        entry(EntryKind.PACK_REVIEWED, decided("Bo"), 3),
        entry(EntryKind.PACK_REVIEWED, decided(" ada ".strip().upper(), ReviewOutcome.REJECTED), 4),
    ]
    found = standing(reviews(entries)["p-1"])
    assert [(one.decision.reviewer, str(one.decision.outcome)) for one in found] == [
        ("Bo", "confirmed"),
        ("ADA", "rejected"),
    ]


@pytest.mark.parametrize("name", ["", " ", " Ada", "Ada ", "A\nda", "A\x1b[31mda", "A\u202eda", "A" * 201, "a\x00"])
def test_what_is_no_name_is_refused(name: str) -> None:
    with pytest.raises(ConfigurationError, match="no name"):
        checked_name(name, "--for")


@given(st.text())
def test_a_name_that_is_taken_is_one_printable_line(text: str) -> None:
    try:
        name = checked_name(text, "--for")
    except ConfigurationError:
        return
    assert name == name.strip()
    assert name.isprintable()


@pytest.mark.parametrize("text", ["", "  \n ", "a\x07", "a" * 4001, "a\tb"])
def test_what_is_no_remark_is_refused(text: str) -> None:
    with pytest.raises(ConfigurationError):
        checked_text(text, "--remarks")
    assert checked_text("two\nlines ", "--remarks") == "two\nlines"


def test_names_are_compared_without_case_blanks_and_forms_of_letters() -> None:
    assert same_name("Zo\u00eb  Q", "zoe\u0308 q")
    assert not same_name("Ada", "Bo")
