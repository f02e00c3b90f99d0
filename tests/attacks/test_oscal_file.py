"""OSCAL files that are signed by the right key and yet do not fit their pack: a builder's fault, or an insider's."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from evidence.packs.verification import Trust, verify_pack
from evidence.packs.verification.checks import Check, Checklist, Finding
from evidence.packs.verification.opening import Opened, open_folder
from evidence.packs.verification.oscal import check_oscal
from evidence.packs.verification.saying import read_statement
from tests.attacks.verdicts import assert_caught, assert_genuine
from tests.fakes.packs import OSCAL, Recipe, json_bytes, write_folder

Change = Callable[[dict[str, Any]], object]


@pytest.fixture(scope="module")
def pack(tmp_path_factory: pytest.TempPathFactory) -> Opened:
    """A good pack, unpacked; each test writes another OSCAL file into it."""
    folder = tmp_path_factory.mktemp("oscal")
    opened = open_folder(write_folder(folder, Recipe(authority=None).members()), Checklist())
    assert opened is not None
    return opened


def judged(pack: Opened, data: bytes) -> Check:
    """What is said of a pack with this OSCAL file; its own hash is checked before, so an insider made it fit."""
    file = pack.members[OSCAL]
    good = file.read_bytes()
    file.write_bytes(data)
    checks = Checklist()
    check_oscal(pack, read_statement(pack)[1], checks)
    file.write_bytes(good)
    (found,) = checks.result(None).checks
    assert found.file == OSCAL
    return found


def told(pack: Opened) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(pack.members[OSCAL].read_bytes())
    return found


def result(document: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = document["assessment-results"]["results"][0]
    return found


def resources(document: dict[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = document["assessment-results"]["back-matter"]["resources"]
    return found


def put(part: dict[str, Any], name: str, value: str) -> None:
    next(one for one in part["props"] if one["name"] == name)["value"] = value


def observation(document: dict[str, Any], claim: int = 1) -> dict[str, Any]:
    found: dict[str, Any] = result(document)["observations"][claim]
    return found


def status(document: dict[str, Any], finding: int = 1) -> dict[str, Any]:
    found: dict[str, Any] = result(document)["findings"][finding]["target"]["status"]
    return found


def test_a_file_that_fits_its_pack_is_ok(trust: Trust, tmp_path: Path) -> None:
    found = verify_pack(write_folder(tmp_path, Recipe(authority=None).members()), trust)
    assert_genuine(found)
    (check,) = [one for one in found.checks if one.name == "oscal"]
    assert (check.finding, check.file) == (Finding.OK, OSCAL)
    assert check.detail == "2 claims, 1 met; 2 findings follow from their counts"


def test_a_pack_of_before_has_none_and_that_is_said(trust: Trust, tmp_path: Path) -> None:
    recipe = Recipe(authority=None, without_oscal=True)
    found = verify_pack(write_folder(tmp_path, recipe.members()), trust)
    assert_genuine(found)
    (check,) = [one for one in found.checks if one.name == "oscal"]
    assert check.finding is Finding.NOT_CHECKED


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda one: resources(one).pop(), "exactly the files"),
        (lambda one: resources(one).append({**resources(one)[0], "uuid": "x"}), "twice"),
        (lambda one: resources(one)[0]["rlinks"][0].update(href="elsewhere.csv"), "another address"),
        (lambda one: resources(one)[0]["rlinks"][0]["hashes"][0].update(value="0" * 64), "another length or hash"),
        (lambda one: resources(one)[0]["rlinks"][0]["hashes"][0].update(algorithm="SHA-1"), "another kind of hash"),
        (lambda one: put(resources(one)[0], "bytes", "1"), "another length or hash"),
        (lambda one: put(result(one), "rows-jobs", "7"), "rows-jobs"),
        (lambda one: put(result(one), "completeness", "INCOMPLETE"), "completeness"),
        (lambda one: put(result(one), "pack-id", "all-night-internal-2026-11-20-r0001"), "pack-id"),
        (lambda one: put(result(one), "last-night", "2026-11-22"), "last-night"),
        (lambda one: put(result(one), "gaps", "1"), "gaps"),
        (lambda one: put(result(one), "vaults-read", "3/3"), "vaults-read"),
        (lambda one: put(result(one), "nights-sealed", "1/2"), "nights-sealed"),
        (lambda one: put(result(one), "control-map-sha256", "0" * 64), "control-map-sha256"),
        (lambda one: result(one)["props"].pop(), "says None"),
        (lambda one: result(one)["props"].append({"name": "rows-more", "value": "1"}), "statement does not"),
        (lambda one: result(one)["props"].append(result(one)["props"][0]), "stands twice"),
        (lambda one: put(observation(one), "result", "met"), "its counts make it exceptions"),
        (lambda one: put(observation(one, 0), "population", "0"), "its counts make it not established"),
        (lambda one: put(observation(one, 0), "unknown", "1"), "its counts make it not established"),
        (lambda one: put(observation(one, 0), "lists-unread", "1"), "its counts make it not established"),
        (lambda one: put(observation(one, 0), "lists-unread", "-1"), "said to be met"),
        (lambda one: put(observation(one), "exceptions", "none"), "cannot be read"),
        (lambda one: observation(one)["relevant-evidence"][0].update(href="#nowhere"), "not in the pack"),
        (lambda one: status(one).update(state="satisfied", reason="pass"), "does not follow"),
        (lambda one: status(one).update(reason="other"), "does not follow"),
        (
            lambda one: result(one)["findings"][0]["related-observations"][0].update({"observation-uuid": "x"}),
            "does not follow",
        ),
        (lambda one: result(one)["findings"][0].update(uuid=result(one)["uuid"]), "same uuid"),
        (lambda one: one["assessment-results"]["results"].append(result(one)), "one result"),
        (lambda one: one["assessment-results"].pop("back-matter"), "KeyError"),
        (lambda one: one["assessment-results"].update(results=7), "TypeError"),
    ],
)
def test_a_file_that_does_not_fit_is_named(change: Change, said: str, pack: Opened) -> None:
    document = told(pack)
    change(document)
    found = judged(pack, json_bytes(document))
    assert found.failed
    assert said in found.detail


@pytest.mark.parametrize(
    "data", [b"", b"{", b"[]", b"null", b'{"assessment-results": 1}', b"\xff", b'{"a": 1, "a": 1}', b"[" * 5000]
)
def test_what_is_no_oscal_at_all_never_ends_in_a_traceback(data: bytes, pack: Opened) -> None:
    assert judged(pack, data).failed


def test_a_file_written_in_another_way_is_named(pack: Opened) -> None:
    assert "one form" in judged(pack, json.dumps(told(pack)).encode()).detail


def test_a_signed_file_that_does_not_fit_fails_the_whole_pack(trust: Trust, tmp_path: Path) -> None:
    recipe = Recipe(authority=None)
    document = json.loads(recipe.members()[OSCAL])
    status(document).update(state="satisfied", reason="pass")
    recipe.payload[OSCAL] = json_bytes(document)
    assert_caught(verify_pack(write_folder(tmp_path, recipe.members()), trust), OSCAL, "does not follow")
