"""One look between nights: vaults are asked for fresh failures, and what is new is kept, recorded as exceptions, and named by the ledger.

Not here: asking (`watch.asking`), reading the answers (`watch.jobs`), telling people (the outbox). Invariants: a look that nothing came of
leaves nothing; its calls lie under the night that runs and under a name that no night's run takes for its own; a look that was cut short
anywhere is repeated by the next one, for the entry that names it is written last.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from evidence.assess import AssessmentContext
from evidence.assess.exceptions.proofs import Proofs
from evidence.assess.exceptions.states import Facts
from evidence.assess.findings import Finding
from evidence.ledger.entries import Draft, EntryKind, LedgerEntry, LedgerObject
from evidence.ledger.folds import named_paths
from evidence.ledger.watches import UnreadVault, WatchedJob, WatchLook, last_look, told_look
from evidence.nights import Window
from evidence.normalize import CaptureContext
from evidence.records import Capture, Vault
from evidence.runs.exceptions.recording import Recorded, record_exceptions
from evidence.runs.files import keep, key_of
from evidence.runs.judging.owners import owner_by_rules
from evidence.runs.manifest import RunManifest, WrittenFile
from evidence.runs.parts import Parts, told
from evidence.runs.seal import adopt_configuration, named
from evidence.runs.sealed import SealedRows
from evidence.runs.watch.asking import Asking, ask_all, known_vaults
from evidence.runs.watch.jobs import Answers, Row, already_known, findings_of, items_known, linked, read_answers
from evidence.sources.watching import WatchRequest
from evidence.stores.layout import calls_file, watch_file
from evidence.tables.captures import capture_to_parquet
from evidence.tiers import ItemFacts, tier_of

WATCH = "watch-"
"""Begin of the id of a look."""
AHEAD = timedelta(minutes=5)
"""Azure's clock may stand so far before ours."""
SETTLE = timedelta(minutes=10)
"""A change of which vaults can be asked, and nothing else, is recorded so long after the last recorded look at the earliest."""


@dataclass(frozen=True, slots=True)
class Watching:
    """What a look is made with."""

    asking: Asking
    reach: timedelta
    """Jobs that began so long before the look at most are looked at."""
    configuration: bytes


@dataclass(frozen=True, slots=True)
class Look:
    """What one look found."""

    night: date
    """The night that runs."""
    run_id: str
    looked_at: datetime
    window: Window
    vaults: tuple[Vault, ...]
    unread: tuple[UnreadVault, ...]
    """Vaults of which nothing, or not everything, can be said."""
    known: int
    """Failed jobs that were told before."""
    fresh: tuple[Row, ...] = ()
    """Rows of `jobs`, with their items."""
    findings: tuple[Finding, ...] = ()
    recorded: Recorded | None = None
    """None where nothing was new."""
    entry: LedgerEntry | None = None
    """None where nothing was recorded."""

    @property
    def names(self) -> Mapping[str, str]:
        """Names of all vaults by id, for people."""
        return {vault.vault_id: vault.name for vault in self.vaults}


def look(parts: Parts, watching: Watching, first: Collection[str] = ()) -> Look:
    """Look once; vaults in `first` are asked before the others.

    Raises SourceError where no night is sealed, StoreError, IntegrityError.
    """
    entries = parts.ledger.entries()
    vaults = tuple(known_vaults(parts, entries))
    now = parts.clock.now()
    request = WatchRequest(
        night=parts.calendar.night_of(now),
        run_id=f"{WATCH}{parts.new_id()}",
        window=Window(now - watching.reach, now + AHEAD),
    )
    captures = ask_all(watching.asking, vaults, request, first)
    context = CaptureContext(request.night, request.run_id, parts.calendar)
    answers = read_answers(captures, context, request.window)
    sealed = SealedRows(parts.store, named_paths(entries))
    since = request.window.start - watching.reach
    known = already_known(sealed, entries, answers.jobs, since, parts.calendar)
    found = Look(
        night=request.night,
        run_id=request.run_id,
        looked_at=now,
        window=request.window,
        vaults=vaults,
        unread=answers.unread,
        known=len(known),
    )
    fresh = frozenset(answers.jobs.keys() - known)
    if not fresh and not _changed(last_look(entries), answers, now):
        return found
    told_of = {vault_id for vault_id, _ in fresh}
    named_vaults = {vault.vault_id: vault for vault in vaults if vault.vault_id in told_of}
    items = items_known(sealed, request.night, named_vaults, parts.judgement.tiers)
    rows = linked(captures, context, items, fresh)
    return _recorded(parts, watching, found, captures, rows, findings_of(rows, items))


def _changed(last: WatchLook | None, answers: Answers, now: datetime) -> bool:
    """Whether other vaults cannot be asked than when the last look was recorded, and that look is not of just now."""
    before = {one.vault_id for one in last.unread} if last else set()
    if before == {one.vault_id for one in answers.unread}:
        return False
    return last is None or now - last.looked_at >= SETTLE


def _recorded(
    parts: Parts,
    watching: Watching,
    found: Look,
    captures: Sequence[Capture],
    rows: Sequence[Row],
    findings: Sequence[Finding],
) -> Look:
    """Keep the calls, record exceptions, and name both by one entry."""
    files = _kept(
        parts,
        watching.asking.source.description,
        found,
        captures,
        {row["vault_id"] for row in rows} | {one.vault_id for one in found.unread},
    )
    recorded = _excepted(parts, found, findings) if findings else None
    adopt_configuration(parts, watching.configuration)
    draft = Draft(
        kind=EntryKind.WATCH_LOOKED,
        at=parts.clock.now(),
        actor=parts.actor,
        subject=f"watch/{found.run_id}",
        payload=told_look(
            night=found.night,
            run_id=found.run_id,
            looked_at=told(found.looked_at),
            vaults=len(found.vaults),
            unread=found.unread,
            jobs=[
                WatchedJob(row["vault_id"], str(row["job_id"]).lower(), row["status"], row["ended_at"]) for row in rows
            ],
            configuration_sha256=parts.configuration_sha256,
        ),
        objects=(*files, *(recorded.objects if recorded else ())),
    )
    return replace(
        found, fresh=tuple(rows), findings=tuple(findings), recorded=recorded, entry=parts.ledger.append(draft)
    )


def _excepted(parts: Parts, found: Look, findings: Sequence[Finding]) -> Recorded:
    context = AssessmentContext(
        assessment_id=found.run_id, assessed_at=found.looked_at, night=found.night, run_id=found.run_id
    )
    entries = parts.ledger.entries()
    owner = owner_by_rules(parts, SealedRows(parts.store, named_paths(entries)), entries, context, None)
    # A look proves no end: that takes the jobs and points of a whole night.
    proofs = Proofs(facts=_facts(parts, found, findings))
    return record_exceptions(parts, context, findings, lambda _: proofs, owner=owner, rules=parts.judgement.exceptions)


def _facts(parts: Parts, found: Look, findings: Sequence[Finding]) -> Mapping[str, Facts]:
    """What is known of the items and vaults of findings."""
    vaults = {vault.vault_id: vault for vault in found.vaults}
    facts = {}
    for one in findings:
        vault = vaults[one.vault_id]
        key = one.item_key or one.vault_id
        told = ItemFacts(one.subject, key, vault.name, vault.vault_id, vault.region, one.workload)
        tier = tier_of(told, parts.judgement.tiers) if one.item_key else None
        facts[key] = Facts(vault.name, vault.region, tier)
    return facts


def _kept(
    parts: Parts, source: str, found: Look, captures: Sequence[Capture], vaults: Collection[str]
) -> tuple[LedgerObject, ...]:
    """The calls of these vaults and, last, what the look was; of the others nothing is said, so nothing is kept."""
    files = [
        keep(parts.store, path, capture_to_parquet(capture), capture.capture_id)
        for capture in captures
        if capture.vault is not None and capture.subject_id in vaults
        for path in [calls_file(found.night, found.run_id, key_of(capture.vault))]
    ]
    told = _manifest(parts, source, found, files).to_bytes()
    path = watch_file(found.night, found.run_id)
    parts.store.create(path, told)
    return (*named(files), LedgerObject(path, len(told), hashlib.sha256(told).hexdigest()))


def _manifest(parts: Parts, source: str, found: Look, files: Sequence[WrittenFile]) -> RunManifest:
    """In the form of a night's manifest, so that whoever reads one reads the other."""
    return RunManifest(
        night=found.night,
        run_id=found.run_id,
        window_start=found.window.start,
        window_end=found.window.end,
        started_at=found.looked_at,
        captured_at=parts.clock.now(),
        late=False,
        again=False,
        reason="watch",
        source=source,
        configuration_sha256=parts.configuration_sha256,
        code_version=parts.code_version,
        subscriptions=(),
        vaults=found.vaults,
        files=tuple(sorted(files, key=lambda file: file.path)),
    )
