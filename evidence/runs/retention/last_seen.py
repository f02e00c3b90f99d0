"""When each object was last seen, and last read whole, by the tests that the ledger names.

Not here: testing (`truth`). Invariants: only sealed tables of tests are read, by their hash; an object that no test read whole was never seen whole, however
often its name was listed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from evidence.ledger.chain import path_of
from evidence.ledger.entries import EntryKind, LedgerEntry
from evidence.ledger.truths import TruthTest, truth_tests
from evidence.runs.retention.book import tombstones
from evidence.runs.sealed import SealedRows
from evidence.stores.interface import EvidenceStore
from evidence.tables.truth import TRUTH

WHOLE = "whole"
_COLUMNS = ("path", "outcome", "fault", "real")


@dataclass(slots=True)
class LastSeen:
    """What tests said of objects, newest first."""

    whole_at: dict[str, datetime] = field(default_factory=dict)
    """When a content was last read and was as sealed."""
    seen_at: dict[str, datetime] = field(default_factory=dict)
    """When the store last told of an object and nothing was missing or unread."""
    standing: dict[str, str] = field(default_factory=dict)
    """What the last test that told of an object found wrong, in words."""
    suspects: set[str] = field(default_factory=set)
    """Objects whose content was not read whole by the last test that told of it."""


def last_seen(store: EvidenceStore, entries: Sequence[LedgerEntry], sealed_at: Mapping[str, datetime]) -> LastSeen:
    """What tests said of some objects, each with the moment of its sealing; raises IntegrityError."""
    found = LastSeen()
    tests = truth_tests(entries)
    tables = SealedRows(store, {one.table.path: (one.table.bytes, one.table.sha256) for one in tests})
    open_paths = dict(sealed_at)
    settled: set[str] = set()
    for test in reversed(tests):
        # Nothing older can tell of an object that was not yet sealed.
        if not open_paths or min(open_paths.values()) > test.tested_at:
            break
        _take(found, test, tables, open_paths, settled)
    return found


def _take(
    found: LastSeen, test: TruthTest, tables: SealedRows, open_paths: dict[str, datetime], settled: set[str]
) -> None:
    wrong: dict[str, list[str]] = {}
    unseen = set()
    for row in tables.file(TRUTH, test.table.path, _COLUMNS).to_pylist():
        path = str(row["path"])
        if row["outcome"] == WHOLE:
            if open_paths.pop(path, None) is not None:
                found.whole_at[path] = test.tested_at
            settled.add(path)
        else:
            wrong.setdefault(path, []).append(f"{row['fault']}: {row['real']}")
            if row["fault"] in {"missing", "unread"}:
                unseen.add(path)
            if row["fault"] in {"missing", "unread", "content", "size"} and path not in settled:
                found.suspects.add(path)
                settled.add(path)
    for path, told in wrong.items():
        if path not in found.seen_at:
            found.standing.setdefault(path, "; ".join(told))
    for path, sealed in {**open_paths, **dict.fromkeys(found.whole_at, test.tested_at)}.items():
        if (
            path not in found.seen_at
            and path not in unseen
            and sealed <= test.tested_at
            and path.startswith(test.scope)
        ):
            found.seen_at[path] = test.tested_at


def sealing_moments(entries: Sequence[LedgerEntry]) -> Mapping[str, datetime]:
    """When each object that must be there was sealed, files of the ledger among them; what was disposed of is left out."""
    found: dict[str, datetime] = {}
    for entry in entries:
        found[path_of(entry.sequence)] = entry.at
        if entry.kind is not EntryKind.DISPOSED:
            for named in entry.objects:
                found.setdefault(named.path, entry.at)
    for path in tombstones(entries):
        found.pop(path, None)
    return found
