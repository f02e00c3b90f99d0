"""Attaches files to drills: read once, hashed, kept as they were read, and named by the entry that tells it.

Not here: what a file may be (`artefact_files`), what it proves (validations name it by hash). Invariants: what is hashed, kept and told are the same
bytes; nothing is written for a drill that takes no more facts; a run again after a crash takes over the file that is there.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

from evidence.drills.events import EvidenceAttached
from evidence.drills.values import Evidence, Grade, Person
from evidence.errors import IntegrityError, ObjectExistsError
from evidence.ledger.entries import LedgerObject
from evidence.ledger.persons import Account
from evidence.runs.drills.artefact_files import MOST_BYTES, Artefact, read_artefact
from evidence.runs.drills.recording import Recorded, check, recorded
from evidence.runs.parts import Parts
from evidence.stores.interface import EvidenceStore
from evidence.stores.layout import drill_file


def attach(
    parts: Parts, drill_id: str, file: Path, by: Person, *, account: Account | None = None, most: int = MOST_BYTES
) -> Recorded:
    """Keep a file as evidence of a drill; the same file again is the entry that is there.

    Raises RefusedError for a file that is not taken and for a drill that takes none, ConfigurationError for one that is not there, StoreError.
    """
    artefact = read_artefact(file, most)
    event = _event(drill_id, artefact, by, parts)
    there = check(parts, event)
    if there is not None:
        return Recorded(there, before=True)
    path = event.evidence.path
    _keep(parts.store, path, artefact)
    named = LedgerObject(path, len(artefact.data), artefact.sha256)
    return recorded(parts, event, account=account, objects=(named,))


def _event(drill_id: str, artefact: Artefact, by: Person, parts: Parts) -> EvidenceAttached:
    now = parts.clock.now()
    evidence = Evidence(
        sha256=artefact.sha256,
        bytes=len(artefact.data),
        name=artefact.name,
        media_type=artefact.media_type,
        path=drill_file(drill_id, artefact.sha256),
        grade=Grade.B,
        by=by,
        at=now,
    )
    return EvidenceAttached(drill_id, evidence, now, by)


def _keep(store: EvidenceStore, path: str, artefact: Artefact) -> None:
    """Write the file, or take over the one of the same hash that a run before left; raises IntegrityError where it is another."""
    try:
        store.create(path, artefact.data)
    except ObjectExistsError:
        if hashlib.sha256(store.read(path)).hexdigest() != artefact.sha256:
            raise IntegrityError(
                f"{path} holds another file than its name says.",
                cause="A file is kept under its own SHA-256; this one was changed after it was written.",
                next_step="Find out who writes to the store; nothing was attached.",
            ) from None
