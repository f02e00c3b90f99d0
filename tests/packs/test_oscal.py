"""The OSCAL file: what it says of the claims, that it follows from the pack alone, and that compliance-trestle takes it."""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from evidence.packs.controls.claims import CLAIMS
from evidence.packs.controls.reading import NIST, oscal_id, shipped_control_map
from evidence.packs.machine.oscal import OSCAL
from evidence.packs.machine.oscal_parts import Ids
from tests.fakes.machine_packs import PACKS, gappy, nothing, ordinary
from tests.paths import JUDGES, needs_judges

UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
TOKEN = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*")
STRING = re.compile(r"\S(.*\S)?")
LINE = re.compile(r"[^\n]+")
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
RESULTS = {
    "met": ("satisfied", "pass"),
    "exceptions": ("not-satisfied", "fail"),
    "not established": ("not-satisfied", "other"),
}


def document(files: Mapping[str, bytes]) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(files[OSCAL])["assessment-results"]
    return found


def props(part: Mapping[str, Any]) -> dict[str, str]:
    return {one["name"]: one["value"] for one in part["props"]}


def claims(files: Mapping[str, bytes]) -> dict[str, dict[str, str]]:
    return {props(one)["claim"]: props(one) for one in document(files)["results"][0]["observations"]}


def parts(value: object) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        yield value
    for one in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from parts(one)


@pytest.mark.parametrize("name", PACKS)
def test_it_has_the_shape_of_the_model(name: str) -> None:
    """What the model of OSCAL 1.2.1 asks of the parts used here; the real validator judges in the long tests."""
    found = document(PACKS[name]())
    assert set(found) == {"uuid", "metadata", "import-ap", "local-definitions", "results", "back-matter"}
    assert found["metadata"]["oscal-version"] == "1.2.1"
    assert {"title", "last-modified", "version"} <= set(found["metadata"])
    for part in parts(found):
        assert UUID.fullmatch(part.get("uuid", Ids("", "").of("x")))
        assert all(value for value in part.values()), part  # no empty list, no empty text
        for key in ("title", "name"):
            assert LINE.fullmatch(part.get(key, "x"))
        for key in ("id", "control-id", "target-id", "role-id"):
            assert TOKEN.fullmatch(part.get(key, "x"))
        assert STRING.fullmatch(part.get("value", "x"))
        for key in ("start", "end", "collected", "last-modified"):
            assert MOMENT.fullmatch(part.get(key, "2026-11-21T06:00:00Z"))
    (result,) = found["results"]
    assert result["reviewed-controls"]["control-selections"][0]["include-controls"]


@pytest.mark.parametrize("name", PACKS)
def test_every_file_of_the_pack_is_named_with_its_hash(name: str) -> None:
    files = PACKS[name]()
    told = {}
    for one in document(files)["back-matter"]["resources"]:
        (link,) = one["rlinks"]
        assert one["title"] == f"data/{link['href']}"
        told[one["title"]] = link["hashes"]
    wanted = {path for path in files if path.startswith("data/")} - {OSCAL, "data/report.pdf", "data/datapackage.json"}
    assert told == {
        path: [{"algorithm": "SHA-256", "value": hashlib.sha256(files[path]).hexdigest()}] for path in wanted
    }


@pytest.mark.parametrize("name", PACKS)
def test_references_meet_what_they_name(name: str) -> None:
    found = document(PACKS[name]())
    (result,) = found["results"]
    resources = {one["uuid"] for one in found["back-matter"]["resources"]}
    observations = {one["uuid"] for one in result["observations"]}
    objectives = {part["id"] for one in found["local-definitions"]["objectives-and-methods"] for part in one["parts"]}
    reviewed = {one["control-id"] for one in result["reviewed-controls"]["control-selections"][0]["include-controls"]}
    assert found["import-ap"]["href"].removeprefix("#") in resources
    for one in result["observations"]:
        assert {evidence["href"].removeprefix("#") for evidence in one["relevant-evidence"]} <= resources
    for one in result["findings"]:
        assert {each["observation-uuid"] for each in one["related-observations"]} <= observations
        assert one["target"]["target-id"] in objectives
        assert one["target"]["target-id"].partition("_obj.")[0] in reviewed
    ids = [part["uuid"] for part in parts(found) if "uuid" in part]
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("name", PACKS)
def test_each_claim_is_a_finding_on_each_control_that_the_map_names(name: str) -> None:
    result = document(PACKS[name]())["results"][0]
    used = shipped_control_map()
    wanted = {f"{oscal_id(control)}_obj.{key}" for key in CLAIMS for control in used.controls_of(key, NIST)}
    assert {one["target"]["target-id"] for one in result["findings"]} == wanted
    assert len(result["findings"]) == len(wanted)
    told = {one["uuid"]: props(one) for one in result["observations"]}
    assert [one["claim"] for one in told.values()] == list(CLAIMS)
    for one in result["findings"]:
        claim = told[one["related-observations"][0]["observation-uuid"]]
        status = one["target"]["status"]
        assert one["target"]["target-id"].endswith(f".{claim['claim']}")
        assert (status["state"], status["reason"]) == RESULTS[claim["result"]]
        assert status["remarks"].startswith(f"{claim['result']}: ")


def test_counts_stand_as_properties() -> None:
    failed = claims(ordinary())["backups-completed"]
    assert failed == {
        "claim": "backups-completed",
        "population": "2",
        "exceptions": "1",
        "unknown": "0",
        "lists-unread": "0",
        "result": "exceptions",
    }
    told = props(document(ordinary())["results"][0])
    statement = json.loads(ordinary()["statement.json"])
    assert {name: told[f"rows-{name}"] for name in statement["counts"]} == {
        name: str(rows) for name, rows in statement["counts"].items()
    }
    assert (told["completeness"], told["vaults-read"], told["nights-sealed"]) == ("COMPLETE", "1/1", "1/1")
    assert told["control-map-review"] == "not reviewed: a proposal"
    assert told["control-map-sha256"] == hashlib.sha256(ordinary()["data/controls.yaml"]).hexdigest()


def test_nothing_is_satisfied_by_a_pack_of_nothing() -> None:
    assert {one["target"]["status"]["state"] for one in document(nothing())["results"][0]["findings"]} == {
        "not-satisfied"
    }


def test_what_was_not_read_is_never_satisfied() -> None:
    found = claims(gappy())
    assert found["lists-read"]["result"] == found["settings-read"]["result"] == "exceptions"
    assert found["outcomes-known"]["result"] == "not established"
    assert int(found["outcomes-known"]["lists-unread"]) > 0


def test_the_same_store_and_clock_give_the_same_document() -> None:
    first = ordinary()[OSCAL]
    ordinary.cache_clear()
    assert ordinary()[OSCAL] == first


def test_packs_of_one_name_in_two_stores_have_ids_of_their_own() -> None:
    one, two = (
        Ids("all-night-internal-2026-11-20-r0001", "0" * 64),
        Ids("all-night-internal-2026-11-20-r0001", "1" * 64),
    )
    assert one.of("result") != two.of("result")
    assert one.of("result") == Ids(one.pack_id, one.head_sha256).of("result") != one.of("party")


# --- the real judge


def trestle(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [JUDGES / "trestle", *arguments], cwd=folder, capture_output=True, text=True, check=False, timeout=120
    )


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    """Where trestle keeps what it imports."""
    folder = tmp_path / "workspace"
    folder.mkdir()
    assert trestle(folder, "init", "--local").returncode == 0
    return folder


def imported(data: bytes, name: str, workspace: Path) -> subprocess.CompletedProcess[str]:
    """Let trestle read a document and write it again."""
    (workspace.parent / f"{name}.json").write_bytes(data)
    return trestle(workspace, "import", "-f", f"../{name}.json", "-o", name)


def at_moments(value: object) -> object:
    """The value with texts that are moments as moments: trestle writes the zone of UTC as +00:00."""
    if isinstance(value, dict):
        return {key: at_moments(one) for key, one in value.items()}
    if isinstance(value, list):
        return [at_moments(one) for one in value]
    if isinstance(value, str) and re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(Z|\+00:00)", value):
        return datetime.fromisoformat(value)
    return value


@needs_judges
@pytest.mark.slow
def test_trestle_validates_it_and_gives_it_back(workspace: Path) -> None:
    for name, pack in PACKS.items():
        done = imported(pack()[OSCAL], name, workspace)
        assert done.returncode == 0, done.stdout + done.stderr
        again = json.loads((workspace / "assessment-results" / name / "assessment-results.json").read_bytes())
        assert at_moments(again) == at_moments(json.loads(pack()[OSCAL]))
    done = trestle(workspace, "validate", "--all")
    assert done.returncode == 0, done.stdout + done.stderr
    assert (done.stdout + done.stderr).count("VALID: ") == len(PACKS)


@needs_judges
@pytest.mark.slow
def test_trestle_refuses_what_is_not_oscal(workspace: Path) -> None:
    told = json.loads(ordinary()[OSCAL])
    told["assessment-results"]["results"][0]["findings"][0]["target"]["status"]["state"] = "unknown"
    assert imported(json.dumps(told).encode(), "wrong", workspace).returncode != 0
