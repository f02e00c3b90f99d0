"""What a night makes of drills by machine: what is linked, told again, counted, cleaned up and missed, and what is left to persons."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from evidence.drills.classify import ClassifyRules
from evidence.drills.events import DrillPlanned, ExecutionLinked, RestoreClassified
from evidence.drills.grades import initiator_grade
from evidence.drills.values import Classification, Grade, State, Verdict
from evidence.records import Kind, Outcome
from evidence.runs.drills.book import told_events
from evidence.runs.drills.missing import Overdue
from evidence.runs.drills.nightly import sentences
from evidence.runs.drills.recording import recorded
from evidence.runs.exceptions.state import standing_exceptions
from tests.drills.making import PLANNER
from tests.fakes.bench import NIGHT, at
from tests.fakes.bodies import FakeItem, FakeVault, Json, points_body
from tests.fakes.source import TENANT
from tests.runs.drills.found_desk import DRILL, NEXT, FoundDesk, bag, event, person

OTHER = "DR-2026Q4-0002"


@pytest.fixture
def desk() -> FoundDesk:
    found = FoundDesk()
    found.plan()
    return found


@pytest.fixture
def short() -> FoundDesk:
    """A drill whose window ends within its first night, without grace: that night's end decides."""
    found = FoundDesk()
    found.plan(found.planned(days=0.9, grace=timedelta(0)))
    return found


def kinds(desk: FoundDesk, drill_id: str = DRILL) -> list[str]:
    return [one.event.kind for one in told_events(desk.ledger.entries(), drill_id)]


def test_a_restore_is_linked_once_by_machine(desk: FoundDesk) -> None:
    desk.restore().properties |= {"activityId": "c-1"}
    desk.events(event(desk.resource(), at(NIGHT, 23), "c-1"))
    desk.night(judged=True)
    assert desk.settle().linked == [f"{DRILL}: restore-v1-vm1-{NIGHT}"]
    again = desk.settle()
    assert (again.linked, again.told_again, kinds(desk)) == ([], [], ["drill_planned", "execution_linked"])
    told = told_events(desk.ledger.entries(), DRILL)[-1].event
    assert isinstance(told, ExecutionLinked)
    assert (told.by, told.classification.verdict, told.classification.drill_id) == (None, Verdict.DRILL, DRILL)
    assert desk.drill().state is State.EVIDENCE_LINKED
    assert desk.one.drill_id == DRILL


def test_two_drills_that_wait_are_left_to_a_person(desk: FoundDesk) -> None:
    desk.plan(desk.planned(OTHER))
    desk.restore()
    desk.night()
    settled = desk.settle()
    assert settled.linked == []
    assert settled.undecided == [f"restore-v1-vm1-{NIGHT} is a drill, and fits {DRILL} and {OTHER}"]


def test_what_is_unclassified_is_left_to_a_person_and_linked_by_their_word(desk: FoundDesk) -> None:
    desk.restore(group="rg-apps")
    desk.night()
    settled = desk.settle()
    assert (settled.linked, settled.undecided) == ([], [f"restore-v1-vm1-{NIGHT} is unclassified"])
    job = desk.one.execution
    held = Classification(Verdict.DRILL, 0, ("CHG0042",), decided_by=person(1))
    recorded(
        desk.bench.parts,
        RestoreClassified(job.vault_id, job.job_id, held, desk.bench.clock.now(), person(1)),
    )
    assert desk.settle().linked == [f"{DRILL}: {job.job_id}"]


def test_a_recovery_of_production_is_never_linked_whatever_is_planned(desk: FoundDesk) -> None:
    desk.restore(properties=bag(at(NIGHT, 22.01), **{"Job Type": "Replace disks", "Target resource group": "rg-drill"}))
    desk.night()
    assert desk.one.classification.verdict is Verdict.PRODUCTION_RECOVERY
    assert f"although {DRILL} is planned for the item" in desk.one.classification.reasons
    settled = desk.settle()
    assert (settled.linked, settled.undecided) == ([], [])


def test_one_drill_takes_one_restore_by_machine_the_earlier_one(desk: FoundDesk) -> None:
    desk.restore(job_id="b-later", started_at=at(NIGHT, 25))
    desk.restore(job_id="a-second", started_at=at(NIGHT, 23.5))
    desk.restore(job_id="c-first", started_at=at(NIGHT, 23))
    desk.night()
    settled = desk.settle()
    assert settled.linked == [f"{DRILL}: c-first"]
    assert settled.undecided == [
        "a-second is a drill, and fits no planned drill",
        "b-later is a drill, and fits no planned drill",
    ]


def test_a_failed_attempt_is_linked_and_the_next_one_too(desk: FoundDesk) -> None:
    desk.restore(job_id="first", status="Failed")
    desk.restore(job_id="second", started_at=at(NIGHT, 24))
    desk.night()
    assert desk.settle().linked == [f"{DRILL}: first", f"{DRILL}: second"]
    assert [one.status for one in desk.drill().executions] == ["Failed", "Completed"]


def test_what_becomes_known_later_is_told_again_and_a_persons_word_stays_till_azure_tells(desk: FoundDesk) -> None:
    job = desk.restore(status="InProgress")
    desk.night()
    desk.settle()
    assert (desk.drill().state, desk.drill().executions[0].ended_at) == (State.PLANNED, None)
    stated = replace(desk.drill().executions[0], initiator=person(3))
    held = Classification(Verdict.DRILL, 80, ("asked for",), decided_by=person(2), drill_id=DRILL)
    recorded(desk.bench.parts, ExecutionLinked(DRILL, stated, held, desk.bench.clock.now(), person(2)))
    job.status = "Completed"
    desk.night(NEXT)
    assert desk.settle().told_again == [f"{DRILL}: {job.job_id}"]
    found = desk.drill().executions[0]
    assert (found.status, found.initiator, initiator_grade(found)) == ("Completed", person(3), Grade.C)
    job.properties |= {"activityId": "late"}
    desk.events(event(desk.resource(), at(NIGHT, 23), "late"))
    desk.night(NEXT + timedelta(days=1))
    assert desk.settle().told_again == [f"{DRILL}: {job.job_id}"]
    found = desk.drill().executions[0]
    assert (initiator_grade(found), desk.settle().told_again) == (Grade.A, [])
    last = told_events(desk.ledger.entries(), DRILL)[-1].event
    assert isinstance(last, ExecutionLinked)
    assert (last.by, last.classification.decided_by) == (None, person(2))


def test_nothing_is_told_again_after_the_record_was_handed_in_or_because_a_list_names_the_job_again(
    desk: FoundDesk,
) -> None:
    desk.restore()
    desk.night()
    desk.settle()
    before = kinds(desk)
    desk.night(NEXT)
    assert (desk.settle().told_again, kinds(desk)) == ([], before)


def files(restored: int, skipped: int, failed: int) -> dict[str, object]:
    told = {"Number Of Restored Files": restored, "Number Of Skipped Files": skipped, "Number Of Failed Files": failed}
    return bag(
        at(NIGHT, 22.01), **{"Target resource group": "rg-drill", **{name: str(one) for name, one in told.items()}}
    )


@pytest.mark.parametrize(
    ("counts", "passed", "deviations"),
    [
        ((7, 0, 0), True, set()),
        ((0, 0, 0), False, {"no_files", "validation_failed"}),
        ((5, 2, 0), False, {"files_skipped", "validation_failed"}),
        ((5, 0, 1), False, {"files_failed", "validation_failed"}),
    ],
    ids=["whole", "none", "skipped", "failed"],
)
def test_files_that_a_job_counts_are_a_check_of_grade_a_and_deviations_by_themselves(
    desk: FoundDesk, counts: tuple[int, int, int], passed: bool, deviations: set[str]
) -> None:
    desk.restore(properties=files(*counts))
    desk.night()
    assert len(desk.settle().checked) == 1
    assert desk.settle().checked == []
    (check,) = desk.drill().validations
    assert (check.kind, check.passed, check.grade, check.by) == ("file_count", passed, Grade.A, None)
    assert {one.kind for one in desk.drill().deviations} == deviations | {"no_point"}, "the night was not judged"


def test_warnings_and_an_unknown_point_are_deviations_by_themselves(desk: FoundDesk) -> None:
    desk.restore(status="CompletedWithWarnings", properties=bag(at(NIGHT, 3), **{"Target resource group": "rg-drill"}))
    desk.night()
    desk.settle()
    assert {one.kind for one in desk.drill().deviations} == {"warnings", "no_point"}
    assert desk.drill().state is State.EXECUTED


@pytest.mark.parametrize(
    ("tiers", "kinds"),
    [
        ([("1", "1")], {"no_vault_copy"}),
        ([("InstantRP", "Valid"), ("HardenedRP", "Valid")], set()),
        ([("InstantRP", "Deleted"), ("HardenedRP", "Valid")], set()),
        ([], set()),
    ],
    ids=["snapshot", "both", "vault", "not-told"],
)
def test_a_restore_from_a_snapshot_alone_tested_no_vault_copy(
    desk: FoundDesk, tiers: list[tuple[str, str]], kinds: set[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def told(vault: FakeVault, item: FakeItem) -> list[Json]:
        details = [{"type": tier, "status": state} for tier, state in tiers]
        rows = points_body(vault, item)
        return [{**row, "properties": {**dict(row["properties"]), "recoveryPointTierDetails": details}} for row in rows]  # type: ignore[call-overload]  # an object by our own hand

    monkeypatch.setattr("tests.fakes.source.points_body", told)
    desk.restore()
    desk.night(judged=True)
    desk.settle()
    assert {one.kind for one in desk.drill().deviations} == kinds


def test_a_drill_is_missed_once_every_night_of_its_window_was_read(desk: FoundDesk) -> None:
    for ahead in range(5):
        desk.night(NIGHT + timedelta(days=ahead))
        settled = desk.settle()
        assert (settled.missed, settled.open) == ([DRILL] if ahead == 3 else [], ())
    assert desk.drill().state is State.MISSED
    (one,) = [found for found in standing_exceptions(desk.bench.store, desk.ledger.entries()).by_key.values() if found.class_ == "missed_drill"]  # fmt: skip
    assert (one.finding.item_key, one.finding.error_family) == (desk.drill().planned.item_key, "2026Q4")
    assert one.finding.summary == f"vm1 has no accepted restore drill of 2026Q4: {DRILL} is missed."


def missed_drills(desk: FoundDesk) -> list[str]:
    known = standing_exceptions(desk.bench.store, desk.ledger.entries()).by_key.values()
    return [one.finding.subject for one in known if one.class_ == "missed_drill"]


def test_a_night_that_was_not_read_makes_it_unknown_until_a_later_list_tells(short: FoundDesk) -> None:
    """What was not read is neither missed nor done."""
    short.vault.spoiled[Kind.JOBS] = (Outcome.NOT_REACHED, "HTTP 403")
    short.night()
    (late,) = short.settle().open
    assert (late.outcome, short.drill().state) == (Overdue.UNKNOWN, State.PLANNED)
    assert late.reason == f"Jobs of its vault were not read whole of the nights {NIGHT}."
    assert f"{DRILL} is overdue, unknown" in sentences(short.settle())[0]
    assert missed_drills(short) == []
    del short.vault.spoiled[Kind.JOBS]
    # Each night lists three nights again.
    short.night(NEXT)
    assert (short.settle().missed, missed_drills(short)) == ([DRILL], ["vm1"])


@pytest.mark.slow
def test_of_a_long_window_the_nights_that_no_list_reached_stay_open(desk: FoundDesk) -> None:
    desk.night()
    desk.vault.spoiled[Kind.JOBS] = (Outcome.NOT_REACHED, "HTTP 403")
    for ahead in range(1, 5):
        desk.night(NIGHT + timedelta(days=ahead))
    (late,) = desk.settle().open
    first, second, third = (NIGHT + timedelta(days=ahead) for ahead in (1, 2, 3))
    assert late.reason == f"Jobs of its vault were not read whole of the nights {first}, {second}, {third}."
    del desk.vault.spoiled[Kind.JOBS]
    desk.night(NIGHT + timedelta(days=5))
    (late,) = desk.settle().open
    assert late.reason == f"Jobs of its vault were not read whole of the nights {first}, {second}."
    for night in (first, second):
        desk.bench.seal(night, again=True, reason="rights were granted")
    assert desk.settle().missed == [DRILL]


def test_a_vault_that_no_list_named_is_not_read(short: FoundDesk) -> None:
    short.bench.azure.subscriptions[0].hidden.add(short.vault.name)
    short.night()
    assert [one.outcome for one in short.settle().open] == [Overdue.UNKNOWN]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"group": "rg-apps"}, "of the item is unclassified"),
        ({"name": "nobody-knows"}, "of which item is not known"),
    ],
    ids=["unclassified", "no-item"],
)
def test_a_restore_that_may_be_its_own_keeps_a_drill_from_being_missed(
    short: FoundDesk, changes: dict[str, str], said: str
) -> None:
    short.restore(**changes)  # type: ignore[arg-type]  # names of its parameters
    short.night()
    settled = short.settle()
    assert (settled.missed, [one.outcome for one in settled.open]) == ([], [Overdue.UNKNOWN])
    assert said in settled.open[0].reason


def test_a_recovery_of_production_in_its_window_is_no_execution(short: FoundDesk) -> None:
    short.restore(properties=bag(at(NIGHT, 22.01), **{"Job Type": "Replace disks"}))
    short.night()
    assert short.settle().missed == [DRILL]


def test_what_was_tried_in_vain_is_not_missed(short: FoundDesk) -> None:
    short.restore(status="Failed")
    short.night()
    settled = short.settle()
    assert (settled.missed, [one.outcome for one in settled.open]) == ([], [Overdue.TRIED])
    assert settled.open[0].reason == f"Nothing was restored for it to the end: restore-v1-vm1-{NIGHT} is Failed."


def machine(desk: FoundDesk) -> dict[str, object]:
    path = f"/subscriptions/{desk.vault.subscription}/resourceGroups/rg-drill/providers/Microsoft.Compute/virtualMachines/copy"
    return {"id": path, "name": "copy", "type": "microsoft.compute/virtualmachines", "properties": {}}


def test_a_copy_that_was_listed_and_is_no_more_is_gone(desk: FoundDesk) -> None:
    told = {
        "Job Type": "Recover VM to an alternate location",
        "Target resource group": "rg-drill",
        "Target VM Name": "copy",
    }
    desk.restore(properties=bag(at(NIGHT, 22.01), **told))
    graph = desk.bench.azure.subscriptions[0].graph
    other = {**machine(desk), "id": str(machine(desk)["id"]).replace("copy", "other"), "name": "other"}
    graph.resources.extend([machine(desk), other])
    desk.night()
    assert desk.settle().cleaned_up == []
    graph.resources[:] = [other]
    graph.refused.add(Kind.GRAPH_RESOURCES)
    desk.night(NEXT)
    assert desk.settle().cleaned_up == [], "what was not read tells nothing"
    graph.refused.clear()
    desk.night(NEXT + timedelta(days=1))
    assert desk.settle().cleaned_up == [DRILL]
    assert (desk.drill().clean_up, desk.settle().cleaned_up) == ("resource_graph", [])


def test_a_copy_that_was_never_listed_is_not_said_to_be_gone(desk: FoundDesk) -> None:
    told = {
        "Job Type": "Recover VM to an alternate location",
        "Target resource group": "rg-drill",
        "Target VM Name": "copy",
    }
    desk.restore(properties=bag(at(NIGHT, 22.01), **told))
    graph = desk.bench.azure.subscriptions[0].graph
    graph.resources.append({**machine(desk), "id": str(machine(desk)["id"]).replace("copy", "other"), "name": "other"})
    for day in (NIGHT, NEXT):
        desk.night(day)
        assert desk.settle().cleaned_up == []


def test_configured_rules_decide(desk: FoundDesk) -> None:
    desk.rules = ClassifyRules(production_groups=desk.rules.drill_groups)
    desk.restore()
    desk.night()
    assert (desk.settle().linked, desk.one.classification.verdict) == ([], Verdict.PRODUCTION_RECOVERY)


def test_a_retest_takes_its_own_restore(desk: FoundDesk) -> None:
    """The first drill is executed and waits for nothing more; the second one's restore is its own."""
    desk.restore()
    desk.night()
    desk.settle()
    made = desk.planned(OTHER, begins=at(NEXT, 8))
    recorded(desk.bench.parts, DrillPlanned(made, desk.bench.clock.now(), replace(PLANNER, tenant_id=TENANT)))
    desk.restore(NEXT)
    desk.night(NEXT)
    assert desk.settle().linked == [f"{OTHER}: restore-v1-vm1-{NEXT}"]
