"""Where things lie in a store (DESIGN section 4): the one place that makes paths.

Invariant: a path ends in a run or attempt id, so that nothing meets its own leftovers.
"""

from __future__ import annotations

from datetime import date


def run_folder(night: date, run_id: str) -> str:
    """Folder of a run's calls."""
    return f"calls/night={night}/{run_id}/"


def calls_file(night: date, run_id: str, key: str) -> str:
    """Calls of one vault, or of one subscription (`_subscription-<id>`)."""
    return f"{run_folder(night, run_id)}{key}.parquet"


def run_file(night: date, run_id: str) -> str:
    """What a run is and which files it wrote; written last."""
    return f"{run_folder(night, run_id)}run.json"


def watch_file(night: date, run_id: str) -> str:
    """What a look between nights asked and wrote; no night's run takes it for its own."""
    return f"{run_folder(night, run_id)}watch.json"


def runs_of(night: date) -> str:
    """Prefix of all runs for a night."""
    return f"calls/night={night}/"


def table_file(table: str, night: date, run_id: str, shard: int) -> str:
    """One shard of a table of a run."""
    return f"tables/{table}/night={night}/{run_id}-{shard:04d}.parquet"


def assessment_file(table: str, night: date, assessment_id: str) -> str:
    """One assessed table."""
    return f"assessments/{table}/night={night}/{assessment_id}.parquet"


def notifications_file(run_id: str) -> str:
    """Attempts of one run to tell people of problems."""
    return f"notifications/{run_id}/attempts.parquet"


def outbox_file(run_id: str) -> str:
    """What was told up to a run and still matters after it."""
    return f"notifications/{run_id}/standing.parquet"


def sending_claim(after: int, attempt: int) -> str:
    """The right to send alone, behind the deliveries that a ledger entry recorded."""
    return f"notifications/claims/{after:012d}-{attempt:04d}.json"


def pack_folder(scope: str, kind: str, audience: str, period: str, revision: int, attempt: str) -> str:
    """Folder of one attempt at a pack."""
    return f"packs/{scope}/{kind}/{audience}/{period}/r{revision:04d}-{attempt}/"


def configuration_file(sha256: str) -> str:
    """A configuration as adopted."""
    return f"configuration/{sha256}.yaml"


def checkpoint_folder(size: int, attempt: str) -> str:
    """Folder of one attempt at the checkpoint over so many entries."""
    return f"checkpoints/{size:012d}-{attempt}/"


def rotation_folder(fingerprint: str, attempt: str) -> str:
    """Folder of the statement that a certificate seals from then on."""
    return f"certificates/{fingerprint}-{attempt}/"


def later_stamp_file(pack_id: str, attempt: str) -> str:
    """A time stamp that a pack was given after it was sealed."""
    return f"stamps/{pack_id}/{attempt}.tsr"


IMPORT = "import-"
"""Begin of the id of an import, which stands where else the id of a run stands."""


def is_import(path: str) -> bool:
    """Whether a table's file holds rows of uploaded files."""
    return path.rpartition("/")[2].startswith(IMPORT)


def saved_file(sha256: str) -> str:
    """A file that a person saved, byte for byte."""
    return f"imports/files/{sha256}"


def findings_file(night: date, import_id: str) -> str:
    """What one import rejected, doubted and found to disagree."""
    return f"imports/night={night}/{import_id}/findings.parquet"


def engagement_prefix(audience: str) -> str:
    """Folder of what one engagement's masks are made with; no pack holds it."""
    return f"engagements/{audience}/"


def engagement_key_file(audience: str, attempt: str) -> str:
    """The key of an engagement's masks."""
    return f"{engagement_prefix(audience)}{attempt}.key"


def engagement_map_file(audience: str, pack_id: str, attempt: str) -> str:
    """Which mask stands for which name in a pack."""
    return f"{engagement_prefix(audience)}{pack_id}-{attempt}.json"


def drill_file(drill_id: str, sha256: str) -> str:
    """A file that was attached to a drill as evidence, byte for byte."""
    return f"drills/{drill_id}/{sha256}"


def drill_population_file(sha256: str) -> str:
    """The items that a plan of drills was drawn from."""
    return f"drills/populations/{sha256}.json"


def drill_seed_file(sha256: str) -> str:
    """What a revealed seed follows from, by the hash that was committed to."""
    return f"drills/seeds/{sha256}.p7s"


DECISIONS = "decisions/"
"""Folder of what persons signed."""


def decision_folder(statement_sha256: str, attempt: str) -> str:
    """Folder of one decision that a person signed in for: the statement and its signature."""
    return f"{DECISIONS}{statement_sha256}-{attempt}/"


def proposal_file(proposal_id: str, sha256: str) -> str:
    """What is proposed to be disposed of; named by its hash, so that the same proposal is the same file."""
    return f"retention/{proposal_id}/proposal-{sha256}.json"


def disposal_certificate_folder(proposal_id: str, attempt: str) -> str:
    """Folder of one certificate of disposal: the statement and its signature."""
    return f"retention/{proposal_id}/{attempt}/"
