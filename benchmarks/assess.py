"""How fast a night is assessed, and how fast a fleet's quarter of expected runs is summarised from Parquet.

Assessed is a made night of so many machines (one daily policy a vault, one run in fifty failed, one machine in thirty whose points were listed), as
sealed by the product's own writers, by the whole of `assess_night`: comparing sources, expected runs, points, drift, health, trends, canaries,
exceptions with their proofs, restore links, and writing all that into the store and the ledger. `--before` says how many nights were sealed and
assessed before it, one after the other, by default a fortnight: whose exceptions stand, and whose lists are looked back into. What the first of them
took, upon nothing, and the second, is told beside it. Summarised is a quarter of `slots` files, in which one run in fifty was
judged again on the next night: the rows that stand, counted by night, workload and outcome, with the success rate of each.

Every measurement runs in a process of its own, without its start. Wall time and the CPU seconds of all threads stand side by side, because others
may use the machine; targets are held against the smaller one, which is wall time on a quiet machine. Prints a table, writes the figures as JSON
with `--out`, and ends 1 where a target is missed: 100,000 items in 30 s and 2,000 MiB, 15,000 items x 92 nights in 5 s, ten times the items in at most
1.2 x ten times the time. Run as `python -m benchmarks.assess`.
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
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from benchmarks.quarter_store import bench_on, fill
from evidence.assess import AssessmentContext
from evidence.assess.slots.values import GOOD, OPEN, Outcome
from evidence.ledger.entries import Draft, EntryKind, LedgerEntry, LedgerObject
from evidence.ledger.folds import named_paths, sealed_nights
from evidence.packs.period import span_period
from evidence.runs.assess import assess_night, told_outcomes
from evidence.runs.judging.night import judge_slots
from evidence.runs.judging.slot_rows import slot_rows
from evidence.runs.sealed import SealedRows
from evidence.runs.slots_standing import standing_slots
from evidence.stores.layout import assessment_file
from evidence.tables import EXCEPTIONS, SLOTS, to_parquet
from tests.fakes.bench import Bench

NIGHT = date(2026, 10, 1)
ITEMS, FLEET, NIGHTS = 100_000, 15_000, 92
MOST_JUDGED_S, MOST_SUMMARISED_S, MOST_GROWTH, MOST_MIB = 30.0, 5.0, 12.0, 2_000.0
AGAIN_EVERY = 50
FORTNIGHT = 14
UPON = (0, 1)
"""Nights before those whose assessment is timed while the store is made."""
AFTER = timedelta(minutes=40)
"""From a night's end to its assessment."""
Figures = dict[str, float]


def made_night(folder: Path, items: int, before: int = 0) -> Figures:
    """A store with sealed nights of so many items, all but the last of them assessed when it was sealed; what the first two took."""
    took: Figures = {}

    def assessed(bench: Bench, night: date) -> None:
        if night < NIGHT:
            number, told = (night - first).days, _assessed(bench, night)
            took.update({f"upon_{number}_{name}": told[name] for name in ("cpu_s", "wall_s") if number in UPON})

    first = NIGHT - timedelta(days=before)
    fill(folder, span_period(first, NIGHT), (before + 1) * items, assessed)
    return took


def judge(folder: Path, _items: int) -> Figures:
    """Assess the last night, all of it."""
    return _assessed(bench_on(folder, NIGHT), NIGHT)


def _assessed(bench: Bench, night: date) -> Figures:
    """Assess a night, and what that took and gave."""
    bench.clock.reach(bench.calendar.window(night).end + AFTER)
    parts = replace(bench.parts, entropy=os.urandom)
    begun, wall = time.process_time(), time.perf_counter()
    entry = assess_night(parts, night)
    told = {"cpu_s": time.process_time() - begun, "wall_s": time.perf_counter() - wall}
    found = told_outcomes(entry)
    good = sum(count for name, count in found.items() if name in GOOD)
    nights = {one for one in sealed_nights(parts.ledger.entries()) if one < night}
    told |= {"slots": sum(found.values()), "good": good, "bytes": sum(one.bytes for one in entry.objects)}
    return {**told, "nights_before": len(nights), "exceptions": exceptions_told(entry)}


def exceptions_told(entry: LedgerEntry) -> int:
    """Rows of `exceptions` that an assessment names."""
    tables = entry.payload["tables"]
    return int(tables[EXCEPTIONS.name]) if isinstance(tables, Mapping) else 0


def made_quarter(folder: Path, items: int) -> Figures:
    """A store whose ledger names so many nights of slots, and nothing else but one night that they are made of."""
    made_night(folder, items)
    bench = bench_on(folder, NIGHT + timedelta(days=1))
    entries = bench.parts.ledger.entries()
    sealed = SealedRows(bench.store, named_paths(entries))
    context = AssessmentContext("template", bench.clock.now(), NIGHT, "run")
    found = judge_slots(sealed, entries, context, bench.calendar, bench.parts.judgement)
    template = slot_rows(found, context)
    for number in range(NIGHTS):
        own = _moved(template, number, number)
        again = _moved(template.take(list(range(0, template.num_rows, AGAIN_EVERY))), number - 1, number)
        _seal(bench, NIGHT + timedelta(days=number), pa.concat_tables([own, again] if number else [own]))
    return {}


def _moved(rows: pa.Table, days: int, night: int) -> pa.Table:
    """The runs of another night, judged on a night."""
    for place, field in enumerate(rows.schema):
        if pa.types.is_timestamp(field.type):
            rows = rows.set_column(
                place, field, pc.add(rows[field.name], pa.scalar(timedelta(days=days), pa.duration("us")))
            )
    told = {"night": NIGHT + timedelta(days=night), "event_night": NIGHT + timedelta(days=days)}
    for name, day in told.items():
        place = rows.schema.get_field_index(name)
        rows = rows.set_column(place, rows.schema.field(name), pa.repeat(pa.scalar(day, pa.date32()), rows.num_rows))
    return rows


def _seal(bench: Bench, night: date, rows: pa.Table) -> None:
    parts = bench.parts
    assessment_id = parts.new_id()
    place = rows.schema.get_field_index("assessment_id")
    named = pa.repeat(pa.scalar(assessment_id), rows.num_rows)
    data = to_parquet(SLOTS, rows.set_column(place, rows.schema.field("assessment_id"), named))
    path = assessment_file(SLOTS.name, night, assessment_id)
    parts.store.create(path, data)
    payload = {
        "night": str(night),
        "assessment_id": assessment_id,
        "ledger_size": 1,
        "tables": {SLOTS.name: rows.num_rows},
    }
    named_object = LedgerObject(path, len(data), hashlib.sha256(data).hexdigest())
    parts.ledger.append(
        Draft(
            EntryKind.ASSESSMENT_SEALED, parts.clock.now(), "benchmark", f"assessment/{night}", payload, (named_object,)
        )
    )


def summarise(folder: Path, _items: int) -> Figures:
    """Count the runs that stand by night, workload and outcome."""
    bench = bench_on(folder, NIGHT + timedelta(days=1))
    begun, wall = time.process_time(), time.perf_counter()
    entries = bench.parts.ledger.entries()
    sealed = SealedRows(bench.store, named_paths(entries))
    last = NIGHT + timedelta(days=NIGHTS - 1)
    rows = standing_slots(sealed, entries, NIGHT, last, ["event_night", "workload", "outcome"])
    counted = rows.group_by(["event_night", "workload", "outcome"]).aggregate([([], "count_all")]).to_pylist()
    rates: dict[tuple[object, object], list[int]] = {}
    for row in counted:
        rate = rates.setdefault((row["event_night"], row["workload"]), [0, 0])
        rate[0] += row["count_all"] * (row["outcome"] in GOOD)
        rate[1] += row["count_all"] * (row["outcome"] not in OPEN | {Outcome.NOT_EXPECTED})
    assert all(good <= judged for good, judged in rates.values())  # noqa: S101 - a benchmark checks what it made
    told = {"cpu_s": time.process_time() - begun, "wall_s": time.perf_counter() - wall}
    return {**told, "slots": rows.num_rows, "lines": len(rates)}


MAKERS: Mapping[str, tuple[Callable[..., Figures], Callable[[Path, int], Figures]]] = {
    "assess a night": (made_night, judge),
    "summarise a quarter": (made_quarter, summarise),
}


def measure(what: str, items: int, before: int) -> Figures:
    """One measurement, in a process of its own over a store made by another."""
    with tempfile.TemporaryDirectory(prefix="backup-evidence-assess-") as folder:
        made = _child(what, "make", folder, items, before)
        return _child(what, "measure", folder, items, before) | {name: made[name] for name in made if name != "mib"}


def _child(what: str, stage: str, folder: str, items: int, before: int) -> Figures:
    words = [sys.executable, "-m", "benchmarks.assess", "--stage", stage, "--what", what, "--store", folder]
    words += ["--items", str(items), "--before", str(before)]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{what} ({stage}) failed:\n{done.stderr}")
    found: Figures = json.loads(done.stdout)
    return found


def staged(options: argparse.Namespace) -> None:
    """What a child process does."""
    make, run = MAKERS[options.what]
    if options.stage == "make":
        figures = make(options.store, options.items, *([options.before] if make is made_night else []))
    else:
        figures = run(options.store, options.items)
    used = resource.getrusage(resource.RUSAGE_SELF)
    figures["mib"] = used.ru_maxrss / 1024
    print(json.dumps(figures))


def main() -> None:
    """Measure, print and judge."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--items", type=int, default=ITEMS, help="items of the night that is judged")
    parser.add_argument("--before", type=int, default=FORTNIGHT, help="nights that were sealed and assessed before it")
    parser.add_argument("--fleet", type=int, default=FLEET, help="items of the quarter that is summarised")
    parser.add_argument("--out", type=Path, help="write the figures here, as JSON")
    parser.add_argument("--stage", choices=["make", "measure"], help=argparse.SUPPRESS)
    parser.add_argument("--what", choices=list(MAKERS), help=argparse.SUPPRESS)
    parser.add_argument("--store", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.stage:
        staged(options)
        return
    sizes = [
        ("assess a night", options.items // 10),
        ("assess a night", options.items),
        ("summarise a quarter", options.fleet),
    ]
    found = [(what, items, measure(what, items, options.before)) for what, items in sizes]
    print(f"{'':22}{'items':>9}{'slots':>11}{'wall s':>9}{'CPU s':>9}{'MiB':>8}   load {os.getloadavg()[0]:.1f}")
    for what, items, told in found:
        print(
            f"{what:22}{items:>9,}{told['slots']:>11,.0f}{told['wall_s']:>9.1f}{told['cpu_s']:>9.1f}{told['mib']:>8,.0f}"
            f"   {_upon(told)}"
        )
    missed = misses(*(told for _, _, told in found))
    print("\n".join(f"MISSED {miss}" for miss in missed) or "All targets are met.")
    if options.out:
        figures = [{"what": what, "items": items, **told} for what, items, told in found]
        report: dict[str, object] = {
            "python": platform.python_version(),
            "load": os.getloadavg()[0],
            "figures": figures,
            "missed": missed,
        }
        options.out.write_text(json.dumps(report, indent=2) + "\n")
    sys.exit(1 if missed else 0)


def _upon(told: Figures) -> str:
    """What a night was assessed upon, and what its first forerunners took."""
    if "nights_before" not in told:
        return ""
    earlier = (
        f"upon {number}: {told[f'upon_{number}_wall_s']:.1f} s" for number in UPON if f"upon_{number}_wall_s" in told
    )
    return "; ".join([f"upon {told['nights_before']:.0f} nights and {told['exceptions']:,.0f} exceptions", *earlier])


def misses(tenth: Figures, whole: Figures, quarter: Figures) -> list[str]:
    """Targets missed, in words."""
    found = []
    if (took := min(whole["cpu_s"], whole["wall_s"])) > MOST_JUDGED_S:
        found.append(f"a night is assessed in {took:.1f} s, not {MOST_JUDGED_S:.0f}")
    earlier = {number: min(whole.get(f"upon_{number}_{name}", 0.0) for name in ("cpu_s", "wall_s")) for number in UPON}
    found += [
        f"a night upon {number} others is assessed in {took:.1f} s, not {MOST_JUDGED_S:.0f}"
        for number, took in earlier.items()
        if took > MOST_JUDGED_S
    ]
    if whole["cpu_s"] > MOST_GROWTH * tenth["cpu_s"]:
        found.append(f"ten times the items cost {whole['cpu_s'] / tenth['cpu_s']:.1f} times the time")
    if (took := min(quarter["cpu_s"], quarter["wall_s"])) > MOST_SUMMARISED_S:
        found.append(f"a quarter is summarised in {took:.1f} s, not {MOST_SUMMARISED_S:.0f}")
    if whole["mib"] > MOST_MIB:
        found.append(f"a night is assessed in {whole['mib']:,.0f} MiB, not {MOST_MIB:,.0f}")
    if whole["good"] < whole["slots"] * 0.9:
        found.append("most runs of the made night are not good, so what was measured is not what is meant")
    return found


if __name__ == "__main__":
    main()
