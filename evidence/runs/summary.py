"""What became of a run's calls, kept beside its tables until the night is sealed, and named by that entry."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date

import orjson
import rfc8785

from evidence.errors import IntegrityError, ObjectExistsError
from evidence.runs.manifest import WrittenFile
from evidence.runs.tables import Drifted, TableRun, files_are_whole
from evidence.stores.interface import EvidenceStore
from evidence.stores.layout import table_file

FORMAT = "backup-evidence-tables"
VERSION = 1


def summary_file(night: date, run_id: str) -> str:
    """Path of the summary of a run's tables."""
    return table_file("_summary", night, run_id, 0).replace(".parquet", ".json")


def keep_summary(store: EvidenceStore, night: date, run_id: str, run: TableRun) -> TableRun:
    """Write the summary, or take over the one that another process wrote meanwhile."""
    told = orjson.loads(orjson.dumps({"format": FORMAT, "v": VERSION, **asdict(run)}))
    try:
        store.create(summary_file(night, run_id), rfc8785.dumps(told))
    except ObjectExistsError:
        return kept_summary(store, night, run_id) or run
    return run


def kept_summary(store: EvidenceStore, night: date, run_id: str) -> TableRun | None:
    """The summary that an interrupted stage left, or None; raises IntegrityError where its tables are not as written."""
    if store.stat(summary_file(night, run_id)) is None:
        return None
    run = read_summary(store, night, run_id)
    if not files_are_whole(store, run.files):
        raise IntegrityError(
            f"Tables of run {run_id} are not as they were written.",
            cause="They were made, but not sealed, and have been changed since.",
            next_step=f"Capture the night again: run --night {night} --again --reason …",
        )
    return run


def read_summary(store: EvidenceStore, night: date, run_id: str) -> TableRun:
    """The summary of a run's tables; raises ObjectMissingError, IntegrityError."""
    path = summary_file(night, run_id)
    return parse_summary(store.read(path), path)


def parse_summary(data: bytes, path: str) -> TableRun:
    """The summary in a file's bytes; raises IntegrityError."""
    try:
        told = orjson.loads(data)
        if (told["format"], told["v"]) != (FORMAT, VERSION):
            raise IntegrityError(
                f"{path} is {told['format']} version {told['v']}; this program reads {FORMAT} {VERSION}."
            )
        return TableRun(
            files=tuple(WrittenFile(**file) for file in told["files"]),
            rows=told["rows"],
            unread=told["unread"],
            problems=told["problems"],
            tenant_id=told["tenant_id"],
            # Summaries of the first version tell none: nobody looked then.
            drift={what: Drifted(one["count"], tuple(one["calls"])) for what, one in told.get("drift", {}).items()},
        )
    except (orjson.JSONDecodeError, KeyError, TypeError) as error:
        raise IntegrityError(f"{path} is not what it must be.", cause=str(error)) from error
