"""How long a quarter's pack takes from sealed rows to a verified ZIP, how much memory, how many pages; and what verifying costs beside `sha256sum`.

The store is made by `benchmarks.quarter_store`: 92 nights, each job listed on three of them, every item seen every night, a point for every
completed backup. Build (with its own verification before sealing) and verification run in processes of their own; memory is the sum of
the resident sets of a whole process tree, looked at every 20 ms, so memory that two processes share counts twice. Prints a table, writes the figures as JSON with
`--out`, and ends 1 where a target is missed. Run as `python -m benchmarks.pack`; `--jobs` for another size, `--large` for the pack of
1 GB and more, `--tenfold` for a tenth of the rows beside all of them, `--keep FOLDER` to keep the stores.
"""

from __future__ import annotations

import argparse
import itertools
import json
import platform
import resource
import subprocess
import sys
import tempfile
import threading
import time
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import timedelta
from pathlib import Path

from benchmarks.quarter_store import bench_on, fill
from evidence.packs.bag import digest
from evidence.packs.build import PackOrder, build_pack
from evidence.packs.period import parse_period
from evidence.packs.scope import PackScope
from evidence.packs.verification import Trust, verify_pack
from reports.renderer import ReportRenderer
from tests.fakes.packing import sealing

PERIOD = parse_period("2026Q3")
MIB = 1 << 20
LOOK_EVERY_S = 0.02
MOST_SECONDS, MOST_MIB, MOST_PAGES = 60.0, 1024.0, 60
MILLION = 1_000_000
LARGE_JOBS = 4_000_000
LARGE_BYTES = 10**9


@dataclass(frozen=True, slots=True)
class Measured:
    """One process, from start to end."""

    seconds: float
    cpu_s: float
    """On both cores; what other work on the machine does not change."""
    peak_mib: float
    told: Mapping[str, float]
    """What it says of itself."""


def stage_fill(folder: Path, jobs: int) -> dict[str, float]:
    """Make the store."""
    return {"jobs": fill(folder / "store", PERIOD, jobs)}


def stage_build(folder: Path, _jobs: int) -> dict[str, float]:
    """Build, sign, stamp and seal the pack; tells the seconds of each step, CPU seconds without those of the process that sets pages."""
    bench = bench_on(folder / "store", PERIOD.last + timedelta(days=1))
    steps: dict[str, tuple[float, float]] = {}

    def progress(what: str, done: int, total: int) -> None:
        steps[what if done < total else "end"] = (time.process_time(), time.perf_counter())

    tools = sealing(bench, renderer=ReportRenderer())  # type: ignore[arg-type]  # any Renderer serves
    built = build_pack(bench.parts, tools, PackOrder("audit", PackScope("all"), PERIOD), progress)
    (folder / "pack.txt").write_text(f"{built.path} {tools.signer.identity.fingerprint_sha256}")
    names = list(steps)
    spent = {
        f"{name} {clock} s": round(steps[after][place] - steps[name][place], 2)
        for name, after in itertools.pairwise(names)
        for place, clock in enumerate(("CPU", "wall"))
    }
    return {"rows": float(sum(built.counts.values())), "jobs": float(built.counts["jobs"]), **spent}


def stage_verify(folder: Path, _jobs: int) -> dict[str, float]:
    """Verify the pack as an auditor does."""
    fingerprint = (folder / "pack.txt").read_text().split()[1]
    result = verify_pack(pack_of(folder), Trust(signer_fingerprint=fingerprint))
    failed = [check for check in result.checks if check.failed]
    if failed:
        raise SystemExit(f"The pack does not verify: {failed}")
    return {"checks": float(len(result.checks))}


def stage_hash(folder: Path, _jobs: int) -> dict[str, float]:
    """Hash every member in the pack as verification hashes."""
    return {
        "bytes": float(sum(digest(path).size for path in sorted((folder / "members").rglob("*")) if path.is_file()))
    }


STAGES = {"fill": stage_fill, "build": stage_build, "verify": stage_verify, "hash": stage_hash}


def pack_of(folder: Path) -> Path:
    """The ZIP in the store."""
    return folder / "store" / (folder / "pack.txt").read_text().split()[0]


def measure(words: Sequence[str]) -> Measured:
    """Run a command and watch its process tree."""
    began, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as process:
        peak, over = [0.0], threading.Event()
        watcher = threading.Thread(target=_watch, args=(process.pid, peak, over))
        watcher.start()
        told, _ = process.communicate()
        seconds = time.perf_counter() - began
        over.set()
        watcher.join()
    if process.returncode:
        raise SystemExit(f"{' '.join(words)} ended with {process.returncode}")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Measured(seconds, cpu, peak[0], json.loads(told) if told.startswith("{") else {})


def _watch(pid: int, peak: list[float], over: threading.Event) -> None:
    while not over.wait(LOOK_EVERY_S):
        peak[0] = max(peak[0], sum(map(_resident, _tree(pid))) / MIB)


def _tree(pid: int) -> list[int]:
    try:
        children = [int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:  # it has ended
        return []
    return [pid, *(below for child in children for below in _tree(child))]


def _resident(pid: int) -> int:
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * 4096
    except (OSError, IndexError):  # it has ended
        return 0


def stage(name: str, folder: Path, jobs: int) -> Measured:
    """Run one stage in a process of its own."""
    words = [sys.executable, "-m", "benchmarks.pack", "--stage", name, "--folder", str(folder), "--jobs", str(jobs)]
    return measure(words)


def pages(report: Path) -> int:
    """Pages of a PDF, by poppler."""
    told = subprocess.run(["pdfinfo", str(report)], capture_output=True, text=True, check=True).stdout
    return int(next(line.split()[1] for line in told.splitlines() if line.startswith("Pages:")))


def quarter(folder: Path, jobs: int, misses: list[str]) -> dict[str, object]:
    """Fill, build and verify one store; gives the figures and adds what is missed."""
    filled = stage("fill", folder, jobs) if not (folder / "store").exists() else None
    built = stage("build", folder, jobs)
    verified = stage("verify", folder, jobs)
    pack = pack_of(folder)
    with zipfile.ZipFile(pack) as archive:
        archive.extractall(folder / "members")
        inside = sum(info.file_size for info in archive.infolist())
    summed = measure(
        ["sha256sum", *map(str, sorted(path for path in (folder / "members").rglob("*") if path.is_file()))]
    )
    hashed = stage("hash", folder, jobs)
    none = measure([sys.executable, "-c", "import benchmarks.pack"])
    found: dict[str, object] = {
        "asked": jobs,
        "jobs": built.told["jobs"],
        "rows": built.told["rows"],
        "filled_s": filled.seconds if filled else None,
        "build": asdict(built),
        "verify": asdict(verified),
        "pages": pages(pack.parent / "report.pdf"),
        "zip_bytes": pack.stat().st_size,
        "member_bytes": inside,
        "sha256sum_s": summed.seconds,
        "hashing_s": hashed.seconds - none.seconds,
        "start_s": none.seconds,
    }
    _judge(found, built, verified, misses)
    return found


def _judge(found: Mapping[str, object], built: Measured, verified: Measured, misses: list[str]) -> None:
    jobs = found["jobs"]
    peak = max(built.peak_mib, verified.peak_mib)
    print(
        f"{jobs:>11,.0f} {found['rows']:>11,.0f} {built.seconds:8.1f} {built.cpu_s:8.1f} {verified.seconds:8.1f} {verified.cpu_s:8.1f} {built.peak_mib:9.0f} "
        f"{verified.peak_mib:9.0f} {found['pages']:>5} {found['zip_bytes'] / 1e6:9.0f} {found['member_bytes'] / 1e6:9.0f} "  # type: ignore[operator]
        f"{found['sha256sum_s']:9.2f} {found['hashing_s']:8.2f}",
        flush=True,
    )
    print(
        f"{'':11} {', '.join(f'{name} {told}' for name, told in built.told.items() if name.endswith(' s'))}", flush=True
    )
    if found["asked"] == MILLION:
        # What is built was verified before it was sealed; verifying it again has a target of its own.
        misses += [f"{built.seconds:.1f} s for a million jobs"] if built.seconds > MOST_SECONDS else []
        misses += [f"{peak:.0f} MiB for a million jobs"] if peak > MOST_MIB else []
    misses += [f"{found['pages']} pages"] if int(str(found["pages"])) > MOST_PAGES else []
    if int(str(found["member_bytes"])) >= LARGE_BYTES:
        summed, hashed = float(str(found["sha256sum_s"])), float(str(found["hashing_s"]))
        misses += [f"hashing took {hashed:.1f} s, sha256sum {summed:.1f} s"] if hashed > 1.5 * summed + 2 else []
        misses += (
            [f"verifying took {verified.seconds:.1f} s, sha256sum {summed:.1f} s"]
            if verified.seconds > 4 * summed
            else []
        )


def main() -> None:
    """Measure, print, judge."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--jobs", type=int, default=1_000_000)
    parser.add_argument(
        "--tenfold", action="store_true", help="a tenth of the jobs too, and what ten times as many cost"
    )
    parser.add_argument("--large", action="store_true", help=f"{LARGE_JOBS:,} jobs: a pack of more than 1 GB")
    parser.add_argument("--keep", type=Path, help="folder for the stores, kept and used again")
    parser.add_argument("--out", type=Path)
    parser.add_argument("--stage", choices=STAGES, help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.stage:
        print(json.dumps(STAGES[given.stage](given.folder, given.jobs)))
        return
    misses: list[str] = []
    with tempfile.TemporaryDirectory(prefix="backup-evidence-benchmark-") as private:
        home = given.keep or Path(private)
        sizes = [given.jobs // 10, given.jobs] if given.tenfold else [given.jobs]
        sizes = [LARGE_JOBS] if given.large else sizes
        print(
            f"{'jobs':>11} {'rows':>11} {'build s':>8} {'CPU s':>8} {'verify s':>8} {'CPU s':>8} {'build MiB':>9} {'verif MiB':>9} {'pages':>5} "
            f"{'ZIP MB':>9} {'inside MB':>9} {'sha256sum':>9} {'hashed s':>8}"
        )
        found = [quarter(_made(home / str(size)), size, misses) for size in sizes]
    for miss in misses:
        print(f"MISSED: {miss}")
    if given.out:
        given.out.write_text(
            json.dumps({"machine": platform.machine(), "figures": found, "missed": misses}, indent=2) + "\n"
        )
    sys.exit(1 if misses else 0)


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder


if __name__ == "__main__":
    main()
