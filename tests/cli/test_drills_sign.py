"""`drills sign`: a person reads, answers, signs in and signs; whoever may not is refused with exit code 8."""

from __future__ import annotations

import json
import os
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

import cli.signing_in
from cli.main import app
from evidence.drills.events import CleanedUp
from evidence.drills.spelling import record_sha256
from evidence.drills.values import State
from evidence.ledger.entries import EntryKind
from evidence.ledger.ledger import Ledger
from evidence.stores.directory import DirectoryStore
from tests.drills.making import INITIATOR, REVIEWER, START, TESTER, VALIDATOR, facts, person, reviewed, submitted
from tests.fakes.bench import Bench
from tests.fakes.certificates import trade
from tests.fakes.clock import FakeClock
from tests.fakes.issuer import CLIENT, TENANT, Issuer, browse, running
from tests.fakes.terminal import Terminal
from tests.paths import ROOT
from tests.runs.drills.drills_desk import BY, NAME, Desk

YES = ["yes"] * 6
SCRIPT = """import sys, urllib.request
urllib.request.build_opener(urllib.request.ProxyHandler({})).open(sys.argv[1], timeout=20).read()
"""


@dataclass
class Office:
    """A store with one drill in review, a configuration, and an issuer."""

    folder: Path
    desk: Desk
    issuer: Issuer
    browsers: list[threading.Thread] = field(default_factory=list)

    @property
    def config(self) -> Path:
        return self.folder / "evidence.yaml"

    def configure(self, *, reviewers: str = f"all: [{REVIEWER.object_id}]", more: str = "") -> None:
        sign_in = f"tenant: {TENANT}, client_id: {CLIENT}, issuer: '{self.issuer.url}', reviewers: {{{reviewers}}}"
        self.config.write_text(
            "organisation: Contoso\nazure: {subscriptions: [s]}\n"
            "signing: {kind: file, key: signer.key, certificate: signer.pem}\n"
            f"sign_in: {{{sign_in}{more}}}\n"
        )

    @property
    def sha256(self) -> str:
        return record_sha256(self.desk.drill())

    @property
    def state(self) -> State:
        return self.desk.drill().state

    def sign(self, *options: str, answers: list[str] | None = None, typed: str | None = None) -> Result:
        lines = [*(answers or YES), *(() if "--decision" in options else ("accepted",)), typed or self.sha256[:8]]
        found = CliRunner().invoke(
            app, ["drills", "sign", NAME, *options, "-c", str(self.config), "-o", "json"], input="\n".join(lines) + "\n"
        )
        for one in self.browsers:
            one.join(10)
        return found

    def browse(self, url: str) -> bool:
        thread = threading.Thread(target=browse, args=(url,), daemon=True)
        thread.start()
        self.browsers.append(thread)
        return True


@pytest.fixture
def office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Office]:
    (tmp_path / "signer.key").write_bytes(trade().signer.key_pem)
    (tmp_path / "signer.key").chmod(0o600)
    (tmp_path / "signer.pem").write_bytes(trade().signer.pem + trade().issuing.pem)
    store = DirectoryStore(tmp_path / "evidence-store")
    desk = Desk(Bench(store=store, clock=FakeClock(START + timedelta(days=2), tick=timedelta(microseconds=1))))
    desk.plan()
    for event in facts():
        desk.tell(event)
    desk.tell(submitted(desk.drill()))
    with running(Issuer(lambda: datetime.now(UTC), REVIEWER.object_id, REVIEWER.name)) as issuer:
        found = Office(tmp_path, desk, issuer)
        found.configure()
        monkeypatch.setattr(cli.signing_in, "at_terminal", lambda: True)
        monkeypatch.setenv("BROWSER", "a browser")
        monkeypatch.setattr("webbrowser.open", found.browse)
        yield found


def test_a_reviewer_signs(office: Office) -> None:
    read = office.sha256
    found = office.sign()
    assert found.exit_code == 0, found.output
    (row,) = json.loads(found.stdout)["data"]
    assert (row["state"], row["who"], row["grade"]) == ("accepted", REVIEWER.name, "B")
    assert f"SHA-256 of this record: {read}" in found.stderr
    told = CliRunner().invoke(app, ["drills", "certificates", NAME, "-c", str(office.config), "-o", "json"])
    (proof,) = json.loads(told.stdout)["data"]
    assert (proof["object_id"], proof["record_sha256"], proof["decision"]) == (REVIEWER.object_id, read, "accepted")
    assert (proof["methods"], proof["issuer"]) == (["pwd", "mfa"], office.issuer.url)
    adopted = [one for one in Ledger(office.desk.bench.store).entries() if one.kind is EntryKind.CONFIGURATION_ADOPTED]
    assert adopted[-1].payload["sha256"] == proof["configuration_sha256"]


@pytest.mark.parametrize(
    "who",
    [
        pytest.param(TESTER, id="tester"),
        pytest.param(VALIDATOR, id="validator", marks=pytest.mark.slow),
        pytest.param(INITIATOR, id="initiator", marks=pytest.mark.slow),
    ],
)
def test_whoever_took_part_is_refused_by_object_id_whatever_the_name(office: Office, who: Any) -> None:
    office.issuer.object_id, office.issuer.name = who.object_id.upper(), "Somebody Else"
    office.configure(reviewers=f"all: [{who.object_id}]")
    found = office.sign()
    assert found.exit_code == 8
    assert "tested, validated or started it" in found.output
    assert office.state is State.IN_REVIEW


def test_who_is_no_reviewer_of_the_scope_is_refused(office: Office) -> None:
    office.configure(reviewers=f"all: [{TESTER.object_id}]")
    found = office.sign()
    assert found.exit_code == 8
    assert "is no reviewer of its scope" in found.output
    assert office.state is State.IN_REVIEW


@pytest.mark.slow
def test_a_scope_of_regions_is_not_guessed(office: Office) -> None:
    office.config.write_text(office.config.read_text() + "scopes: {all: {regions: [westeurope]}}\n")
    found = office.sign()
    assert found.exit_code == 8
    assert "no scope" in found.output


def test_a_service_principal_is_refused(office: Office) -> None:
    office.issuer.change = lambda claims: claims.update(idtyp="app")
    found = office.sign()
    assert found.exit_code == 8
    assert "only a person decides" in found.output
    assert office.state is State.IN_REVIEW


@pytest.mark.parametrize("what", ["the record", "the decision"])
def test_what_happens_while_the_person_signs_in_is_seen(
    office: Office, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    def meanwhile(url: str) -> bool:
        drill, at = office.desk.drill(), office.desk.bench.clock.now()
        gone = CleanedUp(NAME, "stated", at, at, TESTER)
        office.desk.tell(gone if what == "the record" else reviewed(drill, "rejected", person(9), "The wrong point."))
        return office.browse(url)

    monkeypatch.setattr("webbrowser.open", meanwhile)
    found = office.sign()
    assert found.exit_code == 8
    told = {"the record": "changed after it was read", "the decision": "only a drill in review is decided"}
    assert told[what] in found.output
    assert office.state is (State.IN_REVIEW if what == "the record" else State.REJECTED)
    assert not list((office.folder / "evidence-store").rglob("decision.json"))


def test_what_rules_a_decision_out_is_said_before_anybody_signs_in(office: Office) -> None:
    found = office.sign(answers=["yes", "no", "yes", "yes", "yes", "yes"])
    assert found.exit_code == 8
    assert "a question is answered with no" in found.output
    assert office.issuer.asked == []


def test_a_wrong_confirmation_is_refused(office: Office) -> None:
    found = office.sign(typed="00000000")
    assert found.exit_code == 8
    assert "Not confirmed" in found.output
    assert office.issuer.asked == []


def test_answers_are_asked_until_they_are_answers(office: Office) -> None:
    found = office.sign("--decision", "rejected", "--comment", "The wrong point.", answers=["perhaps", *YES])
    assert found.exit_code == 0, found.output
    assert office.state is State.REJECTED


@pytest.mark.slow
def test_a_rejection_needs_a_reason(office: Office) -> None:
    found = office.sign("--decision", "rejected", answers=[*YES, "The counts are of another day."])
    assert found.exit_code == 0, found.output
    assert office.desk.drill().sign_offs[-1].comment == "The counts are of another day."


@pytest.mark.slow
def test_whoever_lost_the_answer_learns_that_it_was_recorded_and_others_are_refused(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert office.sign().exit_code == 0
    entries, asked = len(Ledger(office.desk.bench.store).entries()), len(office.issuer.asked)
    again = office.sign()
    assert again.exit_code == 0, again.output
    (row,) = json.loads(again.stdout)["data"]
    assert (row["recorded"], row["who"], row["state"]) == ("before", REVIEWER.name, "accepted")
    assert "nothing was added" in again.stderr
    assert len(office.issuer.asked) == asked
    assert office.sign("--decision", "rejected", "--comment", "No.").exit_code == 8
    monkeypatch.setattr("cli.account.account", lambda: BY)
    other = office.sign()
    assert other.exit_code == 8
    assert "only a drill in review is decided" in other.output
    assert len(Ledger(office.desk.bench.store).entries()) == entries


def test_nobody_signs_without_a_terminal(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    found = office.sign()
    assert found.exit_code == 8
    assert "needs a person at a terminal" in found.output


@pytest.mark.parametrize(("name", "opens"), [("DISPLAY", True), ("BROWSER", True), ("LANG", False)])
def test_a_browser_is_opened_only_where_somebody_sees_it(
    monkeypatch: pytest.MonkeyPatch, name: str, opens: bool
) -> None:
    for one in ("DISPLAY", "WAYLAND_DISPLAY", "BROWSER"):
        monkeypatch.delenv(one, raising=False)
    monkeypatch.setenv(name, "x")
    monkeypatch.setattr("sys.platform", "linux")
    monkeypatch.setattr(cli.signing_in, "at_terminal", lambda: True)
    assert (cli.signing_in._browser() is not None) == opens
    monkeypatch.setattr(cli.signing_in, "at_terminal", lambda: False)
    assert cli.signing_in._browser() is None


def test_facts_typed_under_the_reviewers_own_account_are_said(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cli.account.account", lambda: BY)
    found = office.sign()
    assert found.exit_code == 0, found.output
    assert "anna (uid 1000) on backup-01 also typed what ledger entries" in found.stderr


def test_nobody_signs_where_no_sign_in_is_configured(office: Office) -> None:
    text = office.config.read_text()
    office.config.write_text(text[: text.index("sign_in:")])
    found = office.sign()
    assert found.exit_code == 2
    assert "`sign_in` is not configured" in found.output


def test_a_device_code_must_be_configured(office: Office) -> None:
    found = office.sign("--device-code")
    assert found.exit_code == 8
    assert office.state is State.IN_REVIEW


@pytest.mark.slow
def test_a_device_code_signs_in_where_it_is_configured(office: Office) -> None:
    office.configure(more=", device_code: true")
    office.issuer.pending = 0
    found = office.sign("--device-code")
    assert found.exit_code == 0, found.output
    assert "BDWP-HQPK" in found.stderr


@pytest.mark.slow
def test_a_statement_that_was_changed_is_found(office: Office) -> None:
    assert office.sign().exit_code == 0
    (statement,) = (office.folder / "evidence-store").rglob("decision.json")
    statement.chmod(0o600)
    statement.write_bytes(statement.read_bytes().replace(b'"accepted"', b'"rejected"'))
    found = CliRunner().invoke(app, ["drills", "certificates", "-c", str(office.config)])
    assert found.exit_code == 7


@pytest.mark.slow
def test_from_a_real_terminal_over_http(office: Office) -> None:
    script = office.folder / "browser.py"
    script.write_text(SCRIPT)
    environment = {
        **os.environ,
        "BROWSER": f"{sys.executable} {script} %s",
        "PYTHONPATH": str(ROOT),
        "TERM": "dumb",
        "COLUMNS": "200",
    }
    command = [sys.executable, "-c", "from cli.main import main; main()", "drills", "sign", NAME, "-o", "json"]
    terminal = Terminal(command, office.folder, environment)
    try:
        terminal.until("SHA-256 of this record: ")
        sha256 = terminal.until("\n").strip()
        for number in range(1, 7):
            terminal.until(f"{number}. ")
            terminal.until("(yes, no, na)")
            terminal.type("y")
        terminal.until("Decision")
        terminal.type("accepted")
        terminal.until("To confirm")
        terminal.type(sha256[:8])
        terminal.until("Sign in with this address")
        code, out = terminal.end()
    finally:
        terminal.close()
    assert code == 0, terminal.seen
    assert json.loads(out)["data"][0]["state"] == "accepted"
    assert office.state is State.ACCEPTED
    kept = b"".join(one.read_bytes() for one in (office.folder / "evidence-store").rglob("*") if one.is_file())
    assert len(office.issuer.tokens) == 2
    for token in office.issuer.tokens:
        assert token.encode() not in kept
        assert token not in terminal.seen + out
