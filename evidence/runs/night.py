"""The stages of one night, each of which continues where an interrupted run stopped.

calls → tables → (checks) → sealed night → links. Not here: packs. Invariant: a sealed night is left alone unless it is
ordered again with a reason; what an interrupted run left is re-hashed before it is taken over.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from evidence.errors import IntegrityError, RefusedError
from evidence.ledger.entries import LedgerEntry
from evidence.ledger.folds import named_paths, sealed_nights
from evidence.nights import look_back
from evidence.normalize.results import Row
from evidence.runs.capture import Order, as_ordered, capture_night
from evidence.runs.earlier import earlier_nights
from evidence.runs.manifest import RunManifest, parse_run_manifest
from evidence.runs.one_calendar import refuse_other_calendar
from evidence.runs.parts import Parts, Progress, silent
from evidence.runs.resume import resumable
from evidence.runs.seal import seal_night
from evidence.runs.sealed import SealedRows
from evidence.runs.summary import keep_summary, kept_summary, parse_summary, summary_file
from evidence.runs.tables import TableRun, files_are_whole, tabulate_run
from evidence.runs.unfinished import unfinished_jobs
from evidence.settings import Configuration
from evidence.sources.interface import Source
from evidence.stores.layout import run_file, runs_of
from evidence.tables import PROTECTED_ITEMS

NIGHTS_OF_ITEMS = 31
"""Nights whose items are known when jobs are linked by name: long enough for soft-deleted ones."""
ITEM_COLUMNS = (
    "vault_id",
    "item_key",
    "friendly_name",
    "container_name",
    "server_name",
    "instance_name",
    "management_type",
    "workload",
)


@dataclass(frozen=True, slots=True)
class Captured:
    """What the first stage found or did."""

    manifest: RunManifest
    state: str
    """`captured`, `continued` (a run that was begun and killed), `adopted` (one that had ended) or `sealed` (nothing was to be done)."""


def sealed_run(parts: Parts, night: date) -> RunManifest | None:
    """The run that stands for a night, or None."""
    entries = parts.ledger.entries()
    found = sealed_nights(entries).get(night)
    if not found:
        return None
    sealed = SealedRows(parts.store, named_paths(entries))
    return parse_run_manifest(sealed.content(run_file(night, found[-1].run_id)))


def capture_stage(
    parts: Parts, source: Source, order: Order, *, workers: int | None = None, progress: Progress = silent
) -> Captured:
    """Capture a night, unless it is sealed or a complete run waits to be sealed; a run that was begun is ended."""
    if order.again and not (order.reason or "").strip():
        raise RefusedError("A night is captured again only with a reason.", next_step="Give --reason TEXT.")
    refuse_other_calendar(parts.ledger.entries(), parts.calendar)
    standing = sealed_run(parts, order.night)
    if standing is not None and not order.again:
        return Captured(standing, "sealed")
    waiting = unsealed_run(parts, order.night)
    if waiting is not None and (waiting.again, waiting.reason) == (order.again, order.reason):
        return Captured(waiting, "adopted")
    parts.clock.reach(parts.calendar.window(order.night).end)
    # Whatever decides what is asked rests on what Azure said, never on what a person uploaded.
    sealed = SealedRows(parts.store, named_paths(parts.ledger.entries())).of_azure()
    unfinished = unfinished_jobs(sealed, order.night)
    earlier = earlier_nights(sealed, order.night, parts.calendar)
    wanted = as_ordered(parts, source, order)
    resumed = resumable(parts.store, wanted, standing.captured_at if standing is not None else None)
    manifest = capture_night(
        parts, source, order, unfinished, earlier=earlier, resumed=resumed, workers=workers, progress=progress
    )
    return Captured(manifest, "captured" if resumed is None else "continued")


def unsealed_run(parts: Parts, night: date) -> RunManifest | None:
    """The newest run of a night that waits to be sealed: complete, whole, under this configuration, and named by no entry.

    Of a sealed night only a run that was ordered again and is newer than the one that stands: what the slower of two runs left, or
    an order that a later one overtook, stays an orphan, which `status` lists.
    """
    named = named_paths(parts.ledger.entries())
    complete = [one.path for one in parts.store.list(runs_of(night)) if one.path.endswith("/run.json")]
    waiting = sorted((path for path in complete if path not in named), reverse=True)
    standing = sealed_run(parts, night) if waiting else None
    for path in waiting:
        manifest = _complete(parts, path)
        if manifest is not None and (
            standing is None or (manifest.again and manifest.captured_at > standing.captured_at)
        ):
            return manifest
    return None


def _complete(parts: Parts, path: str) -> RunManifest | None:
    """The run of a `run.json`, where it can be taken over: re-hashed, and under this configuration."""
    try:
        manifest = parse_run_manifest(parts.store.read(path))
    except IntegrityError:
        return None  # of another version, or spoilt: the run stays an orphan, which `status` lists
    own = run_file(manifest.night, manifest.run_id) == path
    mine = manifest.configuration_sha256 == parts.configuration_sha256
    return manifest if own and mine and files_are_whole(parts.store, manifest.files) else None


def tables_stage(parts: Parts, manifest: RunManifest, *, progress: Progress = silent) -> TableRun:
    """Make the tables of a run, or find them made or sealed."""
    entries = parts.ledger.entries()
    if _is_sealed(entries, manifest):
        path = summary_file(manifest.night, manifest.run_id)
        return parse_summary(SealedRows(parts.store, named_paths(entries)).content(path), path)
    kept = kept_summary(parts.store, manifest.night, manifest.run_id)
    if kept is not None:
        return kept
    sealed = SealedRows(parts.store, named_paths(entries))
    of_calls = replace(manifest, files=manifest.calls)
    run = tabulate_run(parts.store, of_calls, parts.calendar, known_items(sealed, manifest.night), progress=progress)
    return keep_summary(parts.store, manifest.night, manifest.run_id, run)


def newest_run(parts: Parts, night: date) -> RunManifest:
    """The run that later stages read: one that waits to be sealed, else the sealed one; raises RefusedError for none."""
    found = unsealed_run(parts, night) or sealed_run(parts, night)
    if found is None:
        raise RefusedError(f"Night {night} has not been captured.", next_step=f"backup-evidence run --night {night}")
    return found


def seal_stage(parts: Parts, manifest: RunManifest, run: TableRun, configuration: Configuration) -> LedgerEntry:
    """Seal a run, or find it sealed."""
    for one in sealed_nights(parts.ledger.entries()).get(manifest.night, ()):
        if one.run_id == manifest.run_id:
            return one.entry
    settings = configuration.settings
    return seal_night(
        parts,
        manifest,
        run,
        organisation=settings.organisation,
        first_night=settings.first_night,
        configuration=configuration.raw,
    )


def known_items(sealed: SealedRows, night: date) -> Mapping[str, Sequence[Row]]:
    """Items seen on the nights before, by vault id, each once."""
    first, last = look_back(night, NIGHTS_OF_ITEMS + 1), look_back(night, 2)
    by_vault: dict[str, list[Row]] = defaultdict(list)
    azure = sealed.of_azure()  # rows of grade A name items that Azure told
    for row in azure.distinct(PROTECTED_ITEMS, ITEM_COLUMNS, first, last).sort_by("item_key").to_pylist():
        by_vault[str(row["vault_id"])].append(row)
    return by_vault


def _is_sealed(entries: Sequence[LedgerEntry], manifest: RunManifest) -> bool:
    return any(one.run_id == manifest.run_id for one in sealed_nights(entries).get(manifest.night, ()))
