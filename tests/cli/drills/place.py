"""A store with one restore of a sealed night and a drill planned for it, as commands are typed at it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from typer.testing import Result

from evidence.drills.events import DrillPlanned
from evidence.drills.rules import needs_of
from evidence.drills.spelling import record_sha256
from evidence.drills.values import Drill, Person, Planned
from evidence.ledger.ledger import Ledger
from evidence.runs.drills.book import read_book
from evidence.runs.drills.recording import record
from evidence.tables import RESTORE_JOBS
from tests.cli.conftest import Command
from tests.drills.making import reviewed
from tests.fakes.bench import NIGHT, Bench, at
from tests.fakes.signed_in import SignedIn

NAME, SECOND = "DR-2026Q4-0001", "DR-2026Q4-0002"
ADA, BO, CY = (f"33333333-0000-4000-8000-00000000000{number}" for number in (1, 2, 3))
LOSS, USABLE = at(NIGHT, 22.5), at(NIGHT, 25)
ROWS = b"table,rows\norders,1204311\n"
BAG = {
    "Job Type": "Recover disks",
    "Recovery point time ": f"{at(NIGHT, 22.01):%m/%d/%Y %H:%M:%S}",
    "Target resource group": "rg-drill-weu",
    "Target Storage Account Name": "stdrill",
}


def as_(number: str = ADA, name: str = "Ada Example") -> tuple[str, ...]:
    return ("--by", name, "--object-id", number)


@dataclass
class Place:
    """A store that may be written to, with a drill planned for the item that was restored."""

    config: Path
    bench: Bench
    command: Command

    def __call__(self, *words: object, code: int = 0) -> Any:
        """Run `drills …`; gives what JSON told, or the lines on stderr where it was refused."""
        found = self.run(*words, form="json")
        assert found.exit_code == code, found.stderr
        return json.loads(found.stdout) if code == 0 else found.stderr

    def run(self, *words: object, form: str = "table") -> Result:
        """Run `drills …` and take what comes."""
        return self.command("drills", *words, "-c", self.config, "-o", form)

    def plan(self, drill_id: str, **changes: object) -> None:
        (job,) = {(row["vault_id"], row["item_key"]) for row in self.bench.rows(RESTORE_JOBS)}
        made = Planned(
            drill_id=drill_id,
            quarter="2026Q4",
            item_key=str(job[1]),
            vault_id=str(job[0]),
            subject="vm1",
            workload="VM",
            tier=0,
            application="payments",
            drill_type="vm_disks",
            window_start=at(NIGHT, 0),
            window_end=at(NIGHT, 48),
            reason="tier 0: each item each quarter",
            rto=timedelta(hours=4),
            rpo=timedelta(hours=24),
            needs=needs_of(0),
            grace=timedelta(days=7),
        )
        by = Person(self.tenant, CY, "Cy Example")
        record(self.bench.parts, DrillPlanned(replace(made, **changes), self.bench.clock.now(), by))  # type: ignore[arg-type]  # its own fields

    @property
    def tenant(self) -> str:
        return str(Ledger(self.bench.store).entries()[0].payload["tenant"])

    def drill(self, drill_id: str = NAME) -> Drill:
        """By the ledger alone."""
        return read_book(Ledger(self.bench.store).entries()).drills[drill_id]

    def facts(self, *, count: bool = True) -> None:
        """Everything up to `validated`."""
        self("link", NAME, JOB, *as_(), "--initiator", "Bo Example", "--initiator-id", BO)
        self("times", NAME, "--declared-loss", LOSS.isoformat(), "--usable", USABLE.isoformat(), *as_())
        if count:
            self.check("row_count")
        self.check("application")

    def check(self, kind: str, *words: object, code: int = 0, result: str = "passed", by: str = BO) -> Any:
        told = ("--kind", kind, "--expected", "1204311", "--actual", "1204311", "--result", result)
        return self("validate", NAME, *told, *as_(by, "Bo Example"), *words, code=code)

    def hand_in(self, code: int = 0) -> Any:
        return self("submit", NAME, "--hash", record_sha256(self.drill()), *as_(), code=code)

    def sign(self, decision: str = "accepted", comment: str = "") -> None:
        """As somebody who signed in; how one signs in is tried elsewhere."""
        by = Person(self.tenant, CY, "Cy Example")
        event = replace(reviewed(self.drill(), decision, by, comment), at=self.bench.clock.now())
        record(self.bench.parts, event, sign_in=SignedIn(by))


JOB = f"restore-v1-vm1-{NIGHT}"


Places = Callable[[Path, Path], Place]
