"""Approves a proposal: a person who signed in, bound to the hash of what they read.

Not here: reading it out (`cli`), deletion. Invariants: two approvals by one account are one; who approves a proposal approves its very bytes.
"""

from __future__ import annotations

from evidence.errors import RefusedError
from evidence.ledger.entries import EntryKind
from evidence.ledger.rotations import standing_signer
from evidence.runs.parts import Parts
from evidence.runs.retention.book import read_keeping
from evidence.runs.retention.deciding import Person, Recorded, Word, decide
from evidence.runs.retention.proposing import ProposalFile, read_proposal


def approving(proposal_id: str, sha256: str) -> Word:
    """The word that approves the disposal of what a proposal of this hash names."""
    fields = {"proposal": proposal_id, "proposal_sha256": sha256}
    return Word(EntryKind.DISPOSAL_APPROVED, f"disposal/{proposal_id}", fields, record_sha256=sha256)


def approve(parts: Parts, person: Person, proposal_id: str, sha256: str) -> Recorded:
    """Record an approval; the one that is there where the same person approved the same before.

    Raises RefusedError for other bytes, a proposal that is over, or what the store no longer holds; IntegrityError, StoreError, SealError.
    """
    shown(parts, proposal_id)
    if standing_signer(parts.ledger.entries()) is None:
        raise RefusedError(
            "No pack was sealed yet, so the ledger knows no signer whose word an approval could rest on.",
            next_step="backup-evidence pack build --help",
        )
    return decide(parts, person, approving(proposal_id, sha256))


def shown(parts: Parts, proposal_id: str) -> ProposalFile:
    """What a proposal names, to be read; raises RefusedError where there is none, IntegrityError where its file was changed."""
    proposal = read_keeping(parts.ledger.entries()).dispositions.named(proposal_id)
    return read_proposal(parts.store, proposal)
