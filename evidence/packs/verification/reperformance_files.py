"""What calls.zip holds, held against the pack, the ledger in it and the runs' manifests, before anything is made of it.

Not here: making rows again. Invariant: what passes is the ledger that the pack's statement names, and of each run the very files that its
manifest names, or such as say which of their answers were redacted; none left out, none added.
"""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from evidence.errors import IntegrityError
from evidence.ledger.chain import Chain, path_of
from evidence.ledger.entries import LedgerEntry
from evidence.ledger.folds import SealedNight, named_paths
from evidence.packs import bag
from evidence.packs.calls.needs import Bounds, NeededRun, Needs, needs
from evidence.packs.calls.redaction import redact_body
from evidence.packs.verification.checks import Checklist
from evidence.packs.verification.opening import Form, Opened
from evidence.packs.verification.reperformance_facts import NAME, RedactedBody, Replay, read_replay
from evidence.records import Call, Capture
from evidence.runs.manifest import RunManifest, parse_run_manifest
from evidence.runs.parts import Progress
from evidence.runs.plain import WrittenFile
from evidence.stores.layout import run_file
from evidence.tables.captures import capture_from_parquet

SUFFIX = ".calls"
"""Behind the pack's id: the folder in calls.zip."""
MOST_FILES = 1_000_000
MOST_FILE = 4 << 30
"""Bytes that one file of calls may have, packed or unpacked."""
MOST_TIMES = 1_000
"""Times its own length that a file of calls may unpack to, beyond the first 64 MiB."""
FREE_BYTES = 64 << 20
_PART = r"[A-Za-z0-9_][A-Za-z0-9._=-]*"
_PATH = re.compile(rf"{_PART}(/{_PART})*")
_LONGEST_PATH = 480


def is_safe(path: str) -> bool:
    """Whether a path stays inside its folder on every system; paths of a store hold `=` too."""
    return len(path) <= _LONGEST_PATH and _PATH.fullmatch(path) is not None


CALLS_FORM = Form("calls archive", MOST_FILES, is_safe)


@dataclass(frozen=True, slots=True)
class Held:
    """What was found in calls.zip."""

    replay: Replay
    entries: Sequence[LedgerEntry]
    wanted: Needs
    files: Mapping[str, WrittenFile]
    """Files of calls as they lie there."""
    bounds: Bounds


def read_facts(opened: Opened, statement: Mapping[str, Any]) -> tuple[str, Replay]:
    """`replay.json`, held against the pack's statement; raises IntegrityError."""
    replay, period = read_replay(opened.read(NAME)), statement["period"]
    both = {
        "pack": (replay.pack_id, statement["pack_id"]),
        "folder": (opened.name, statement["pack_id"] + SUFFIX),
        "scope": (replay.scope.name, statement["scope"]),
        "time zone": (replay.time_zone, period["time_zone"]),
        "begin of nights": (replay.night_starts_at, period["night_starts_at"]),
        "code version": (replay.code_version, statement["code_version"]),
        "size of the ledger": (replay.ledger_size, statement["ledger"]["size"]),
        "head of the ledger": (replay.ledger_head_sha256, statement["ledger"]["head_sha256"]),
    }
    for what, (here, there) in both.items():
        if here != there:
            raise IntegrityError(f"It tells another {what} than the pack's statement: {here}, not {there}.")
    return f"made for {replay.pack_id}", replay


def read_ledger(opened: Opened, replay: Replay) -> tuple[str, Sequence[LedgerEntry]]:
    """The whole ledger up to the head that the pack names; raises IntegrityError."""
    files = (opened.read(path_of(number)) for number in range(1, replay.ledger_size + 1))
    chain = Chain().followed_by(files)
    if chain.head_sha256 != replay.ledger_head_sha256:
        raise IntegrityError("Its ledger does not end in the head that the pack's statement names.")
    return f"{len(chain.entries)} entries, unbroken up to the head that the pack names", chain.entries


def read_needs(
    opened: Opened, replay: Replay, entries: Sequence[LedgerEntry], bounds: Bounds
) -> tuple[str, tuple[Needs, set[str]]]:
    """What the pack's rows rest on by the ledger and the runs' manifests, and the paths of all that must be there."""
    named, read = named_paths(entries), set[str]()
    known: dict[str, RunManifest] = {}

    def manifest(run: SealedNight) -> RunManifest:
        path = run_file(run.night, run.run_id)
        if path not in known:
            data = opened.read(path)
            if hashlib.sha256(data).hexdigest() != named[path][1]:
                raise IntegrityError(f"{path} does not have the SHA-256 that the ledger names.")
            known[path] = parse_run_manifest(data)
            read.add(path)
        return known[path]

    wanted = needs(entries, manifest, bounds)
    ledger = {path_of(number) for number in range(1, replay.ledger_size + 1)}
    calls = {file.path for run in wanted.runs for file in run.files}
    lists = {one.path for one in wanted.lists()}
    return f"{len(calls)} files of calls of {len(wanted.runs)} runs", (wanted, {NAME, *ledger, *read, *calls, *lists})


def check_set(opened: Opened, must: set[str], checks: Checklist) -> bool:
    """Check that nothing that the rows rest on was left out, and nothing added."""
    missing, added = must - set(opened.members), set(opened.members) - must
    for path in sorted(missing):
        checks.failed("set of calls", path, "It is missing: the pack's rows rest on it.")
    for path in sorted(added):
        checks.failed("set of calls", path, "Nothing in the pack rests on it: somebody added it.")
    if not missing and not added:
        checks.ok("set of calls", None, f"{len(must)} files, none left out, none added")
    return not missing and not added


def read_files(
    opened: Opened, replay: Replay, wanted: Needs, progress: Progress
) -> tuple[str, Mapping[str, WrittenFile]]:
    """Every file of calls, hashed and read body by body; raises IntegrityError for the first that is not as it must be."""
    _check_lists(opened, wanted)
    bodies = _Bodies(opened, replay)
    every = [(run, file) for run in wanted.runs for file in run.files]
    astray = {*replay.redacted_files, *(one.path for one in replay.redactions)} - {file.path for _, file in every}
    if astray:
        raise IntegrityError(f"{NAME} tells of redactions in {min(astray)}, which is no file of calls here.")
    found = {}
    for done, (run, file) in enumerate(every, start=1):
        found[file.path] = bodies.read(run, file)
        progress("bodies hashed again", done, len(every))
    return (
        f"{bodies.count} answers in {len(every)} files, {bodies.size} bytes, each with the hash it had at receipt",
        found,
    )


def _check_lists(opened: Opened, wanted: Needs) -> None:
    for one in wanted.lists():
        if bag.digest(opened.members[one.path]).sha256 != one.sha256:
            raise IntegrityError(f"{one.path} does not have the SHA-256 that the ledger names.")


class _Bodies:
    """Reads files of calls and counts their answers."""

    def __init__(self, opened: Opened, replay: Replay) -> None:
        self._opened, self._redacted = opened, frozenset(replay.redacted_files)
        self._told: defaultdict[str, list[RedactedBody]] = defaultdict(list)
        for one in replay.redactions:
            self._told[one.path].append(one)
        self.count = self.size = 0

    def read(self, run: NeededRun, file: WrittenFile) -> WrittenFile:
        """One file, as it lies there; raises IntegrityError."""
        path = self._opened.members[file.path]
        data = self._opened.read(file.path, MOST_FILE)
        here = WrittenFile(file.path, len(data), hashlib.sha256(data).hexdigest())
        redacted = file.path in self._redacted
        if here != file and not redacted:
            raise IntegrityError(f"{file.path} does not have the SHA-256 that run {run.sealed.run_id} wrote it with.")
        if here == file and redacted:
            raise IntegrityError(f"{file.path} is said to be redacted, and is as run {run.sealed.run_id} wrote it.")
        _refuse_swollen(path, data)
        capture = _capture(file.path, data)
        if not capture.capture_id.startswith(f"{run.sealed.run_id}."):
            raise IntegrityError(f"{file.path} holds capture {capture.capture_id}, which is of another run.")
        self._count(capture)
        _check_redactions(file.path, capture, self._told[file.path])
        return here

    def _count(self, capture: Capture) -> None:
        sizes = [len(one.body) for call in capture.calls for one in call.attempts if one.sha256 is not None]
        self.count += len(sizes)
        self.size += sum(sizes)


def _refuse_swollen(path: Path, data: bytes) -> None:
    with pq.ParquetFile(path) as file:
        metadata = file.metadata
        size = sum(metadata.row_group(number).total_byte_size for number in range(metadata.num_row_groups))
    if size > min(MOST_FILE, FREE_BYTES + MOST_TIMES * len(data)):
        raise IntegrityError(f"{path.name} would unpack to {size} bytes, out of proportion to its {len(data)}.")


def _capture(path: str, data: bytes) -> Capture:
    try:
        return capture_from_parquet(data)
    except IntegrityError as error:
        raise IntegrityError(f"{path}: {error.message}", cause=error.cause) from error


def _check_redactions(path: str, capture: Capture, told: Sequence[RedactedBody]) -> None:
    """What is said to be redacted must look so: the call is there, and nothing is left in it that redaction takes out."""
    calls = {call.call_id: call for call in capture.calls}
    for one in told:
        call = calls.get(one.call_id)
        if call is None or not 1 <= one.attempt <= len(call.attempts):
            raise IntegrityError(f"{path} holds no answer {one.attempt} of call {one.call_id}, said to be redacted.")
        _check_redacted(call, one)


def _check_redacted(call: Call, one: RedactedBody) -> None:
    body = call.attempts[one.attempt - 1].body
    if not one.values or hashlib.sha256(body).hexdigest() == one.sha256 or redact_body(body)[1]:
        raise IntegrityError(f"The answer of call {one.call_id} is said to be redacted, and is not.")
