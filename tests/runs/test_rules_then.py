"""A later configuration changes nothing of what is said of earlier nights, and it is told by which one that is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from evidence.assess.points.values import Standing
from evidence.errors import ConfigurationError
from evidence.ledger.entries import LedgerEntry
from evidence.runs.assess import assess_night
from evidence.runs.attained import Objectives
from evidence.runs.judging.rules import judgement_rules
from evidence.runs.parts import Parts
from evidence.runs.rules_then import JUDGED_BY, InUse, rules_then, turns
from evidence.runs.sealed import SealedRows
from evidence.stores.layout import assessment_file, configuration_file
from evidence.tables import SLOTS, read_parquet
from tests.fakes.bench import NIGHT, RAW, Bench, backup

NEXT, AFTER = NIGHT + timedelta(days=1), NIGHT + timedelta(days=2)
TIER = b'tiers:\n  - {match: {name: "vm*"}, tier: %d, rpo: %s}\n'
FIRST, LATER = RAW + TIER % (0, b"24h"), RAW + TIER % (3, b"200h")


def parts_of(bench: Bench) -> Parts:
    return replace(bench.parts, judgement=judgement_rules(bench.configuration.settings))


def today(bench: Bench) -> InUse:
    return InUse(bench.configuration.sha256, judgement_rules(bench.configuration.settings))


@pytest.fixture
def bench() -> Bench:
    """Nights under one configuration, then under another; a machine is backed up on the first night alone."""
    made = Bench(raw=FIRST)
    backup(made.vault())
    made.seal(NIGHT)
    made.seal(NEXT)
    made.raw = LATER
    made.seal(AFTER)
    return made


def slots(bench: Bench, entry: LedgerEntry) -> Sequence[Mapping[str, object]]:
    told = entry.payload
    path = assessment_file(SLOTS.name, NIGHT, str(told["assessment_id"]))
    rows: Sequence[Mapping[str, object]] = read_parquet(SLOTS, bench.store.read(path)).to_pylist()
    return rows


def test_an_old_night_is_judged_by_the_configuration_of_its_run_and_says_which(bench: Bench) -> None:
    old, new = assess_night(parts_of(bench), NIGHT), assess_night(parts_of(bench), AFTER)
    first = next(one for one in bench.parts.ledger.entries() if one.kind == "configuration-adopted").payload["sha256"]
    assert old.payload[JUDGED_BY] == {"configuration_sha256": first}
    assert new.payload[JUDGED_BY] == {"configuration_sha256": bench.configuration.sha256}
    assert {row["tier"] for row in slots(bench, old)} == {0}


def test_a_night_that_was_captured_late_is_judged_by_what_was_adopted_when_it_ended(bench: Bench) -> None:
    bench.seal(NIGHT, again=True, reason="rights were granted")
    entries = bench.parts.ledger.entries()
    assert rules_then(bench.store, entries, NIGHT, today(bench)).rules.tiers[0].tier == 0
    other = Bench(raw=FIRST)
    backup(other.vault())
    other.seal(NIGHT)
    other.raw = LATER
    other.seal(AFTER)
    other.raw = RAW
    other.seal(NEXT)
    entries = other.parts.ledger.entries()
    late = rules_then(other.store, entries, NEXT, today(other))
    assert [one.tier for one in late.rules.tiers] == [0]


def test_objectives_turn_with_the_configuration(bench: Bench) -> None:
    entries = bench.parts.ledger.entries()
    by_time = turns(bench.store, entries, NIGHT, AFTER, today(bench))
    assert [one.in_use.rules.tiers[0].tier for one in by_time] == [0, 3]
    assert by_time[1].from_at == bench.calendar.window(AFTER).start
    now = bench.calendar.window(AFTER).end
    asked = Objectives(bench.store, entries, bench.calendar, lambda _: True, today(bench))
    ((_, whole),) = asked.attainments(NEXT, AFTER, now)
    ((_, then),) = asked.attainments(NEXT, NEXT, now)
    ((_, anew),) = replace(asked, as_today=True).attainments(NEXT, NEXT, now)
    assert (then.standing, anew.standing) == (Standing.BREACHED, Standing.ATTAINED)
    assert whole.missed == then.missed > timedelta(0)
    assert whole.target is not None
    assert whole.target.rpo == timedelta(hours=200)


def test_todays_rules_stand_for_nights_that_are_not_sealed() -> None:
    made = Bench()
    backup(made.vault())
    made.seal(NIGHT)
    entries = made.parts.ledger.entries()
    (only,) = turns(made.store, entries, AFTER, AFTER, today(made))
    assert only.in_use == today(made)


def test_a_configuration_that_this_program_cannot_read_is_an_error_and_not_replaced_by_todays(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    entries = bench.parts.ledger.entries()
    sha256 = str(next(one for one in entries if one.kind == "configuration-adopted").payload["sha256"])
    content = SealedRows.content
    monkeypatch.setattr(
        SealedRows,
        "content",
        lambda self, path: (
            b"azure: {}\nnew_setting: 1\n" if path == configuration_file(sha256) else content(self, path)
        ),
    )
    with pytest.raises(ConfigurationError, match="cannot be read by this program"):
        assess_night(parts_of(bench), NIGHT)
