"""Bodies derived from real ones by deleting, retyping and adding fields: normalized or recorded as unread, never raised, nothing lost."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from copy import deepcopy
from functools import cache

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from evidence.normalize import Normalized
from evidence.records import Kind
from tests.normalize.recorded import recorded
from tests.normalize.shapes import (
    ITEMS,
    call,
    files_item,
    log_ranges,
    normalized,
    sql_item,
    sql_point,
    vm_item,
    vm_job,
    vm_point,
    vm_restore,
)
from tests.normalize.strict_json import elements_of, lost, same_text
from tests.normalize.test_nothing_lost import TABLES, TAKEN, rows_of
from tests.paths import needs_recordings
from tests.strategies import Json

SMALL = 20_000
"""Bytes of the largest recorded body that is derived from: larger ones say the same more often."""
Edit = tuple[str, int, Json]
VALUES: Sequence[Json] = (
    None,
    True,
    "",
    "x",
    "2026-13-45T99:99:99Z",
    "-PT99999999999H",
    "1e400",
    "\u202e\ufeff\u0000",
    0,
    -1,
    2**63,
    10**40,
    1e308,
    [],
    {},
    [None, 1, "a", []],
    {"type": 5, "properties": "x"},
    [[[[{}]]]],
)
"""What stands in the place of what was sent, or beside it."""
KEYS = (
    "status",
    "STATUS",
    " status ",
    "properties",
    "id",
    "type",
    "",
    "\u0000",
    "𝕏",
    "value",
    "nextLink",
    "extendedInfo",
    "propertyBag",
)

edits = st.lists(
    st.tuples(
        st.sampled_from(["delete", "retype", "add", "twice", "drop element"]),
        st.integers(0, 10**6),
        st.sampled_from(VALUES),
    ),
    max_size=6,
)


def derived(body: bytes, changes: Sequence[Edit]) -> bytes:
    """The body after all changes; keys that came twice are written twice."""
    document: Json = json.loads(body)
    for kind, place, value in changes:
        places = list(_places(document))
        if not places:
            break
        _change(kind, *places[place % len(places)], deepcopy(value), KEYS[place % len(KEYS)])
    return _written(document).encode()


def _places(value: Json) -> Sequence[tuple[Json, str | int]]:
    """Every member and element, with what holds it."""
    found: list[tuple[Json, str | int]] = []
    steps: Sequence[str | int] = ()
    if isinstance(value, dict):
        steps = list(value)
    elif isinstance(value, list):
        steps = range(len(value))
    for step in steps:
        found.append((value, step))
        found += _places(value[step])  # type: ignore[index]  # of the very kind that it is
    return found


def _change(kind: str, holder: Json, step: str | int, value: Json, key: str) -> None:
    if isinstance(holder, dict):
        if kind == "delete":
            del holder[str(step)]
        elif kind == "retype":
            holder[str(step)] = value
        elif kind == "twice":
            holder[f"{step}\ue000"] = value  # written as the same key once more
        else:
            holder[key] = value
    elif isinstance(holder, list) and isinstance(step, int):
        if kind in ("delete", "drop element"):
            del holder[step]
        elif kind == "retype":
            holder[step] = value
        else:
            holder.insert(step, value)


def _written(document: Json) -> str:
    """JSON, with marked keys as they were before they were marked."""
    return json.dumps(document).replace("\\ue000", "")


def check(kind: Kind, body: bytes) -> None:
    """Rows and unread elements together are all elements, and every text gives its element back."""
    result = normalized(call(kind, body, subject=f"{ITEMS}/c/protectedItems/i"))
    elements = elements_of(body)
    whole = [one for one in result.unread if one.ordinal is None]
    if whole:
        assert not any(result.tables()[name] for name in set(TABLES.values()))
        return
    table = TABLES.get(kind, "vaults")
    for ordinal, element in enumerate(elements):
        unread = [one for one in result.unread if one.ordinal == ordinal]
        rows = rows_of(result, table, ordinal)
        assert bool(unread) != bool(rows), (ordinal, unread)
        assert all(same_text(one, element) for one in unread)
        assert all(lost(element, row, TAKEN.get(table, [])) == [] for row in rows)


OURS: Mapping[Kind, bytes] = {
    Kind.JOBS: orjson.dumps({"value": [vm_job(), vm_restore("r", "5/26/2026 2:11:38 AM")]}),
    Kind.JOB_DETAILS: orjson.dumps(vm_restore("r", "5/26/2026 2:11:38 AM")),
    Kind.PROTECTED_ITEMS: orjson.dumps({"value": [vm_item(), sql_item(), files_item()]}),
    Kind.RECOVERY_POINTS: orjson.dumps(
        {
            "value": [
                vm_point(vm_item(), "1", "2026-11-20T22:00:09.7367545Z"),
                sql_point(sql_item(), "2", "2026-11-20T22:00:09Z"),
                log_ranges(sql_item(), ("2026-11-19T03:52:42Z", "2026-11-19T06:52:12Z")),
            ]
        }
    ),
}
"""Bodies in recorded shapes, written by us."""


@pytest.mark.parametrize("kind", OURS)
@settings(max_examples=150, deadline=None)
@given(changes=edits)
def test_a_body_derived_from_one_of_ours_is_normalized_or_unread(kind: Kind, changes: list[Edit]) -> None:
    check(kind, derived(OURS[kind], changes))


RECORDED_KINDS = {
    *TABLES,
    Kind.VAULT,
    Kind.VAULTS,
    Kind.VAULT_CONFIG,
    Kind.STORAGE_CONFIG,
    Kind.ENCRYPTION_CONFIG,
    Kind.GUARD_PROXIES,
}


@cache
def small_recordings() -> Sequence[tuple[Kind, bytes]]:
    """Recorded answers of kinds that are asked for, each body once."""
    found = {}
    for one in recorded():
        if one.kind in RECORDED_KINDS and one.file.stat().st_size <= SMALL:
            found[one.file.read_bytes()] = one.kind
    return [(kind, body) for body, kind in found.items() if kind is not None]


@needs_recordings
@settings(max_examples=500, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(place=st.integers(0, 10**6), changes=edits)
def test_a_body_derived_from_a_recorded_one_is_normalized_or_unread(place: int, changes: list[Edit]) -> None:
    bodies = small_recordings()
    kind, body = bodies[place % len(bodies)]
    check(kind, derived(body, changes))


@needs_recordings
@pytest.mark.slow
@settings(max_examples=3000, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(place=st.integers(0, 10**6), changes=edits)
def test_many_bodies_derived_from_recorded_ones(place: int, changes: list[Edit]) -> None:
    bodies = small_recordings()
    kind, body = bodies[place % len(bodies)]
    check(kind, derived(body, changes))


def test_the_check_itself_notices_what_is_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    body = derived(OURS[Kind.JOBS], [("twice", 3, "second")])
    assert len(elements_of(body)) == 2
    assert body != orjson.dumps(orjson.loads(body))  # a key stands in it twice
    check(Kind.JOBS, body)
    monkeypatch.setattr("tests.normalize.test_derived_bodies.normalized", lambda *_, **__: Normalized())
    with pytest.raises(AssertionError):
        check(Kind.JOBS, body)
