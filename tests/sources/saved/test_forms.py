"""Saved forms as a contract: what each file gives, or the line that refuses it."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path

import orjson
import pytest

from evidence.sources.saved.ids import vault_in
from evidence.sources.saved.kinds import KINDS
from evidence.sources.saved.opening import open_saved
from evidence.sources.saved.reading import Read, Reader
from evidence.sources.saved.refusals import Rejected, UnusableFileError
from tests.fakes.bodies import FakeVault
from tests.fakes.saved import (
    GUID,
    Json,
    as_python_prints,
    az,
    cut_at,
    flattened,
    item,
    job,
    like_a_table,
    point,
    powershell,
    powershell_job,
)

VAULT = FakeVault("v1")
OTHER = FakeVault("v2")
HERE = vault_in(VAULT.arm_id)
JOBS = [job(VAULT, 1), job(VAULT, 2, status="Failed")]

Open = Callable[..., list[Read | Rejected]]


@pytest.fixture
def read(tmp_path: Path) -> Open:
    """Read one file of some bytes."""

    def opened(data: bytes, kind: str = "az-jobs", *, vault: bool = False) -> list[Read | Rejected]:
        path = tmp_path / "saved.json"
        path.write_bytes(data)
        folder = tmp_path / "private"
        folder.mkdir()
        return list(Reader(open_saved(path, folder), KINDS[kind], HERE if vault else None).each())

    return opened


def elements(found: Sequence[Read | Rejected]) -> list[Json]:
    assert not [one for one in found if isinstance(one, Rejected)]
    return [orjson.loads(one.element.body) for one in found if isinstance(one, Read)]


def reasons(found: Sequence[Read | Rejected]) -> list[str]:
    assert not [one for one in found if isinstance(one, Read)]
    return [f"{one.reason}. {one.hint}" for one in found if isinstance(one, Rejected)]


SAME: list[tuple[str, bytes]] = [
    ("az", az(JOBS)),
    ("az with a mark", b"\xef\xbb\xbf" + az(JOBS)),
    ("az redirected by PowerShell 5", az(JOBS).decode().encode("utf-16")),
    ("big-endian", b"\xfe\xff" + az(JOBS).decode().encode("utf-16-be")),
    ("UTF-16 without a mark", az(JOBS).decode().encode("utf-16-le")),
    ("UTF-32", az(JOBS).decode().encode("utf-32")),
    ("jsonc", az(JOBS).replace(b'"name"', b'\x1b[34;1m"name"\x1b[39;49;00m')),
    ("JSON lines", b"\n".join(json.dumps(one).encode() for one in JOBS)),
    ("concatenated", az(JOBS[:1]) + az(JOBS[1:])),
    ("az rest", json.dumps({"value": JOBS, "nextLink": None}).encode()),
    ("PowerShell 5 around an array", json.dumps({"value": JOBS, "Count": 2}).encode()),
    ("warnings before it", b"WARNING: This command is in preview\r\nWARNING: Really.\n" + az(JOBS)),
]


@pytest.mark.parametrize(("name", "data"), SAME, ids=[name for name, _ in SAME])
def test_the_same_jobs_come_out_of_every_way_to_save_them(read: Open, name: str, data: bytes) -> None:
    found = elements(read(data))
    assert [{key: value for key, value in one.items() if key != "resourceGroup"} for one in found] == JOBS


def test_records_of_azures_own_shape_are_kept_to_the_letter(read: Open) -> None:
    text = az({**JOBS[0], "properties": {**JOBS[0]["properties"], "n": 0}}).replace(b'"n": 0', b'"n": 1.00, "n": 1e5')
    (one,) = read(text, "az-job")
    assert isinstance(one, Read)
    assert b'"n":1.00,"n":1e5' in one.element.body
    assert (one.element.form, one.element.type_added) == ("as sent", False)


def test_values_of_older_az_mean_what_azure_sent(read: Open) -> None:
    (one,) = elements(read(az([as_python_prints(JOBS[0])])))
    told = one["properties"]
    assert told["startTime"].endswith("+00:00")
    assert told["duration"] == "0:09:00"


@pytest.mark.parametrize("date", ["milliseconds", "object", "iso"])
@pytest.mark.parametrize("encoding", ["utf-16", "utf-8-sig", "utf-8"])
@pytest.mark.parametrize("enums", [True, False])
@pytest.mark.parametrize("slash", [True, False])
def test_jobs_of_powershell(read: Open, date: str, encoding: str, enums: bool, slash: bool) -> None:
    saved = [powershell_job(one, date=date, enums=enums) for one in JOBS]
    found = elements(read(powershell(saved, encoding, slash=slash), vault=True))
    assert [one["name"] for one in found] == [GUID.format(1), GUID.format(2)]
    told = found[0]["properties"]
    wanted = ("AzureIaasVM", "Backup", "Completed", "vm1", "PT540.0000000S")
    names = ("backupManagementType", "operation", "status", "entityFriendlyName", "duration")
    assert tuple(told[name] for name in names) == wanted
    assert told["startTime"][:19] == JOBS[0]["properties"]["startTime"][:19]
    assert told["IsCancellable"] is False


def test_one_object_of_powershell_instead_of_a_list(read: Open) -> None:
    (one,) = elements(read(powershell(powershell_job(JOBS[0])), "az-job", vault=True))
    assert one["name"] == GUID.format(1)


def test_a_number_that_means_several_things_is_not_read(read: Open) -> None:
    (one,) = read(powershell([{**powershell_job(JOBS[0]), "BackupManagementType": 6}]), vault=True)
    assert isinstance(one, Read)
    told = orjson.loads(one.element.body)["properties"]
    assert "backupManagementType" not in told
    assert told["backupManagementTypeNumber"] == 6
    assert "-EnumsAsStrings" in one.element.remarks[0]


@pytest.mark.parametrize("shape", [flattened, like_a_table])
def test_a_flattened_job_says_what_it_says(read: Open, shape: Callable[[Json], Json]) -> None:
    (one,) = read(az([shape(JOBS[0])]), vault=True)
    assert isinstance(one, Read)
    told = orjson.loads(one.element.body)
    assert told["name"] == GUID.format(1)
    assert told["properties"]["startTime"] == JOBS[0]["properties"]["startTime"]
    assert told["properties"]["entityFriendlyName"] == "vm1"
    assert one.element.type_added
    assert "id" not in told


def test_items_and_points_of_powershell(read: Open, tmp_path: Path) -> None:
    body, made = item(VAULT), point(VAULT)
    saved = {
        "Id": body["id"],
        "Name": body["name"],
        "ContainerName": "iaasvmcontainerv2;RG-Main;vm1",
        "WorkloadType": 1,
        "BackupManagementType": 1,
        "ProtectionStatus": 1,
        "LastBackupTime": "/Date(1763676000000)/",
        "LatestRecoveryPoint": "/Date(1763676000000)/",
    }
    (one,) = elements(read(powershell([saved]), "az-items"))
    assert one["id"] == body["id"]
    assert one["properties"]["workloadType"] == "VM"
    assert one["properties"]["lastRecoveryPoint"].startswith("2025-11-20T22:00:00")
    assert one["properties"]["protectionStatusNumber"] == 1
    (tmp_path / "private").rename(tmp_path / "before")
    saved = {
        "RecoveryPointId": made["name"],
        "Id": made["id"],
        "RecoveryPointTime": "/Date(1763676000000)/",
        "RecoveryPointType": "AppConsistent",
    }
    (one,) = elements(read(powershell([saved]), "az-recoverypoints"))
    assert (one["name"], one["properties"]["recoveryPointType"]) == ("p1", "AppConsistent")


REJECTED: list[tuple[str, object, str, bool, str]] = [
    ("no id", {"status": "Completed"}, "az-jobs", True, "it tells no job id"),
    ("no vault", flattened(JOBS[0]), "az-jobs", False, "--vault"),
    ("another vault", job(OTHER), "az-jobs", True, "not in the vault that --vault names"),
    ("an item among jobs", item(VAULT), "az-jobs", False, "Import the file as az-items"),
    ("a job among items", JOBS[0], "az-items", False, "Import the file as az-jobs"),
    ("a point among items", point(VAULT), "az-items", False, "az-recoverypoints"),
    ("a vault", {"id": VAULT.arm_id, "type": "Microsoft.RecoveryServices/vaults", "properties": {}}, "az-jobs", False, "az backup job list"),
    ("a job for dataprotection", JOBS[0], "az-dp-jobs", False, "Import the file as az-jobs"),
    ("cut at one level", cut_at(JOBS[0], 0), "az-jobs", False, "-Depth 20"),
    ("no properties", {**JOBS[0], "properties": None}, "az-jobs", False, "no object"),
    ("a list of values", ["a", "Completed"], "az-jobs", False, "names"),
    ("a number", 7, "az-jobs", False, "single value"),
    ("null", None, "az-jobs", False, "single value"),
    ("an error of Azure", {"error": {"code": "ResourceNotFound", "message": "not there"}}, "az-jobs", False, "ResourceNotFound not there"),
    ("told twice", {**flattened(JOBS[0]), "JobStatus": "Failed"}, "az-jobs", True, "twice"),
    ("a status as number", {**powershell_job(JOBS[0]), "Status": 3}, "az-jobs", True, "-EnumsAsStrings"),
    ("an item without id", {"name": "VM;x", "friendlyName": "vm1"}, "az-items", True, "no id of the item"),
    ("a point without id", {"Name": "p1", "Time": "2026-11-20T22:00:00Z"}, "az-recoverypoints", True, "no id of the recovery point"),
    ("type twice", {**JOBS[0], "Type": "x/y"}, "az-jobs", False, "twice"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "record", "kind", "vault", "said"), REJECTED, ids=[one[0] for one in REJECTED])
def test_a_record_that_cannot_be_read_is_rejected_with_what_helps(
    read: Open, name: str, record: object, kind: str, vault: bool, said: str
) -> None:
    (told,) = reasons(read(json.dumps([record]).encode(), kind, vault=vault))
    assert said in told


def test_a_rejected_record_says_where_it_stands(read: Open) -> None:
    found = read(az([JOBS[0], {"status": "x"}, JOBS[1]]))
    assert [(one.position, isinstance(one, Read)) for one in found] == [(1, True), (2, False), (3, True)]
    text = az([JOBS[0], {"status": "x"}]).decode()
    assert found[1].line == text[: text.index('"status": "x"')].count("\n")


def test_details_that_were_cut_off_are_said(read: Open) -> None:
    whole = {
        **JOBS[0],
        "properties": {
            **JOBS[0]["properties"],
            "extendedInfo": {"propertyBag": {}},
            "errorDetails": [{"errorCode": 1}],
        },
    }
    (one,) = read(json.dumps([cut_at(whole, 1)]).encode(), "az-job")
    assert isinstance(one, Read)
    assert len(one.element.remarks) == 2
    assert all("-Depth 20" in text for text in one.element.remarks)


UNUSABLE: list[tuple[str, bytes, str]] = [
    ("empty", b"", "empty"),
    ("white space", b" \r\n\t ", "empty"),
    ("a mark alone", b"\xff\xfe", "empty"),
    ("an az error", b"ERROR: (ResourceNotFound) The vault was not found.\nCode: ResourceNotFound", "ResourceNotFound"),
    ("an az error of Windows", b"az : ERROR: Please run 'az login'\r\nAt line:1 char:1", "az login"),
    ("usage", b"usage: az backup job list [-h]", "what the command said"),
    ("PowerShell error", b"Get-AzRecoveryServicesBackupJob : Run Connect-AzAccount\nAt line:1 char:1", "what the command said"),
    ("CSV", b"Name,Status\nj1,Completed\n", "CSV"),
    ("tab separated", b"j1\tCompleted\nj2\tFailed\n", "delimited"),
    ("a table", b"Name  Status\n----  ---------\nj1    Completed\n", "-o table"),
    ("YAML", b"- id: /subscriptions/x\n  name: y\n", "YAML"),
    ("a PowerShell list", b"\r\nJobId     : 7\r\nOperation : Backup\r\n", "shows it"),
    ("XML", b"<Objs Version='1.1'><Obj/></Objs>", "XML"),
    ("a workbook", b"PK\x03\x04abc", "ZIP"),
    ("a PDF", b"%PDF-1.7\n", "PDF"),
    ("cut short", az(JOBS)[:-40], "line"),
    ("a raw NUL", b'[{"name":"\x00"}]', "NUL or JSON"),
    ("trailing words", az(JOBS) + b"done", "line"),
    ("not UTF-8", '[{"name":"Köln"}]'.encode("cp1252"), "UTF-8"),
    ("half a UTF-16 character", b"\xff\xfe[\x00\x00\xd8", "UTF-16"),
    ("a word", b"null", "no JSON"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "data", "said"), UNUSABLE, ids=[one[0] for one in UNUSABLE])
def test_a_file_that_is_no_answer_is_refused_by_what_it_is(read: Open, name: str, data: bytes, said: str) -> None:
    with pytest.raises(UnusableFileError) as refused:
        read(data)
    told = " ".join(refused.value.diagnostics())
    assert "saved.json cannot be imported" in told
    assert any(word in told for word in (said.split(" or ") if name == "a raw NUL" else [said]))
    assert refused.value.cause
    assert refused.value.next_step
    assert refused.value.exit_code == 2


def test_only_one_page_of_several_is_said(read: Open, tmp_path: Path) -> None:
    path = tmp_path / "page.json"
    path.write_text(json.dumps({"value": JOBS, "nextLink": "https://management.azure.com/next"}))
    folder = tmp_path / "p"
    folder.mkdir()
    reader = Reader(open_saved(path, folder), KINDS["az-jobs"], None)
    assert len(list(reader.each())) == 2
    assert "nextLink" in reader.remarks[0]
    assert (reader.records, reader.form) == (2, "as sent")
