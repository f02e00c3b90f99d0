"""Seals a night: one ledger entry that names every file of the run. The entry is the commit.

Invariant: a night that is sealed is sealed again only by a run that was ordered so, with a reason.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import date
from functools import partial

from evidence.errors import ObjectExistsError, RefusedError
from evidence.ledger.entries import Draft, EntryKind, LedgerEntry, LedgerObject
from evidence.ledger.folds import sealed_nights
from evidence.ledger.ledger import Guard
from evidence.nights import Calendar
from evidence.runs.manifest import RunManifest, WrittenFile
from evidence.runs.one_calendar import KEY, refuse_other_calendar, told_calendar
from evidence.runs.parts import Parts, told
from evidence.runs.summary import summary_file
from evidence.runs.tables import TableRun
from evidence.stores.layout import configuration_file, run_file


def seal_night(
    parts: Parts, manifest: RunManifest, run: TableRun, *, organisation: str, first_night: date, configuration: bytes
) -> LedgerEntry:
    """Open the store if need be, adopt the configuration, and seal the night.

    Raises RefusedError where another run sealed the night meanwhile, or the store is another tenant's.
    """
    parts.ledger.open(
        tenant=run.tenant_id or "unknown",
        organisation=organisation,
        first_night=first_night,
        at=parts.clock.now(),
        actor=parts.actor,
    )
    adopt_configuration(parts, configuration)
    run_bytes = manifest.to_bytes()
    run_object = LedgerObject(
        run_file(manifest.night, manifest.run_id), len(run_bytes), hashlib.sha256(run_bytes).hexdigest()
    )
    draft = Draft(
        kind=EntryKind.NIGHT_SEALED,
        at=parts.clock.now(),
        actor=parts.actor,
        subject=f"night/{manifest.night}",
        payload=_payload(manifest, run, parts.calendar),
        objects=(run_object, *named(manifest.files), *named(run.files), _summary(parts, manifest)),
    )
    guards: tuple[Guard, ...] = (partial(refuse_other_calendar, calendar=parts.calendar),)
    return parts.ledger.append(draft, guards if manifest.again else (*guards, _not_sealed(manifest.night)))


def adopt_configuration(parts: Parts, configuration: bytes) -> None:
    """Record the configuration in use, unless the newest record is the same."""
    adopted = [entry for entry in parts.ledger.entries() if entry.kind is EntryKind.CONFIGURATION_ADOPTED]
    payload = {"sha256": parts.configuration_sha256, "code_version": parts.code_version}
    if adopted and {key: adopted[-1].payload.get(key) for key in payload} == payload:
        return
    path = configuration_file(parts.configuration_sha256)
    try:
        parts.store.create(path, configuration)
    except ObjectExistsError:
        if parts.store.read(path) != configuration:
            raise
    # The time makes a return to an earlier configuration an event of its own.
    draft = Draft(
        kind=EntryKind.CONFIGURATION_ADOPTED,
        at=parts.clock.now(),
        actor=parts.actor,
        subject=f"configuration/{parts.configuration_sha256}",
        payload={**payload, "adopted_at": told(parts.clock.now())},
        objects=(LedgerObject(path, len(configuration), parts.configuration_sha256),),
    )
    parts.ledger.append(draft)


def named(files: Sequence[WrittenFile]) -> tuple[LedgerObject, ...]:
    """Files as a ledger entry names them."""
    return tuple(LedgerObject(file.path, file.bytes, file.sha256) for file in files)


def _summary(parts: Parts, manifest: RunManifest) -> LedgerObject:
    path = summary_file(manifest.night, manifest.run_id)
    data = parts.store.read(path)
    return LedgerObject(path, len(data), hashlib.sha256(data).hexdigest())


def _payload(manifest: RunManifest, run: TableRun, calendar: Calendar) -> dict[str, object]:
    return {
        "night": str(manifest.night),
        "run_id": manifest.run_id,
        KEY: dict(told_calendar(calendar)),
        "window": {"start": told(manifest.window_start), "end": told(manifest.window_end)},
        "captured_at": told(manifest.captured_at),
        "late": manifest.late,
        "again": manifest.again,
        "reason": manifest.reason,
        "tables": dict(run.rows),
        **told_findings(run),
        "vaults": len(manifest.vaults),
        "configuration_sha256": manifest.configuration_sha256,
    }


def told_findings(run: TableRun) -> dict[str, object]:
    """What the seal of a night tells of answers that were not read, or looked like none before."""
    return {
        "unread": dict(run.unread),
        "problems": dict(run.problems),
        "drift": {what: {"count": one.count, "calls": list(one.calls)} for what, one in run.drift.items()},
    }


def _not_sealed(night: date) -> Guard:
    def guard(entries: Sequence[LedgerEntry]) -> None:
        standing = sealed_nights(entries).get(night)
        if standing:
            raise RefusedError(
                f"Night {night} is sealed already, by run {standing[-1].run_id}.",
                cause="Another run sealed it while this one was working; what this one wrote is left as orphans.",
                next_step="Nothing needs to be done; to observe it once more: run --night … --again --reason …",
            )

    return guard
