"""Reviews of drills: who may decide, what they answered, and the event that follows.

Not here: asking (`cli`), signing (`signing`), the guards (`evidence.drills.guards`). Invariants: nobody reviews by default; the role is held by object id, on a
scope that holds the drill's vault; the decision is bound to the hash of the record that was shown.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from evidence.drills.events import Reviewed
from evidence.drills.guards import DECISIONS, QUESTIONS
from evidence.drills.values import Drill, Person, Role, SignOff, State
from evidence.errors import ConfigurationError, RefusedError
from evidence.ledger.entries import LedgerEntry
from evidence.ledger.folds import named_paths, sealed_nights
from evidence.records import Vault
from evidence.runs.drills.found import FoundRestore
from evidence.runs.manifest import parse_run_manifest
from evidence.runs.sealed import SealedRows
from evidence.stores.interface import EvidenceStore
from evidence.stores.layout import run_file

CONFIRMED = 8
"""Characters of the hash that the reviewer types."""


@dataclass(frozen=True, slots=True)
class Answered:
    """What a reviewer decided of a record, before it is known who they are."""

    record_sha256: str
    """Of the record that was shown."""
    decision: str
    comment: str
    answers: tuple[str, ...]
    """To the six questions, in their order."""


def decision_of(text: str) -> str:
    """The decision that a person typed; raises ConfigurationError."""
    found = text.strip().lower().replace("-", "_").replace(" ", "_")
    if found not in DECISIONS:
        told = ", ".join(one.replace("_", "-") for one in DECISIONS)
        raise ConfigurationError(f"{text[:40]!a} is no decision.", next_step=f"One of: {told}.")
    return found


def refuse_unready(drill: Drill) -> None:
    """Raise RefusedError for a drill that nobody can decide now: said before anybody is asked."""
    if drill.state is not State.IN_REVIEW:
        raise RefusedError(
            f"Drill {drill.planned.drill_id}: it is {drill.state}, and only a drill in review is decided.",
            next_step=f"backup-evidence drills show {drill.planned.drill_id}",
        )


def refuse_outdated(found: Iterable[FoundRestore], drill: Drill, decision: str) -> None:
    """Raise RefusedError for an acceptance of a record whose restore Azure tells otherwise by now; `found` are all restores."""
    name = drill.planned.drill_id
    changed = [one for one in found if one.drill_id == name and one.otherwise]
    if changed and decision != "rejected":
        told = "; ".join(f"{one.execution.job_id}: {', '.join(one.otherwise)}" for one in changed)
        raise RefusedError(
            f"Drill {name}: Azure tells its restore otherwise since the record was handed in ({told}).",
            next_step=f"Reject it, and plan its retest: backup-evidence drills plan --retest-of {name}",
        )


def refuse_unconfirmed(shown_sha256: str, typed: str) -> None:
    """Raise RefusedError where what was typed does not begin the hash of the record that was shown."""
    if typed.strip().lower() != shown_sha256[:CONFIRMED]:
        raise RefusedError(
            f"Not confirmed: these are not the first {CONFIRMED} characters of the record's hash.",
            next_step="Read the record again, and type what its hash begins with.",
        )


def refuse_unless_reviewer(person: Person, allowed: Collection[str], drill: Drill, scopes: Sequence[str]) -> None:
    """Raise RefusedError for a person who is no reviewer on a scope of the drill; `allowed` are object ids."""
    if person.object_id.lower() not in {one.lower() for one in allowed}:
        raise RefusedError(
            f"Drill {drill.planned.drill_id}: {person.name} ({person.object_id}) is no reviewer of its scope.",
            cause=f"Its vault is in: {', '.join(scopes) or 'no scope'}.",
            next_step="Name the reviewer's object id under `sign_in.reviewers` in the configuration.",
        )


def reviewed(drill: Drill, person: Person, answered: Answered, at: datetime) -> Reviewed:
    """The event of a review."""
    sign_off = SignOff(
        role=Role.REVIEWER,
        person=person,
        decision=answered.decision,
        comment=answered.comment,
        at=at,
        record_sha256=answered.record_sha256,
        answers=tuple(zip(QUESTIONS, answered.answers, strict=True)),
    )
    return Reviewed(drill.planned.drill_id, sign_off, at, person)


def vault_of(store: EvidenceStore, entries: Sequence[LedgerEntry], vault_id: str) -> Vault:
    """The vault as the newest sealed night lists it; by its id alone where none does, of unknown region then."""
    sealed = SealedRows(store, named_paths(entries))
    for night, runs in sorted(sealed_nights(entries).items(), reverse=True):
        manifest = parse_run_manifest(sealed.content(run_file(night, runs[-1].run_id)))
        for vault in manifest.vaults:
            if vault.vault_id == vault_id.lower():
                return vault
    parts = dict(zip(*[iter(vault_id.strip("/").lower().split("/"))] * 2, strict=False))
    return Vault(
        vault_id=vault_id.lower(),
        name=vault_id.rpartition("/")[2],
        kind="",
        subscription_id=parts.get("subscriptions", ""),
        resource_group=parts.get("resourcegroups", ""),
        region=None,
    )
