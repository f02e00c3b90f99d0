"""What became of a run's calls, kept beside its tables until the night is sealed, and named by that entry."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date

import orjson
import rfc8785

from evidence.errors import IntegrityError
from evidence.runs.manifest import WrittenFile
from evidence.runs.tables import TableRun, create_or_adopt
from evidence.stores.interface import EvidenceStore
from evidence.stores.layout import table_file

FORMAT = "backup-evidence-tables"
VERSION = 1


def summary_file(night: date, run_id: str) -> str:
    """Path of the summary of a run's tables."""
    return table_file("_summary", night, run_id, 0).replace(".parquet", ".json")


def keep_summary(store: EvidenceStore, night: date, run_id: str, run: TableRun) -> None:
    """Write the summary, or find the same one."""
    told = orjson.loads(orjson.dumps({"format": FORMAT, "v": VERSION, **asdict(run)}))
    create_or_adopt(store, summary_file(night, run_id), rfc8785.dumps(told))


def read_summary(store: EvidenceStore, night: date, run_id: str) -> TableRun:
    """The summary of a run's tables; raises ObjectMissingError, IntegrityError."""
    path = summary_file(night, run_id)
    try:
        told = orjson.loads(store.read(path))
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
        )
    except (orjson.JSONDecodeError, KeyError, TypeError) as error:
        raise IntegrityError(f"{path} is not what it must be.", cause=str(error)) from error
