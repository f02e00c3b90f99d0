"""The seed of a quarter's samples: it follows from the evidence key, so that nobody chooses it, nobody reads it beforehand, and nothing has to be kept.

Not here: drawing (`evidence.drills.sampling`), when it is told (`planning`). Invariants: the same key gives the same seed for the same quarter of the same tenant; before
it is revealed only its hash is anywhere; a key that signs anew each time is refused. Source: ADR 48.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime

from evidence.drills.due import Quarter
from evidence.drills.events import SeedCommitted
from evidence.drills.fold import Book
from evidence.drills.sampling import commitment
from evidence.drills.values import Person
from evidence.errors import RefusedError, SealError
from evidence.ledger.persons import Account
from evidence.runs.drills.recording import Recorded, recorded
from evidence.runs.parts import Parts
from evidence.seals.interface import Signer


@dataclass(frozen=True, slots=True)
class Seed:
    """A seed and what proves it."""

    value: bytes
    """SHA-256 of the proof: 32 bytes."""
    proof: bytes
    """Detached CMS signature of `text`, PEM: who holds the certificate checks that nobody chose the seed."""
    text: bytes
    """What was signed."""
    signer_sha256: str

    @property
    def sha256(self) -> str:
        """What is committed to."""
        return commitment(self.value)


def seed_of(signer: Signer, tenant: str, quarter: Quarter) -> Seed:
    """The one seed that a key gives for a quarter; raises SealError for a key whose signatures differ each time."""
    text = seed_text(tenant, quarter.name)
    # The moment is part of what is signed: with the certificate's own there is none to choose from.
    at = signer.identity.not_before
    proof = signer.sign_detached(text, at, None)
    if signer.sign_detached(text, at, None) != proof:
        raise SealError(
            "The evidence key gives no seed: its signatures of the same bytes differ.",
            cause="Whose signatures differ each time could choose among them.",
            next_step="Sign with RSA as PKCS #1 v1.5 does (RFC 8017, 8.2).",
        )
    return Seed(hashlib.sha256(proof).digest(), proof, text, signer.identity.fingerprint_sha256)


def seed_text(tenant: str, quarter: str) -> bytes:
    """What the evidence key signs to make a quarter's seed."""
    return f"backup-evidence drill sample seed\ntenant {tenant}\nquarter {quarter}\n".encode()


def commit_seed(
    parts: Parts, signer: Signer, quarter: Quarter, by: Person | None, *, account: Account | None = None
) -> Recorded:
    """Record the hash of a quarter's seed; the same again is the entry that is there; raises RefusedError, SealError."""
    seed = seed_of(signer, tenant_of(parts), quarter)
    event = SeedCommitted(quarter.name, seed.sha256, seed.signer_sha256, parts.clock.now(), by)
    return recorded(parts, event, account=account)


def known_seed(book: Book, quarter: Quarter) -> bytes | None:
    """The seed of a quarter where a plan has revealed it; None before."""
    committed = book.seeds.get(quarter.name)
    for one in book.plans.values():
        same = committed is None or committed.seed_sha256 == one.drafted.seed_sha256
        if one.drafted.quarter == quarter.name and one.seed is not None and same:
            return bytes.fromhex(one.seed)
    return None


def committed_seed(parts: Parts, signer: Signer, book: Book, quarter: Quarter) -> Seed:
    """The seed that was committed to, made again; raises RefusedError where nothing was, or another key seals now."""
    committed = book.seeds.get(quarter.name)
    if committed is None:
        raise RefusedError(
            f"No seed is committed to for {quarter.name}.",
            next_step=f"backup-evidence drills commit-seed --quarter {quarter.name}",
        )
    seed = seed_of(signer, tenant_of(parts), quarter)
    if seed.sha256 != committed.seed_sha256:
        raise RefusedError(
            f"The seed of {quarter.name} cannot be made again: it follows from the key of another certificate.",
            cause=f"Committed to by {committed.signer_sha256[:16]}…, and {seed.signer_sha256[:16]}… seals now.",
            next_step=f"Commit again, which the plan will tell: backup-evidence drills commit-seed --quarter {quarter.name}",
        )
    return seed


def tenant_of(parts: Parts) -> str:
    """The tenant whose store it is; raises RefusedError before the store is opened."""
    entries = parts.ledger.entries()
    if not entries:
        raise RefusedError("The store is empty.", next_step="backup-evidence run --night …")
    return str(entries[0].payload["tenant"])


def is_late(committed_at: datetime, quarter: Quarter) -> bool:
    """Whether a quarter had begun, in UTC, when its seed was committed to."""
    return committed_at.date() >= quarter.first
