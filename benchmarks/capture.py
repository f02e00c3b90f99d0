"""How many calls a night of a fleet takes, and how close its time comes to what latency alone would take.

A simulator in a process of its own answers 500 vaults of 200 items, 1 % of them restored, 50 ms after each question. One night is
captured into a folder by the real SDKs, in a process of its own as well, with the points read as in the middle of a steady life:
the planner is told that each item's points were last read so many nights ago, evenly spread over half the shortest retention.

Prints a table of calls by kind, the wall time against calls × latency ÷ workers, and the peak memory for a tenth of the fleet
and for all of it; `--out` writes the same as JSON. Ends 1 where a target is missed. Run as `python -m benchmarks.capture`.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import secrets
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx

from benchmarks.capture_figures import LATENCY_MS, WORKERS, Figure, Fleet, missed
from evidence.clocks import SystemClock
from evidence.ledger.ledger import Ledger
from evidence.nights import Calendar
from evidence.records import WHOLE, ItemMemory, PointsMemory
from evidence.runs.capture import Earlier, Order, capture_night
from evidence.runs.manifest import RunManifest
from evidence.runs.parts import Parts
from evidence.sources.azure import AzureOptions, azure_source
from evidence.sources.azure.points_plan import MOST_NIGHTS_UNREAD, is_turn
from evidence.sources.azure.session import BACKUP_API_VERSION, VAULTS_API_VERSION
from evidence.stores.directory import DirectoryStore
from evidence.tables.captures import capture_from_parquet

PATIENCE_S = 60


@contextmanager
def simulator(fleet: Fleet, night: date, page_size: int, folder: Path) -> Iterator[str]:
    """Base address of a fleet's simulator, ended afterwards."""
    ready = folder / "ready"
    words = [sys.executable, "-m", "simulator", "--fleet", fleet.argument, "--keep-days", str(fleet.keep_days)]
    words += [
        "--first-night",
        str(night - timedelta(days=6)),
        "--nights",
        "7",
        "--clock",
        datetime.now(UTC).isoformat(),
    ]
    words += ["--latency-ms", str(LATENCY_MS), "--page-size", str(page_size), "--quota", "100000"]
    process = subprocess.Popen([*words, "--ready-file", str(ready)], stdout=subprocess.DEVNULL)
    try:
        given_up = time.monotonic() + PATIENCE_S
        while not ready.exists():
            if process.poll() is not None or time.monotonic() > given_up:
                raise SystemExit("the simulator did not start")
            time.sleep(0.05)
        yield ready.read_text().strip()
    finally:
        process.terminate()
        process.wait(PATIENCE_S)


def parts(folder: Path) -> Parts:
    """Parts of a run over a folder, by the system's clock."""
    store = DirectoryStore(folder)
    return Parts(
        store,
        Ledger(store),
        SystemClock(),
        Calendar(),
        secrets.token_bytes,
        "0" * 64,
        "benchmark",
        "benchmark",
        WORKERS,
    )


def last_night() -> date:
    """The night that ended last."""
    calendar = Calendar()
    return calendar.night_of(datetime.now(UTC)) - timedelta(days=1)


class Telephone:
    """Asks the simulator a few things beside what is measured."""

    def __init__(self, url: str) -> None:
        token = httpx.get(
            f"{url}/msi/token",
            params={"api-version": "2019-08-01", "resource": "https://management.azure.com/"},
            headers={"X-IDENTITY-HEADER": "benchmark"},
        ).json()["access_token"]
        self._client = httpx.Client(base_url=url, headers={"authorization": f"Bearer {token}"}, timeout=PATIENCE_S)
        self.subscription: str = self._client.get("/control/subscriptions").json()["subscriptions"][0]

    def rows(self, path: str, version: str) -> list[dict[str, Any]]:
        """All rows of a list of the subscription."""
        found: list[dict[str, Any]] = []
        link: str | None = f"/subscriptions/{self.subscription}{path}?api-version={version}"
        while link:
            answer = self._client.get(link).raise_for_status().json()
            found += answer["value"]
            link = answer.get("nextLink")
        return found


def steady(url: str, fleet: Fleet) -> Earlier:
    """What sealed nights would tell in the middle of a steady life: points last read on each item's own turn, and older restores known."""
    ask, night = Telephone(url), last_night()
    vaults = [row["id"] for row in ask.rows("/providers/Microsoft.RecoveryServices/vaults", VAULTS_API_VERSION)]
    below = vaults[0].partition(ask.subscription)[2]
    items = [row["id"].lower() for row in ask.rows(f"{below}/backupProtectedItems", BACKUP_API_VERSION)]
    jobs = ask.rows(f"{below}/backupJobs", BACKUP_API_VERSION)
    opened = Calendar().window(night).start
    restored = [
        job
        for job in jobs
        if job["properties"]["operation"] == "Restore"
        and datetime.fromisoformat(job["properties"]["startTime"]) < opened
    ]
    names = tuple(f";{job['properties']['entityFriendlyName'].lower()}" for job in restored)
    read = {item: opened + timedelta(minutes=5) for item in items if item.endswith(names)}
    interval = max(1, min((fleet.keep_days - 1) // 2, MOST_NIGHTS_UNREAD))
    first = vaults[0].lower()
    memory = {}
    for vault in map(str.lower, vaults):
        named = [item.replace(first, vault) for item in items]
        memory[vault] = {
            item: ItemMemory(read.get(told) or _last_turn(item, night, interval))
            for item, told in zip(named, items, strict=True)
        }
    known = frozenset(job["name"].lower() for job in restored)
    return Earlier(dict.fromkeys(memory, known), PointsMemory(night - timedelta(days=interval), memory))


def _last_turn(item: str, night: date, interval: int) -> datetime:
    """When an item's points were read last: at the capture of its last turn before this night."""
    nights = (night - timedelta(days=back) for back in range(1, interval + 1))
    turn = next((one for one in nights if is_turn(item, one, interval)), night - timedelta(days=interval))
    return Calendar().window(turn).end + timedelta(minutes=5)


def capture(url: str, fleet: Fleet, folder: Path) -> dict[str, Any]:
    """Capture the last night of a fleet; what it took."""
    os.environ["IDENTITY_ENDPOINT"], os.environ["IDENTITY_HEADER"] = f"{url}/msi/token", "benchmark"
    subscription = Telephone(url).subscription
    source = azure_source(AzureOptions((subscription,), endpoint=url, credential="managed_identity"), SystemClock())
    earlier = steady(url, fleet)
    before = peak_mib()
    began, cpu = time.monotonic(), time.process_time()
    manifest = capture_night(parts(folder), source, Order(last_night()), {}, earlier=earlier)
    wall, cpu = time.monotonic() - began, time.process_time() - cpu
    took = {"wall_s": round(wall, 2), "cpu_s": round(cpu, 2), "before_mib": before, "peak_mib": peak_mib()}
    return {**took, **counted(folder, manifest)}


def peak_mib() -> int:
    """Most memory that this process ever held."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def counted(folder: Path, manifest: RunManifest) -> dict[str, Any]:
    """Calls by kind, coverage that is not whole, and items whose slot no point read tonight could prove."""
    calls: Counter[str] = Counter()
    gaps: Counter[str] = Counter()
    for file in manifest.calls:
        found = capture_from_parquet((folder / file.path).read_bytes())
        calls.update(str(call.kind) for call in found.calls)
        gaps.update(f"{row.kind} {row.outcome}: {row.reason}" for row in found.coverage if row.outcome not in WHOLE)
    return {"calls": dict(sorted(calls.items())), "gaps": dict(gaps)}


def measured(fleet: Fleet, page_size: int) -> dict[str, Any]:
    """One capture of a fleet, in a process of its own against a simulator of its own."""
    with tempfile.TemporaryDirectory(prefix="backup-evidence-benchmark-") as name:
        folder = Path(name)
        with simulator(fleet, last_night(), page_size, folder) as url:
            words = [sys.executable, "-m", "benchmarks.capture", "--url", url, "--store", str(folder / "store")]
            words += ["--fleet", json.dumps(asdict(fleet))]
            done = subprocess.run(words, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(done.stderr)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def figures(vaults: int, items: int, page_size: int) -> Iterator[Figure]:
    """Every capture, as it is done."""
    tenth = max(1, vaults // 10)
    plan = (
        ("machines, a tenth", Fleet(tenth, items, half=False, keep_days=180)),
        ("machines", Fleet(vaults, items, half=False, keep_days=180)),
        ("half machines, a quarter SQL, a quarter Files", Fleet(tenth, items, half=True, keep_days=180)),
        ("machines, 30 days kept", Fleet(tenth, items, half=False, keep_days=30)),
    )
    for name, fleet in plan:
        figure = Figure(name, fleet, measured(fleet, page_size))
        print("\n".join(figure.lines()), flush=True)
        yield figure


def main() -> int:
    """Measure, print, and end 1 where a target is missed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--vaults", type=int, default=500)
    parser.add_argument("--items", type=int, default=200)
    parser.add_argument("--page-size", type=int, default=610, help="rows a page; 610 is the longest page recorded")
    parser.add_argument("--out", type=Path, help="where the figures are written as JSON")
    parser.add_argument("--url", help=argparse.SUPPRESS)
    parser.add_argument("--store", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--fleet", type=json.loads, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.url:
        print(json.dumps(capture(given.url, Fleet(**given.fleet), given.store)))
        return 0
    found = {figure.name: figure for figure in figures(given.vaults, given.items, given.page_size)}
    if given.out:
        told = [
            {"name": one.name, "fleet": asdict(one.fleet), "ratio": one.ratio, **one.found} for one in found.values()
        ]
        given.out.write_text(
            json.dumps({"latency_ms": LATENCY_MS, "workers": WORKERS, "figures": told}, indent=2) + "\n"
        )
    failures = list(missed(found))
    print("\n".join(f"MISSED: {one}" for one in failures) or "Every target is met.")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
