"""What a pack of restore drills holds beside the captured rows: its tables, and the files by which anybody can check them.

Not here: reading (`gathering`), rows (`rows…`), checking (`evidence.packs.verification.drills`). Invariants: the files are for the internal audience alone, for each names
people and machines; a record is written as it was signed off, to the byte; the same ledger gives the same bytes.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pyarrow as pa
import rfc8785

from evidence.drills.due import Quarter
from evidence.drills.spelling import record_of
from evidence.drills.values import Evidence
from evidence.errors import ConfigurationError, IntegrityError
from evidence.ledger.entries import canonical
from evidence.packs import bag
from evidence.packs.how_to_verify import Drills
from evidence.packs.period import Period
from evidence.packs.restore_drills.gathering import Gathered, gather
from evidence.packs.restore_drills.in_scope import DrillRules
from evidence.packs.restore_drills.items import item_rows
from evidence.packs.restore_drills.places import (
    DECISIONS,
    FOLDER,
    LEDGER,
    SEEDS,
    artefact_path,
    population_path,
    record_path,
    seed_path,
    statement_path,
)
from evidence.packs.restore_drills.rows import drill_rows
from evidence.packs.restore_drills.rows_of_decisions import decision_rows
from evidence.packs.restore_drills.rows_of_facts import deviation_rows, execution_rows, validation_rows
from evidence.packs.restore_drills.rows_of_plans import plan_rows, sample_rows
from evidence.packs.restore_drills.rows_of_restores import restore_rows
from evidence.packs.restore_drills.statements import ENDING
from evidence.packs.restore_drills.story import Story
from evidence.packs.scope import PackScope
from evidence.packs.statement import Place
from evidence.runs.parts import Parts, told
from evidence.runs.sealed import saying_disposed
from evidence.stores.interface import EvidenceStore
from evidence.tables import (
    DEVIATIONS,
    DRILL_EXECUTIONS,
    DRILL_ITEMS,
    DRILL_PLANS,
    DRILL_RESTORES,
    DRILL_SAMPLES,
    DRILLS,
    SIGNOFFS,
    VALIDATIONS,
    from_rows,
)

KIND, INTERNAL = "restore-drills", "internal"
FORMAT, VERSION = "backup-evidence-drill-ledger", 1


def quarter_period(period: Period) -> Period:
    """The period of a pack of drills; raises ConfigurationError for any other than a quarter."""
    try:
        quarter = Quarter.named(period.name)
    except ValueError:
        quarter = Quarter(period.first.year, (period.first.month + 2) // 3)
        if (period.first, period.last) != (quarter.first, quarter.last):
            raise ConfigurationError(
                f"A pack of restore drills is of one quarter; {period.name} is not.",
                next_step=f"Give --period {quarter.name}, the quarter of {period.first}.",
            ) from None
    return Period(quarter.name, quarter.first, quarter.last)


def drill_tables(found: Gathered) -> Mapping[str, pa.Table]:
    """The tables, as no audience has seen them yet."""
    story = found.story
    rows = {
        DRILLS: drill_rows(story),
        DRILL_EXECUTIONS: execution_rows(story),
        VALIDATIONS: validation_rows(story),
        DEVIATIONS: deviation_rows(story),
        SIGNOFFS: decision_rows(story, found.proofs),
        DRILL_RESTORES: restore_rows(found.restores),
        DRILL_ITEMS: item_rows(story, found.items),
        DRILL_PLANS: plan_rows(story, found.read_populations),
        DRILL_SAMPLES: sample_rows(found.samples),
    }
    return {table.name: from_rows(table, made) for table, made in rows.items()}


def carried_drills(
    parts: Parts, place: Place, scope: PackScope, rules: DrillRules, folder: Path
) -> Mapping[str, bag.Source]:
    """The files of a pack of drills; none in packs of other kinds, and none for externals, whom they would tell names.

    Raises IntegrityError, StoreError.
    """
    if place.series.kind != KIND or place.series.audience != INTERNAL:
        return {}
    folder.mkdir()
    entries = parts.ledger.entries()[: place.head.size]
    return drill_files(gather(parts, entries, place.period, scope, rules), parts.store, folder)


def drill_files(found: Gathered, store: EvidenceStore, folder: Path) -> Mapping[str, bag.Source]:
    """Records, events, statements, populations and attached files by their path in the pack; copies lie in `folder`.

    Raises IntegrityError for an attached file that is not the one that was told, StoreError.
    """
    files: dict[str, bag.Source] = {LEDGER: ledger_bytes(found.story)}
    files |= {record_path(name): record_bytes(found.story, name) for name in found.story.names}
    for sequence, carried in found.statements.items():
        path = statement_path(sequence)
        files |= {path: carried.statement, path + ENDING: carried.signature}
    for seed_sha256, (proof, text) in found.seeds.items():
        path = seed_path(seed_sha256)
        files |= {path: proof, path.removesuffix(ENDING) + ".txt": text}
    files |= {population_path(name): data for name, data in found.populations.items()}
    return {**files, **_attached(found.story, store, folder)}


def drills_by_hand(place: Place, files: Mapping[str, bag.Digest]) -> Drills | None:
    """What HOW-TO-VERIFY.txt shows by example; None in packs of other kinds, and where there is no drill."""
    if place.series.kind != KIND:
        return None
    if place.series.audience != INTERNAL:
        return Drills()
    records = sorted(path for path in files if path.startswith(FOLDER) and path.count("/") == FOLDER.count("/"))
    if not records:
        return None
    statement = min((path for path in files if path.startswith(DECISIONS) and not path.endswith(ENDING)), default=None)
    seed = min(
        (path.removesuffix(ENDING) for path in files if path.startswith(SEEDS) and path.endswith(ENDING)), default=None
    )
    return Drills(records[0], files[records[0]].sha256, statement, seed)


def record_bytes(story: Story, name: str) -> bytes:
    """A drill's record as canonical JSON (RFC 8785): its SHA-256 is what was signed off."""
    return rfc8785.dumps(record_of(story.record(name)[0]))  # type: ignore[arg-type]  # JSON values


def ledger_bytes(story: Story) -> bytes:
    """The entries of the ledger behind the drills, as canonical JSON."""
    return canonical(
        {
            "format": FORMAT,
            "v": VERSION,
            "quarter": story.quarter.name,
            "as_of": told(story.as_of),
            "drills": list(story.names),
            "entries": [one.entry.to_bytes().decode() for one in story.told],
        }
    )


def _attached(story: Story, store: EvidenceStore, folder: Path) -> Mapping[str, bag.Source]:
    files: dict[str, bag.Source] = {}
    every: dict[str, Evidence] = {one.sha256: one for drill in story.drills for one in drill.evidence}
    for sha256, one in sorted(every.items()):
        copy = folder / sha256
        with saying_disposed(store, one.path):
            store.fetch(one.path, copy)
        if bag.digest(copy) != bag.Digest(one.bytes, sha256):
            raise IntegrityError(
                f"{one.path} is not the file that was attached.",
                cause=f"Told were {one.bytes} bytes of SHA-256 {sha256}.",
                next_step="Find out what changed it; nothing was packed.",
            )
        files[artefact_path(sha256)] = copy
    return files
