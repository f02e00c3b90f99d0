"""`retention status, list, show, calendar, cost`, as whoever answers for the evidence reads them."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from evidence.ledger.entries import EntryKind
from evidence.stores.directory import DirectoryStore
from tests.cli.conftest import Command
from tests.fakes.clock import FakeClock
from tests.fakes.disposals import bury
from tests.fakes.kept import Kept

FIRST = date(2026, 3, 9)
NIGHTS = [FIRST + timedelta(days=number) for number in range(3)]
RULES = """
  rules: [{name: seven years, keep: 7y, framework: SOX, scopes: [eu]}, {name: idle, keep: 9y, packs: [aging]}]
  engagements: [{name: acme, release: 2029-05-31, first_night: 2026-03-11}]
"""


@dataclass
class Place:
    folder: Path
    kept: Kept
    command: Command

    def __call__(self, *words: str) -> tuple[list[dict[str, Any]], dict[str, Any], str, int]:
        """Rows, what is true of them all, what a person is told, and the exit code."""
        found = self.command("retention", *words, "-c", self.folder / "evidence.yaml", "-o", "json")
        told = json.loads(found.stdout) if found.stdout else {"data": [], "meta": {}}
        return told["data"], told["meta"], found.stderr, found.exit_code


@pytest.fixture
def place(tmp_path: Path, command: Command, monkeypatch: pytest.MonkeyPatch) -> Place:
    """Three nights with their packs, one of them of another scope too; the clock stands on 1 June 2026."""
    kept = Kept(DirectoryStore(tmp_path / "evidence-store"))
    kept.adopt(RULES, datetime(2026, 3, 1, 6, tzinfo=UTC))
    for night in NIGHTS:
        kept.night(night, vaults=2)
        kept.pack(night, night, date(2028, 1, 1))
    kept.pack(FIRST, FIRST, date(2028, 1, 1), series=("eu", "night", "internal"))
    (tmp_path / "evidence.yaml").write_bytes(kept.raw)
    monkeypatch.setattr("evidence.compose.SystemClock", lambda: FakeClock(datetime(2026, 6, 1, 9, tzinfo=UTC)))
    return Place(tmp_path, kept, command)


def until(rows: list[dict[str, Any]]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for row in rows:
        found.setdefault(f"{row['kind']} {row['first_night']}", set()).add(row["kept_until"])
    return found


def test_status_answers_in_one_screen(place: Place) -> None:
    rows, meta, told, code = place("status")
    assert code == 0
    every = rows[-1]
    assert (every["kind"], every["objects"], every["may_go"], every["on_hold"]) == ("all", 18, 0, 0)
    assert [row["kind"] for row in rows] == ["calls", "configuration", "packs", "tables", "all"]
    assert sum(row["bytes"] for row in rows[:-1]) == every["bytes"]
    assert meta["leaves_next_on"] == "2028-01-02"
    lines = told.splitlines()
    assert len(lines) < 24
    assert lines[0].startswith("kept: 18 objects, ")
    assert lines[1] == "rules: 1y by default, floor 1y, audit year from 01-01; 2 more rules, 1 engagement"
    assert lines[2].startswith("leaves next: 2028-01-02 (in 580 days), 7 objects, ")
    assert "among them all-night-internal-2026-03-09-r0001, all-night-internal-2026-03-10-r0001" in lines[2]
    assert lines[4] == "on hold: nothing"
    assert lines[5].startswith("enforced by the store: not read; nothing is known to be enforced")
    assert lines[6] == "never confirmed by reading: 18 objects"
    assert lines[7] == "these rules cover nothing that is kept: idle"


def test_list_tells_each_object_with_its_day_and_rule(place: Place) -> None:
    rows, meta, told, _ = place("list")
    assert until(rows) == {
        # The night's packs of one scope are kept for seven years, so its calls are too.
        "calls 2026-03-09": {"2034-01-01"},
        "tables 2026-03-09": {"2034-01-01"},
        "packs 2026-03-09": {"2028-01-01", "2034-01-01"},
        **{f"{kind} 2026-03-10": {"2028-01-01"} for kind in ("calls", "tables", "packs")},
        **{f"{kind} 2026-03-11": {"2029-05-31"} for kind in ("calls", "tables", "packs")},
        "configuration None": {"2034-01-01"},
    }
    assert meta == {"objects": 18, "bytes": sum(row["bytes"] for row in rows)}
    assert told.startswith("18 objects, ")
    assert {row["rule"].partition(" [")[0] for row in rows if row["scope"] == "eu"} == {
        "rule `seven years` (SOX): end of the audit year (from 01-01) of 2026-03-09 + 7 years"
    }


CHOICES: list[tuple[tuple[str, ...], int]] = [
    (("--kind", "packs", "--kind", "tables"), 11),
    (("--under", "calls/night=2026-03-10"), 2),
    (("--night", "2026-03"), 17),
    (("--leaving", "2028-01-01..2028-01-01"), 7),
    (("--pack", "eu-night-internal-2026-03-09-r0001"), 5),
    (("--on-hold",), 0),
    (("--leaving", "2028", "--kind", "calls"), 2),
]


def test_list_chooses_by_what_is_asked(place: Place) -> None:
    for words, count in CHOICES:
        assert len(place("list", *words)[0]) == count, words


def test_list_refuses_what_it_does_not_know(place: Place) -> None:
    for word, value in (("kind", "pack"), ("state", "gone"), ("leaving", "soon"), ("night", "x"), ("pack", "none")):
        rows, _, told, code = place("list", f"--{word}", value)
        assert (rows, code) == ([], 2), word
        assert told.startswith("error: ")


def test_list_can_be_read_by_a_spreadsheet(place: Place) -> None:
    found = place.command("retention", "list", "-c", place.folder / "evidence.yaml", "-o", "csv")
    rows = list(csv.DictReader(io.StringIO(found.stdout)))
    assert len(rows) == 18
    assert {len(row["sha256"]) for row in rows} == {64}


def test_show_derives_the_day_again_from_every_candidate(place: Place) -> None:
    rows, meta, told, code = place("show", "eu-night-internal-2026-03-09-r0001")
    assert code == 0
    assert [row["kept_until"] for row in rows] == ["2034-01-01", "2028-01-01", "2028-01-01"]
    assert [row["source"].partition(" ")[0] for row in rows] == ["configuration", "sealed", "configuration"]
    assert (meta["kept_until"], meta["may_go_on"], meta["state"]) == ("2034-01-01", "2034-01-02", "active")
    assert (meta["enforced"], meta["last_read_whole"]) == ("none", None)
    assert "may go on 2034-01-02 in UTC and in the store's zone" in told
    assert "not enforced" in told
    path = meta["path"]
    assert place("show", path)[1] == meta
    rows, _, _, _ = place("show", "calls/night=2026-03-09/20260310T063000Z-03090/v0.parquet")
    assert rows[0]["source"] == "pack eu-night-internal-2026-03-09-r0001"


def test_show_refuses_what_no_entry_names(place: Place) -> None:
    place.kept.store.create("packs/leftover.zip", b"x")
    for name in ("packs/leftover.zip", "nothing", "", "../evidence.yaml"):
        assert place("show", name)[3] == 2


def test_show_says_what_the_store_cannot_tell(place: Place) -> None:
    path = "calls/night=2026-03-09/20260310T063000Z-03090/v0.parquet"
    (place.folder / "evidence-store" / path).unlink()
    _, meta, told, code = place("show", path)
    assert (code, meta["enforced"]) == (0, None)
    assert "read just now: not read" in told


def test_the_calendar_counts_every_object_once(place: Place) -> None:
    rows, _, _, _ = place("calendar", "--months", "24")
    assert [(row["month"], row["objects"]) for row in rows] == [("2028-01", 7), ("later", 11)]
    rows, _, _, _ = place("calendar", "--months", "100")
    assert [(row["month"], row["objects"], row["first_may_go_on"]) for row in rows] == [
        ("2028-01", 7, "2028-01-02"),
        ("2029-06", 5, "2029-06-01"),
        ("2034-01", 6, "2034-01-02"),
    ]
    assert rows[0]["pack_ids"] == ["all-night-internal-2026-03-09-r0001", "all-night-internal-2026-03-10-r0001"]
    assert rows[0]["by_kind"]["packs"]["objects"] == 4


def test_what_may_go_already_and_what_never_may_stand_apart(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    later = datetime(2030, 1, 1, tzinfo=UTC)
    monkeypatch.setattr("evidence.compose.SystemClock", lambda: FakeClock(later))
    payload = {"night": str(FIRST), "assessment_id": "a", "ledger_size": 1, "tables": {}}
    named = place.kept.keep("pictures/x.png")
    place.kept.entry(EntryKind.ASSESSMENT_SEALED, f"assessment/{FIRST}", later, payload, [named])
    rows, _, _, _ = place("calendar", "--months", "60")
    assert [(row["month"], row["objects"]) for row in rows] == [("may go now", 12), ("2034-01", 6), ("never", 1)]
    rows, meta, told, code = place("status")
    assert code == 4, "the day of an object cannot be told"
    assert rows[-1]["may_go"] == 12
    assert "may go now: 12" in told
    assert "retention propose" in told
    assert "WITHOUT A DAY: 1 object: its folder is unknown to this version" in told
    assert sum(meta["without_a_day"].values()) == 1


def test_what_was_disposed_of_is_counted_apart(place: Place) -> None:
    entry = place.kept.ledger.entries()[2]
    bury(place.kept.parts(datetime(2026, 5, 1, tzinfo=UTC)), entry.objects)
    rows, meta, told, _ = place("status")
    calls = next(row for row in rows if row["kind"] == "calls")
    assert (calls["objects"], calls["disposed"]) == (4, 2)
    assert meta["states"]["disposed"] == 3
    assert "disposed of 3" in told
    assert len(place("list", "--state", "disposed")[0]) == 3
    path = entry.objects[0].path
    _, meta, told, code = place("show", path)
    assert (code, meta["state"], meta["enforced"]) == (0, "disposed", None)
    assert "it was disposed of" in told


def test_holds_and_what_persons_lengthened_are_told(place: Place) -> None:
    at = datetime(2026, 5, 1, tzinfo=UTC)
    place.kept.held("claim", at, first_night="2026-03-10", last_night="2026-03-10")
    place.kept.extended(date(2040, 5, 6), at, packs=["all-night-internal-2026-03-11-r0001"])
    rows, meta, told, code = place("status")
    assert code == 0, "signed decisions never go, and that is no finding"
    held = {row["kind"]: row["on_hold"] for row in rows}
    # A configuration and the decisions themselves are about no night, so that they may be about each.
    assert {kind: held[kind] for kind in ("calls", "tables", "packs")} == {"calls": 2, "tables": 1, "packs": 2}
    assert [(one["hold"], one["case"]) for one in meta["holds"]] == [("claim-1", "claim")]
    assert "on hold: " in told
    assert "claim-1" in told
    listed = place("list", "--on-hold", "--kind", "calls")[0]
    assert {(row["first_night"], row["on_hold"], row["state"]) for row in listed} == {
        ("2026-03-10", "claim-1", "active")
    }
    rows, meta, told, _ = place("show", "all-night-internal-2026-03-10-r0001")
    assert [(one["hold"], one["why"]) for one in meta["holds"]] == [("claim-1", "a claim")]
    assert "1 hold must be released before it may go" in told
    rows, meta, _, _ = place("show", "all-night-internal-2026-03-11-r0001")
    assert (rows[0]["kept_until"], rows[0]["rule"]) == ("2040-05-06", "extended by Ada Example: a court")
    assert {row["kept_until"] for row in place("list", "--under", "calls/night=2026-03-11")[0]} == {"2040-05-06"}


def test_cost_counts_the_whole_store_by_kind_age_and_tier(place: Place) -> None:
    place.kept.store.create("packs/leftover.zip", b"four")
    rows, meta, _, code = place("cost")
    assert code == 0
    found = {row["kind"]: row for row in rows}
    assert {kind: row["objects"] for kind, row in found.items()} == {
        "calls": 6,
        "configuration": 1,
        "packs": 8,
        "tables": 3,
        "ledger": 9,
        "named by no entry": 1,
    }
    assert {row["age"] for row in rows if row["tier"]} == {"under 90 days", "90 days to 1 year"}
    assert {row["tier"] for row in rows if row["age"]} == {"not told"}
    stored = sum(one.bytes for one in place.kept.store.list(""))
    assert sum(row["bytes"] for row in rows) == stored
    assert (meta["growth"][0]["month"], meta["growth"][0]["objects"]) == ("2026-03", 18)
    assert meta["growth"][-1] == {
        "month": "2026-06",
        "objects": 0,
        "bytes": 0,
        "total_bytes": meta["growth"][0]["total_bytes"],
    }
    assert meta["outlook"]["adds"]["objects"] == 17, "what the last 90 days sealed, for 90 days more"
    assert meta["outlook"]["may_free"] == {"objects": 0, "bytes": 0}
    assert place("cost", "--days", "700")[1]["outlook"]["may_free"]["objects"] == 7
    (place.folder / "evidence-store" / "calls/night=2026-03-09/20260310T063000Z-03090/v0.parquet").unlink()
    assert "1 object of the register were NOT FOUND" in place("cost")[2]


def test_an_empty_store_says_so(tmp_path: Path, command: Command) -> None:
    (tmp_path / "evidence.yaml").write_text("azure:\n  subscriptions: [s-1]\n")
    for words in (("status",), ("list",), ("calendar",), ("cost",), ("show", "x")):
        found = command("retention", *words, "-c", tmp_path / "evidence.yaml")
        assert found.exit_code == 8, words
        assert "Nothing is sealed in this store yet" in found.stderr


def test_a_configuration_that_is_lost_is_told_and_lets_nothing_go(place: Place) -> None:
    (place.folder / "evidence.yaml").write_text("azure:\n  subscriptions: [s-1]\n")
    [file] = (place.folder / "evidence-store" / "configuration").iterdir()
    file.unlink()
    _, meta, told, code = place("status")
    assert code == 4
    assert "WITHOUT A DAY: 17 objects: configuration " in told
    assert sum(meta["without_a_day"].values()) == 18
    assert meta["leaves_next_on"] is None
    assert {row["kept_until"] for row in place("list")[0]} == {None}
