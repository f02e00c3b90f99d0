"""Rows of what persons decided: hand-ins, reviews, waivers and approvals of plans, each with what proves who it was. Pure.

Not here: reading the proofs (`statements`). Invariant: without a signed statement a decision is of grade C, and its columns of a sign-in are empty.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from evidence.drills.events import PlanApproved, Reviewed, Submitted, Waived
from evidence.drills.values import Grade, Role, SignOff
from evidence.ledger.drill_events import account_of
from evidence.ledger.fields import Fields
from evidence.packs.restore_drills.places import statement_path
from evidence.packs.restore_drills.statements import Proof
from evidence.packs.restore_drills.story import Story
from evidence.runs.drills.book import ToldEvent
from evidence.runs.drills.signing import read_sha256

Row = Mapping[str, object]
Decision = PlanApproved | Reviewed | Submitted | Waived
_EMPTY: Row = {
    "issuer": None,
    "username": None,
    "signed_in_at": None,
    "amr": [],
    "configuration_sha256": None,
    "statement_sha256": None,
    "statement": None,
    "signer": None,
    "signer_fingerprint_sha256": None,
    "stamped_at": None,
}


def decision_rows(story: Story, proofs: Mapping[int, Proof]) -> list[Row]:
    """Every decision about a drill that is told, or a plan of the quarter or of such a drill; `proofs` by ledger entry."""
    names, plans = set(story.names), {story.plans.get(name) for name in story.names}
    plans |= {name for name, plan in story.book.plans.items() if plan.drafted.quarter == story.quarter.name}
    rows = []
    for one in story.told:
        event = one.event
        if (isinstance(event, PlanApproved) and event.plan_id in plans) or (
            isinstance(event, Reviewed | Submitted | Waived) and event.drill_id in names
        ):
            rows.append(_row(one, event, proofs.get(one.entry.sequence)))
    return rows


def _row(one: ToldEvent, event: Decision, proof: Proof | None) -> Row:
    role, decision, comment, answers = _said(event)
    account = account_of(one.entry)
    return {
        "drill_id": None if isinstance(event, PlanApproved) else event.drill_id,
        "plan_id": event.plan_id if isinstance(event, PlanApproved) else None,
        "role": str(role),
        "decision": decision,
        "person": event.by.name,
        "object_id": event.by.object_id,
        "tenant_id": event.by.tenant_id,
        "decided_at": event.at,
        "record_sha256": read_sha256(event),
        "comment": comment or None,
        "answers": answers,
        "account": None if account is None else account.sentence,
        **(_EMPTY if proof is None else _proven(proof, one.entry.sequence)),
        "evidence_grade": str(Grade.C if proof is None else Grade.B),
        "ledger_entry": one.entry.sequence,
    }


def _said(event: Decision) -> tuple[Role, str, str, list[str]]:
    match event:
        case PlanApproved():
            return Role.APPROVER, "plan approved", "", []
        case Waived():
            return Role.APPROVER, "waived", event.waiver.reason, []
        case Reviewed() | Submitted():
            said: SignOff = event.sign_off
            return said.role, said.decision, said.comment, [f"{asked} {answer}" for asked, answer in said.answers]


def _proven(proof: Proof, sequence: int) -> Row:
    claims = Fields(f"claims of entry {sequence}", proof.claims)
    identity, stamp = proof.seal.identity, proof.seal.stamp
    return {
        "issuer": claims.text("iss"),
        "username": claims.optional_text("preferred_username"),
        "signed_in_at": datetime.fromtimestamp(claims.whole("auth_time"), UTC),
        "amr": list(claims.texts("amr")),
        "configuration_sha256": proof.configuration_sha256,
        "statement_sha256": proof.sha256,
        "statement": statement_path(sequence),
        "signer": identity.subject,
        "signer_fingerprint_sha256": identity.fingerprint_sha256,
        "stamped_at": None if stamp is None else stamp.at,
    }
