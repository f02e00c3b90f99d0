"""`backup-evidence status`: nights, packs and leftovers of the store at one glance."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from cli.context import PARTIAL, Config, Output, compose, exits
from cli.import_files import import_remarks, imports_told
from cli.lifetimes import lifetimes_of, rows_of, warnings_of
from cli.output import Format, Result, emit, say
from cli.pack_review import review_remarks, review_states
from cli.publishing import checkpoint_remarks, checkpoints_told
from cli.retention_seen import seen_remarks, seen_result, seen_told
from cli.watch import watch_remarks

if TYPE_CHECKING:
    from evidence.compose import Composition

COLUMNS = ("night", "sealed", "run", "job_rows", "packs", "completeness", "drift", "differences")
MOST_TOLD = 20
"""Sentences about gaps and about drift on a terminal; all are in `-o json`."""


def status(
    objects: Annotated[
        bool, typer.Option("--objects", help="List each sealed object with when it was last seen whole, and no nights.")
    ] = False,
    config: Config = None,
    output: Output = Format.TABLE,
) -> None:
    """Show each night since the first sealed one, what could not be read of it and why, and what no ledger entry names.

    `drift` counts what Azure sent and no body ever showed before: keys, value types, words of enumerations.

    Ends 4 where a night is missing or a night's pack is not COMPLETE.

    Examples:
      backup-evidence status -o json
      backup-evidence status --objects -o csv
    """
    with exits():
        composition = compose(config)
        if objects:
            emit(seen_result(composition), output)
            return
        rows = _nights(composition)
        meta = _meta(composition, rows)
        emit(Result("backup-evidence/status/1", rows, COLUMNS, meta), output)
        for line in (
            *_remarks(meta),
            *watch_remarks(composition),
            *checkpoint_remarks(composition),
            *seen_remarks(composition, composition.clock.now()),
            *warnings_of(lifetimes_of(composition)),
            *_told(rows, "gaps", "gap"),
            *_told(rows, "drifted", "drift"),
            *_told(rows, "differing", "sources"),
        ):
            say(line)
        if not meta["complete"]:
            raise typer.Exit(PARTIAL)


def _nights(composition: Composition) -> list[dict[str, object]]:
    from evidence.ledger.folds import named_paths, sealed_nights
    from evidence.packs.night import standing_night_packs
    from evidence.packs.night_gaps import night_gaps
    from evidence.runs.differences import differences_of
    from evidence.runs.gaps import missing_nights
    from evidence.runs.sealed import SealedRows
    from evidence.stores.layout import run_file

    entries, scopes = composition.ledger.entries(), composition.scopes()
    sealed = sealed_nights(entries)
    named = named_paths(entries)
    files = SealedRows(composition.store, named)
    missing = missing_nights(entries, composition.calendar, composition.clock.now())
    rows: list[dict[str, object]] = []
    for night in sorted({*sealed, *missing}):
        run = sealed[night][-1] if night in sealed else None
        # A pack that is missing, or older than the night's newest run, stands for nothing.
        packs = {scope.name: standing_night_packs(entries, [scope], night) for scope in scopes}
        states = {name: str(found[name].entry.payload["completeness"]) for name, found in packs.items() if found}
        complete = all(states.get(name) == "COMPLETE" for name in packs)
        gone = run is not None and run_file(night, run.run_id) in named.gone
        gaps = () if run is None or complete or gone else night_gaps(files, entries, night)
        jobs = run.tables.get("jobs") if run else None
        drift = run.entry.payload.get("drift") if run else None
        differing = differences_of(entries, night)
        rows.append(
            {
                "night": str(night),
                "sealed": "missing" if run is None else "disposed of" if gone else "late" if run.late else "yes",
                "run": run.run_id if run else None,
                "runs": len(sealed.get(night, ())),
                # No row is not the same as no job: of what was not read nothing is known.
                "job_rows": None if not jobs and any("jobs" in group.kinds for group in gaps) else jobs,
                "packs": len(states),
                "completeness": ", ".join(f"{name} {states.get(name, 'no pack')}" for name in packs),
                "complete": complete,
                "gaps": [group.sentence for group in gaps],
                "differences": sum(differing.values()) if differing is not None else None,
                "differing": [f"{count} {what}" for what, count in (differing or {}).items()],
                "drift": len(drift) if isinstance(drift, dict) else None,
                "drifted": sorted(drift) if isinstance(drift, dict) else None,
            }
        )
    return rows


def _meta(composition: Composition, rows: list[dict[str, object]]) -> dict[str, object]:
    from evidence.ledger.disposals import gone
    from evidence.ledger.folds import named_paths, orphans, unstamped_packs

    entries = composition.ledger.entries()
    named = named_paths(entries)
    left = orphans(composition.store.list(""), {**named, **named.gone})
    return {
        "store": composition.store.description,
        "ledger_entries": len(entries),
        "ledger_head_sha256": entries[-1].sha256 if entries else None,
        "missing_nights": [row["night"] for row in rows if row["sealed"] == "missing"],
        "imports": imports_told(entries),
        "packs_without_time_stamp": [one.pack_id for one in unstamped_packs(entries)],
        **review_states(composition),
        "checkpoints": checkpoints_told(composition),
        "truth": seen_told(composition),
        "certificates": rows_of(lifetimes_of(composition)),
        "orphans": [one.path for one in left],
        "disposed_objects": len(gone(entries)),
        "complete": bool(rows) and all(row["complete"] for row in rows),
    }


def _remarks(meta: dict[str, object]) -> list[str]:
    missing, left = meta["missing_nights"], meta["orphans"]
    told = [f"store: {meta['store']}; ledger: {meta['ledger_entries']} entries, head {meta['ledger_head_sha256']}"]
    if isinstance(missing, list) and missing:
        told.append(f"{len(missing)} missing: backup-evidence run --night {missing[0]}")
    unstamped = meta["packs_without_time_stamp"]
    if isinstance(unstamped, list) and unstamped:
        told.append(f"{len(unstamped)} packs NOT TIME-STAMPED: backup-evidence timestamp retry --all")
    told += import_remarks(meta["imports"])
    told += review_remarks(meta)
    if isinstance(left, list) and left:
        told.append(
            f"{len(left)} objects that no ledger entry names, left by runs that ended early; the first: {left[0]}"
        )
    return told


def _told(rows: list[dict[str, object]], column: str, word: str) -> list[str]:
    """One line for each sentence, newest night first."""
    told = []
    for row in reversed(rows):
        found = row[column]
        told += [f"{word} {row['night']}: {one}" for one in found] if isinstance(found, list) else []
    rest = len(told) - MOST_TOLD
    return told if rest <= 0 else [*told[:MOST_TOLD], f"{rest} more such lines: backup-evidence status -o json"]
