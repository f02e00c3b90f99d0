"""Recorded answers as calls, kept apart by recording and vault as azure-backup.md section 14 says.

Not here: restore requests and the truth about chains; those are for assertions alone.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from urllib.parse import unquote, urlsplit

from evidence.records import Attempt, Call, Capture, Coverage, Identity, Kind, Outcome
from tests.paths import RECORDINGS

CAPTURED_AT = datetime(2026, 11, 21, 6, 5, tzinfo=UTC)

_KINDS = (
    (r"/providers/microsoft\.recoveryservices/vaults$", Kind.VAULTS),
    (r"/providers/microsoft\.dataprotection/backupvaults$", Kind.BACKUP_VAULTS),
    (r"/(backup)?vaults/[^/]+$", Kind.VAULT),
    (r"/backupinstances(/[^/]+)?$", Kind.PROTECTED_ITEMS),
    (r"/deletedbackupinstances(/[^/]+)?$", Kind.DELETED_ITEMS),
    (r"/backupjobs$", Kind.JOBS),
    (r"/backupjobs/[^/]+$", Kind.JOB_DETAILS),
    (r"/backupprotecteditems$|/protecteditems/[^/]+$", Kind.PROTECTED_ITEMS),
    (r"/recoverypoints(/[^/]+)?$", Kind.RECOVERY_POINTS),
    (r"/backuppolicies(/[^/]+)?$", Kind.POLICIES),
    (r"/backupconfig/[^/]+$", Kind.VAULT_CONFIG),
    (r"/backupstorageconfig/[^/]+$", Kind.STORAGE_CONFIG),
    (r"/backupencryptionconfigs/[^/]+$", Kind.ENCRYPTION_CONFIG),
    (r"/backupresourceguardproxies(/[^/]+)?$", Kind.GUARD_PROXIES),
    (r"/backupprotectioncontainers$|/protectioncontainers/[^/]+$", Kind.CONTAINERS),
    (r"/backupengines$", Kind.BACKUP_ENGINES),
)
_VAULT = re.compile(
    r"/subscriptions/[^/]+/resourcegroups/[^/]+/providers/microsoft\."
    r"(?:recoveryservices/vaults|dataprotection/backupvaults)/[^/]+"
)


@dataclass(frozen=True)
class Recorded:
    """One recorded answer to a GET."""

    file: Path
    category: str
    url: str
    recording: tuple[str, str, str]
    """Repository, path and commit."""
    interaction: int

    @property
    def path(self) -> str:
        return unquote(urlsplit(self.url).path).lower().rstrip("/")

    @property
    def kind(self) -> Kind | None:
        """The kind of thing it answers; None for what the product does not ask for."""
        if "/microsoft.recoveryservices/" not in self.path and "/microsoft.dataprotection/" not in self.path:
            return None
        return next((kind for pattern, kind in _KINDS if re.search(pattern, self.path)), None)

    @property
    def vault_id(self) -> str | None:
        match = _VAULT.match(self.path)
        return match[0] if match else None

    def call(self, call_id: str, at: datetime, kind: Kind) -> Call:
        attempt = Attempt(at, at, 200, body=self.file.read_bytes())
        return Call(call_id, kind, None, self.url, None, None, {}, Identity(), (attempt,), "ok", None, None, None)


@lru_cache(maxsize=1)
def recorded() -> tuple[Recorded, ...]:
    """All recorded answers to GET requests that were not errors."""
    manifest = json.loads((RECORDINGS / "manifest.json").read_text())
    return tuple(
        Recorded(
            RECORDINGS / entry["file"],
            entry["category"],
            entry["request"]["url"],
            (entry["source"]["repo"], entry["source"]["path"], entry["source"]["commit"]),
            entry["source"]["interaction"],
        )
        for entry in manifest
        if entry["request"]["method"] == "GET" and entry["category"] != "errors"
    )


def cross_region_answers() -> Iterator[tuple[str, Call]]:
    """Recorded answers about restores into the paired region, with the vault that each question named."""
    manifest = json.loads((RECORDINGS / "manifest.json").read_text())
    for entry in manifest:
        if entry["category"] == "crr_job_detail":
            asked = entry["request"]
            one = Recorded(RECORDINGS / entry["file"], entry["category"], asked["url"], ("", "", ""), 0)
            sent = asked["body"] if isinstance(asked["body"], dict) else json.loads(asked["body"])
            call = one.call("c1", CAPTURED_AT, Kind.CROSS_REGION_JOBS)
            yield str(sent["resourceId"]).lower(), replace(call, subject=sent["jobName"], request_body=json.dumps(sent))


def groups() -> Iterator[tuple[tuple[str, ...], list[Recorded]]]:
    """Answers by recording and vault, in the order they were recorded."""
    found: defaultdict[tuple[str, ...], list[Recorded]] = defaultdict(list)
    for one in recorded():
        if one.vault_id is not None:
            found[*one.recording, one.vault_id].append(one)
    for key in sorted(found):
        yield key, sorted(found[key], key=lambda one: (one.interaction, str(one.file)))


def capture_of(vault_id: str, answers: list[Recorded], capture_id: str = "capture-1") -> Capture:
    """A capture of one vault whose answers came a second apart, in order."""
    calls = [
        one.call(f"{capture_id}-{place:04}", CAPTURED_AT + timedelta(seconds=place), one.kind)
        for place, one in enumerate(answers)
        if one.kind is not None
    ]
    whole = Coverage(Kind.PROTECTED_ITEMS, Outcome.COLLECTED, None, 1, 1, 1, None, None)
    return Capture(capture_id, vault_id, None, tuple(calls), (whole,))
