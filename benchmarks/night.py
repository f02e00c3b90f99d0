"""How fast a night's calls become sealed tables and the files of a pack, and whether memory stays flat as rows grow tenfold.

Every stage runs in a process of its own over a store in a folder, so that its peak memory is its own. Prints a table and, with
`--out`, writes the figures as JSON. Run as `python -m benchmarks.night`.
"""

from __future__ import annotations

import argparse
import json
import platform
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from datetime import timedelta
from pathlib import Path

from evidence.packs.figures import count
from evidence.packs.judging import judge_selection
from evidence.packs.period import span_period
from evidence.packs.scope import PackScope
from evidence.packs.select import Keep, Selection, select
from evidence.packs.table_files import TableFiles
from evidence.runs.assess import assess_night
from evidence.runs.checks import elements_missing, outside_window, repeated_keys
from evidence.runs.night import newest_run, seal_stage, tables_stage
from evidence.runs.summary import read_summary
from evidence.stores.directory import DirectoryStore
from reports.renderer import ReportRenderer
from tests.fakes.bench import NIGHT, Bench, at
from tests.fakes.bodies import FakeItem, FakeJob, FakePoint, FakeVault

JOBS_A_VAULT = 2000
ITEMS_A_VAULT = 200
POINTS_AN_ITEM = 10
FAILED_EVERY = 50


def bench(folder: Path) -> Bench:
    """A bench on a folder, at the moment after the night."""
    found = Bench(store=DirectoryStore(folder))
    found.clock.reach(found.calendar.window(NIGHT).end)
    return found


def vault(number: int) -> FakeVault:
    """A vault with its jobs, items and points."""
    items = [FakeItem(f"vm{number:04d}-{place:04d}") for place in range(ITEMS_A_VAULT)]
    for item in items:
        item.points = [
            FakePoint(f"{place:016d}", at(NIGHT, 22) - timedelta(days=place)) for place in range(POINTS_AN_ITEM)
        ]
    jobs = [
        FakeJob(
            f"{number:08d}-{place:08d}",
            items[place % ITEMS_A_VAULT].name,
            at(NIGHT, 20) + timedelta(seconds=place),
            status="Failed" if place % FAILED_EVERY == 0 else "Completed",
        )
        for place in range(JOBS_A_VAULT)
    ]
    return FakeVault(f"v{number:04d}", items=items, jobs=jobs)


def capture(folder: Path, vaults: int) -> int:
    """Ask the made Azure, and keep every answer."""
    one = bench(folder)
    one.azure.subscriptions[0].vaults += [vault(number) for number in range(vaults)]
    one.capture()
    return vaults * JOBS_A_VAULT


def tabulate(folder: Path, _vaults: int) -> int:
    """Calls to tables."""
    one = bench(folder)
    return sum(tables_stage(one.parts, newest_run(one.parts, NIGHT)).rows.values())


def check(folder: Path, _vaults: int) -> int:
    """The checks before the seal."""
    one = bench(folder)
    manifest = newest_run(one.parts, NIGHT)
    run = read_summary(one.store, NIGHT, manifest.run_id)
    if any(repeated_keys(one.store, run).values()) or any(elements_missing(one.store, run).values()):
        raise SystemExit("the checks found something in made rows")
    outside_window(one.store, run, manifest, one.calendar)
    return sum(run.rows.values())


def seal(folder: Path, _vaults: int) -> int:
    """The seal and the links."""
    one = bench(folder)
    manifest = newest_run(one.parts, NIGHT)
    run = read_summary(one.store, NIGHT, manifest.run_id)
    seal_stage(one.parts, manifest, run, one.configuration)
    assess_night(one.parts, NIGHT)
    return sum(run.rows.values())


def chosen(folder: Path, keep: Keep | None = None) -> Selection:
    one = bench(folder)
    return select(one.store, one.parts.ledger.entries(), span_period(NIGHT, NIGHT), PackScope("all"), keep=keep)


def choose(folder: Path, _vaults: int) -> int:
    """The rows of a pack, counted and judged."""
    found = chosen(folder)
    count(found)
    judge_selection(found)
    return sum(table.num_rows for table in found.tables.values())


def write(folder: Path, _vaults: int) -> int:
    """The rows of a pack, and its Parquet and CSV files."""
    (home := folder.parent / "tables").mkdir()
    found = chosen(folder, TableFiles(home, ReportRenderer()).keep)
    return sum(table.num_rows for table in found.tables.values())


def nothing(_folder: Path, _vaults: int) -> int:
    """What a process needs before it does anything."""
    return 0


STAGES: Mapping[str, Callable[[Path, int], int]] = {
    "nothing": nothing,
    "capture": capture,
    "tables": tabulate,
    "checks": check,
    "seal and links": seal,
    "select": choose,
    "select and write": write,
}


def measure(stage: str, folder: Path, vaults: int) -> dict[str, float]:
    """Run one stage in its own process."""
    words = [
        sys.executable,
        "-m",
        "benchmarks.night",
        "--stage",
        stage,
        "--store",
        str(folder),
        "--vaults",
        str(vaults),
    ]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(done.stderr)
    found: dict[str, float] = json.loads(done.stdout)
    return found


def one_stage(stage: str, folder: Path, vaults: int) -> None:
    """What a measured process does."""
    began = time.process_time()
    rows = STAGES[stage](folder, vaults)
    seconds = time.process_time() - began
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"rows": rows, "cpu_s": round(seconds, 2), "peak_mib": round(peak)}))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--vaults", type=int, default=10, help=f"vaults of the small night, {JOBS_A_VAULT} jobs each")
    parser.add_argument("--out", type=Path, help="where the figures are written as JSON")
    parser.add_argument("--stage", choices=STAGES, help=argparse.SUPPRESS)
    parser.add_argument("--store", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.stage:
        one_stage(given.stage, given.store, given.vaults)
        return
    figures = []
    print(f"{'stage':18} {'jobs':>9} {'rows':>9} {'CPU s':>8} {'rows/s':>9} {'peak MiB':>9}")
    for vaults in (given.vaults, given.vaults * 10):
        with tempfile.TemporaryDirectory(prefix="backup-evidence-benchmark-") as folder:
            for stage in STAGES:
                found = measure(stage, Path(folder) / "store", vaults)
                figures.append({"stage": stage, "jobs": vaults * JOBS_A_VAULT, **found})
                speed = found["rows"] / found["cpu_s"] if found["cpu_s"] else 0
                print(
                    f"{stage:18} {vaults * JOBS_A_VAULT:9,} {found['rows']:9,.0f} {found['cpu_s']:8.2f} {speed:9,.0f} {found['peak_mib']:9,.0f}",
                    flush=True,
                )
    if given.out:
        given.out.write_text(json.dumps({"machine": platform.machine(), "figures": figures}, indent=2) + "\n")


if __name__ == "__main__":
    main()
