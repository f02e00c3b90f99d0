"""What a hold covers: by every condition, and by what cannot be told apart."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from evidence.errors import RefusedError
from evidence.retention.holds import Release, covers, holding, matches, next_id, pack_periods, place, release
from evidence.retention.values import Hold, HoldScope, KeptFile, Kind
from evidence.sources.interface import vault_key

AT = datetime(2026, 11, 21, 6, tzinfo=UTC)
VAULT = "/subscriptions/s1/resourcegroups/rg/providers/microsoft.recoveryservices/vaults/v1"
ITEM = f"{VAULT}/backupFabrics/Azure/protectionContainers/c/protectedItems/vm1"
NIGHT = date(2026, 11, 20)


def file(path: str, kind: Kind, night: date | None = NIGHT, **changes: object) -> KeptFile:
    made = KeptFile(path, kind, 1, "0" * 64, AT, 2, night, night, None, None, None, None)
    return replace(made, **changes)  # type: ignore[arg-type]  # fields by their names


PACK = file(
    "packs/eu/audit/internal/2026-11/r0001-x/p1.zip",
    Kind.PACKS,
    last_night=date(2026, 11, 30),
    first_night=date(2026, 11, 1),
    scope="eu",
    pack_id="eu-audit-2026-11",
)
CALLS = file(f"calls/night=2026-11-20/r/{vault_key(VAULT, 'v1')}.parquet", Kind.CALLS)
OTHER_CALLS = file("calls/night=2026-11-20/r/v2-0123456789.parquet", Kind.CALLS)
SHARED_CALLS = file("calls/night=2026-11-20/r/_subscription-s1.parquet", Kind.CALLS)
TABLE = file("tables/jobs/night=2026-11-20/r-0000.parquet", Kind.TABLES)
LATER = file("tables/jobs/night=2026-12-02/r-0000.parquet", Kind.TABLES, date(2026, 12, 2))
STAMP = file("stamps/eu-audit-2026-11/a.tsr", Kind.STAMPS, None, pack_id="eu-audit-2026-11")
OTHER_STAMP = file("stamps/eu-audit-2026-10/a.tsr", Kind.STAMPS, None, pack_id="eu-audit-2026-10")
CONFIGURATION = file("configuration/0.yaml", Kind.CONFIGURATION, None)
EVERY = (PACK, CALLS, OTHER_CALLS, SHARED_CALLS, TABLE, LATER, STAMP, OTHER_STAMP, CONFIGURATION)
PERIODS = pack_periods(EVERY)


@pytest.mark.parametrize(
    ("scope", "left"),
    [
        (HoldScope(), set()),
        (HoldScope(paths=("packs/*",)), set(EVERY) - {PACK}),
        (HoldScope(paths=("PACKS/EU/*", "stamps/*")), set(EVERY) - {PACK, STAMP, OTHER_STAMP}),
        (HoldScope(first_night=NIGHT, last_night=NIGHT), {LATER}),
        (HoldScope(first_night=date(2026, 12, 1)), {PACK, CALLS, OTHER_CALLS, SHARED_CALLS, TABLE}),
        (HoldScope(packs=("eu-audit-2026-11*",)), {LATER, OTHER_STAMP}),
        (HoldScope(packs=("none",)), set(EVERY) - {CONFIGURATION}),
        (HoldScope(scopes=("us",)), {PACK}),
        (HoldScope(items=(ITEM,)), {OTHER_CALLS}),
        (HoldScope(items=("vm1",)), set()),
        (HoldScope(items=(ITEM.upper(), "vm9")), set()),
        (HoldScope(items=(ITEM,), paths=("calls/*",)), set(EVERY) - {CALLS, SHARED_CALLS}),
    ],
    ids=[
        "nothing asked",
        "packs",
        "two patterns",
        "one night",
        "from a day",
        "pack by name",
        "no such pack",
        "scope",
        "item",
        "item's end",
        "item in capitals",
        "item and path",
    ],
)
def test_every_condition_must_cover_and_what_cannot_be_told_apart_is_held(
    scope: HoldScope, left: set[KeptFile]
) -> None:
    assert {one for one in EVERY if not covers(scope, one, PERIODS)} == left


@pytest.mark.parametrize("pattern", ["a.b", "[ab]", "a?", "(", "^a$"])
def test_only_the_star_is_a_pattern(pattern: str) -> None:
    assert matches((pattern,), pattern)
    assert not matches((pattern,), "ab")
    assert matches((f"{pattern}*",), f"{pattern}\nx")


def hold(hold_id: str, case: str = "A", scope: HoldScope | None = None) -> Hold:
    return Hold(hold_id, case, scope or HoldScope(), AT, "Ada", "a claim", 3)


def test_overlapping_cases_end_by_themselves() -> None:
    holds = place(place((), hold("A-1")), hold("B-1", "B"))
    assert [one.hold_id for one in holding(holds, TABLE, PERIODS)] == ["A-1", "B-1"]
    after = release(holds, Release(("A-1",), AT, "Bo", "settled"))
    assert [one.hold_id for one in holding(after, TABLE, PERIODS)] == ["B-1"]
    assert (after[0].released_by, after[0].released_why) == ("Bo", "settled")
    assert (next_id(after, "A"), next_id(after, "C")) == ("A-2", "C-1")


@pytest.mark.parametrize(
    "ended",
    [Release(("A-2",), AT, "Bo", "x"), Release((), AT, "Bo", "x"), Release(("A-1",), AT, "Bo", " ")],
    ids=["unknown", "none", "no reason"],
)
def test_what_cannot_be_released_is_refused(ended: Release) -> None:
    with pytest.raises(RefusedError):
        release((hold("A-1"),), ended)


def test_a_release_ends_once() -> None:
    once = release((hold("A-1"),), Release(("A-1",), AT, "Bo", "x"))
    with pytest.raises(RefusedError, match="No hold A-1 stands"):
        release(once, Release(("A-1",), AT, "Bo", "x"))


@pytest.mark.parametrize(
    "odd",
    [
        hold("A-1"),
        replace(hold("A-2"), why=""),
        hold("A-2", scope=HoldScope(first_night=NIGHT, last_night=date(2026, 1, 1))),
    ],
    ids=["taken", "no reason", "backwards"],
)
def test_what_cannot_be_placed_is_refused(odd: Hold) -> None:
    with pytest.raises(RefusedError):
        place((hold("A-1"),), odd)


def test_a_file_of_several_packs_is_held_with_each() -> None:
    """Two entries name it, so that it tells of no pack."""
    assert covers(HoldScope(packs=("eu-audit-2026-11",)), replace(PACK, pack_id=None), PERIODS)
