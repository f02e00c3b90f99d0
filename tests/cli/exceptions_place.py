"""A store of the command tests with problems recorded for its nights."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from evidence.assess import AssessmentContext
from evidence.assess.exceptions.proofs import Proofs
from evidence.assess.exceptions.states import Facts, Standing
from evidence.assess.findings import Class, Finding, Severity
from evidence.ledger.ledger import Ledger
from evidence.runs.exceptions.recording import Recorded, record_exceptions
from evidence.runs.exceptions.state import standing_exceptions
from evidence.stores.directory import DirectoryStore
from evidence.tables import PROTECTED_ITEMS
from tests.assess.exceptions.making import finding
from tests.fakes.bench import NIGHT, RAW, Bench, at, backup
from tests.fakes.clock import FakeClock

DAYS = [NIGHT + timedelta(days=number) for number in range(5)]


@dataclass
class Place:
    """A store that may be written to, its configuration, and the item of the home's vault."""

    config: Path
    bench: Bench
    clock: FakeClock
    item: str
    vault: str

    def key_of(self, class_: str) -> str:
        """The key of the one exception of a class."""
        known = standing_exceptions(self.bench.store, Ledger(self.bench.store).entries()).by_key
        (key,) = [key for key, one in known.items() if one.class_ == class_]
        return key

    def found(self, number: int, class_: Class = Class.FAILED, **changes: Any) -> Finding:
        """A problem of the home's item on one of its nights."""
        night = DAYS[number]
        told = {"item_key": self.item, "vault_id": self.vault, "at": at(night), "night": night, **changes}
        return replace(finding(0, class_), **told)

    def record(self, number: int, findings: Sequence[Finding] = (), proofs: Proofs | None = None) -> Recorded:
        """Record a look at the end of a night."""
        end = self.bench.calendar.window(DAYS[number]).end
        context = AssessmentContext(f"look-{number}-{self.clock.now():%f}", end, DAYS[number], f"run-{number}")
        return record_exceptions(self.bench.parts, context, findings, lambda _: proofs or Proofs(), owner=owner)


def owner(one: Standing) -> tuple[str, str] | None:
    return ("dba-eu", "pay-db") if one.class_ is Class.FAILED else None


def sealed_in(folder: Path) -> Path:
    """A store of two sealed nights of which nothing was judged, so that it holds the exceptions of these tests alone."""
    bench = Bench(store=DirectoryStore(folder / "evidence-store"))
    backup(bench.vault())
    bench.seal(DAYS[0])
    bench.seal(DAYS[2])
    return folder


def placed(sealed: Path, folder: Path, clock: FakeClock) -> Place:
    """A failure and a hint on the first night, the failure again and a silence on the third; nothing is decided yet."""
    shutil.copytree(sealed / "evidence-store", folder / "evidence-store")
    (folder / "evidence.yaml").write_bytes(RAW)
    bench = Bench(store=DirectoryStore(folder / "evidence-store"), clock=clock)
    item = bench.rows(PROTECTED_ITEMS, NIGHT)[0]
    made = Place(folder / "evidence.yaml", bench, clock, str(item["item_key"]), str(item["vault_id"]))
    facts = Proofs(facts={made.item: Facts("v1", "westeurope", 2)})
    made.record(0, [made.found(0), made.found(0, Class.DURATION, severity=Severity.INFO)], facts)
    made.record(2, [made.found(2), made.found(2, Class.SILENT, severity=Severity.CRITICAL)], facts)
    return made
