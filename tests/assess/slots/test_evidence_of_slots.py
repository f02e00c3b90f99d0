"""What a judged slot names beside its outcome: jobs, point, errors, times; and what each doubt says."""

from __future__ import annotations

from datetime import timedelta

import pytest

from evidence.assess.slots.history import Sighting, Turn, item_history
from evidence.assess.slots.matching import part_of_operation
from evidence.assess.slots.rules import SlotRules, slot_rules
from evidence.assess.slots.values import Outcome, Part
from evidence.settings.judgement import JudgementSettings, StartWithin
from tests.assess.slots.given import (
    ITEM,
    POLICY,
    VAULT,
    at,
    hourly,
    item,
    job,
    judged,
    parts,
    point,
    read,
    rule,
    seen,
    simple,
    slots,
    version,
)

(SLOT,) = slots(item(), version(simple("Daily", "23:00")))
FAILED = job(
    "11-10 23:10", "11-10 23:40", "Failed", name="j1", code="400001", title="UserErrorGuestAgentStatusUnavailable"
)


def test_a_recovery_names_its_chain() -> None:
    second = job(
        "11-11 00:40", "11-11 00:50", "Failed", name="j2", code="400002", title="ExtensionSnapshotFailedNoNetwork"
    )
    third = job("11-11 02:00", "11-11 02:45", name="j3")
    found = judged(SLOT, [third, FAILED, second], [point("11-11 02:00:05", name="p9")])
    assert found.outcome is Outcome.FAILED_RECOVERED
    assert found.job_ids == ("j1", "j2", "j3")
    assert found.recovered_at == at("11-11 02:45")
    assert (found.recovery_point_id, found.recovery_point_at) == ("p9", at("11-11 02:00:05"))
    assert found.error_codes == ("400001", "400002")
    assert found.error_family == "network"


def test_a_success_is_no_recovery() -> None:
    found = judged(SLOT, [job("11-10 23:10", "11-10 23:40")], [point("11-10 23:10:05")])
    assert (found.recovered_at, found.error_family, found.error_codes) == (None, None, ())
    assert found.slot.policy_id == POLICY
    assert (found.slot.vault_id, found.slot.item_key) == (VAULT, ITEM)


def test_the_point_nearest_to_the_job_is_its_own() -> None:
    points = [point("11-11 09:00:05", name="later"), point("11-10 23:10:05", name="own")]
    assert judged(SLOT, [job("11-10 23:10", "11-10 23:40")], points).recovery_point_id == "own"


def test_a_point_that_the_item_tells_has_a_time_and_no_id() -> None:
    found = judged(SLOT, [job("11-10 23:10", "11-10 23:40")], [point("11-10 23:10:05", name="")])
    assert found.outcome is Outcome.SUCCESS
    assert (found.recovery_point_id, found.recovery_point_at) == (None, at("11-10 23:10:05"))


def test_an_ambiguous_job_is_named_where_its_time_is_the_points() -> None:
    near = job("11-10 23:10", "11-10 23:40", name="near", link="ambiguous")
    far = job("11-11 09:00", "11-11 09:40", name="far", link="ambiguous")
    found = judged(SLOT, [near, far], [point("11-10 23:10:05")])
    assert found.outcome is Outcome.SUCCESS
    assert found.job_ids == ("near",)


def test_on_demand_alone_is_said() -> None:
    alone = judged(SLOT, [job("11-11 09:00", "11-11 10:00", by_person=True)], [point("11-11 09:00:05")])
    assert "started by a person" in alone.reason
    scheduled = judged(SLOT, [job("11-10 23:00", "11-11 00:00", by_person=False)], [point("11-10 23:00:05")])
    assert "person" not in scheduled.reason


def test_what_was_not_read_is_told_with_its_reason() -> None:
    assert "HTTP 403" in judged(SLOT, sources=read(None, None, "HTTP 403")).reason
    assert "quota" in judged(SLOT, sources=read("11-12 06:00", None, "quota")).reason


def test_jobs_that_began_at_no_known_time_are_left_out() -> None:
    timeless = job("11-10 23:10", "11-10 23:40")
    unplaced = type(timeless)("j9", "id", "Completed", "Backup", None, None, None)
    assert judged(SLOT, [unplaced]).outcome is Outcome.SILENT


def test_windows_end_by_workload() -> None:
    day = timedelta(days=1)
    ends = {
        "AzureIaasVM": timedelta(hours=2),
        "AzureWorkload": timedelta(minutes=30),
        "AzureStorage": timedelta(hours=2),
        "MAB": timedelta(hours=2),
    }
    for management_type, start in ends.items():
        tuesdays = version(simple("Weekly", "23:00", days=["Tuesday"]), management_type=management_type)
        (slot,) = slots(item(), tuesdays)
        assert slot.window_end - slot.slot_at == start + day
        assert slot.final_at - slot.window_end == timedelta(hours=6)
    (slot,) = slots(item(), version([rule("R/2026-01-06T21:00:00+00:00/P1W")], management_type=None))
    assert slot.window_end - slot.slot_at == timedelta(hours=2) + day


def test_settings_reach_the_windows() -> None:
    settings = JudgementSettings(
        start_within=StartWithin(vm=timedelta(hours=1)),
        longest_run=timedelta(hours=3),
        latency=timedelta(hours=2),
        warnings_succeed=True,
    )
    rules = slot_rules(settings)
    (slot,) = slots(item(), version(simple("Daily", "23:00")), rules=rules)
    assert slot.window_end == at("11-11 03:00")
    assert slot.final_at == at("11-11 05:00")
    assert rules.warnings_succeed
    assert slot_rules(JudgementSettings()) == SlotRules()


@pytest.mark.parametrize("wrong", [{"vm": "2d"}, {"vm": None}, {"vm": "soon"}, {"tape": "2h"}])
def test_start_within_is_checked(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"vm|tape"):
        StartWithin.model_validate(wrong)


@pytest.mark.parametrize("wrong", [{"longest_run": "15d"}, {"latency": "0h"}, {"latency": None}, {"warnings": True}])
def test_judgement_is_checked(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"longest_run|latency|warnings"):
        JudgementSettings.model_validate(wrong)


@pytest.mark.parametrize(
    ("operation", "part"),
    [
        ("Backup (Full)", Part.FULL),
        ("Backup (Differential)", Part.DIFFERENTIAL),
        ("Backup (Snapshot Full)", Part.SNAPSHOT),
        ("backup (log) ", Part.LOG),
        ("Backup", None),
        ("Backup (CopyOnlyFull)", None),
        (None, None),
    ],
)
def test_parts_of_operations(operation: str | None, part: Part | None) -> None:
    assert part_of_operation(operation) is part


def test_a_job_that_tells_no_part_is_the_last_slots() -> None:
    policy = version(
        parts(Full=simple("Daily", "22:00"), Differential=simple("Daily", "02:00")), management_type="AzureWorkload"
    )
    full, differential = slots(item(), policy)
    unnamed = [job("11-11 02:03", None, "InProgress")]
    assert judged(full, unnamed, as_of="11-11 06:30").job_ids == ()
    assert judged(differential, unnamed, as_of="11-11 06:30").job_ids == ("j1",)


def unsure(*sightings: Sighting, turns: tuple[Turn, ...] = ()) -> str | None:
    history = item_history(VAULT, ITEM, sightings, turns=turns)
    (slot,) = slots(history, version(simple("Daily", "23:00")))
    return slot.unsure or slot.not_expected


@pytest.mark.parametrize(
    ("sightings", "told"),
    [
        ([seen(at("11-11 06:31"))], "first seen at 2026-11-11 06:31 UTC"),
        ([seen(at("11-01 06:31"), at("11-10 06:31"))], "last read at 2026-11-10 06:31 UTC, before the run"),
        (
            [seen(at("11-01 06:31"), at("11-10 06:31")), seen(at("11-11 06:31"), state="ProtectionStopped")],
            "protection stopped between 2026-11-10 06:31 UTC and 2026-11-11 06:31 UTC",
        ),
        ([seen(at("11-01 06:31"), state="Hibernating")], "`Hibernating` is not known"),
        ([seen(at("11-01 06:31"), state=None)], "`none` is not known"),
        ([seen(at("11-01 06:31"), state="ProtectionStopped")], "protection stopped before"),
    ],
)
def test_doubts_name_the_moments_that_they_rest_on(sightings: list[Sighting], told: str) -> None:
    found = unsure(*sightings)
    assert found is not None
    assert told in found


def test_of_two_jobs_that_may_have_changed_it_neither_is_believed() -> None:
    before, after = seen(at("11-01 06:31"), at("11-10 06:31")), seen(at("11-11 06:31"), state="ProtectionStopped")
    turns = (Turn(at("11-10 12:00"), "disable"), Turn(at("11-11 01:00"), "disable"))
    found = unsure(before, after, turns=turns)
    assert found is not None
    assert "between" in found


def test_a_configure_job_of_an_item_that_was_backed_up_before_is_no_first_protection() -> None:
    history = item(seen(at("11-11 06:31")), turns=[Turn(at("11-10 23:30"), "configure")], known_since=at("11-01 23:00"))
    (slot,) = slots(history, version(simple("Daily", "23:00")))
    assert (slot.not_expected, slot.unsure) == (None, None)


def test_a_stopped_item_that_is_resumed_is_expected_from_its_job_on() -> None:
    history = item(
        seen(at("11-01 06:31"), at("11-10 06:31"), state="ProtectionStopped"),
        seen(at("11-11 06:31")),
        turns=[Turn(at("11-10 22:00"), "configure")],
    )
    found = slots(history, version(hourly(4, "20:00", 7)))
    assert [(f"{slot.slot_at:%H:%M}", slot.not_expected is None) for slot in found] == [
        ("20:00", False),
        ("00:00", True),
    ]


def test_an_item_that_was_never_seen_has_no_slots() -> None:
    assert slots(item_history(VAULT, ITEM, ()), version(simple("Daily", "23:00"))) == []
