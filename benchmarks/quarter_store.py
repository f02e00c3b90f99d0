"""A store that holds a quarter of sealed nights with as many job rows as are wanted, made quickly and with the product's own writers.

One night is captured from a made Azure and normalized; every other night is that one with ids, times and answers of its own, written by
`to_parquet`, described by `run.json` and the summary, and sealed in the ledger. Not here: measuring. Invariant: a pack of it is built like any
other; ids are as random as Azure's, so that sizes are those of real packs.
"""

from __future__ import annotations

import binascii
import hashlib
import random
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from evidence.packs.period import Period
from evidence.runs.manifest import RunManifest, WrittenFile
from evidence.runs.night import newest_run, seal_stage, tables_stage
from evidence.runs.summary import keep_summary
from evidence.runs.tables import ROWS_PER_SHARD, TableRun
from evidence.stores.directory import DirectoryStore
from evidence.stores.layout import run_file, table_file
from evidence.tables import ALL, CALLS, JOBS, RECOVERY_POINTS, Table, read_parquet, to_parquet
from tests.fakes.bench import Bench, at, backup
from tests.fakes.bodies import FakeItem, FakeVault, daily, sent
from tests.fakes.clock import FakeClock

ITEMS_A_VAULT = 200
FAILED_EVERY = 50
NIGHTS_OF_POINTS = 30
"""Nights after which the points of a machine are listed again."""
TIMES_LISTED = 3
"""Nights whose job list shows a job: lists are read three nights back."""
OF_JOBS = ("job_id", "activity_id", "properties", "envelope")
OF_POINTS = ("recovery_point_id", "properties", "envelope")
FAILED = {
    "status": "Failed",
    "errorDetails": [
        {
            "errorCode": 400001,
            "errorTitle": "UserErrorVmNotFoundV2",
            "errorString": "The virtual machine was not found, so that it could not be backed up.",
            "recommendations": ["Check whether the machine was deleted, and stop its protection if it was."],
        }
    ],
}


@dataclass(frozen=True, slots=True)
class Template:
    """One night as captured, and what all nights are made of."""

    manifest: RunManifest
    tables: Mapping[str, pa.Table]
    run: TableRun


def bench_on(folder: Path, first: date) -> Bench:
    """A bench on a folder whose clock stands at the end of a night."""
    found = Bench(store=DirectoryStore(folder), clock=FakeClock(datetime(2020, 1, 1, tzinfo=UTC)))
    found.clock.reach(found.calendar.window(first).end)
    return found


def fill(folder: Path, period: Period, jobs: int, after: Callable[[Bench, date], None] | None = None) -> int:
    """Seal all nights of the period with about `jobs` jobs in all, and do something `after` each; gives how many jobs there are."""
    nights = period.nights()
    a_night = max(1, round(jobs / len(nights)))
    template = _template(nights[0], a_night)
    bench = bench_on(folder, nights[0])
    chance = random.Random(f"{period.name} {jobs}")  # noqa: S311 - made ids must be the same again, not secret
    recent: list[pa.Table] = []
    points: list[pa.Table] = []
    for number, night in enumerate(nights):
        bench.clock.reach(bench.calendar.window(night).end)
        recent = [*recent[-TIMES_LISTED + 1 :], _fresh(template.tables[JOBS.name], OF_JOBS, night, chance)]
        points = [
            *points[-NIGHTS_OF_POINTS + 1 :],
            _fresh(template.tables[RECOVERY_POINTS.name], OF_POINTS, night, chance),
        ]
        _seal(
            bench, template, night, {JOBS.name: pa.concat_tables(recent), **_listed(template, points, number)}, chance
        )
        if after is not None:
            after(bench, night)
    return a_night * len(nights)


def _template(night: date, jobs: int) -> Template:
    """A night in memory: so many machines, each with its backup and the point that it made."""
    one = Bench(clock=FakeClock(datetime(2020, 1, 1, tzinfo=UTC)))
    for number in range(-(-jobs // ITEMS_A_VAULT)):
        vault = FakeVault(f"vault-{number:04d}", policies={"daily": daily(20)})
        for place in range(min(ITEMS_A_VAULT, jobs - number * ITEMS_A_VAULT)):
            vault.items.append(FakeItem(f"vm-{number:04d}-{place:04d}"))
            job = backup(vault, night, vault.items[-1].name)
            job.started_at = at(night, 20 + place / 100)
            made = job.started_at + timedelta(seconds=36)
            vault.items[-1].points[-1].at = made
            vault.items[-1].properties = {"lastRecoveryPoint": sent(made)}
            job.properties = dict(FAILED) if (number + place) % FAILED_EVERY == 0 else {}
        one.azure.subscriptions[0].vaults.append(vault)
    one.azure.subscriptions[0].graph.on = False
    one.capture(night)
    manifest = newest_run(one.parts, night)
    run = tables_stage(one.parts, manifest)
    tables: dict[str, list[pa.Table]] = {}
    for file in run.files:
        table = ALL[file.path.split("/")[1]]
        tables.setdefault(table.name, []).append(read_parquet(table, one.store.read(file.path)))
    return Template(manifest, {name: pa.concat_tables(found) for name, found in tables.items()}, run)


def _listed(template: Template, points: list[pa.Table], number: int) -> dict[str, pa.Table]:
    """What one night reads of points: those of every 30th machine, each with all of the last 30 nights, and the calls that ask for them."""
    places = range(number % NIGHTS_OF_POINTS, points[-1].num_rows, NIGHTS_OF_POINTS)
    rows = pa.concat_tables(points).take(
        [start * points[-1].num_rows + place for start in range(len(points)) for place in places]
    )
    numbers = pa.array([start for start in range(len(points)) for _ in places], pa.int64())
    calls = template.tables[CALLS.name]
    asked = pc.or_(
        pc.not_equal(calls["kind"], pa.scalar("recovery_points")),
        pc.is_in(calls["call_id"], value_set=rows["call_id"].combine_chunks()),
    )
    return {
        RECOVERY_POINTS.name: _set(_set(rows, "ordinal", numbers), "element", numbers),
        CALLS.name: calls.filter(asked),
    }


def _seal(bench: Bench, template: Template, night: date, made: Mapping[str, pa.Table], chance: random.Random) -> None:
    parts = bench.parts
    window = parts.calendar.window(night)
    captured = window.end + timedelta(minutes=20)
    run_id = f"{window.end:%Y%m%dT%H%M%SZ}-{chance.getrandbits(32):08x}"
    tables = {**template.tables, **made}
    files, rows = [], {}
    for name, found in sorted(tables.items()):
        renamed = _of_run(found, template.manifest, run_id, night)
        rows[name] = renamed.num_rows
        files += list(_write(bench, ALL[name], night, run_id, renamed))
    manifest = replace(
        template.manifest,
        night=night,
        run_id=run_id,
        window_start=window.start,
        window_end=window.end,
        started_at=window.end,
        captured_at=captured,
        configuration_sha256=parts.configuration_sha256,
        files=(),
    )
    bench.clock.reach(captured)
    parts.store.create(run_file(night, run_id), manifest.to_bytes())
    run = keep_summary(parts.store, night, run_id, replace(template.run, files=tuple(files), rows=rows))
    seal_stage(parts, manifest, run, bench.configuration)


def _write(bench: Bench, table: Table, night: date, run_id: str, rows: pa.Table) -> Iterator[WrittenFile]:
    """Shards, as a run writes them."""
    for shard, start in enumerate(range(0, max(rows.num_rows, 1), ROWS_PER_SHARD)):
        data = to_parquet(table, rows.slice(start, ROWS_PER_SHARD))
        path = table_file(table.name, night, run_id, shard)
        bench.store.create(path, data)
        yield WrittenFile(path, len(data), hashlib.sha256(data).hexdigest())


def _fresh(rows: pa.Table, names: tuple[str, ...], night: date, chance: random.Random) -> pa.Table:
    """The template's things as another night's: every id new, every time moved, in verbatim texts too."""
    old = [str(one) for one in rows[names[0]].to_pylist()]
    new = [_guid(chance) for _ in old]
    days = night - rows["event_night"][0].as_py()
    told = (str(rows["event_night"][0]), str(night))
    for name in names:
        texts = [
            None if text is None else text.replace(before, after).replace(*told)
            for text, before, after in zip(rows[name].to_pylist(), old, new, strict=True)
        ]
        rows = _set(rows, name, pa.array(texts, pa.string()))
    for field in rows.schema:
        if field.name != "observed_at" and pa.types.is_timestamp(field.type):
            rows = _set(rows, field.name, pc.add(rows[field.name], pa.scalar(days, pa.duration("us"))))
    return _set(rows, "event_night", pa.repeat(pa.scalar(night, pa.date32()), rows.num_rows))


def _of_run(rows: pa.Table, of: RunManifest, run_id: str, night: date) -> pa.Table:
    """Rows as another run saw them."""
    today, later = pa.scalar(night, pa.date32()), night - of.night
    if not {"job_id", "recovery_point_id"} & set(rows.schema.names):
        rows = _set(rows, "event_night", pa.repeat(today, rows.num_rows))
    rows = _set(rows, "night", pa.repeat(today, rows.num_rows))
    for name in ("run_id", "capture_id", "call_id", "first_call_id", "last_call_id"):
        if name in rows.schema.names:
            rows = _set(rows, name, pc.replace_substring(rows[name], of.run_id, run_id))
    moved = ("observed_at", "last_recovery_point_at", *(("started_at",) if "finished_at" in rows.schema.names else ()))
    for name in (name for name in (*moved, "finished_at") if name in rows.schema.names):
        rows = _set(rows, name, pc.add(rows[name], pa.scalar(later, pa.duration("us"))))
    return rows


def _guid(chance: random.Random) -> str:
    text = binascii.hexlify(chance.randbytes(16)).decode()
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def _set(rows: pa.Table, name: str, values: pa.Array[Any] | pa.ChunkedArray[Any]) -> pa.Table:
    place = rows.schema.get_field_index(name)
    return rows.set_column(place, rows.schema.field(place), values)
