"""What is found of restores: who started them, from which point, what they are held to be, and how each is known."""

from __future__ import annotations

from datetime import timedelta

import pytest

from evidence.drills.events import RestoreClassified
from evidence.drills.grades import initiator_grade
from evidence.drills.values import Classification, Grade, Person, Verdict
from evidence.errors import ConfigurationError
from evidence.records import Kind
from evidence.runs.drills.activity import is_service_principal
from evidence.runs.drills.found import found_restore
from evidence.runs.drills.recording import recorded
from tests.fakes.bench import NIGHT, at, backup
from tests.runs.drills.found_desk import CLAIM, DRILL, GROUP, OID, FoundDesk, bag, event, person

BEGAN = at(NIGHT, 23)
UPN = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/upn"


@pytest.fixture
def desk() -> FoundDesk:
    return FoundDesk()


def test_a_job_is_known_by_its_correlation_id(desk: FoundDesk) -> None:
    job = desk.restore()
    job.properties |= {"activityId": "C-1"}
    claims = {f"{CLAIM}tenantid": "t-2", UPN: "anna@contoso.example"}
    desk.events(
        event(desk.resource(), BEGAN - timedelta(hours=3), "c-1", status="Started", **claims),
        event(desk.resource(), BEGAN + timedelta(hours=2), "c-1", **claims),
    )
    desk.night(judged=True)
    found = desk.one.execution
    assert found.initiator == Person("t-2", OID, "anna@contoso.example", is_service=False)
    assert (found.initiator_known_by, initiator_grade(found)) == ("activity_log", Grade.A)
    assert (found.correlation_id, found.link) == ("c-1", "exact")
    assert "by the job's correlation id" in desk.one.known_by[0]
    assert desk.one.known_by[1] == "Job and request name the same recovery point."


def test_events_of_one_request_are_one_whether_they_name_the_point_or_not(desk: FoundDesk) -> None:
    desk.restore(properties=bag(None), point_at=None).properties |= {"activityId": "c-1"}
    desk.events(
        event(desk.resource(), BEGAN, "c-1", status="Started"),
        event(desk.resource(point=None), BEGAN + timedelta(seconds=2), "c-1"),
    )
    desk.night()
    found = desk.one.execution
    assert (found.initiator is not None, found.link, found.recovery_point_id) == (True, "id", f"point-{NIGHT}")


def test_else_by_item_and_time_and_the_point_by_the_request(desk: FoundDesk) -> None:
    """As SQL jobs are: they tell no point at all."""
    desk.restore(properties=bag(None, **{"Target resource group": GROUP}), point_at=None)
    desk.events(event(desk.resource().replace(";", "%3B"), BEGAN - timedelta(minutes=1), "other", idtyp="app"))
    desk.night()
    found = desk.one.execution
    assert (found.link, found.recovery_point_id, found.recovery_point_at) == ("id", f"point-{NIGHT}", at(NIGHT, 22.01))
    assert found.initiator is not None
    assert found.initiator.is_service is True
    assert (found.initiator_known_by, initiator_grade(found)) == ("activity_log_item_and_time", Grade.A)


def test_two_requests_or_two_jobs_that_fit_tell_nobody(desk: FoundDesk) -> None:
    desk.restore()
    desk.events(*(event(desk.resource(), BEGAN - timedelta(minutes=1), name, oid=f"{OID[:-1]}{name}") for name in "12"))
    desk.night()
    assert (desk.one.execution.initiator, desk.one.execution.activity_event_id) == (None, None)
    assert "2 requests for the item in the Activity Log fit 1 restore jobs" in desk.one.known_by[0]


def test_one_request_and_two_jobs_tell_nobody(desk: FoundDesk) -> None:
    desk.restore()
    desk.restore(job_id="another")
    desk.events(event(desk.resource(), BEGAN - timedelta(minutes=1), "x"))
    desk.night()
    assert [one.execution.initiator for one in desk.found] == [None, None]
    assert all(
        "1 requests for the item in the Activity Log fit 2 restore jobs" in one.known_by[0] for one in desk.found
    )


def test_a_request_that_failed_gives_way_and_one_of_another_job_is_not_taken_twice(desk: FoundDesk) -> None:
    desk.restore()
    other = desk.restore(job_id="another")
    other.properties |= {"activityId": "mine"}
    near = BEGAN - timedelta(minutes=1)
    desk.events(
        event(desk.resource(), near, "mine", caller="bo", oid="b"),
        event(desk.resource(), near, "refused", status="Failed", caller="cy", oid="c"),
        event(desk.resource(), near, "good"),
    )
    desk.night()
    by = {one.execution.job_id: one.execution.initiator for one in desk.found}
    assert {job: who.object_id if who else None for job, who in by.items()} == {
        "another": "b",
        f"restore-v1-vm1-{NIGHT}": OID,
    }


def test_a_request_for_another_item_under_the_same_correlation_id_is_not_taken(desk: FoundDesk) -> None:
    desk.restore().properties |= {"activityId": "c-1"}
    desk.events(event(desk.resource().replace("vm1", "vm2"), BEGAN, "c-1"))
    desk.night()
    assert desk.one.execution.initiator is None
    assert "a request for something else under the job's correlation id c-1" in desk.one.known_by[0]


def test_job_and_request_that_name_unlike_points_leave_the_point_open(desk: FoundDesk) -> None:
    desk.restore().properties |= {"activityId": "c-1"}
    desk.events(event(desk.resource(point="elsewhere"), BEGAN, "c-1"))
    desk.night(judged=True)
    found = desk.one.execution
    assert (found.link, found.recovery_point_id, found.recovery_point_at) == ("ambiguous", None, None)
    assert found.initiator is not None
    assert any("which it was is not known" in said for said in desk.one.known_by)


def test_by_time_a_request_for_another_point_is_another_request(desk: FoundDesk) -> None:
    desk.restore()
    desk.events(event(desk.resource(point="elsewhere"), BEGAN, "c-9"))
    desk.night(judged=True)
    assert (desk.one.execution.initiator, desk.one.execution.link) == (None, "exact")
    assert "holds no request that fits" in desk.one.known_by[0]


def test_a_point_that_no_list_held_is_named_without_a_time(desk: FoundDesk) -> None:
    desk.restore(properties=bag(None), point_at=None).properties |= {"activityId": "c-1"}
    desk.events(event(desk.resource(point="gone"), BEGAN, "c-1"))
    desk.night()
    found = desk.one.execution
    assert (found.link, found.recovery_point_id, found.recovery_point_at) == ("id", "gone", None)
    assert any("no list that was read held" in said for said in desk.one.known_by)


def test_any_moment_of_log_backups_names_no_point(desk: FoundDesk) -> None:
    desk.restore().properties |= {"activityId": "c-1"}
    desk.events(event(desk.resource(point="DefaultRangeRecoveryPoint"), BEGAN, "c-1"))
    desk.night(judged=True)
    assert desk.one.execution.link == "exact"


def test_a_log_without_object_ids_tells_nobody(desk: FoundDesk) -> None:
    desk.restore().properties |= {"activityId": "c-1"}
    desk.events(event(desk.resource(), BEGAN, "c-1", oid=None))
    desk.night()
    assert (desk.one.execution.initiator, desk.one.execution.initiator_known_by) == (None, None)
    assert desk.one.execution.activity_event_id is not None
    assert "asked for by anna@contoso.example, without one object id" in desk.one.known_by[0]


def test_an_unread_log_is_told_apart_from_an_empty_one(desk: FoundDesk) -> None:
    desk.restore()
    desk.bench.azure.subscriptions[0].graph.refused.add(Kind.ACTIVITY_LOG)
    desk.night()
    assert "was not read whole" in desk.one.known_by[0]


@pytest.mark.parametrize(
    ("caller", "claims", "service"),
    [
        ("a@b.example", {"idtyp": "user"}, False),
        ("a@b.example", {"idtyp": "app", "scp": "x"}, True),
        ("a@b.example", {UPN: "a@b.example"}, False),
        ("o-1", {f"{CLAIM}scope": "user_impersonation", "appid": "o-1"}, False),
        ("app-1", {"appid": "APP-1"}, True),
        ("o-1", {"appid": "app-1", f"{CLAIM}objectidentifier": "o-1"}, True),
        ("a@b.example", {}, None),
        ("o-1", {f"{CLAIM}objectidentifier": "o-1"}, None),
        (None, {}, None),
    ],
    ids=["user", "app", "upn", "scope", "application", "own-object", "name-alone", "object-alone", "nothing"],
)
def test_services_are_told_from_persons_where_the_record_tells_it(
    caller: str | None, claims: dict[str, object], service: bool | None
) -> None:
    assert is_service_principal(caller, claims) is service


def test_a_restore_without_plan_or_signal_is_no_drill(desk: FoundDesk) -> None:
    desk.restore(group="rg-apps")
    desk.night()
    held = desk.one.classification
    assert (held.verdict, held.score, desk.one.waiting) == (Verdict.UNCLASSIFIED, 0, ())
    assert held.reasons == ("no signal tells what it was",)


def test_a_plan_and_a_group_for_drills_make_a_drill(desk: FoundDesk) -> None:
    desk.plan()
    desk.restore()
    desk.night()
    held = desk.one.classification
    assert (held.verdict, held.score, desk.one.waiting, desk.one.drill_id) == (Verdict.DRILL, 80, (DRILL,), None)
    assert held.reasons == (f"{DRILL} is planned for the item now (+50)", "the resource group is one for drills (+30)")


def test_a_plan_of_the_same_item_in_another_vault_or_time_does_not_wait(desk: FoundDesk) -> None:
    desk.plan(desk.planned(begins=at(NIGHT, 24.5)))
    desk.restore()
    desk.night()
    assert (desk.one.waiting, desk.one.classification.verdict) == ((), Verdict.UNCLASSIFIED)


def test_a_persons_word_stands_before_the_rules_whatever_the_case_of_the_id(desk: FoundDesk) -> None:
    desk.restore(group="rg-apps")
    desk.night()
    job = desk.one.execution
    held = Classification(Verdict.PRODUCTION_RECOVERY, 0, ("INC0815",), decided_by=person(1))
    told = RestoreClassified(job.vault_id, job.job_id.upper(), held, desk.bench.clock.now(), person(1))
    recorded(desk.bench.parts, told)
    assert desk.one.classification == held


def test_the_tag_of_the_restored_machine_and_a_sick_item_are_signals(desk: FoundDesk) -> None:
    desk.restore(
        properties=bag(
            at(NIGHT, 22.01),
            **{
                "Job Type": "Recover VM to an alternate location",
                "Target resource group": "rg-apps",
                "Target VM Name": "copy",
            },
        )
    )
    graph = desk.bench.azure.subscriptions[0].graph
    path = f"/subscriptions/{desk.vault.subscription}/resourceGroups/RG-Apps/providers/Microsoft.Compute/virtualMachines/Copy"
    graph.resources.append(
        {
            "id": path,
            "name": "Copy",
            "type": "microsoft.compute/virtualmachines",
            "tags": {"Backup-Drill": DRILL},
            "properties": {},
        }
    )
    desk.vault.items[0].properties["protectionState"] = "ProtectionStopped"
    desk.bench.clock.reach(at(NIGHT - timedelta(days=1), 30.5))
    desk.bench.seal(NIGHT - timedelta(days=1))
    desk.night()
    assert desk.one.classification.reasons == (
        "the target bears the tag backup-drill (+40)",
        "the item was stopped, deleted or unhealthy the day before (-30)",
    )


def test_one_is_found_by_its_id_whatever_its_case(desk: FoundDesk) -> None:
    desk.restore(job_id="same-in-both")
    other = desk.bench.vault("v2")
    desk.vault = other

    backup(other)
    desk.restore(job_id="same-in-both")
    desk.night()
    with pytest.raises(ConfigurationError, match="More than one") as told:
        found_restore(desk.found, "same-in-both")
    assert "--vault" in told.value.next_step
    assert found_restore(desk.found, " SAME-in-both ", other.vault.vault_id).execution.vault_id == other.vault.vault_id
    with pytest.raises(ConfigurationError, match="No restore job"):
        found_restore(desk.found, "none")
