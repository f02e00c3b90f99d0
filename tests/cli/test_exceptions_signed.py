"""Accepting a risk and closing an exception: a person signs in, and what they signed is read again; whoever may not is refused with exit code 8."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from typer.testing import Result

import cli.signing_in
from evidence.assess.findings import Class
from evidence.compose import Composition
from evidence.ledger.decisions import decisions
from evidence.ledger.ledger import Ledger
from tests.cli.conftest import Command
from tests.cli.exceptions_place import Place
from tests.fakes.authority import FakeAuthority
from tests.fakes.bench import RAW
from tests.fakes.issuer import CLIENT, TENANT, Issuer, browse, running
from tests.fakes.packs import the_signer

BO = "22222222-0000-4000-8000-0000000000b0"
UNTIL = "2026-12-01"


@dataclass
class Desk:
    """A store with open exceptions, an issuer, and a browser that a person watches."""

    place: Place
    issuer: Issuer
    command: Command
    browsers: list[threading.Thread] = field(default_factory=list)

    def configure(self, more: str = "", roles: str = f"approvers: {{all: [{BO}]}}") -> None:
        sign_in = f"tenant: {TENANT}, client_id: {CLIENT}, issuer: '{self.issuer.url}', {roles}"
        self.place.config.write_bytes(RAW + f"sign_in: {{{sign_in}}}\n{more}".encode())

    def accept(self, *words: str, by: str = "Ada Example", until: str = UNTIL) -> Result:
        key = self.place.key_of("failed")
        return self("accept", key, "--by", by, "--reason", "CHG0042", "--until", until, *words)

    def __call__(self, *words: str) -> Result:
        found = self.command("exceptions", *words, "-c", self.place.config, "-o", "json")
        for one in self.browsers:
            one.join(10)
        return found

    def browse(self, url: str) -> bool:
        thread = threading.Thread(target=browse, args=(url,), daemon=True)
        thread.start()
        self.browsers.append(thread)
        return True

    @property
    def decided(self) -> list[str]:
        return [one.decision.act for one in decisions(Ledger(self.place.bench.store).entries())]


@pytest.fixture
def desk(place: Place, command: Command, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    monkeypatch.setattr(Composition, "signer", the_signer())
    monkeypatch.setattr(Composition, "authority", FakeAuthority(place.clock.now))
    with running(Issuer(lambda: place.clock.moment, BO, "Bo Example")) as issuer:
        found = Desk(place, issuer, command)
        found.configure()
        monkeypatch.setattr(cli.signing_in, "at_terminal", lambda: True)
        monkeypatch.setenv("BROWSER", "a browser")
        monkeypatch.setattr("webbrowser.open", found.browse)
        yield found


def data(found: Result) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = json.loads(found.stdout)["data"]
    return rows


def test_a_risk_is_accepted_by_the_person_who_signs_in_until_its_day(desk: Desk) -> None:
    found = desk.accept()
    assert found.exit_code == 0, found.output
    (row,) = data(found)
    assert (row["state"], row["who"], row["approver"], row["grade"]) == ("accepted", "Ada Example", "Bo Example", "B")
    claims = row["claims"]
    assert (claims["oid"], claims["tid"], claims["iss"], claims["amr"]) == (BO, TENANT, desk.issuer.url, ["pwd", "mfa"])
    assert isinstance(claims["auth_time"], int)
    assert "read back and verified" in found.stderr
    again = desk.accept()
    assert (data(again)[0]["recorded"], len(desk.issuer.tokens)) == ("before", 2)
    assert desk.decided == ["accept"]
    assert data(desk("verify"))[0]["signed_decisions"] == 1
    desk.place.clock.moment += timedelta(days=30)
    assert {row["state"] for row in data(desk("list", "--class", "failed"))} == {"open"}


def test_a_change_is_closed_as_approved_by_the_person_who_signs_in(desk: Desk) -> None:
    desk.place.record(3, [desk.place.found(3, Class.RETENTION_SHORTENED, item_key=None)])
    key = desk.place.key_of("retention_shortened")
    found = desk("close", key, "--as", "approved", "--by", "Ada", "--reason", "CHG0043")
    assert found.exit_code == 0, found.output
    assert (data(found)[0]["state"], data(found)[0]["closed_as"]) == ("closed", "approved")


def test_who_acknowledges_may_sign_in_and_is_named_by_it(desk: Desk) -> None:
    found = desk("acknowledge", desk.place.key_of("failed"), "--sign-in")
    assert found.exit_code == 0, found.output
    assert (data(found)[0]["who"], data(found)[0]["grade"]) == ("Bo Example", "B")
    assert data(desk("acknowledge", desk.place.key_of("failed"), "--sign-in"))[0]["recorded"] == "before"


REFUSED: list[Any] = [
    pytest.param({"idtyp": "app"}, "", "only a person decides", id="a service principal"),
    pytest.param({"oid": "22222222-0000-4000-8000-0000000000aa"}, "", "is no approver", id="without the role"),
    pytest.param({"name": "Ada  EXAMPLE"}, "", "somebody else must approve", id="who asks, by name"),
    pytest.param({"preferred_username": "ada example"}, "", "somebody else must approve", id="who asks, by user name"),
    pytest.param({"name": "Cy Example"}, "Bo Example", "is named as the one who approves", id="another than named"),
]


@pytest.mark.parametrize(("claims", "approver", "said"), REFUSED)
def test_who_may_not_approve_is_refused_and_leaves_nothing(
    desk: Desk, claims: dict[str, str], approver: str, said: str
) -> None:
    desk.issuer.change = lambda told: told.update(claims)
    before = len(Ledger(desk.place.bench.store).entries())
    found = desk.accept(*(("--approver", approver) if approver else ()))
    assert found.exit_code == 8, found.output
    assert said in found.stderr
    assert desk.decided == []
    assert len(Ledger(desk.place.bench.store).entries()) == before


def test_nobody_approves_unless_configured_and_reviewers_do_where_no_approvers_are_named(desk: Desk) -> None:
    desk.configure(roles="approvers: {}, reviewers: {all: [" + BO + "]}")
    assert desk.accept().exit_code == 8
    desk.configure(roles="reviewers: {all: [" + BO + "]}")
    assert desk.accept().exit_code == 0


@pytest.mark.slow
def test_the_role_is_held_on_scopes_that_hold_the_exception(desk: Desk) -> None:
    desk.configure("scopes: {us: {regions: [eastus]}, eu: {regions: [westeurope]}}\n", "approvers: {us: [" + BO + "]}")
    found = desk.accept()
    assert found.exit_code == 8
    assert "It is in: eu." in found.stderr
    assert desk.decided == []


def test_what_happens_to_it_while_the_person_signs_in_is_seen(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    def meanwhile(url: str) -> bool:
        desk.place.record(3, [desk.place.found(3, job_ids=("another",))])
        return desk.browse(url)

    monkeypatch.setattr("webbrowser.open", meanwhile)
    found = desk.accept()
    assert found.exit_code == 8
    assert "It changed after it was read" in found.stderr
    assert desk.decided == []


def test_what_rules_it_out_is_said_before_anybody_signs_in(desk: Desk) -> None:
    assert "has passed" in desk.accept(until="2020-01-01").stderr
    assert desk.issuer.asked == []


def test_a_statement_that_was_changed_is_found(desk: Desk) -> None:
    assert desk.accept().exit_code == 0
    (statement,) = (desk.place.config.parent / "evidence-store").rglob("decision.json")
    statement.chmod(0o600)
    statement.write_bytes(statement.read_bytes().replace(b"CHG0042", b"CHG0099"))
    assert desk("verify").exit_code == 7
    assert desk("show", desk.place.key_of("failed")).exit_code == 7
