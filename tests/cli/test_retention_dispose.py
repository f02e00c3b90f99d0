"""`retention hold|extend|propose|review|approve|dispose|certificate`: what persons at a terminal decide, and whoever may not is refused."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

import cli.signing_in
from cli.main import app
from evidence.stores.directory import DirectoryStore
from tests.fakes.certificates import trade
from tests.fakes.clock import FakeClock
from tests.fakes.issuer import CLIENT, TENANT, Issuer, browse, running
from tests.fakes.keeping import PERSONS, KeepingDesk

NIGHT = date(2022, 11, 20)
MANAGERS = [one.object_id for one in PERSONS[:3]]


@dataclass
class Archive:
    """A store whose night and pack were due long ago, a configuration, and an issuer."""

    folder: Path
    desk: KeepingDesk
    issuer: Issuer
    browsers: list[threading.Thread] = field(default_factory=list)

    @property
    def config(self) -> Path:
        return self.folder / "evidence.yaml"

    def configure(self, managers: list[str]) -> None:
        sign_in = f"tenant: {TENANT}, client_id: {CLIENT}, issuer: '{self.issuer.url}'"
        self.config.write_text(
            "organisation: Contoso\nazure: {subscriptions: [s]}\n"
            "signing: {kind: file, key: signer.key, certificate: signer.pem}\n"
            f"sign_in: {{{sign_in}, records_managers: [{', '.join(managers)}]}}\n"
        )

    def run(self, *words: str, typed: str = "", who: int = 0, form: str = "json") -> Result:
        self.issuer.object_id, self.issuer.name = PERSONS[who].object_id, PERSONS[who].name
        command = [*words, "-c", str(self.config), "-o", form]
        found = CliRunner().invoke(app, command, input=f"{typed}\n" if typed else "")
        for one in self.browsers:
            one.join(10)
        return found

    def data(self, *words: str, **options: Any) -> list[dict[str, Any]]:
        found = self.run(*words, **options)
        assert found.exit_code == 0, found.output
        rows: list[dict[str, Any]] = json.loads(found.stdout)["data"]
        return rows

    def browse(self, url: str) -> bool:
        thread = threading.Thread(target=browse, args=(url,), daemon=True)
        thread.start()
        self.browsers.append(thread)
        return True


@pytest.fixture
def archive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Archive]:
    (tmp_path / "signer.key").write_bytes(trade().signer.key_pem)
    (tmp_path / "signer.key").chmod(0o600)
    (tmp_path / "signer.pem").write_bytes(trade().signer.pem + trade().issuing.pem)
    desk = KeepingDesk(DirectoryStore(tmp_path / "evidence-store"), FakeClock(datetime(2022, 11, 1, tzinfo=UTC)))
    desk.night(NIGHT)
    desk.pack(NIGHT)
    with running(Issuer(lambda: datetime.now(UTC), PERSONS[0].object_id, PERSONS[0].name)) as issuer:
        found = Archive(tmp_path, desk, issuer)
        found.configure(MANAGERS)
        monkeypatch.setattr(cli.signing_in, "at_terminal", lambda: True)
        monkeypatch.setenv("BROWSER", "a browser")
        monkeypatch.setattr("webbrowser.open", found.browse)
        yield found


@pytest.mark.slow
def test_from_a_hold_to_a_certificate(archive: Archive) -> None:
    """What a records manager types, in order."""
    place = ("retention", "hold", "place", "LIT-1", "--path", "packs/*.zip", "--reason", "claim")
    (hold,) = archive.data(*place, typed="LIT-1")
    assert (hold["hold"], hold["who"], hold["recorded"]) == ("LIT-1-1", "Person 0", "now")
    (listed,) = archive.data("retention", "hold", "list")
    assert (listed["objects"], listed["state"], listed["covers"]) == (1, "stands", "paths packs/*.zip")
    proposed = archive.run("retention", "propose")
    proposal = json.loads(proposed.stdout)["meta"]["proposal"]
    sha256 = json.loads(proposed.stdout)["meta"]["sha256"]
    reviewed = archive.data("retention", "review", proposal)
    assert [row["now"] for row in reviewed] == ["may go"] * 5
    refused = archive.run("retention", "dispose", proposal)
    assert (refused.exit_code, "0 of 2 approvals" in refused.stderr) == (8, True)
    archive.data("retention", "approve", proposal, typed=sha256[:8], who=1)
    archive.data("retention", "approve", proposal, typed=sha256[:8], who=2)
    assert {row["outcome"] for row in archive.data("retention", "dispose", proposal)} == {"deleted"}
    (made,) = archive.data("retention", "certificate", proposal)
    assert (made["objects"], made["left"]) == (5, 0)
    assert made["not_told"] == ["copies that the file system or its backups keep"]
    assert archive.data("retention", "certificates") == [made]
    (told,) = archive.data("retention", "proposals")
    assert (told["state"], told["approved_by"]) == ("certified", ["Person 1", "Person 2"])
    fates = {row["state"] for row in archive.data("ledger", "verify")}
    assert fates == {"disposed of"}
    (released,) = archive.data("retention", "hold", "release", "LIT-1", "--reason", "settled", typed="LIT-1")
    assert released["what"] == "hold-released"
    assert len(archive.data("retention", "propose")) == 1


@pytest.mark.slow
def test_who_is_no_records_manager_decides_nothing(archive: Archive) -> None:
    for words in (("hold", "place", "LIT-1", "--everything"), ("extend", "--until", "2040-01-01", "--everything")):
        typed = "LIT-1" if words[0] == "hold" else "2040-01-01"
        found = archive.run("retention", *words, "--reason", "x", typed=typed, who=3)
        assert (found.exit_code, "is no records manager" in found.stderr) == (8, True), found.output
    assert archive.desk.keeping.holds == ()


def test_what_is_typed_wrong_decides_nothing(archive: Archive) -> None:
    proposal = json.loads(archive.run("retention", "propose").stdout)["meta"]["proposal"]
    for words, typed in (
        (("approve", proposal), "00000000"),
        (("hold", "place", "LIT-1", "--everything", "--reason", "x"), "LIT-2"),
    ):
        found = archive.run("retention", *words, typed=typed)
        assert (found.exit_code, "nothing was decided" in found.stderr) == (8, True), found.output


@pytest.mark.parametrize(
    "words",
    [
        ("hold", "place", "LIT-1", "--reason", "x"),
        ("hold", "place", "LIT-1", "--reason", "x", "--everything", "--path", "packs/*"),
        ("hold", "place", "a case", "--reason", "x", "--everything"),
        ("hold", "place", "LIT-1", "--reason", " ", "--everything"),
        ("hold", "place", "LIT-1", "--reason", "x", "--from", "2026-02-01", "--to", "2026-01-01"),
        ("hold", "place", "LIT-1", "--reason", "x", "--from", "yesterday"),
    ],
    ids=["nothing", "both", "blank in case", "no reason", "backwards", "no day"],
)
def test_what_says_nothing_clear_is_usage(archive: Archive, words: tuple[str, ...]) -> None:
    assert archive.run("retention", *words).exit_code == 2


@pytest.mark.slow
def test_what_is_not_there_is_refused_by_name(archive: Archive) -> None:
    for words in (
        ("hold", "release", "LIT-9", "--reason", "x"),
        ("review", "none"),
        ("approve", "none"),
        ("dispose", "none"),
        ("certificate", "none"),
    ):
        found = archive.run("retention", *words)
        assert found.exit_code == 8, found.output
        assert "retention" in found.stderr
