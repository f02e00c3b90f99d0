from __future__ import annotations

import random
from collections import Counter

import orjson
import pytest

from evidence.nights import Calendar
from evidence.normalize import CaptureContext
from evidence.records import Capture, Kind
from tests.normalize.both_ways import compare
from tests.normalize.recorded import capture_of, groups, recorded
from tests.normalize.shapes import NIGHT, VAULT, VAULT_ID, answer, call
from tests.paths import needs_recordings

pytestmark = needs_recordings

CONTEXT = CaptureContext(NIGHT, "run-1", Calendar("Europe/Berlin"))
LISTS = {Kind.JOBS: "jobs", Kind.PROTECTED_ITEMS: "protected_items", Kind.RECOVERY_POINTS: "recovery_points"}


def test_some_recorded_vaults_give_the_same_rows_both_ways() -> None:
    for key, answers in list(groups())[::12]:
        compare(capture_of(key[-1], answers), CONTEXT)


@pytest.mark.slow
def test_every_recorded_vault_gives_the_same_rows_both_ways() -> None:
    found = Counter[str]()
    for key, answers in groups():
        rows, _ = compare(capture_of(key[-1], answers), CONTEXT)
        found.update({name: table.num_rows for name, table in rows.items()})
    assert found["jobs"] > 700
    assert found["recovery_points"] > 3_000


@pytest.mark.parametrize("kind", LISTS)
def test_recorded_elements_as_pages_of_one_vault_give_the_same_rows_both_ways(kind: Kind) -> None:
    """All recorded elements of a kind, jobs without their details as lists send them, shuffled into compact pages."""
    elements = recorded_elements(kind)
    random.Random(3).shuffle(elements)  # noqa: S311  # the same order every time
    pages = [elements[first : first + 90] for first in range(0, len(elements), 90)]
    calls = [call(kind, answer(*page), f"c{number:03}") for number, page in enumerate(pages)]
    rows, _ = compare(Capture("capture-1", VAULT_ID, None, tuple(calls), ()), CONTEXT)
    assert rows[LISTS[kind]].num_rows >= len(elements)


def recorded_elements(kind: Kind) -> list[dict[str, object]]:
    kinds = {kind, Kind.JOB_DETAILS} if kind is Kind.JOBS else {kind}
    found: list[dict[str, object]] = []
    for one in recorded():
        if one.kind in kinds:
            body = orjson.loads(one.file.read_bytes())
            found += body["value"] if isinstance(body.get("value"), list) else [body]
    found = [element for element in found if "properties" in element]
    for element in found if kind is Kind.JOBS else ():
        properties = element["properties"]
        assert isinstance(properties, dict)
        properties.pop("extendedInfo", None)
        element["id"] = f"{VAULT}/backupJobs/{element['name']}"
    return found
