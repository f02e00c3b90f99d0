"""How fast recorded answers become Parquet, against pyarrow's JSON reader, pandas and the SDK's typed models, in one run.

Taken are all recorded jobs of Recovery Services since 2017 (those of 2016 hold three nulls more), of lists and of their own answers
without the details that lists never send, of every management type and service version; each is repeated under its own id, times and activity id until there are `--jobs` of them, shuffled, in pages of `--page`
as a list answers. One in a hundred is a restore, as `--restores` says, for the recordings are mostly about restores. The recorded items
of the same vaults stand beside them, so that jobs are linked. Ours is the whole way: bodies to typed, linked, sorted Parquet with the
verbatim `properties`. Before anything is measured its rows are compared with those of the slow and plain reference, field by field.

pyarrow reads the same jobs, one a line, after `actionsInfo` was made one type, for it refuses the mixture that Azure sends; the typed
models are those of azure-mgmt-recoveryservicesbackup, each attribute asked for that a column holds. Everything runs on one thread, way
after way, `--repeats` times, in CPU time, ours with nothing learned before; the fastest run of each counts, for what slows a run down is other work on the machine.

Prints a table, writes the figures as JSON with `--out`, and ends 1 where a target is missed: half of what pyarrow reads, and thirty times
what the typed models read. Run as `python -m benchmarks.normalize`; the recordings are found as the tests find them.
"""

from __future__ import annotations

import argparse
import gc
import io
import json
import platform
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path

import orjson
import pandas as pd
import pyarrow as pa
import pyarrow.json as pj
import pyarrow.parquet as pq
from azure.mgmt.recoveryservicesbackup._utils.model_base import _deserialize
from azure.mgmt.recoveryservicesbackup.models import JobResource

from benchmarks.recorded_world import World, capture_of, elements_in, world
from evidence.nights import Calendar
from evidence.normalize import CaptureContext, normalize_capture
from evidence.normalize.fast import tabulate_capture
from evidence.normalize.fast.templates import read_template
from evidence.records import Capture, Kind
from evidence.tables import ALL, from_rows, joined, ordered, to_parquet

CONTEXT = CaptureContext(date(2026, 11, 20), "2026-11-21T06-05-00Z-run", Calendar())
OURS, COLUMNS = "recorded pages to Parquet", "recorded pages to columns"
READ, MODELS = "pyarrow.json: read", "the SDK's typed models: attributes"
WRITTEN = "pyarrow.json: read, and written as Parquet"
OF_PYARROW, OF_MODELS = 0.5, 30.0
MODELLED = [
    "entity_friendly_name",
    "backup_management_type",
    "operation",
    "status",
    "start_time",
    "end_time",
    "activity_id",
    "duration",
    "container_name",
    "workload_type",
    "is_user_triggered",
    "storage_account_name",
    "actions_info",
    "extended_info",
]
MODELLED_ERRORS = ["error_code", "error_title", "error_string", "recommendations"]
JOBS_OF_MODELS = 2_000
"""The slower rivals read fewer jobs, for their pace does not depend on how many there are."""


def columns(capture: Capture, tables: Sequence[str]) -> dict[str, pa.Table]:
    parts: defaultdict[str, list[pa.Table]] = defaultdict(list)
    tabulate_capture(capture, CONTEXT, take=lambda name, rows: parts[name].append(rows))
    return {name: joined(ALL[name], parts[name]) for name in tables if parts[name]}


def to_files(capture: Capture, *tables: str) -> int:
    return sum(len(to_parquet(ALL[name], rows)) for name, rows in columns(capture, tables).items())


def by_reference(capture: Capture, *tables: str) -> dict[str, pa.Table]:
    told = normalize_capture(capture, CONTEXT).tables()
    return {name: from_rows(ALL[name], told[name]) for name in tables}


def compare(capture: Capture, *tables: str) -> int:
    """Field by field with the reference; ends the run where one differs. The number of fields compared."""
    wanted, found, fields = by_reference(capture, *tables), columns(capture, tables), 0
    for name, rows in wanted.items():
        ours, theirs = ordered(ALL[name], found[name]), ordered(ALL[name], rows)
        for column in theirs.column_names:
            if not ours[column].equals(theirs[column]):
                raise SystemExit(f"{name}.{column} differs from the reference.")
        fields += theirs.num_rows * theirs.num_columns
    return fields


def with_pyarrow(lines: bytes) -> pa.Table:
    return pj.read_json(io.BytesIO(lines), read_options=pj.ReadOptions(use_threads=False, block_size=1 << 20))


def pyarrow_to_parquet(lines: bytes) -> None:
    pq.write_table(with_pyarrow(lines), io.BytesIO(), compression="zstd")


def with_pandas(pages: Sequence[bytes]) -> pd.DataFrame:
    return pd.concat([pd.json_normalize(json.loads(body)["value"]) for body in pages])


def with_models(pages: Sequence[bytes]) -> list[list[object]]:
    """The attributes that columns hold, of models made from parsed bodies, as the SDK makes them."""
    rows = []
    for body in pages:
        for job in _deserialize(list[JobResource], json.loads(body)["value"]):
            told = job.properties
            errors = getattr(told, "error_details", None) or []
            rows.append(
                [job.id, job.name, job.type]
                + [getattr(told, name, None) for name in MODELLED]
                + [[getattr(error, name, None) for error in errors] for name in MODELLED_ERRORS]
            )
    return rows


Way = tuple[int, Callable[[], object]]
"""Rows read, and how."""


def ways(found: World, page: int) -> dict[str, Way]:
    jobs = capture_of(Kind.JOBS, found.pages, found.items)
    few = found.pages[: max(1, JOBS_OF_MODELS // page)]
    number = sum(len(orjson.loads(body)["value"]) for body in few)
    points, items = capture_of(Kind.RECOVERY_POINTS, found.points), capture_of(Kind.PROTECTED_ITEMS, found.items)
    return {
        OURS: (found.jobs, afresh(lambda: to_files(jobs, "jobs", "restore_jobs"))),
        COLUMNS: (found.jobs, afresh(lambda: columns(jobs, ("jobs",)))),
        "the reference, row by row, to Parquet": (number, lambda: _reference_to_files(capture_of(Kind.JOBS, few))),
        READ: (found.jobs, lambda: with_pyarrow(found.lines)),
        WRITTEN: (found.jobs, lambda: pyarrow_to_parquet(found.lines)),
        "orjson.loads: no columns at all": (found.jobs, lambda: [len(orjson.loads(body)) for body in found.pages]),
        "json.loads and pandas json_normalize: untyped": (number, lambda: with_pandas(few)),
        MODELS: (number, lambda: with_models(few)),
        "job answers with their details, to Parquet": _way(Kind.JOB_DETAILS, found.details, "jobs", "restore_jobs"),
        "recovery points to Parquet": (elements_in(found.points), lambda: to_files(points, "recovery_points")),
        "protected items to Parquet": (elements_in(found.items), lambda: to_files(items, "protected_items")),
    }


def afresh(way: Callable[[], object]) -> Callable[[], object]:
    """A way that begins with nothing learned of templates, as a process does with its first vault."""

    def begun() -> object:
        read_template.cache_clear()
        return way()

    return begun


def _way(kind: Kind, bodies: Sequence[bytes], *tables: str) -> Way:
    capture = capture_of(kind, bodies)
    return len(bodies), lambda: to_files(capture, *tables)


def _reference_to_files(capture: Capture) -> None:
    for name, rows in by_reference(capture, "jobs", "restore_jobs").items():
        to_parquet(ALL[name], rows)


def measure(measured: dict[str, Way], repeats: int) -> dict[str, float]:
    """Rows a CPU second of each way, by its fastest run."""
    fastest: dict[str, float] = {}
    for _ in range(repeats):
        for name, (rows, way) in measured.items():
            gc.collect()
            began = time.process_time()
            way()
            fastest[name] = max(fastest.get(name, 0.0), rows / (time.process_time() - began))
    return fastest


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--jobs", type=int, default=50_000)
    parser.add_argument("--page", type=int, default=200)
    parser.add_argument("--restores", type=float, default=0.01, help="share of restores among the jobs")
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--out", type=Path, help="write the figures here, as JSON")
    options = parser.parse_args()
    pa.set_cpu_count(1)
    pa.set_io_thread_count(1)
    found = world(options.jobs, options.page, options.restores)
    fields = compare(capture_of(Kind.JOBS, found.pages, found.items), "jobs", "restore_jobs", "protected_items")
    fields += compare(capture_of(Kind.RECOVERY_POINTS, found.points), "recovery_points")
    fields += compare(capture_of(Kind.JOB_DETAILS, found.details), "jobs", "restore_jobs")
    print(
        f"{fields:,} fields are those of the reference; {options.jobs:,} jobs of {len(found.lines) / options.jobs:.0f} bytes"
    )
    speeds = measure(ways(found, options.page), options.repeats)
    for name, speed in speeds.items():
        print(f"{name:<50}{speed:>10,.0f} rows/CPU s{1e6 / speed:>9.2f} µs a row")
    ratios = {
        "to what pyarrow.json reads": speeds[OURS] / speeds[READ],
        "to what pyarrow.json reads and writes": speeds[OURS] / speeds[WRITTEN],
        "to columns, to what pyarrow.json reads": speeds[COLUMNS] / speeds[READ],
        "to the typed models": speeds[OURS] / speeds[MODELS],
    }
    for name, ratio in ratios.items():
        print(f"ours {name}: {ratio:.2f}")
    missed = [
        f"{name}: {ratios[name]:.2f} of {wanted}"
        for name, wanted in (("to what pyarrow.json reads", OF_PYARROW), ("to the typed models", OF_MODELS))
        if ratios[name] < wanted
    ]
    print("\n".join(f"MISSED {miss}" for miss in missed) or "All targets are met.")
    if options.out:
        told = {
            "python": platform.python_version(),
            "pyarrow": pa.__version__,
            "orjson": orjson.__version__,
            "jobs": options.jobs,
            "page": options.page,
            "restores": options.restores,
            "fields_compared": fields,
            "rows_per_cpu_second": speeds,
            "ratios": ratios,
            "missed": missed,
        }
        options.out.write_text(json.dumps(told, indent=2) + "\n")
    sys.exit(1 if missed else 0)


if __name__ == "__main__":
    main()
