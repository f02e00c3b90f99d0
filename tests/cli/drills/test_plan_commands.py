"""`drills due`, `plan`, `plans`, `approve` and `runbook` as they are typed: what is not read is said, and nobody approves past a guard."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

import cli.signing_in
from cli.main import app
from evidence.drills.spelling import plan_sha256
from evidence.ledger.ledger import Ledger
from evidence.ledger.persons import Account
from evidence.records import Kind, Outcome
from evidence.runs.drills.book import read_book
from evidence.stores.directory import DirectoryStore
from tests.fakes.bench import Bench
from tests.fakes.bodies import SUBSCRIPTION, FakeItem, FakeVault
from tests.fakes.certificates import trade
from tests.fakes.clock import FakeClock
from tests.fakes.issuer import CLIENT, TENANT, Issuer, browse, running

FIRST = date(2026, 6, 1)
ADA, CY = (f"33333333-0000-4000-8000-00000000000{number}" for number in (1, 3))
BY = ("--by", "Ada Example", "--object-id", ADA)
PLAN = "DP-2026Q3"
TIERS = 'tiers: [{match: {name: pay}, tier: 0, rto: 4h, rpo: 24h}, {match: {name: "vm*"}, tier: 2}]\n'


@dataclass
class Room:
    """A store of two nights, a configuration, and an issuer at which Cy signs in."""

    folder: Path
    bench: Bench
    vault: FakeVault
    issuer: Issuer
    browsers: list[threading.Thread] = field(default_factory=list)

    def configure(self, *, tiers: str = TIERS, reviewers: str = f"all: [{CY}]") -> None:
        sign_in = f"{{tenant: {TENANT}, client_id: {CLIENT}, issuer: '{self.issuer.url}', reviewers: {{{reviewers}}}}}"
        (self.folder / "evidence.yaml").write_text(
            f"organisation: Contoso\nazure: {{subscriptions: [{SUBSCRIPTION}]}}\n"
            "signing: {kind: file, key: signer.key, certificate: signer.pem}\n"
            f"sign_in: {sign_in}\n{tiers}"
        )

    def run(self, *words: object, typed: str = "", form: str = "json") -> Result:
        told = ["drills", *(str(word) for word in words), "-c", str(self.folder / "evidence.yaml"), "-o", form]
        found = CliRunner().invoke(app, told, input=typed)
        for one in self.browsers:
            one.join(10)
        return found

    def told(self, *words: object, code: int = 0, typed: str = "") -> Any:
        found = self.run(*words, typed=typed)
        assert found.exit_code == code, found.output
        return json.loads(found.stdout)

    def approve(self, typed: str | None = None) -> Result:
        sha256 = plan_sha256(read_book(Ledger(self.bench.store).entries()).plans[PLAN].drafted)
        return self.run("approve", PLAN, typed=f"{typed or sha256[:8]}\n")

    def browse(self, url: str) -> bool:
        thread = threading.Thread(target=browse, args=(url,), daemon=True)
        thread.start()
        self.browsers.append(thread)
        return True


@pytest.fixture
def room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Room]:
    (tmp_path / "signer.key").write_bytes(trade().signer.key_pem)
    (tmp_path / "signer.key").chmod(0o600)
    (tmp_path / "signer.pem").write_bytes(trade().signer.pem + trade().issuing.pem)
    clock = FakeClock(datetime(2026, 6, 2, 7, tzinfo=UTC), tick=timedelta(microseconds=1))
    bench = Bench(store=DirectoryStore(tmp_path / "evidence-store"), clock=clock)
    bench.azure.tenant = TENANT
    vault = bench.vault()
    vault.items += [FakeItem("pay", database=True), FakeItem("vm1"), FakeItem("web")]
    bench.seal(FIRST)
    with running(Issuer(clock.now, CY, "Cy Example")) as issuer:
        found = Room(tmp_path, bench, vault, issuer)
        found.configure()
        monkeypatch.setattr("evidence.compose.SystemClock", lambda: clock)
        monkeypatch.setattr(cli.signing_in, "at_terminal", lambda: True)
        monkeypatch.setenv("BROWSER", "a browser")
        monkeypatch.setattr("webbrowser.open", found.browse)
        yield found


def test_from_what_is_due_to_an_approved_plan_and_its_runbook(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    room.vault.spoiled[Kind.PROTECTED_ITEMS] = (Outcome.NOT_REACHED, "HTTP 403")
    room.bench.seal(FIRST + timedelta(days=1))
    due = room.told("due", "--quarter", "2026Q3", "--all", code=4)
    assert [(one["subject"], one["due"], one["why"]) for one in due["data"]] == [
        ("pay", True, "tier 0: each item within 3 months; never accepted"),
        ("vm1", True, "tier 2: each item within 12 months; never accepted"),
        ("web", False, "no tier: the sample is not drawn yet"),
    ]
    assert not due["meta"]["complete"]
    made = room.told("plan", "--quarter", "2026Q3", *BY, code=4)
    assert [one["drill"] for one in made["data"]] == [f"DR-2026Q3-000{number}" for number in (1, 2, 3)]
    assert (made["meta"]["seed"], made["meta"]["state"]) == ("committed before the quarter", "drafted")
    drafted = room.run("runbook", "DR-2026Q3-0001")
    assert (drafted.exit_code, "is not approved" in drafted.stderr) == (8, True)
    found = room.approve()
    assert found.exit_code == 0, found.output
    assert "NOT COMPLETE: vault v1" in found.stderr
    assert "drawn again from ledger and seed just now" in found.stderr
    (row,) = json.loads(found.stdout)["data"]
    assert (row["state"], row["approved_by"], row["complete"], row["recorded"]) == (
        "approved",
        "Cy Example",
        False,
        "now",
    )
    (again,) = room.told("approve", PLAN)["data"]
    assert (again["recorded"], again["approved_by"]) == ("before", "Cy Example")
    with monkeypatch.context() as patch:
        patch.setattr("cli.account.account", lambda: Account("anna", 1000, "backup-01"))
        other = room.run("approve", PLAN)
    assert (other.exit_code, "is approved already, by Cy Example" in other.output) == (8, True)
    (proof,) = room.told("certificates")["data"]
    assert (proof["subject"], proof["object_id"], proof["record_sha256"]) == (f"plan/{PLAN}", CY, row["plan_sha256"])
    assert room.run("plan", "--quarter", "2026Q3", *BY).exit_code == 8
    (planned, *_) = room.told("due", "--quarter", "2026Q3", code=4)["data"]
    assert planned["planned"] == "DR-2026Q3-0001"
    script = room.run("runbook", "DR-2026Q3-0001", "--shell", "az", "--ics", room.folder / "drill.ics", form="table")
    assert script.exit_code == 0
    assert "TARGET_NAME='pay_drill_2026Q3_0001'" in script.stdout
    assert (room.folder / "drill.ics").read_bytes().startswith(b"BEGIN:VCALENDAR\r\n")


@pytest.mark.slow
def test_whoever_drafted_does_not_approve(room: Room) -> None:
    room.told("plan", "--quarter", "2026Q3", *BY)
    room.issuer.object_id, room.issuer.name = ADA.upper(), "Somebody Else"
    room.configure(reviewers=f"all: [{ADA}]")
    found = room.approve()
    assert (found.exit_code, "by another person than drafted it" in found.output) == (8, True)


@pytest.mark.slow
def test_who_is_no_reviewer_does_not_approve(room: Room) -> None:
    room.told("plan", "--quarter", "2026Q3", *BY)
    room.configure(reviewers=f"all: [{ADA}]")
    found = room.approve()
    assert (found.exit_code, "is no reviewer of vault v1" in found.output) == (8, True)


@pytest.mark.slow
def test_a_service_principal_does_not_approve(room: Room) -> None:
    room.told("plan", "--quarter", "2026Q3", *BY)
    room.issuer.change = lambda claims: claims.update(idtyp="app")
    found = room.approve()
    assert (found.exit_code, "only a person decides" in found.output) == (8, True)


@pytest.mark.slow
def test_a_plan_is_refused_before_anybody_signs_in_where_it_is_not_confirmed_or_no_longer_follows(room: Room) -> None:
    room.told("plan", "--quarter", "2026Q3", *BY)
    wrong = room.approve("00000000")
    assert (wrong.exit_code, "Not confirmed" in wrong.output) == (8, True)
    room.configure(tiers="")
    bent = room.approve()
    assert (bent.exit_code, "do not give it" in bent.output) == (8, True)
    assert room.issuer.asked == []


@pytest.mark.slow
def test_nobody_approves_without_a_terminal(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    room.told("plan", "--quarter", "2026Q3", *BY)
    monkeypatch.setattr(cli.signing_in, "at_terminal", lambda: False)
    found = room.approve()
    assert (found.exit_code, "needs a person at a terminal" in found.output) == (8, True)


@pytest.mark.slow
def test_a_seed_is_committed_once_and_late_is_said(room: Room) -> None:
    (row,) = room.told("commit-seed", "--quarter", "2026Q3", *BY)["data"]
    assert (row["late"], row["recorded"]) == (False, "now")
    (again,) = room.told("commit-seed", "--quarter", "2026Q3", *BY)["data"]
    assert (again["recorded"], again["seed_sha256"]) == ("before", row["seed_sha256"])
    late = room.run("commit-seed", "--quarter", "2026Q2", *BY)
    assert json.loads(late.stdout)["data"][0]["late"]
    assert "LATE: 2026Q2 began on 2026-04-01" in late.stderr


WRONG = [
    (("due", "--quarter", "2026Q5"), 2, "is no quarter"),
    (("due", "--quarter", "2026Q1"), 8, "is over since 2026-03-31"),
    (("due", "--scope", "nowhere"), 2, "There is no scope"),
    (("plan", "--quarter", "2026Q1", *BY), 8, "is over"),
    (("plan", "--item", "pay", *BY), 2, "--item needs --reason"),
    (("plan", "--item", "pay", "--retest-of", "DR-1", *BY), 2, "two wishes"),
    (("plan", "--item", "pay", "--reason", "x", "--quarter", "2026Q3", *BY), 2, "takes no --quarter"),
    (("plan", "--item", "nobody", "--reason", "x", *BY), 2, "No item is called"),
    (("plan", "--item", "pay", "--reason", "x", "--type", "magic", *BY), 2, "is no kind of drill"),
    (("plan", "--item", "pay", "--reason", "x", "--window-start", "soon", *BY), 2, "is no day"),
    (("plan", "--retest-of", "DR-1", *BY), 8, "No drill DR-1 is known"),
    (("plan", "--by", "Ada", "--object-id", "ada"), 2, "is no object id"),
    (("plans", "DP-1"), 8, "No plan DP-1 is known"),
    (("approve", "DP-1"), 8, "No plan DP-1 is known"),
    (("runbook", "DR-1"), 8, "No drill DR-1 is known"),
    (("runbook", "DR-1", "--shell", "fish"), 2, "is no shell"),
]
"""Words, exit code, and what is said."""


def test_what_is_asked_wrongly_ends_with_a_sentence(room: Room) -> None:
    for words, code, said in WRONG:
        found = room.run(*words)
        assert (found.exit_code, said in found.output) == (code, True), (words, found.output)
