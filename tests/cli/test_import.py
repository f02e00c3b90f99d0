from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from evidence.ledger.entries import EntryKind
from evidence.ledger.ledger import Ledger
from evidence.stores.directory import DirectoryStore
from tests.cli.conftest import Command
from tests.fakes.bench import NIGHT, RAW, Bench, backup
from tests.fakes.bodies import FakeVault, job_body
from tests.fakes.saved import GUID, SAVED_AT, az, flattened, item, job, powershell, powershell_job, properties_of

WHEN = SAVED_AT.isoformat()


@pytest.fixture
def made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bench:
    """A store with one sealed night, and the machine's clock two hours after it."""
    (tmp_path / "evidence.yaml").write_bytes(RAW)
    bench = Bench(store=DirectoryStore(tmp_path / "evidence-store"))
    backup(bench.vault())
    bench.run()
    bench.clock.reach(SAVED_AT)
    monkeypatch.setattr("evidence.compose.SystemClock", lambda: bench.clock)
    return bench


@pytest.fixture
def vault(made: Bench) -> FakeVault:
    return made.azure.vaults[0]


def told(text: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(text)
    return found


def entries(bench: Bench) -> list[EntryKind]:
    return [entry.kind for entry in Ledger(bench.store).entries()]


def save(data: bytes, name: str = "jobs.json") -> str:
    Path(name).write_bytes(data)
    return name


def test_a_whole_file_ends_0_and_again_too(command: Command, made: Bench, vault: FakeVault) -> None:
    path = save(az([job(vault, 1), job(vault, 2)]))
    found = command(
        "import",
        "az-jobs",
        path,
        "--observed-at",
        WHEN,
        "--by",
        "A. Person",
        "--reason",
        "asked by audit",
        "-o",
        "json",
    )
    assert found.exit_code == 0
    (row,) = told(found.stdout)["data"]
    assert (row["state"], row["records"], row["accepted"], row["rejected"], row["disagreeing"]) == (
        "imported",
        2,
        2,
        0,
        0,
    )
    assert "2 of 2 records accepted, 0 rejected" in found.stderr
    before = entries(made)
    again = command("import", "az-jobs", path, "--observed-at", WHEN)
    assert again.exit_code == 0
    assert "there already" in again.stdout
    assert "imported already" in again.stderr
    assert entries(made) == before
    assert before.count(EntryKind.IMPORT_SEALED) == 1


def test_every_rejected_record_is_a_line_with_its_place_and_reason(
    command: Command, made: Bench, vault: FakeVault
) -> None:
    bad: list[dict[str, object]] = [{"status": f"Number {number}"} for number in range(120)]
    path = save(az([job(vault, 1), *bad]))
    found = command("import", "az-jobs", path, "--vault", vault.arm_id)
    assert found.exit_code == 4
    lines = [line for line in found.stderr.splitlines() if "rejected: it tells no job id" in line]
    assert len(lines) == 120
    assert lines[0].startswith("jobs.json: record 2 (line ")
    assert "1 of 121 records accepted, 120 rejected" in found.stderr
    listed = command(
        "import", "az-jobs", save(az([job(vault, 2), *bad]), "other.json"), "--vault", vault.arm_id, "-o", "json", "-q"
    )
    assert listed.exit_code == 4
    meta = told(listed.stdout)["meta"]
    assert len([one for one in meta["findings"] if one["finding"] == "rejected"]) == 120
    assert (meta["complete"], meta["evidence_grade"]) == (False, "B")


def test_disagreement_is_shown_by_import_and_by_status(command: Command, made: Bench, vault: FakeVault) -> None:
    body = job_body(vault, vault.jobs[0], detailed=False)
    path = save(az([{**body, "properties": {**properties_of(body), "status": "Failed"}}]))
    found = command("import", "az-jobs", path, "--observed-at", WHEN)
    assert found.exit_code == 0
    assert "status: Azure says Completed, the file Failed" in found.stderr
    assert "1 of 1 disagree" in found.stderr
    shown = command("status")
    assert "1 of 1 records of import-" in shown.stderr
    assert "findings.parquet" in shown.stderr
    (row,) = told(command("status", "-o", "json").stdout)["meta"]["imports"]
    assert (row["kind"], row["disagreeing"], row["night"]) == ("az-jobs", 1, str(NIGHT))


def test_what_powershell_saved_needs_the_vault(command: Command, made: Bench, vault: FakeVault) -> None:
    path = save(powershell([powershell_job(job(vault, 1))]))
    refused = command("import", "az-jobs", path)
    assert refused.exit_code == 2
    assert "--vault" in refused.stderr
    assert command("import", "az-jobs", path, "--vault", vault.arm_id.upper() + "/").exit_code == 0
    assert (
        command(
            "import", "az-jobs", save(az([flattened(job(vault, 2))]), "flat.json"), "--vault", vault.arm_id
        ).exit_code
        == 0
    )


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "empty"),
        (b"ERROR: (AuthorizationFailed) no right", "AuthorizationFailed"),
        (b"Name,Status\na,b\n", "CSV"),
        (b'[{"a":', "ends in the middle"),
        (b"[]", "--vault"),
    ],
)
def test_an_unusable_file_ends_2_with_cause_and_next_step(
    command: Command, made: Bench, data: bytes, said: str
) -> None:
    before = entries(made)
    found = command("import", "az-jobs", save(data))
    assert found.exit_code == 2
    assert found.stdout == ""
    assert said in found.stderr
    assert "cause:" in found.stderr
    assert "next:" in found.stderr
    assert entries(made) == before


@pytest.mark.parametrize(
    "words",
    [
        ("az-jobs",),
        ("az-weather", "jobs.json"),
        ("az-jobs", "jobs.json", "--vault", "v1"),
        ("az-jobs", "jobs.json", "--vault", "/subscriptions/s"),
        ("az-jobs", "jobs.json", "--observed-at", "yesterday"),
        ("az-jobs", "jobs.json", "--observed-at", "2026-11-20T07:00:00"),
        ("az-jobs", "jobs.json", "--observed-at", "2036-11-20T07:00:00Z"),
        ("az-jobs", "jobs.json", "--night", "2036-11-20"),
        ("az-jobs", "jobs.json", "--night", "soon"),
        ("az-jobs", "jobs.json", "--column", "name=x"),
        ("inventory", "jobs.json", "--column", "name"),
        ("inventory", "jobs.json", "--column", "name=a", "--column", "name=b"),
        ("az-jobs", "no-such-file.json"),
    ],
    ids=" ".join,
)
def test_a_wrong_call_ends_2(command: Command, made: Bench, vault: FakeVault, words: tuple[str, ...]) -> None:
    save(az([job(vault, 1)]))
    found = command("import", *words)
    assert found.exit_code == 2
    assert found.stderr.strip()
    assert "Traceback" not in found.output


def test_a_store_without_a_night_refuses_with_8(command: Command, tmp_path: Path) -> None:
    (tmp_path / "evidence.yaml").write_bytes(RAW)
    found = command("import", "az-jobs", save(b"[]"))
    assert found.exit_code == 8
    assert "run --night" in found.stderr


def test_an_inventory_with_named_columns(command: Command, made: Bench, vault: FakeVault) -> None:
    group = vault.arm_id.partition("/providers/")[0]
    text = f"CI;Azure;Sicherung\r\nA;{group}/providers/a.b/c/d;ja\r\nB;kaputt;nein\r\n"
    path = save(text.encode("utf-16"), "cmdb.csv")
    found = command(
        "import",
        "inventory",
        path,
        "--column",
        "thing_key=azure",
        "--mapping",
        "to_be_protected=Sicherung",
        "-o",
        "json",
    )
    assert found.exit_code == 4
    (row,) = told(found.stdout)["data"]
    assert (row["accepted"], row["rejected"], row["form"]) == (1, 1, "inventory")
    assert "record 2 (line 3) rejected" in found.stderr


def test_names_from_a_file_steer_no_terminal(command: Command, made: Bench, vault: FakeVault) -> None:
    bad = {**job(vault, 2), "type": "\x1b[2Jx/\u202ey"}
    found = command("import", "az-jobs", save(az([job(vault, 1), bad, item(vault)])))
    assert found.exit_code == 4
    assert "\x1b" not in found.output
    assert "\u202e" not in found.output
    assert GUID.format(1) not in found.output
