"""What ends exceptions that are not about jobs, and what withdraws those that never were."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from evidence.assess.exceptions.advance import parents_of
from evidence.assess.exceptions.proofs import Look, PointAge, Proofs, Restored
from evidence.assess.exceptions.states import State
from evidence.assess.findings import Class
from evidence.assess.slots.values import Outcome
from tests.assess.exceptions.making import (
    FOUND,
    GOOD_JOB,
    GOOD_POINT,
    ITEM,
    NOTHING,
    PROVEN,
    VAULT,
    at,
    bad_job,
    day,
    end,
    finding,
    job,
    kinds,
    lived,
    look,
    only,
    point,
    proofs,
    slot,
)

LATE: dict[Class, list[Outcome]] = {
    Class.SILENT: [one for one in Outcome if one not in {Outcome.SILENT, Outcome.PENDING, Outcome.UNKNOWN}],
    Class.NO_POINT: [Outcome.SUCCESS, Outcome.FAILED_RECOVERED, Outcome.NOT_EXPECTED],
    Class.FAILED: [Outcome.SUCCESS, Outcome.NOT_EXPECTED],
    Class.RUNNING_LATE: [Outcome.NOT_EXPECTED],
    Class.RECURRING: [Outcome.SUCCESS, Outcome.NOT_EXPECTED],
    Class.RPO_BREACH: [],
}


@pytest.mark.parametrize("class_", LATE, ids=str)
@pytest.mark.parametrize("outcome", list(Outcome), ids=str)
def test_late_data_withdraws_what_never_was(class_: Class, outcome: Outcome) -> None:
    standings, _ = lived(NOTHING, look(0, finding(0, class_)))
    standings, events = lived(standings, look(1, proven=proofs(slots=[slot(0, outcome)])))
    assert kinds(events) == (("withdrawn",) if outcome in LATE[class_] else ())


def test_a_failure_that_another_job_recovered_was_one() -> None:
    standings, _ = lived(NOTHING, FOUND)
    recovered = proofs(slots=[slot(0, Outcome.SUCCESS, jobs=("bad-0", "retry"))])
    assert lived(standings, look(1, proven=recovered))[1] == ()


def test_one_night_that_still_shows_it_keeps_it() -> None:
    standings, _ = lived(NOTHING, look(0, finding(0, Class.SILENT)), look(1, finding(1, Class.SILENT)))
    half = proofs(slots=[slot(0, Outcome.SUCCESS), slot(1, Outcome.SILENT)])
    assert lived(standings, look(2, proven=half))[1] == ()
    assert lived(standings, look(2, proven=proofs(slots=[slot(1, Outcome.SUCCESS)])))[1] == ()
    whole = proofs(slots=[slot(0, Outcome.SUCCESS), slot(1, Outcome.SUCCESS)])
    assert kinds(lived(standings, look(2, proven=whole))[1]) == ("withdrawn",)


def test_another_run_of_the_same_night_that_still_shows_it_keeps_it() -> None:
    standings, _ = lived(NOTHING, look(0, finding(0, Class.SILENT), finding(0, Class.SILENT, at=at(0, 26))))
    half = proofs(slots=[slot(0, Outcome.SILENT), slot(0, Outcome.SUCCESS, 26)])
    assert lived(standings, look(1, proven=half))[1] == ()


@pytest.mark.parametrize(("age", "closes"), [(24, True), (25, False)])
def test_an_rpo_breach_ends_when_the_newest_point_is_within_the_target(age: int, closes: bool) -> None:
    told = PointAge("p", end(1) - timedelta(hours=age), timedelta(hours=24), end(1))
    proven = proofs([GOOD_JOB], [GOOD_POINT], ages={ITEM: told})
    _, events = lived(NOTHING, look(0, finding(0, Class.RPO_BREACH)), look(1, proven=proven))
    assert kinds(events) == (("closed",) if closes else ())


def test_an_rpo_breach_does_not_end_by_a_job_and_a_point_alone() -> None:
    assert lived(NOTHING, look(0, finding(0, Class.RPO_BREACH)), look(1, proven=PROVEN))[1] == ()


def test_a_gap_ends_with_a_usable_point_after_it() -> None:
    gap = look(0, finding(0, Class.POINT_GAP))
    before = PointAge("p", at(0, 20), timedelta(hours=24), end(1))
    assert lived(NOTHING, gap, look(1, proven=proofs(ages={ITEM: before})))[1] == ()
    after = replace(before, recovery_point_at=at(1))
    assert kinds(lived(NOTHING, gap, look(1, proven=proofs(ages={ITEM: after})))[1]) == ("closed",)


@pytest.mark.parametrize(
    ("proven", "closes"),
    [
        (proofs(slots=[slot(0, Outcome.SUCCESS)]), True),
        (proofs(slots=[slot(1, Outcome.FAILED)]), True),
        (proofs(slots=[slot(0, Outcome.UNKNOWN), slot(1, Outcome.PENDING)]), False),
        (proofs(slots=[slot(1, Outcome.NOT_EXPECTED)]), False),
        (proofs(slots=[slot(1, Outcome.NOT_EXPECTED)], read=frozenset({VAULT})), True),
        (proofs(read=frozenset({VAULT})), False),
        (PROVEN, True),
        (proofs([GOOD_JOB], [GOOD_POINT]), False),
    ],
    ids=[
        "known then",
        "known since",
        "not known",
        "not due",
        "not due and read",
        "vault read",
        "both",
        "job and point",
    ],
)
def test_unknown_ends_when_the_source_tells(proven: Proofs, closes: bool) -> None:
    _, events = lived(NOTHING, look(0, finding(0, Class.UNKNOWN)), look(1, proven=proven))
    assert bool(events) is closes


def test_unknown_of_a_vault_ends_when_its_lists_were_read() -> None:
    unread = finding(0, Class.UNKNOWN, item_key=None)
    read = Proofs(read=frozenset({VAULT}))
    assert kinds(lived(NOTHING, look(0, unread), look(1, proven=read))[1]) == ("closed",)
    assert kinds(lived(NOTHING, look(0, unread), look(1, replace(unread, at=at(1), night=day(1)), proven=read))[1]) == (
        "seen",
    )


def test_drift_ends_by_the_setting_restored_and_by_nothing_else() -> None:
    drift = finding(0, Class.SECURITY_WEAKENED, item_key=None, error_family="soft_delete")
    everything = replace(PROVEN, read=frozenset({VAULT}), looked={one: frozenset({VAULT}) for one in Class})
    standings, events = lived(NOTHING, look(0, drift), look(1, proven=everything))
    assert events == ()
    back = Restored(Class.SECURITY_WEAKENED, VAULT, None, "soft_delete", end(1), "soft delete is on again")
    other = replace(back, error_family="immutability")
    assert lived(standings, look(1, proven=Proofs(restored=[other])))[1] == ()
    standings, events = lived(standings, look(1, proven=Proofs(restored=[other, back])))
    assert kinds(events) == ("closed",)
    proof = only(standings).proof
    assert proof is not None
    assert proof.reason == "soft delete is on again"


def test_a_hint_ends_when_it_is_looked_for_on_a_later_night_and_not_found() -> None:
    hint = finding(0, Class.DURATION)
    looked = Proofs(looked={Class.DURATION: frozenset({VAULT})})
    standings, _ = lived(NOTHING, look(0, hint))
    assert only(standings).hint
    assert lived(standings, look(0, proven=looked))[1] == ()
    assert lived(standings, look(1, proven=Proofs(looked={Class.SIZE: frozenset({VAULT})})))[1] == ()
    assert lived(standings, look(1, finding(0, Class.DURATION), proven=looked))[1] == ()
    assert kinds(lived(standings, look(1, proven=looked))[1]) == ("closed",)


def test_nights_judged_late_all_at_once_lose_no_problem_that_came_back() -> None:
    looked = Proofs(looked={Class.DURATION: frozenset({VAULT})})
    late = end(20)
    _, events = lived(
        NOTHING,
        look(0, finding(0, Class.DURATION), as_of=late),
        look(1, proven=looked, as_of=late),
        look(2, finding(2, Class.DURATION), as_of=late),
    )
    assert kinds(events) == ("reopened",)


def test_an_outbreak_ends_with_the_last_of_its_children_and_names_them_its_own() -> None:
    children = ("item-a", "item-b")
    parent = finding(0, Class.OUTBREAK, item_key=None, children=children)
    failures = [finding(0, item_key=item, job_ids=()) for item in children]
    other = finding(0, item_key="item-c", job_ids=())
    standings, _ = lived(NOTHING, look(0, parent, *failures, other))
    keys = {one.finding.item_key: key for key, one in standings.by_key.items()}
    assert parents_of(standings.by_key) == {keys[item]: keys[None] for item in children}

    def mended(*items: str) -> Look:
        jobs = {item: [job(f"j-{item}", at(1))] for item in items}
        return look(1, proven=Proofs(jobs=jobs, points={item: [GOOD_POINT] for item in items}))

    standings, events = lived(standings, mended("item-a"))
    assert [one.key for one in events] == [keys["item-a"]]
    standings, events = lived(standings, mended("item-b"))
    assert {one.key for one in events} == {keys["item-b"], keys[None]}
    assert standings.by_key[keys[None]].state is State.CLOSED
    assert standings.by_key[keys["item-c"]].state is State.OPEN


def test_an_outbreak_whose_children_are_not_known_does_not_end() -> None:
    parent = finding(0, Class.OUTBREAK, item_key=None, children=("item-a",))
    assert lived(NOTHING, look(0, parent), look(1))[1] == ()


def test_an_outbreak_that_a_look_found_does_not_end_in_it() -> None:
    parent = finding(0, Class.OUTBREAK, item_key=None, children=(ITEM,))
    mended = proofs([bad_job(0), job("j", at(0, 23))], [point("p", at(0, 23.2))])
    standings, events = lived(NOTHING, look(0, parent, finding(0), proven=mended))
    assert sorted(kinds(events)) == ["closed", "opened", "opened"]
    assert kinds(lived(standings, look(1))[1]) == ("closed",)
