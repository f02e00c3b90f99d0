"""The register's columns: what is found, held, lengthened and leaving; each beside the plain sum over single objects."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import tests.strategies  # noqa: F401 - sets the profile
from evidence.errors import IntegrityError
from evidence.retention.columns import Files, Gathering
from evidence.retention.policies import Policy
from evidence.retention.promises import Adopted, Origin, Regime
from evidence.retention.register import Register, Standing, build_register
from evidence.retention.values import Candidate, Extension, Hold, HoldScope, Kind, State
from evidence.settings.retention import Retention

AT = datetime(2026, 3, 11, 6, tzinfo=UTC)
NIGHTS = tuple(date(2026, 3, day) for day in (10, 11, 12))
HASHES = ("0" * 64, "f" * 64)


def origin(kind: Kind, sequence: int, night: date | None = NIGHTS[0], **told: Any) -> Origin:
    return Origin(sequence, AT, kind, night, night, **told)


def pack(sequence: int, night: date, until: date) -> Origin:
    stated = Candidate(until, "as sealed", "sealed pack p")
    told = {"scope": "all", "pack_kind": "night", "audience": "internal", "pack_id": f"p{night.day}", "stated": stated}
    return origin(Kind.PACKS, sequence, night, **told)


def gathered(*told: tuple[Origin, str]) -> Files:
    gathering = Gathering()
    for one, path in told:
        gathering.add(one, [(path, len(path), HASHES[0])])
    return gathering.done()


def register(files: Files, standing: Standing | None = None, today: date = date(2026, 6, 1)) -> Register:
    policy = Adopted(0, "a" * 64, Policy(Retention()))
    return build_register(files, Regime((policy,), policy), standing or Standing(), today=today, ledger_size=9)


def hold(hold_id: str, scope: HoldScope, released: datetime | None = None) -> Hold:
    return Hold(hold_id, "c", scope, AT, "Ada", "why", 5, released)


STORE = gathered(
    (origin(Kind.CONFIGURATION, 1, None), "configuration/a.yaml"),
    (origin(Kind.CALLS, 2), "calls/night=2026-03-10/r/v1.parquet"),
    (origin(Kind.CALLS, 2), "calls/night=2026-03-10/r/v2.parquet"),
    (pack(3, NIGHTS[0], date(2028, 1, 1)), "packs/10/p10.zip"),
    (origin(Kind.CALLS, 4, NIGHTS[1]), "calls/night=2026-03-11/r/v1.parquet"),
    (pack(5, NIGHTS[1], date(2030, 1, 1)), "packs/11/p11.zip"),
)


def days(found: Register) -> dict[str, date | None]:
    return {one.file.path: one.promise.day for one in found}


def test_a_day_that_a_person_gave_to_one_pack_is_given_to_what_rests_on_it() -> None:
    until = date(2050, 1, 1)
    extension = Extension(HoldScope(paths=("packs/10/*",)), until, "Ada", "court", AT, 7)
    found = register(STORE, Standing(extensions=(extension,)))
    assert days(found) == {
        "calls/night=2026-03-10/r/v1.parquet": until,
        "calls/night=2026-03-10/r/v2.parquet": until,
        "calls/night=2026-03-11/r/v1.parquet": date(2030, 1, 1),
        "configuration/a.yaml": until,
        "packs/10/p10.zip": until,
        "packs/11/p11.zip": date(2030, 1, 1),
    }
    told = found.find("packs/10/p10.zip")
    assert told is not None
    assert told.promise.rule == "extended by Ada: court [ledger entry 7]"
    assert found.days.tolist() == [(one.promise.day - date(1970, 1, 1)).days for one in found if one.promise.day]


@pytest.mark.parametrize(
    "scope",
    [
        HoldScope(),
        HoldScope(first_night=NIGHTS[0], last_night=NIGHTS[0]),
        HoldScope(paths=("calls/*/v1.parquet",)),
        HoldScope(packs=("p10",)),
    ],
    ids=["all", "night", "paths", "pack"],
)
def test_a_day_that_a_person_gave_never_shortens_one_and_is_given_to_all_that_is_covered(scope: HoldScope) -> None:
    early, late = (
        register(STORE, Standing(extensions=(Extension(scope, until, "Ada", "court", AT, 7),)))
        for until in (date(2026, 1, 1), date(2050, 1, 1))
    )
    assert days(early) == days(register(STORE))
    covered = [one.file.path for one in register(STORE, Standing((hold("c-1", scope),))) if one.on_hold]
    assert covered
    assert all(days(late)[path] == date(2050, 1, 1) for path in covered)


def test_a_hold_lies_over_every_state_and_one_that_was_released_over_none() -> None:
    scope = HoldScope(paths=("calls/*",))
    states = {"calls/night=2026-03-10/r/v2.parquet": State.APPROVED}
    holds = (hold("c-1", scope), hold("c-2", HoldScope(first_night=NIGHTS[1])), hold("d-1", HoldScope(), AT))
    found = register(STORE, Standing(holds, states=states), date(2060, 1, 1))
    assert {one.file.path: (one.state, [held.hold_id for held in one.holds]) for one in found} == {
        "calls/night=2026-03-10/r/v1.parquet": (State.ELIGIBLE, ["c-1"]),
        "calls/night=2026-03-10/r/v2.parquet": (State.APPROVED, ["c-1"]),
        "calls/night=2026-03-11/r/v1.parquet": (State.ELIGIBLE, ["c-1", "c-2"]),
        "configuration/a.yaml": (State.ELIGIBLE, ["c-2"]),
        "packs/10/p10.zip": (State.ELIGIBLE, []),
        "packs/11/p11.zip": (State.ELIGIBLE, ["c-2"]),
    }
    assert found.held.tolist() == [one.on_hold for one in found]
    for state, mask in found.states().items():
        assert mask.tolist() == [one.state is state for one in found]


def test_what_leaves_is_named_by_the_first_day_on_which_it_may_go() -> None:
    found = register(STORE, Standing((hold("c-1", HoldScope(paths=("*v1*",))),)))
    leaving = found.leaving(date(2028, 1, 2), date(2028, 1, 2))
    assert (leaving.objects, leaving.packs, leaving.held) == (3, ("p10",), 1)
    assert leaving.by_kind == {Kind.CALLS: (2, 70), Kind.PACKS: (1, 16)}
    assert leaving.bytes == 86
    assert found.leaving(date(2028, 1, 1), date(2028, 1, 1)).objects == 0
    assert found.leaving(date(2028, 1, 3), date(2030, 1, 1)).objects == 0
    assert found.leaving(date(2030, 1, 2), date(2030, 1, 2)).packs == ("p11",)


paths = st.text(st.sampled_from("ab/é\U0001f600\ue000"), min_size=1, max_size=4)


@settings(max_examples=50)
@given(st.lists(st.tuples(paths, st.sampled_from([0, 1]), st.sampled_from(NIGHTS)), max_size=12))
def test_columns_are_what_a_dictionary_of_objects_is(told: list[tuple[str, int, date]]) -> None:
    gathering, plain = Gathering(), dict[str, list[tuple[int, int, date]]]()
    for sequence, (path, number, night) in enumerate(told, start=1):
        plain.setdefault(path, []).append((sequence, number, night))
        gathering.add(origin(Kind.CALLS, sequence, night), [(path, number, HASHES[number])])
    if any(len({number for _, number, _ in many}) > 1 for many in plain.values()):
        with pytest.raises(IntegrityError):
            gathering.done()
        return
    files = gathering.done()
    assert [files.paths[row].as_py() for row in range(len(files))] == sorted(plain)
    for row, path in enumerate(sorted(plain)):
        file = files.file(row)
        assert files.find(path) == row
        assert (file.sequence, file.bytes, file.sha256) == (plain[path][0][0], plain[path][0][1], HASHES[file.bytes])
        nights = [night for _, _, night in plain[path]]
        assert (file.first_night, file.last_night) == (min(nights), max(nights))
    for prefix in ("", "a", "a/", "é", "\U0001f600", "b/a"):
        rows = files.under(prefix)
        assert [files.paths[row].as_py() for row in rows] == sorted(one for one in plain if one.startswith(prefix))
        assert (files.find(prefix) is None) == (prefix not in plain)
