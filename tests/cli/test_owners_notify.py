from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.conftest import Command, Home
from tests.fakes.bench import RAW
from tests.fakes.clock import FakeClock
from tests.fakes.receivers.post import PostOffice, post_office
from tests.notify.problems import OWNERS
from tests.notify.test_hints import alert

RULES = OWNERS.replace(b"match: {workload: [sql, hana]}", b'match: {workload: [sql, hana, vm], item: "vm*"}')


@pytest.fixture
def office() -> Iterator[PostOffice]:
    with post_office() as found:
        yield found


@pytest.fixture
def config(home: Home, tmp_path: Path, in_time: FakeClock, office: PostOffice) -> Path:
    """A store that may be written to, with owners and a mail server on loopback."""
    shutil.copytree(home.folder / "evidence-store", tmp_path / "evidence-store")
    (tmp_path / "owners.yaml").write_bytes(RULES)
    mail = f"channels: {{mail: {{kind: mail, host: 127.0.0.1, port: {office.port}, tls: none, from: e@example.com}}}}\n"
    (tmp_path / "evidence.yaml").write_bytes(RAW + b"owners: owners.yaml\n" + mail.encode())
    return tmp_path / "evidence.yaml"


def data(text: str) -> list[dict[str, object]]:
    found: list[dict[str, object]] = json.loads(text)["data"]
    return found


def test_the_match_of_an_item_is_explained_rule_by_rule(command: Command, config: Path) -> None:
    found = command("owners", "test", "--item", "vm1", "-c", config, "-o", "json")
    assert found.exit_code == 0
    assert [(one["rule"], one["fits"], one["owner"]) for one in data(found.stdout)] == [
        ("databases", True, "dba-eu"),
        ("west", False, None),
        ("default", False, None),
    ]
    table = command("owners", "test", "--item", "VM*", "-c", config).stdout
    assert "rule databases" in table
    assert "not looked at: databases fits before" in table


def test_an_item_that_the_store_does_not_know_is_tried_as_described(command: Command, config: Path) -> None:
    words = ("owners", "test", "--item", "new", "-c", config)
    assert command(*words).exit_code == 2
    told = command(
        *words, "--vault", "rsv-a-prd", "--region", "westeurope", "--tag", "backup-owner=dba-eu", "-o", "json"
    )
    assert [one["owner"] for one in data(told.stdout) if one["fits"]] == ["dba-eu"]
    assert command(*words, "--vault", "v", "--tag", "nonsense").exit_code == 2


def test_check_lists_faults_and_ends_3(command: Command, config: Path) -> None:
    found = command("owners", "check", "-c", config, "-o", "json")
    assert found.exit_code == 3
    assert {str(one["kind"]) for one in data(found.stdout)} == {"unknown_channel"}
    file = config.parent / "owners.yaml"
    file.write_bytes(RULES.replace(b"new: [servicenow], ", b""))
    assert command("owners", "check", "-c", config).exit_code == 0


def test_show_lists_rules_and_their_channels(command: Command, config: Path) -> None:
    found = command("owners", "show", "-c", config, "-o", "json")
    rows = data(found.stdout)
    assert [one["rule"] for one in rows] == ["databases", "west", "default"]
    assert rows[1]["owner"] == "tag backup-owner, else plat"
    assert rows[0]["escalation"] == ["after 1 d: plat", "after 3 d: email:head@example.com"]
    assert command("owners", "show", "--night", "2026-11-20", "-c", config).exit_code == 2


@pytest.fixture
def mail_alone(config: Path) -> Path:
    """The same, with owners who name no channel but the mail server: two exceptions of the store and two digests go there."""
    (config.parent / "owners.yaml").write_bytes(RULES.replace(b"new: [servicenow], ", b""))
    return config


def test_what_is_due_is_listed_sent_and_not_sent_again(command: Command, mail_alone: Path, office: PostOffice) -> None:
    due = json.loads(command("notify", "status", "-c", mail_alone, "-o", "json").stdout)
    assert due["meta"]["due"] == 4
    sent = command("notify", "send", "-c", mail_alone, "-o", "json")
    assert (sent.exit_code, [one["state"] for one in data(sent.stdout)]) == (0, ["delivered"] * 4)
    assert len(office.arrived) == 4
    again = command("notify", "send", "-c", mail_alone)
    assert (again.exit_code, len(office.arrived)) == (0, 4)
    assert "nothing is due" in again.stderr
    every = data(command("notify", "status", "--all", "-c", mail_alone, "-o", "json").stdout)
    assert [one["state"] for one in every] == ["delivered"] * 4


def test_what_was_not_taken_ends_6_and_waits_unless_it_is_ordered(
    command: Command, mail_alone: Path, office: PostOffice
) -> None:
    office.answers = ["550 no"] * 4
    assert command("notify", "send", "-c", mail_alone).exit_code == 6
    waiting = command("notify", "send", "-c", mail_alone)
    assert (waiting.exit_code, len(office.arrived)) == (6, 0)
    assert "--again" in waiting.stderr
    assert "FAILED" in command("notify", "status", "-c", mail_alone).stdout
    assert command("notify", "send", "--again", "-c", mail_alone).exit_code == 0
    assert len(office.arrived) == 4


def test_a_channel_is_tried_out_without_a_record(command: Command, config: Path, office: PostOffice) -> None:
    before = command("ledger", "list", "-c", config, "-o", "json").stdout
    assert command("notify", "test", "mail", "--team", "plat", "-c", config).exit_code == 0
    assert [str(one["To"]) for one in office.arrived] == ["plat@example.com"]
    office.answers = ["451 later"]
    assert command("notify", "test", "mail", "--team", "plat", "-c", config).exit_code == 6
    assert command("notify", "test", "pager", "--team", "plat", "-c", config).exit_code == 2
    assert command("ledger", "list", "-c", config, "-o", "json").stdout == before


def test_without_owners_the_way_to_them_is_told(command: Command, home: Home) -> None:
    for words in (("owners", "check"), ("notify", "status"), ("notify", "send")):
        found = command(*words, "-c", home.config)
        assert found.exit_code == 2
        assert "owners.yaml" in found.stderr


def test_an_alert_is_read_as_a_hint(command: Command, tmp_path: Path) -> None:
    (tmp_path / "alert.json").write_text(json.dumps(alert()))
    found = command("notify", "hint", tmp_path / "alert.json", "-o", "json")
    assert data(found.stdout)[0]["condition"] == "Fired"
    (tmp_path / "alert.json").write_text("{}")
    assert command("notify", "hint", tmp_path / "alert.json").exit_code == 2
