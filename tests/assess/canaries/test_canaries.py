"""Canaries fire every night, healthy twins never, and a blind or broken detector is told."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evidence.assess.canaries.nightly import CANARIES, canary_findings, fly
from evidence.assess.canaries.plants import Plant, Stage
from evidence.assess.findings import Class, Finding, Severity
from evidence.nights import Calendar

NIGHT = date(2026, 11, 21)
UTC_NIGHTS = Calendar()
BERLIN = Calendar("Europe/Berlin", time(6))


@pytest.mark.parametrize("plant", list(Plant), ids=lambda plant: plant.name.lower())
def test_what_was_planted_is_found_by_its_detector_and_the_twin_is_silent(plant: Plant) -> None:
    """Trap 18: every kind of plant has a detector that must find it."""
    class_, detector = CANARIES[plant]
    found = [one.class_ for one in detector(Stage(NIGHT, UTC_NIGHTS, plant))]
    assert class_ in found
    assert list(detector(Stage(NIGHT, UTC_NIGHTS))) == []


@pytest.mark.parametrize(
    "night",
    [
        date(2026, 3, 28),
        date(2026, 3, 29),
        date(2026, 10, 24),
        date(2026, 10, 25),
        date(2026, 10, 31),
        date(2028, 2, 29),
    ],
    ids=str,
)
@pytest.mark.parametrize(
    "calendar", [UTC_NIGHTS, BERLIN, Calendar("Pacific/Auckland", time(12))], ids=["utc", "berlin", "auckland"]
)
def test_canaries_fly_on_nights_with_clock_changes_and_weekends(night: date, calendar: Calendar) -> None:
    assert [one for one in fly(night, calendar) if not one.good] == []


@settings(max_examples=10)
@given(st.dates(date(2026, 1, 1), date(2036, 12, 31)))
def test_canaries_fly_on_any_night(night: date) -> None:
    results = fly(night, BERLIN)
    assert len(results) == len(Plant)
    assert [one for one in results if not one.good] == []
    assert canary_findings(results, night, BERLIN) == ()


def _blind(_: Stage) -> Iterable[Finding]:
    return ()


def _alarmist(stage: Stage) -> Iterable[Finding]:
    _, detector = CANARIES[Plant.GAP]
    return list(detector(Stage(stage.night, stage.calendar, Plant.GAP)))


def _broken(_: Stage) -> Iterable[Finding]:
    raise ZeroDivisionError("planted")


@pytest.mark.parametrize(
    ("detector", "found", "silent", "told"),
    [
        (_blind, False, True, "Not found."),
        (_alarmist, True, False, "The healthy twin was accused: Without usable points"),
        (_broken, False, False, "The detector failed: ZeroDivisionError: planted."),
    ],
    ids=["never-fires", "always-fires", "raises"],
)
def test_a_detector_that_never_or_always_fires_or_breaks_is_told(
    detector: object, found: bool, silent: bool, told: str
) -> None:
    canaries = {**CANARIES, Plant.GAP: (Class.POINT_GAP, detector)}
    results = fly(NIGHT, UTC_NIGHTS, canaries)  # type: ignore[arg-type]  # detectors of this test
    (bad,) = [one for one in results if not one.good]
    assert (bad.detector, bad.found, bad.silent_on_healthy) == ("point_gap", found, silent)
    (finding,) = canary_findings(results, NIGHT, UTC_NIGHTS)
    assert (finding.class_, finding.severity, finding.error_family) == (
        Class.CANARY_SILENT,
        Severity.CRITICAL,
        "point_gap",
    )
    assert told in finding.summary
    assert finding.at == UTC_NIGHTS.window(NIGHT).end


def test_what_a_canary_shows_can_be_told_from_real_data() -> None:
    for plant, (_, detector) in CANARIES.items():
        for one in detector(Stage(NIGHT, UTC_NIGHTS, plant)):
            assert "canary" in f"{one.vault_id}{one.item_key}", plant


def test_the_same_night_gives_the_same_results() -> None:
    assert fly(NIGHT, BERLIN) == fly(NIGHT, Calendar("Europe/Berlin", time(6)))
