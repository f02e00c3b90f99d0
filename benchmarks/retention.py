"""The register of kept evidence: a million objects folded, and three years of nights with 10,000 decisions rebuilt cold from Azurite.

First: entries of three years of nights and packs are made one by one, as they are read, and folded into the register with every promise, state and day; a million
objects must take less than 20 s, without the making of the entries, and less than 1 GB in all. Second: the same years on a real Azurite, with an assessment, deliveries,
exceptions and a pack each night, and with 10,000 decisions of persons between them; a process that knows nothing reads and verifies the whole ledger and folds register,
holds, nights, packs and decisions in less than 60 s. Each half runs in a process of its own, so that its memory is its own.

Prints a table, writes the figures as JSON with `--out`, and ends 1 where a target is missed. Run as `python -m benchmarks.retention`.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import platform
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from azure.core.credentials import AzureNamedKeyCredential

from evidence.errors import ObjectMissingError
from evidence.ledger.chain import path_of
from evidence.ledger.decisions import PersonDecision, decisions, told_decision
from evidence.ledger.entries import Draft, EntryKind, LedgerEntry, LedgerObject
from evidence.ledger.folds import packs, sealed_nights
from evidence.ledger.ledger import Ledger
from evidence.ledger.persons import Account
from evidence.nights import Calendar
from evidence.retention.register import build_register
from evidence.retention.values import State
from evidence.runs.retention.book import read_keeping
from evidence.runs.retention.configurations import read_regime
from evidence.runs.retention.origins import read_files
from evidence.runs.retention.register import Keeper, read_register, standing_of
from evidence.settings.reading import parse_settings
from evidence.stores.azure_blob import AzureBlobStore, container_client
from evidence.stores.layout import assessment_file, calls_file, configuration_file, pack_folder, table_file
from tests.fakes.azurite import running_azurite

FIRST = date(2024, 1, 1)
NIGHTS = 1096
OBJECTS = 1_000_000
DECISIONS = 10_000
FOLD_SECONDS, FOLD_BYTES = 20.0, 1 << 30
REBUILD_SECONDS = 60.0
UPLOADS = 8
CONTAINER = "evidence"
CONFIGURATION = b"azure:\n  subscriptions: [s-1]\nretention: {default: 2y}\n"
TABLES = ("calls", "coverage", "jobs", "policies", "protected_items", "recovery_points", "restore_jobs", "vaults")
ADDRESS, ACCOUNT, KEY = "BENCHMARK_URL", "BENCHMARK_ACCOUNT", "BENCHMARK_KEY"
"""Environment of the process that rebuilds."""


@dataclass
class Writer:
    """Makes entries in order, chained as the ledger chains them."""

    sequence: int = 0
    previous: str | None = None

    def entry(
        self,
        kind: EntryKind,
        subject: str,
        at: datetime,
        payload: Mapping[str, object],
        objects: Sequence[LedgerObject] = (),
    ) -> LedgerEntry:
        """The next one."""
        self.sequence += 1
        found = Draft(kind, at, "benchmark", subject, payload, tuple(objects)).placed(self.sequence, self.previous)
        self.previous = found.sha256
        return found


def named(path: str) -> LedgerObject:
    """An object of which only the name is real."""
    return LedgerObject(path, 1000 + len(path), hashlib.sha256(path.encode()).hexdigest())


def opening(writer: Writer) -> Iterator[LedgerEntry]:
    """The store opened, its configuration adopted."""
    at, sha256 = morning(FIRST), hashlib.sha256(CONFIGURATION).hexdigest()
    payload = {"tenant": "t", "organisation": "Contoso", "first_night": str(FIRST)}
    yield writer.entry(EntryKind.STORE_OPENED, "store", at, payload)
    adopted = {"sha256": sha256, "code_version": "1", "adopted_at": moment(at)}
    file = LedgerObject(configuration_file(sha256), len(CONFIGURATION), sha256)
    yield writer.entry(EntryKind.CONFIGURATION_ADOPTED, f"configuration/{sha256}", at, adopted, [file])


def sealed(writer: Writer, night: date, vaults: int) -> LedgerEntry:
    """A night with calls of so many vaults."""
    at = morning(night)
    run = f"{at:%Y%m%dT%H%M%SZ}-{night.toordinal():08x}"
    keys = (f"rsv-{number:04d}-{number * 7919 % 1_000_003:010x}" for number in range(vaults))
    files = [named(calls_file(night, run, key)) for key in keys]
    files += [named(table_file(table, night, run, 0)) for table in TABLES]
    payload = {"night": str(night), "run_id": run, "late": False, "again": False, "tables": {"jobs": 400}}
    return writer.entry(EntryKind.NIGHT_SEALED, f"night/{night}", at, payload, files)


def packed(writer: Writer, night: date) -> LedgerEntry:
    """The night's pack."""
    at, pack_id = morning(night), f"all-night-internal-{night}-r0001"
    folder = pack_folder("all", "night", "internal", str(night), 1, f"{at:%Y%m%dT%H%M%SZ}-1")
    payload = {
        "pack_id": pack_id,
        "scope": "all",
        "kind": "night",
        "audience": "internal",
        "period": str(night),
        "first_night": str(night),
        "last_night": str(night),
        "revision": 1,
        "series_sequence": (night - FIRST).days + 1,
        "tagmanifest_sha256": "0" * 64,
        "previous_in_series": None,
        "supersedes": None,
        "keep_until": str(date(night.year + 2, 1, 1)),
        "keep_until_rule": f"end of the audit year (from 01-01) of {night} + 1 year",
    }
    files = [named(f"{folder}{pack_id}.zip"), named(f"{folder}report.pdf")]
    return writer.entry(EntryKind.PACK_SEALED, f"pack/{pack_id}", at, payload, files)


def judged(writer: Writer, night: date) -> Iterator[LedgerEntry]:
    """What else a night leaves: its assessment, and deliveries."""
    at, name = morning(night), f"{night:%Y%m%d}-a"
    payload = {"night": str(night), "assessment_id": name, "ledger_size": writer.sequence, "tables": {"slots": 400}}
    files = [named(assessment_file(table, night, name)) for table in ("exceptions", "restore_links", "slots")]
    yield writer.entry(EntryKind.ASSESSMENT_SEALED, f"assessment/{night}", at, payload, files)
    told = {"v": 1, "run_id": name, "attempts": 3, "delivered": 3, "channels": {}, "owners": None}
    files = [named(f"notifications/{name}/attempts.parquet"), named(f"notifications/{name}/standing.parquet")]
    yield writer.entry(EntryKind.DELIVERY_RECORDED, f"deliveries/{name}", at, told, files)


def decided(writer: Writer, number: int, at: datetime) -> LedgerEntry:
    """A decision of a person: of five, three on exceptions, a hold placed, and the hold before it released."""
    turn = number % 5
    if turn < 3:  # noqa: PLR2004 - three of five
        key = hashlib.sha256(str(number).encode()).hexdigest()
        word = PersonDecision(key, 1, "comment", "Ada Example", None, "seen", None, None, None, at)
        account = Account("ada", 1000, "desk")
        payload = told_decision(word, account, f"{number:08d}")
        return writer.entry(EntryKind.EXCEPTION_EVENTS, f"exception/{key}", at, payload)
    case = f"case-{number // 5}"
    person = {"tenant_id": "t", "object_id": "o", "name": "Bo Example"}
    told: dict[str, object] = {"case": case, "reason": "a claim", "by": person, "at": moment(at)}
    if turn == 3:  # noqa: PLR2004 - the fourth
        night = str(FIRST + timedelta(days=number % NIGHTS))
        scope = {"items": [], "first_night": night, "last_night": night, "packs": [], "scopes": [], "paths": []}
        told |= {"hold": f"{case}-1", "scope": scope}
    else:
        told |= {"holds": [f"{case}-1"]}
    kind = EntryKind.HOLD_PLACED if "hold" in told else EntryKind.HOLD_RELEASED
    identity = {"operating_system": None, "claims": {"tid": "t", "oid": "o"}}
    folder = f"decisions/{number:064x}-1/"
    files = [named(f"{folder}decision.json"), named(f"{folder}decision.json.p7s")]
    payload = {"v": 1, "told": told, "identity": identity}
    return writer.entry(kind, f"case/{case}", at, payload, files)


def years(nights: int, vaults: int, decisions: int, *, whole: bool) -> Iterator[LedgerEntry]:
    """The ledger of so many nights; `whole`: with what is judged and told besides."""
    writer, done = Writer(), 0
    yield from opening(writer)
    for count in range(nights):
        night = FIRST + timedelta(days=count)
        yield sealed(writer, night, vaults)
        if whole:
            yield from judged(writer, night)
        yield packed(writer, night)
        due = decisions * (count + 1) // nights
        for number in range(done, due):
            yield decided(writer, number, morning(night) + timedelta(hours=3, microseconds=number))
        done = due


def morning(night: date) -> datetime:
    """When a night is sealed."""
    return datetime(night.year, night.month, night.day, 6, 5, tzinfo=UTC) + timedelta(days=1)


def moment(at: datetime) -> str:
    """As payloads tell it."""
    return f"{at:%Y-%m-%dT%H:%M:%S.%fZ}"


class OneFile:
    """A store that holds the configuration and nothing else."""

    description = "memory"

    def read(self, path: str) -> bytes:
        """The configuration, which every path of one leads to."""
        if not path.startswith("configuration/"):
            raise ObjectMissingError(path)
        return CONFIGURATION


def keeper(store: object) -> Keeper:
    """By what the register is read; the configuration in use is the one that was adopted."""
    settings = parse_settings(CONFIGURATION, "evidence.yaml").retention
    # The fold reads configurations from a store, and does nothing else with it.
    return Keeper(store, Calendar(), settings, "in use")  # type: ignore[arg-type]  # of a store it only needs `read`


def fold() -> dict[str, object]:
    """A million objects, in this process."""
    vaults = -(-OBJECTS // NIGHTS) - len(TABLES) - 1
    kept: list[LedgerEntry] = []
    making = 0.0

    def entries() -> Iterator[LedgerEntry]:
        nonlocal making
        made = years(NIGHTS, vaults, 0, whole=False)
        while True:
            start = time.perf_counter()
            entry = next(made, None)
            making += time.perf_counter() - start
            if entry is None:
                return
            if entry.kind is EntryKind.CONFIGURATION_ADOPTED:
                kept.append(entry)
            yield entry

    began = time.perf_counter()
    files = read_files(entries(), Calendar())
    made = keeper(OneFile())
    regime = read_regime(made.store, kept, made.retention, made.configuration_sha256)
    today = date(2027, 6, 1)
    register = build_register(files, regime, standing_of(read_keeping(kept)), today=today, ledger_size=NIGHTS * 2 + 2)
    states = {str(state): int(mask.sum()) for state, mask in register.states().items()}
    seconds = time.perf_counter() - began - making
    return {"objects": len(register), "seconds": seconds, "making_seconds": making, "bytes": peak(), "states": states}


def rebuild() -> dict[str, object]:
    """Everything that the ledger on Azurite adds up to, in a process that knows nothing."""
    store = opened(os.environ[ADDRESS], os.environ[ACCOUNT], os.environ[KEY])
    began, worked = time.perf_counter(), time.process_time()
    entries = Ledger(store).entries()
    read = time.perf_counter() - began
    register = read_register(keeper(store), entries, morning(FIRST + timedelta(days=NIGHTS)))
    held = int(register.held.sum())
    eligible = int(register.states()[State.ELIGIBLE].sum())
    counts = {
        "nights": len(sealed_nights(entries)),
        "packs": sum(len(many) for many in packs(entries).values()),
        "decisions": len(decisions(entries))
        + len(register.standing.holds)
        + sum(not one.stands for one in register.standing.holds),
    }
    seconds = time.perf_counter() - began
    return {
        "entries": len(entries),
        "objects": len(register),
        **counts,
        "held": held,
        "eligible": eligible,
        "reading_seconds": read,
        "seconds": seconds,
        "processor_seconds": time.process_time() - worked,
        "bytes": peak(),
    }


def peak() -> int:
    """Most memory that this process ever had, bytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def child(name: str, environment: Mapping[str, str] | None = None) -> dict[str, object]:
    """Run one half in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.retention", "--only", name],
        env={**os.environ, **(environment or {})},
        check=True,
        capture_output=True,
        text=True,
    )
    told: dict[str, object] = json.loads(done.stdout)
    return told


def on_azurite() -> dict[str, object]:
    """Fill an Azurite, and rebuild from it."""
    with running_azurite() as azurite:
        store = opened(azurite.account_url, azurite.account, azurite.key)
        store.create_container()
        store.create(configuration_file(hashlib.sha256(CONFIGURATION).hexdigest()), CONFIGURATION)
        with ThreadPoolExecutor(UPLOADS) as pool:
            files = ((path_of(one.sequence), one.to_bytes()) for one in years(NIGHTS, 40, DECISIONS, whole=True))
            for _ in pool.map(lambda told: store.create(*told), files):
                pass
        return child("rebuild", {ADDRESS: azurite.account_url, ACCOUNT: azurite.account, KEY: azurite.key})


def opened(url: str, account: str, key: str) -> AzureBlobStore:
    """The store in its container."""
    credential = AzureNamedKeyCredential(account, key)
    return AzureBlobStore(container_client(url, CONTAINER, credential, retry_wait_s=1))


def misses(folded: Mapping[str, object], rebuilt: Mapping[str, object]) -> Iterator[str]:
    """Targets missed, in words."""
    if number(folded, "objects") < OBJECTS:
        yield f"only {folded['objects']} objects were folded"
    if number(folded, "seconds") >= FOLD_SECONDS:
        yield f"a million objects took {number(folded, 'seconds'):.1f} s of {FOLD_SECONDS:.0f}"
    if number(folded, "bytes") >= FOLD_BYTES:
        yield f"a million objects took {number(folded, 'bytes') / 2**20:.0f} MiB of {FOLD_BYTES >> 20}"
    if (rebuilt["nights"], rebuilt["packs"], rebuilt["decisions"]) != (NIGHTS, NIGHTS, DECISIONS):
        yield f"not all was rebuilt: {rebuilt}"
    if number(rebuilt, "seconds") >= REBUILD_SECONDS:
        yield f"rebuilding took {number(rebuilt, 'seconds'):.1f} s of {REBUILD_SECONDS:.0f}"


def number(told: Mapping[str, object], name: str) -> float:
    """A figure."""
    value = told[name]
    if not isinstance(value, int | float):
        raise TypeError(f"{name} is no number")
    return float(value)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--out", type=Path, help="write the figures here as JSON")
    parser.add_argument("--only", choices=["fold", "rebuild"], help=argparse.SUPPRESS)
    given = parser.parse_args()
    halves: Mapping[str, Callable[[], dict[str, object]]] = {"fold": fold, "rebuild": rebuild}
    if given.only:
        print(json.dumps(halves[given.only]()))
        return 0
    folded = child("fold")
    rebuilt = on_azurite()
    print(f"{'what':<28}{'objects':>12}{'entries':>10}{'seconds':>10}{'MiB':>8}")
    for name, told in (("folded", folded), ("rebuilt cold from Azurite", rebuilt)):
        mebibytes = number(told, "bytes") / 2**20
        print(f"{name:<28}{told['objects']:>12}{told.get('entries', ''):>10}{told['seconds']:>10.1f}{mebibytes:>8.0f}")
    reading, worked = number(rebuilt, "reading_seconds"), number(rebuilt, "processor_seconds")
    print(
        f"of the rebuilding, the ledger took {reading:.1f} s to be read and verified; its processor worked {worked:.1f} s"
    )
    missed = list(misses(folded, rebuilt))
    for line in missed:
        print(f"MISSED: {line}")
    if given.out:
        machine = {"python": platform.python_version(), "cores": os.cpu_count()}
        figures = {"folded": folded, "rebuilt": rebuilt, "missed": missed, **machine}
        given.out.write_text(json.dumps(figures, indent=2) + "\n")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
