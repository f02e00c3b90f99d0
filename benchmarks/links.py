"""How surely restore jobs are linked to the recovery points they came from, against what is known to be true.

Taken are the recorded restore chains of `chains/ground_truth.json`: real restores, whose request named the point and whose answer named the
job. Every vault of a recording is one capture of all its recorded answers, normalized into tables as a night is, and its restore jobs are
judged by `link_restores`, which sees neither request nor truth. Recall is right links by chains whose job tells a time; precision is right
links by links made. Of a job that tells no time the point is not known, so that a link would be a guess: it must be `unlinked`, with the
reason. One scene is made here beside them: two SQL instances on one server that hold one database name, one backup failing.

Prints a table, writes the figures as JSON with `--out`, and ends 1 where a target is missed: 100 % and 100 % for VM, SQL and HANA, 100 %
precision among what is `inferred` for Files. Run as `python -m benchmarks.links`; the recordings are found as the tests find them.
"""

from __future__ import annotations

import argparse
import json
import platform
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from urllib.parse import unquote

import orjson
import pyarrow as pa

from evidence.assess import AssessmentContext, link_restores
from evidence.nights import Calendar
from evidence.normalize import CaptureContext
from evidence.normalize.fast import tabulate_capture
from evidence.records import Attempt, Call, Capture, Identity, Kind
from evidence.tables import ALL, joined
from tests.normalize.recorded import capture_of, groups
from tests.paths import RECORDINGS

NIGHT = date(2026, 11, 20)
NOW = datetime(2026, 11, 21, 7, 0, tzinfo=UTC)
LINKED = frozenset({"id", "exact", "range", "inferred"})
NAMES = {"AzureIaasVM": "VM", "SQLDataBase": "SQL", "SAPHanaDatabase": "HANA", "AzureStorage": "Files"}
WHOLE = ("VM", "SQL", "HANA")
"""Workloads whose every job that tells a time must be linked."""
VAULT = "/subscriptions/0/resourceGroups/rg/providers/Microsoft.RecoveryServices/vaults/v"


@dataclass
class Tally:
    """What became of the chains of one workload."""

    timed: int = 0
    links: Counter[str] = field(default_factory=Counter)
    """Right links, by their kind."""
    wrong: int = 0
    unlinked: int = 0
    untimed: int = 0
    guessed: int = 0
    """Links made of jobs that tell no time."""
    reasons: Counter[str] = field(default_factory=Counter)
    """Why jobs that tell no time are unlinked."""

    @property
    def right(self) -> int:
        """Right links."""
        return sum(self.links.values())

    def recall(self) -> float:
        """Right links by chains whose job tells a time."""
        return self.right / self.timed if self.timed else 1.0

    def precision(self) -> float:
        """Right links by links made."""
        return self.right / (self.right + self.wrong) if self.right + self.wrong else 1.0

    def misses(self, workload: str) -> Iterator[str]:
        """Targets missed, in words."""
        if not self.timed and not self.untimed:
            yield f"{workload}: no chain was read"
        if workload in WHOLE and self.recall() < 1:
            yield f"{workload}: recall {self.recall():.1%}"
        if self.precision() < 1:
            yield f"{workload}: precision {self.precision():.1%}"
        if self.guessed:
            yield f"{workload}: {self.guessed} links of jobs that tell no time"
        if sum(self.reasons.values()) != self.untimed:
            yield f"{workload}: a job without a time is unlinked without a reason"


def tables_of(capture: Capture) -> dict[str, pa.Table]:
    parts: defaultdict[str, list[pa.Table]] = defaultdict(list)
    context = CaptureContext(NIGHT, "run", Calendar())
    tabulate_capture(capture, context, take=lambda name, rows: parts[name].append(rows))
    return {name: joined(ALL[name], found) for name, found in parts.items()}


def links_of(capture: Capture) -> dict[str, Mapping[str, object]]:
    """Links by job, as an assessment of one night makes them."""
    tables = tables_of(capture)
    context = AssessmentContext("assessment", NOW, NIGHT, "run")
    inputs = [[tables[name]] if name in tables else [] for name in ("restore_jobs", "recovery_points", "calls")]
    rows = link_restores(inputs[0], inputs[1], context, inputs[2])
    return {str(row["job_id"]): row for row in rows}


def truth() -> dict[str, dict[str, str | None]]:
    """What each chain's request asked for, by the chain's name."""
    told: list[dict[str, str | None]] = json.loads((RECORDINGS / "chains" / "ground_truth.json").read_text())
    return {str(chain["chain"]): chain for chain in told}


def judge(link: Mapping[str, object], chain: Mapping[str, str | None], tally: Tally) -> None:
    item = str(link["item_key"]).rpartition("/")[2]
    right = (unquote(str(chain["protected_item"])).lower(), chain["recovery_point_id"])
    made = link["link"] in LINKED
    if chain["bag_recovery_point_time_raw"] is None:
        tally.untimed += 1
        tally.guessed += made
        if link["link"] == "unlinked" and link["reason"]:
            tally.reasons[str(link["reason"])] += 1
        return
    tally.timed += 1
    if not made:
        tally.unlinked += 1
    elif (item, link["recovery_point_id"]) == right:
        tally.links[str(link["link"])] += 1
    else:
        tally.wrong += 1


def chains() -> dict[str, Tally]:
    """All recorded chains, judged."""
    found = {name: Tally() for name in NAMES.values()}
    known, seen = truth(), set[str]()
    for key, answers in groups():
        names = sorted({one.file.parent.name for one in answers if one.category == "chains"})
        links = links_of(capture_of(key[-1], answers)) if names else {}
        for name in names:
            chain = known[name]
            judge(links[str(chain["job_id"])], chain, found[NAMES[str(chain["workload"])]])
            seen.add(name)
    if seen != known.keys():
        raise SystemExit(f"{len(known.keys() - seen)} chains of the truth were not among the recorded answers.")
    return found


def two_instances() -> list[str]:
    """What is wrong where two instances hold one database name and one of their backups fails; nothing if all is well."""
    items = [
        _element(f"protectedItems/SQLDataBase;{instance};sales", _sales(instance)) for instance in ("inst1", "inst2")
    ]
    jobs = [
        _element(
            f"backupJobs/{status}",
            {"entityFriendlyName": "sales [sql1]", "status": status, "operation": "Backup (Full)"},
        )
        for status in ("Completed", "Failed")
    ]
    calls = (_call("items", Kind.PROTECTED_ITEMS, items), _call("jobs", Kind.JOBS, jobs))
    rows = tables_of(Capture("capture", VAULT.lower(), None, calls, ()))["jobs"].to_pylist()
    return [
        f"the {row['status']} job was credited to {row['item_key']} ({row['item_link']}, {row['item_candidates']})"
        for row in rows
        if row["item_key"] is not None or row["item_link"] != "ambiguous" or len(row["item_candidates"]) != len(items)
    ] + ([] if len(rows) == len(jobs) else ["a job was lost"])


def _sales(instance: str) -> dict[str, object]:
    return {"friendlyName": "sales", "serverName": "sql1", "parentName": instance, "workloadType": "SQLDataBase"}


def _element(path: str, properties: dict[str, object]) -> dict[str, object]:
    kind, _, name = path.partition("/")
    within = "backupFabrics/protectionContainers/" if kind == "protectedItems" else ""
    told = {"backupManagementType": "AzureWorkload", "workloadType": "SQLDataBase", **properties}
    return {
        "id": f"{VAULT}/{'backupFabrics/Azure/protectionContainers/c/' if within else ''}{path}",
        "name": name,
        "type": f"Microsoft.RecoveryServices/vaults/{within}{kind}",
        "properties": told,
    }


def _call(call_id: str, kind: Kind, elements: list[dict[str, object]]) -> Call:
    attempt = Attempt(NOW, NOW, 200, body=orjson.dumps({"value": elements}))
    return Call(
        call_id, kind, None, "https://example.test", None, None, {}, Identity(), (attempt,), "ok", None, None, None
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, help="write the figures here, as JSON")
    options = parser.parse_args()
    found, credited = chains(), two_instances()
    print(
        f"{'workload':9}{'with time':>10}{'right':>7}{'wrong':>7}{'recall':>8}{'precision':>11}{'no time':>9}{'guessed':>9}  links"
    )
    for name, tally in found.items():
        kinds = ", ".join(f"{kind} {count}" for kind, count in sorted(tally.links.items()))
        print(
            f"{name:9}{tally.timed:>10}{tally.right:>7}{tally.wrong:>7}{tally.recall():>8.0%}{tally.precision():>11.0%}"
            f"{tally.untimed:>9}{tally.guessed:>9}  {kinds}"
        )
    for reason, count in sum((tally.reasons for tally in found.values()), Counter[str]()).most_common():
        print(f"unlinked, {count}: {reason}")
    missed = [miss for name, tally in found.items() for miss in tally.misses(name)] + credited
    print("Two SQL instances with one database name, one failing: " + ("; ".join(credited) or "neither is credited."))
    print("\n".join(f"MISSED {miss}" for miss in missed) or "All targets are met.")
    if options.out:
        figures = {
            name: {**vars(tally), "right": tally.right, "recall": tally.recall(), "precision": tally.precision()}
            for name, tally in found.items()
        }
        told = {"python": platform.python_version(), "workloads": figures, "two_instances": credited, "missed": missed}
        options.out.write_text(json.dumps(told, indent=2) + "\n")
    sys.exit(1 if missed else 0)


if __name__ == "__main__":
    main()
