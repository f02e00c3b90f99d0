"""Where a pack keeps what belongs to drills. Ids of drills are of letters, digits, full stops, lines and hyphens: the ledger refuses others.

Not here: what lies there (`files`). Invariant: no two paths are the same to a file system that does not tell small letters from capitals.
"""

from __future__ import annotations

import hashlib

FOLDER = "data/drills/"
LEDGER = f"{FOLDER}events/ledger.json"
"""The entries of the ledger that bear the drills out."""
POPULATIONS = f"{FOLDER}populations/"
DECISIONS = f"{FOLDER}decisions/"
ATTACHED = f"{FOLDER}attached/"
SEEDS = f"{FOLDER}seeds/"


def record_path(drill_id: str) -> str:
    """The record of a drill as canonical JSON."""
    return f"{FOLDER}{_plain(drill_id)}.json"


def population_path(plan_id: str) -> str:
    """The population that a plan's sample was drawn from, byte for byte as the store keeps it."""
    return f"{POPULATIONS}{_plain(plan_id)}.json"


def statement_path(sequence: int) -> str:
    """The signed statement of a decision, by its ledger entry; its signature has `.p7s` more."""
    return f"{DECISIONS}{sequence:012d}.json"


def seed_path(seed_sha256: str) -> str:
    """The signature that a seed is the hash of; what was signed has `.txt` in place of `.p7s`."""
    return f"{SEEDS}{seed_sha256}.p7s"


def artefact_path(sha256: str) -> str:
    """A file that was attached as evidence, by its hash."""
    return f"{ATTACHED}{sha256}.bin"


def _plain(name: str) -> str:
    """The id itself where it has no small letters; else with the begin of its hash, which tells it from the same in capitals."""
    return name if name == name.upper() else f"{name}-{hashlib.sha256(name.encode()).hexdigest()[:12]}"
