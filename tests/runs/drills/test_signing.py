"""Decisions that persons sign: the statement says what was recorded, and whatever is changed later is found."""

from __future__ import annotations

import copy
import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
import rfc8785

from evidence.drills.events import PlanApproved, PlanDrafted, Reviewed, Waived
from evidence.drills.spelling import plan_sha256, record_sha256
from evidence.drills.values import Person, State, Waiver
from evidence.errors import IntegrityError, RefusedError
from evidence.ledger.entries import Draft, EntryKind, LedgerEntry, LedgerObject
from evidence.ledger.ledger import Ledger
from evidence.runs.drills.book import read_book
from evidence.runs.drills.recording import Recorded
from evidence.runs.drills.reviewing import Answered, reviewed
from evidence.runs.drills.signing import Certificate, Signable, certificates, record_signed
from evidence.runs.signed_decisions import SIGNATURE, STATEMENT, Sealer
from evidence.stores.layout import DECISIONS
from tests.drills.making import PLANNER, REVIEWER, START, TESTER, facts, person, planned, submitted
from tests.fakes.certificates import trade
from tests.fakes.identities import ISSUER, identity_of, sealer
from tests.fakes.packing import FailingAuthority
from tests.fakes.packs import signer_of
from tests.runs.drills.drills_desk import BY, NAME, Desk


def in_review() -> Desk:
    desk = Desk()
    desk.plan()
    for event in facts():
        desk.tell(event)
    desk.tell(submitted(desk.drill()))
    return desk


def sign(desk: Desk, event: Signable, *, by: Person = REVIEWER, tools: Sealer | None = None) -> Recorded:
    found = identity_of(by, desk.bench.clock.moment.replace(microsecond=0))
    return record_signed(desk.bench.parts, tools or sealer(desk.bench), found, event, account=BY)


def review(desk: Desk, by: Person = REVIEWER, decision: str = "accepted", seen: str | None = None) -> Reviewed:
    answered = Answered(seen or record_sha256(desk.drill()), decision, "", ("yes",) * 6)
    return reviewed(desk.drill(), by, answered, desk.bench.clock.now())


def read(desk: Desk, entries: Sequence[LedgerEntry] | None = None) -> tuple[Certificate, ...]:
    return certificates(desk.bench.store, entries or Ledger(desk.bench.store).entries())


def statement_of(desk: Desk) -> tuple[str, dict[str, Any]]:
    (path,) = (one for one in desk.bench.memory.files if one.startswith(DECISIONS) and one.endswith(STATEMENT))
    return path, json.loads(desk.bench.memory.files[path])


def test_a_signed_review_is_read_back_as_a_certificate() -> None:
    desk = in_review()
    seen = record_sha256(desk.drill())
    recorded = sign(desk, review(desk))
    drill = desk.drill()
    assert drill.state is State.ACCEPTED
    (found,) = read(desk)
    assert (found.subject, found.decision, found.person, found.record_sha256) == (
        f"drill/{NAME}",
        "accepted",
        REVIEWER,
        seen,
    )
    assert (found.issuer, found.amr, found.account, found.sequence) == (
        ISSUER,
        ("pwd", "mfa"),
        BY,
        recorded.entry.sequence,
    )
    assert found.statement_sha256 == drill.sign_offs[-1].identity_sha256
    assert found.stamped_at is not None
    assert not found.signer_established  # nothing was sealed in this store


def test_the_statement_holds_what_was_decided_and_by_whom() -> None:
    desk = in_review()
    seen = record_sha256(desk.drill())
    size = len(Ledger(desk.bench.store).entries())
    sign(desk, review(desk))
    path, told = statement_of(desk)
    assert set(told["identity"]) == {"iss", "tid", "oid", "auth_time", "amr", "name", "preferred_username"}
    assert told["identity"]["oid"] == REVIEWER.object_id
    assert told["record_sha256"] == seen == told["decision"]["told"]["sign_off"]["record_sha256"]
    assert told["decision"]["told"]["sign_off"]["identity_sha256"] is None
    assert (told["ledger"]["size"], told["from"]) == (size, {"user": "anna", "uid": 1000, "host": "backup-01"})
    assert path.startswith(f"{DECISIONS}{hashlib.sha256(desk.bench.memory.files[path]).hexdigest()}-")
    assert {path, path + ".p7s"} == {one for one in desk.bench.memory.files if one.startswith(DECISIONS)}


def test_a_guard_speaks_before_anything_is_signed() -> None:
    desk = in_review()
    for event, by in (
        (review(desk, by=TESTER), TESTER),
        (review(desk, by=replace(TESTER, name="Somebody Else")), replace(TESTER, name="Somebody Else")),
        (review(desk, seen="0" * 64), REVIEWER),
    ):
        with pytest.raises(RefusedError):
            sign(desk, event, by=by)
    assert desk.drill().state is State.IN_REVIEW
    assert not any(path.startswith(DECISIONS) for path in desk.bench.memory.files)


def test_whoever_signs_in_is_the_one_who_decides() -> None:
    desk = in_review()
    with pytest.raises(RefusedError, match="somebody else is named"):
        sign(desk, review(desk), by=PLANNER)


def test_plans_and_waivers_are_signed_in_the_same_way() -> None:
    desk = Desk()
    drafted = PlanDrafted("DP-2026Q3", "2026Q3", (planned(),), "0" * 64, "1" * 64, START - timedelta(days=9), PLANNER)
    desk.tell(drafted)
    sign(desk, PlanApproved("DP-2026Q3", plan_sha256(drafted), desk.bench.clock.now(), REVIEWER))
    day = (desk.bench.clock.moment + timedelta(days=90)).date()
    sign(desk, Waived(NAME, Waiver("Replaced in December.", REVIEWER, day), desk.bench.clock.now(), REVIEWER))
    found = read(desk)
    assert [(one.subject, one.decision) for one in found] == [
        ("plan/DP-2026Q3", "plan_approved"),
        (f"drill/{NAME}", "waived"),
    ]
    assert found[0].record_sha256 == plan_sha256(drafted)
    assert read_book(Ledger(desk.bench.store).entries()).drills[NAME].state is State.WAIVED


def test_an_authority_that_is_not_there_does_not_stop_a_decision() -> None:
    desk = in_review()
    sign(desk, review(desk), tools=replace(sealer(desk.bench), authority=FailingAuthority()))
    (found,) = read(desk)
    assert found.stamped_at is None


def _statement(change: Callable[[dict[str, Any]], None]) -> Callable[[Desk, LedgerEntry], LedgerEntry]:
    """A statement that is another, with a ledger entry that names it, and the old signature."""

    def changed(desk: Desk, entry: LedgerEntry) -> LedgerEntry:
        path, told = statement_of(desk)
        change(told)
        return _replaced(desk, entry, path, rfc8785.dumps(told))

    return changed


def _signed_anew(
    change: Callable[[dict[str, Any]], None],
) -> Callable[[Desk, LedgerEntry], LedgerEntry]:
    """The same with a signature that holds: whoever holds the key, or another, rewrites it."""

    def changed(desk: Desk, entry: LedgerEntry) -> LedgerEntry:
        path, told = statement_of(desk)
        at = datetime.fromisoformat(told["at"])
        change(told)
        data = rfc8785.dumps(told)
        entry = _replaced(desk, entry, path, data)
        signature = sealer(desk.bench).signer.sign_detached(data, at, None)
        return _replaced(desk, entry, path + ".p7s", signature)

    return changed


def _replaced(desk: Desk, entry: LedgerEntry, path: str, data: bytes) -> LedgerEntry:
    desk.bench.memory.files[path] = data
    named = LedgerObject(path, len(data), hashlib.sha256(data).hexdigest())
    return replace(entry, objects=tuple(named if one.path == path else one for one in entry.objects))


def _payload(change: Callable[[Any], None]) -> Callable[[Desk, LedgerEntry], LedgerEntry]:
    """A ledger entry that says something else than the statement."""

    def changed(desk: Desk, entry: LedgerEntry) -> LedgerEntry:
        payload: Any = copy.deepcopy(dict(entry.payload))
        change(payload)
        return replace(entry, payload=payload)

    return changed


def _flipped(name: str) -> Callable[[Desk, LedgerEntry], LedgerEntry]:
    def changed(desk: Desk, entry: LedgerEntry) -> LedgerEntry:
        (path,) = (one.path for one in entry.objects if one.path.endswith(name))
        data = bytearray(desk.bench.memory.files[path])
        data[len(data) // 2] ^= 1
        return _replaced(desk, entry, path, bytes(data))

    return changed


def _without_statement(desk: Desk, entry: LedgerEntry) -> LedgerEntry:
    return replace(entry, objects=())


def _another(told: Any) -> None:
    told["identity"]["oid"] = PLANNER.object_id


def _another_claim(payload: Any) -> None:
    payload["identity"]["claims"]["amr"] = ["pwd"]


def _another_person(payload: Any) -> None:
    payload["identity"]["claims"]["oid"] = PLANNER.object_id
    payload["told"]["by"]["object_id"] = PLANNER.object_id
    payload["told"]["sign_off"]["person"]["object_id"] = PLANNER.object_id


TAMPERED: dict[str, tuple[Callable[[Desk, LedgerEntry], LedgerEntry], str]] = {
    "a bit of the statement": (_flipped(STATEMENT), "other bytes"),
    "a bit of the signature": (_flipped(SIGNATURE), "signature|PEM|read|seal"),
    "another person in the statement": (_statement(_another), "other bytes"),
    "another person in the statement, signed anew": (_signed_anew(_another), "the claims, the person"),
    "another decision, signed anew": (
        _signed_anew(lambda told: told["decision"]["told"]["sign_off"].update(decision="rejected")),
        "the decision",
    ),
    "another hash, signed anew": (_signed_anew(lambda told: told.update(record_sha256="0" * 64)), "hash that was read"),
    "another machine, signed anew": (_signed_anew(lambda told: told["from"].update(host="elsewhere")), "the account"),
    "another ledger, signed anew": (_signed_anew(lambda told: told["ledger"].update(size=1)), "another ledger"),
    "a field more, signed anew": (_signed_anew(lambda told: told.update(remark="x")), "remark"),
    "a newer version, signed anew": (_signed_anew(lambda told: told.update(v=2)), "version 1"),
    "another claim in the entry": (_payload(_another_claim), "the claims"),
    "another person in the entry": (_payload(_another_person), "the person"),
    "another answer in the entry": (
        _payload(lambda payload: payload["told"]["sign_off"]["answers"][0].__setitem__(1, "no")),
        "the decision",
    ),
    "no statement named": (_without_statement, "does not name one signed statement"),
}


@pytest.fixture(scope="module")
def signed() -> Desk:
    desk = in_review()
    sign(desk, review(desk), tools=sealer(desk.bench, stamped=False))
    return desk


@pytest.mark.parametrize("case", TAMPERED)
def test_whatever_is_changed_later_is_found(signed: Desk, case: str) -> None:
    change, told = TAMPERED[case]
    files = dict(signed.bench.memory.files)
    *before, entry = Ledger(signed.bench.store).entries()
    try:
        changed = change(signed, entry)
        with pytest.raises(IntegrityError) as found:
            read(signed, [*before, changed])
    finally:
        signed.bench.memory.files = files
    assert any(word in " ".join(found.value.diagnostics()) for word in told.split("|"))
    assert read(signed)


def test_a_statement_of_another_size_than_named_is_found(signed: Desk) -> None:
    path, _ = statement_of(signed)
    kept = signed.bench.memory.files[path]
    try:
        signed.bench.memory.files[path] = kept + b" "
        with pytest.raises(IntegrityError, match="not valid"):
            read(signed)
    finally:
        signed.bench.memory.files[path] = kept


def test_the_signer_must_be_the_one_who_seals() -> None:
    desk = in_review()
    other = Sealer(signer_of(trade().other_signer, trade().issuing), None)
    sealed(desk, trade().signer.fingerprint)
    sign(desk, review(desk), tools=other)
    with pytest.raises(IntegrityError, match="not valid") as found:
        read(desk)
    assert "another certificate sealed then" in found.value.cause


def test_a_signer_who_sealed_before_is_established() -> None:
    desk = in_review()
    sealed(desk, trade().signer.fingerprint)
    sign(desk, review(desk))
    assert read(desk)[0].signer_established


def sealed(desk: Desk, fingerprint: str) -> None:
    """A rotation to a certificate, as the ledger tells who seals."""
    payload: Mapping[str, object] = {
        "previous_fingerprint_sha256": "0" * 64,
        "fingerprint_sha256": fingerprint,
        "subject": "CN=Evidence signer",
        "not_before": "2020-01-01T00:00:00.000000Z",
        "not_after": "2049-01-01T00:00:00.000000Z",
        "reason": "test",
        "countersigned": False,
        "attempt": "one",
    }
    named = (LedgerObject("certificates/x/rotation.json", 1, "0" * 64),)
    now = desk.bench.clock.now()
    Ledger(desk.bench.store).append(
        Draft(EntryKind.KEY_ROTATED, now, "tester", f"signer/{fingerprint}", payload, named)
    )


def test_nobody_else_signs_twice() -> None:
    desk = in_review()
    sign(desk, review(desk))
    with pytest.raises(RefusedError, match="only a drill in review"):
        sign(desk, review(desk, by=person(9)), by=person(9))


def test_a_statement_that_was_disposed_of_is_not_missed(monkeypatch: pytest.MonkeyPatch) -> None:
    desk = in_review()
    sign(desk, review(desk))
    entries = Ledger(desk.bench.store).entries()
    paths = [path for path in desk.bench.memory.files if path.startswith(DECISIONS)]
    for path in paths:
        del desk.bench.memory.files[path]
    monkeypatch.setattr("evidence.runs.signed_decisions.gone", lambda _: dict.fromkeys(paths, entries[-1]))
    assert read(desk) == ()
