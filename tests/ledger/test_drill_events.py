"""What the ledger takes and refuses of events of drills."""

from __future__ import annotations

from typing import Any

import pytest

from evidence.drills.events import (
    Cancelled,
    CleanedUp,
    DeviationRecorded,
    DrillPlanned,
    Event,
    EvidenceAttached,
    Missed,
    PlanApproved,
    PlanDrafted,
    RestoreClassified,
    SeedRevealed,
    Superseded,
    Waived,
)
from evidence.drills.spelling import told_event
from evidence.drills.values import Classification, Deviation, Evidence, Grade, Verdict, Waiver
from evidence.errors import ConfigurationError, IntegrityError
from evidence.ledger.drill_events import account_of, checked_subject, claims_of, told_identity
from evidence.ledger.entries import Draft, EntryKind, LedgerEntry, LedgerObject
from evidence.ledger.payloads import check_payload
from evidence.ledger.persons import Account
from evidence.runs.drills.recording import subject_of
from tests.drills.making import PLANNER, START, TESTER, VAULT, begun, facts, linked, only, planned, reviewed, submitted

HASH = "ab" * 32
NAME = "DR-2026Q3-0001"
BY = Account("anna", 1000, "backup-01")
CLAIMS = {"tid": PLANNER.tenant_id, "oid": PLANNER.object_id.upper(), "iss": "https://issuer.example"}
PATH = f"drills/{NAME}/{HASH}"
HELD = Classification(Verdict.DRILL, 0, ("it was announced",), TESTER)
FILE = Evidence(HASH, 9, "counts.csv", "text/plain", PATH, Grade.B, TESTER, START)
VALIDATED = only(begun(facts()))
EVERY: list[tuple[Event, str]] = [
    (PlanDrafted("DP-2026Q3-EU", "2026Q3", (planned(),), HASH, HASH, START, None), "plan/DP-2026Q3-EU"),
    (PlanApproved("DP-2026Q3-EU", HASH, START, PLANNER), "plan/DP-2026Q3-EU"),
    (SeedRevealed("DP-2026Q3-EU", HASH, START, None), "plan/DP-2026Q3-EU"),
    (DrillPlanned(planned(), START, PLANNER), f"drill/{NAME}"),
    (RestoreClassified(VAULT, "job-1", HELD, START, TESTER), "restore/job-1"),
    *((event, f"drill/{NAME}") for event in facts()),
    (EvidenceAttached(NAME, FILE, START, TESTER), f"drill/{NAME}"),
    (DeviationRecorded(NAME, Deviation("d-1", "process", "warning", "late", False), START, TESTER), f"drill/{NAME}"),
    (CleanedUp(NAME, "deleted by hand", START, START, TESTER), f"drill/{NAME}"),
    (submitted(VALIDATED), f"drill/{NAME}"),
    (reviewed(VALIDATED, by=PLANNER), f"drill/{NAME}"),
    (Missed(NAME, START, None), f"drill/{NAME}"),
    (Cancelled(NAME, "not now", START, TESTER), f"drill/{NAME}"),
    (Waived(NAME, Waiver("too old", PLANNER, START.date()), START, PLANNER), f"drill/{NAME}"),
    (Superseded(NAME, "DR-2026Q3-0002", "wrong item", START, TESTER), f"drill/{NAME}"),
]
SIGNED = {"plan_approved", "reviewed", "waived"}


def entry(
    payload: dict[str, Any], subject: str = f"drill/{NAME}", objects: tuple[LedgerObject, ...] = ()
) -> LedgerEntry:
    return Draft(EntryKind.DRILL_EVENT, START, "x", subject, payload, objects).placed(2, HASH)


def payload_of(event: Event) -> dict[str, Any]:
    claims = CLAIMS if event.kind in SIGNED else None
    return {**told_event(event), "identity": told_identity(BY, claims)}


@pytest.mark.parametrize(("event", "subject"), EVERY, ids=lambda one: getattr(one, "kind", None))
def test_every_event_is_taken_under_its_subject_alone(event: Event, subject: str) -> None:
    objects = (LedgerObject(PATH, 9, HASH),) if event.kind == "evidence_attached" else ()
    found = entry(payload_of(event), subject, objects)
    check_payload(found)
    assert subject_of(event) == subject == checked_subject(found)
    assert account_of(found) == BY
    assert claims_of(found) == (CLAIMS if event.kind in SIGNED else None)
    with pytest.raises(ConfigurationError):
        check_payload(entry(payload_of(event), subject + "-other", objects))


def test_what_a_machine_tells_names_no_account() -> None:
    found = entry(told_event(linked()))
    check_payload(found)
    assert (account_of(found), claims_of(found)) == (None, None)


REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"v": 2}, "version 2"),
    ({"v": None}, "v is no whole number"),
    ({"more": 1}, "more"),
    ({"told": None}, "told is no object"),
    ({"told": {"kind": "unheard_of"}}, "'unheard_of' is unknown"),
    ({"told": {"kind": "missed"}}, "drill_id"),
    ({"told": {"kind": "missed", "drill_id": "../../ledger"}}, "no id"),
    ({"told": {"kind": "missed", "drill_id": "a."}}, "no id"),
    ({"told": {"kind": "plan_drafted", "plan_id": ""}}, "plan_id"),
    ({"told": {"kind": "restore_classified", "job_id": "a\nb"}}, "job_id"),
    ({"told": {"kind": "drill_planned", "planned": "DR"}}, "planned is no object"),
    ({"identity": None}, "identity is no object"),
    ({"identity": {"operating_system": None}}, "claims"),
    ({"identity": {"operating_system": {"user": "a"}, "claims": None}}, "host"),
    ({"identity": {"operating_system": None, "claims": {**CLAIMS, "oid": TESTER.object_id}}}, "oid is not that"),
    ({"identity": {"operating_system": None, "claims": {**CLAIMS, "tid": "elsewhere"}}}, "tid is not that"),
    ({"identity": {"operating_system": None, "claims": {}}}, "tid"),
]


@pytest.mark.parametrize(("changes", "why"), REFUSED, ids=[why for _, why in REFUSED])
def test_what_is_no_event_is_refused(changes: dict[str, Any], why: str) -> None:
    event = Waived(NAME, Waiver("too old", PLANNER, START.date()), START, PLANNER)
    found = entry({**payload_of(event), **changes})
    with pytest.raises(IntegrityError) as told:
        checked_subject(found)
    assert why in told.value.cause
    with pytest.raises(ConfigurationError):
        check_payload(found)


@pytest.mark.parametrize("event", [one for one, _ in EVERY if one.kind in SIGNED], ids=lambda one: one.kind)
def test_what_needs_a_sign_in_is_not_taken_without_claims(event: Event) -> None:
    for payload in (told_event(event), {**told_event(event), "identity": told_identity(BY, None)}):
        with pytest.raises(IntegrityError) as told:
            checked_subject(entry(payload, subject_of(event)))
        assert "signed in" in told.value.cause


@pytest.mark.parametrize(
    "objects",
    [
        (),
        (LedgerObject(PATH, 10, HASH),),
        (LedgerObject(PATH, 9, "cd" * 32),),
        (LedgerObject(f"drills/other/{HASH}", 9, HASH),),
    ],
    ids=["none", "size", "hash", "path"],
)
def test_an_attached_file_is_named_with_its_hash_and_size(objects: tuple[LedgerObject, ...]) -> None:
    payload = told_event(EvidenceAttached(NAME, FILE, START, TESTER))
    with pytest.raises(IntegrityError) as told:
        checked_subject(entry(payload, objects=objects))
    assert "does not name the attached file" in told.value.cause


def test_an_attached_file_lies_below_its_drill() -> None:
    payload: dict[str, Any] = told_event(EvidenceAttached(NAME, FILE, START, TESTER))
    payload["told"]["evidence"]["path"] = f"drills/DR-2026Q3-0002/{HASH}"
    with pytest.raises(IntegrityError, match="not valid"):
        checked_subject(entry(payload, objects=(LedgerObject(payload["told"]["evidence"]["path"], 9, HASH),)))
