"""Why an object stays: what outlives all, what is held, what is not yet over; and how a proposal goes its way."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from evidence.errors import RefusedError
from evidence.retention.disposition import (
    Approver,
    Dispositions,
    Proposal,
    approve,
    begin,
    bury,
    certify,
    propose,
    why_kept,
)
from evidence.retention.values import Hold, HoldScope, KeptFile, Kind, Promise, Registered, State, kind_of

AT = datetime(2028, 1, 2, 12, tzinfo=UTC)
OVER = date(2028, 1, 1)
ADA, BO = (Approver("t", name, name, AT, 9) for name in ("ada", "bo"))


def kept(path: str, until: date | None = OVER) -> Registered:
    file = KeptFile(path, kind_of(path), 1, "0" * 64, AT, 2, None, None, None, None, None, None)
    return Registered(file, Promise(until, "a rule"), state=State.ELIGIBLE)


@pytest.mark.parametrize("path", ["calls/night=x/r/a", "tables/jobs/n/a", "packs/p/a.zip", "drills/d/a", "stamps/p/a"])
def test_what_is_over_may_go_the_day_after_and_not_before(path: str) -> None:
    assert why_kept(kept(path), date(2028, 1, 2)) is None
    assert "until 2028-01-01" in str(why_kept(kept(path), OVER))


@pytest.mark.parametrize(
    "path",
    [
        "ledger/000000000001.json",
        "checkpoints/1/checkpoint.json",
        "certificates/a",
        "retention/p/proposal.json",
        "configuration/a.yaml",
        "assessments/exception_events/night=x/a.parquet",
        "assessments/exceptions/night=x/a.parquet",
        "notifications/r/standing.parquet",
        "somewhere/else",
        "loose",
    ],
)
def test_what_outlives_all_or_is_not_known_stays(path: str) -> None:
    assert why_kept(kept(path), date(2999, 1, 1)) is not None


def test_a_hold_wins_over_every_state_and_what_never_ends_stays() -> None:
    hold = Hold("A-1", "A", HoldScope(), AT, "Ada", "claim", 3)
    assert why_kept(replace(kept("calls/n/a"), holds=(hold,)), date(2999, 1, 1)) == "legal hold A-1"
    assert "for ever" in str(why_kept(kept("calls/n/a", None), date(2999, 1, 1)))
    assert why_kept(None, date(2999, 1, 1)) == "no ledger entry names it"
    gone = replace(kept("calls/n/a"), state=State.DISPOSED)
    assert why_kept(gone, date(2999, 1, 1)) == "it was disposed of already"
    assert kept("loose").file.kind is Kind.UNKNOWN


def proposal(name: str = "p", sha256: str = "1", count: int = 2) -> Proposal:
    return Proposal(name, sha256, OVER, AT, f"retention/{name}", count, 7)


def test_the_way_and_no_other() -> None:
    book = propose(Dispositions(), proposal())
    steps: tuple[Callable[[Dispositions], Dispositions], ...] = (
        lambda book: approve(book, "p", "1", ADA),
        lambda book: approve(book, "p", "1", BO),
        lambda book: begin(book, "p", "1", ["a", "b"]),
        lambda book: bury(book, "p", "1", ["a", "b"]),
        lambda book: certify(book, "p", ["a", "b"]),
    )
    states = ["in_review", "approved", "disposing", "disposed", "certified"]
    for number, step in enumerate(steps):
        for later in steps[max(number + 1, 2) :]:
            with pytest.raises(RefusedError):
                later(book)
        book = step(book)
        assert book.proposals["p"].state == states[number]
        with pytest.raises(RefusedError):
            step(book) if number != 2 else begin(book, "p", "1", ["a", "b", "c"])
    assert book.standing is None
    assert book.gone == {"a", "b"}


@pytest.mark.parametrize("same", [replace(ADA, object_id="ADA"), replace(ADA, name="Somebody Else")])
def test_one_account_is_one_person_whatever_its_name(same: Approver) -> None:
    book = approve(propose(Dispositions(), proposal()), "p", "1", ADA)
    with pytest.raises(RefusedError, match="a second person must"):
        approve(book, "p", "1", same)


def test_other_bytes_and_what_is_over_are_refused() -> None:
    book = propose(Dispositions(), proposal())
    with pytest.raises(RefusedError, match="is not proposal p"):
        approve(book, "p", "2", ADA)
    later = propose(book, proposal("q"))
    with pytest.raises(RefusedError, match="took its place"):
        approve(later, "p", "1", ADA)
    with pytest.raises(RefusedError, match="there already"):
        propose(later, proposal("q"))
    with pytest.raises(RefusedError, match="names nothing"):
        propose(later, proposal("r", count=0))


def test_what_an_ended_proposal_had_begun_is_still_told() -> None:
    book = approve(approve(propose(Dispositions(), proposal()), "p", "1", ADA), "p", "1", BO)
    book = propose(begin(book, "p", "1", ["a"]), proposal("q"))
    assert bury(book, "p", "1", ["a"]).gone == {"a"}
    with pytest.raises(RefusedError, match="took its place"):
        begin(book, "p", "1", ["b"])
