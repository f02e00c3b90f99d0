"""What persons decide of exceptions, and what they are refused."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from evidence.assess.exceptions.rules import ExceptionRules
from evidence.assess.exceptions.states import Act, Closure, State
from evidence.assess.findings import Class, Finding
from evidence.errors import ConfigurationError, ObjectMissingError, RefusedError
from evidence.ledger.decisions import PersonDecision, decision_subject, decisions, told_decision
from evidence.ledger.entries import Draft, EntryKind
from evidence.ledger.ledger import Ledger
from evidence.runs.exceptions.decided import Wish, decide
from evidence.runs.exceptions.recording import Recorded
from evidence.runs.exceptions.signing import check_signed_decisions
from evidence.runs.problems import standing_problems
from evidence.stores.layout import DECISIONS
from evidence.tables import EXCEPTIONS, read_parquet
from tests.assess.exceptions.making import KEY, at, bad_job, day, finding, job, point, proofs
from tests.fakes.bench import NIGHT, Bench, backup
from tests.runs.exceptions_desk import BY, Desk

PROVEN = proofs([bad_job(0), job("good", at(1))], [point("p", at(1, 22.2))])


def rows(desk: Desk, recorded: Recorded, table: Any = EXCEPTIONS) -> list[dict[str, Any]]:
    path = next(one.path for one in recorded.objects if f"/{table.name}/" in one.path)
    found: list[dict[str, Any]] = read_parquet(table, desk.bench.store.read(path)).to_pylist()
    return found


REFUSED: list[tuple[str, dict[str, Any], str]] = [
    ("accept", {"reason": "soon", "until": day(9)}, "needs a person who approves it"),
    ("accept", {"approver": "Bo", "until": day(9)}, "needs a reason"),
    ("accept", {"approver": " ADA".strip(), "reason": "soon", "until": day(9)}, "somebody else"),
    ("accept", {"approver": "Bo", "reason": "soon"}, "until a day"),
    ("accept", {"approver": "Bo", "reason": "soon", "until": day(0)}, "has passed"),
    ("accept", {"approver": "Bo", "reason": "soon", "until": day(200)}, "at most 90 days"),
    ("close", {"approver": "Bo", "reason": "soon"}, "nothing else"),
    ("close", {"approver": "Bo", "reason": "soon", "closure": Closure.APPROVED}, "ends by a later completed job"),
    ("reopen", {"reason": "why"}, "nothing to reopen"),
    ("comment", {}, "says something"),
]


@pytest.mark.parametrize(("act", "wish", "why"), REFUSED, ids=[f"{act}: {why}" for act, _, why in REFUSED])
def test_what_may_not_be_decided_is_refused_and_leaves_nothing(act: str, wish: dict[str, Any], why: str) -> None:
    desk = Desk()
    desk.record(0, [finding(0)])
    before = desk.entries()
    with pytest.raises(RefusedError) as refused:
        desk.decide(KEY, Act(act), **wish)
    assert why in refused.value.cause
    assert refused.value.exit_code == 8
    assert desk.entries() == before


@pytest.mark.parametrize(
    ("act", "wish", "why"),
    [
        ("acknowledge", {}, "nothing to acknowledge"),
        ("accept", {"approver": "Bo", "reason": "soon", "until": day(9)}, "nothing is left"),
        ("close", {"approver": "Bo", "reason": "gone", "closure": Closure.DECOMMISSIONED}, "closed already"),
    ],
)
def test_what_is_closed_takes_no_decision_but_to_be_reopened(act: str, wish: dict[str, Any], why: str) -> None:
    desk = Desk()
    desk.record(0, [finding(0)])
    desk.record(1, proofs=PROVEN)
    with pytest.raises(RefusedError) as refused:
        desk.decide(KEY, Act(act), **wish)
    assert why in refused.value.cause
    assert not desk.decide(KEY[:8], Act.REOPEN, reason="the restore failed").before
    assert desk.only().state is State.OPEN


@pytest.mark.parametrize("act", [Act.ACCEPT, Act.CLOSE])
def test_a_typed_name_approves_nothing(act: Act) -> None:
    desk = Desk()
    desk.record(0, [finding(0, Class.RETENTION_SHORTENED)])
    until, closure = (day(9), None) if act is Act.ACCEPT else (None, Closure.APPROVED)
    wish = Wish(act, "Ada", BY, "Bo", "soon", until, closure)
    with pytest.raises(RefusedError, match="takes the sign-in of the person who approves"):
        decide(desk.bench.parts, desk.only().key, wish, ExceptionRules())
    assert decisions(Ledger(desk.bench.store).entries()) == ()


def test_what_was_recorded_under_a_typed_name_before_stays_readable_and_is_signed_anew() -> None:
    desk = Desk()
    desk.record(0, [finding(0)])
    at_once = desk.bench.clock.now()
    old = PersonDecision(KEY, 1, "accept", "Ada", "Bo", "soon", day(9), None, None, at_once)
    payload = told_decision(old, BY, "attempt-1")
    assert (payload["v"], payload["signature"]) == (1, None)
    Ledger(desk.bench.store).append(Draft(EntryKind.EXCEPTION_EVENTS, at_once, "x", decision_subject(KEY), payload))
    assert (desk.only().state, desk.only().approver) == (State.ACCEPTED, "Bo")
    assert not desk.decide(KEY, Act.ACCEPT, approver="Bo", reason="soon", until=day(9)).before
    assert [one.grade for one in decisions(Ledger(desk.bench.store).entries())] == ["C", "B"]
    assert check_signed_decisions(desk.bench.store, Ledger(desk.bench.store).entries()) == 1


def test_the_same_words_of_two_persons_of_one_name_are_two_decisions() -> None:
    desk = Desk()
    desk.record(0, [finding(0)])
    wish = Wish.checked(Act.ACCEPT, "Ada", BY, reason="soon", until=day(9))
    for number, before in ((1, False), (1, True), (2, False)):
        sign_in = desk.signed_in(KEY, "Bo")
        other = replace(sign_in.identity, object_id=f"22222222-0000-4000-8000-00000000000{number}")
        made = decide(desk.bench.parts, KEY, wish, ExceptionRules(), replace(sign_in, identity=other))
        assert made.before is before


def test_an_unknown_or_ambiguous_key_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    desk = Desk()
    desk.record(0, [finding(0, item_key=f"item-{number}") for number in range(40)])
    with pytest.raises(ConfigurationError, match="no exception"):
        desk.decide("zz", Act.ACKNOWLEDGE)
    twice = next(key[0] for key in desk.fast.by_key if sum(one[0] == key[0] for one in desk.fast.by_key) > 1)
    with pytest.raises(ConfigurationError, match="exceptions begin with"):
        desk.decide(twice, Act.ACKNOWLEDGE)


def test_drift_is_closed_as_an_approved_change() -> None:
    desk = Desk()
    drift = finding(0, Class.RETENTION_SHORTENED)
    desk.record(0, [drift])
    made = desk.decide(desk.only().key, Act.CLOSE, approver="Bo", reason="CHG0042", closure=Closure.APPROVED)
    assert made.recorded.decision.removal is None
    assert (desk.only().state, desk.only().closure) == (State.CLOSED, Closure.APPROVED)
    (row,) = rows(desk, desk.record(1, [drift]))
    assert (row["state"], row["closed_because"], row["closed_by_job_id"]) == ("closed", "CHG0042", None)


def sealed_desk(*, protected: bool = True, read: bool = True) -> tuple[Desk, Finding]:
    """A store with a sealed night, and a failure of an item of it."""
    from evidence.records import Kind, Outcome
    from evidence.tables import PROTECTED_ITEMS

    bench = Bench()
    vault = bench.vault()
    backup(vault)
    bench.run()
    item = bench.rows(PROTECTED_ITEMS)[0]
    later = NIGHT + timedelta(days=1)
    if not protected:
        vault.items.clear()
        vault.jobs.clear()
    if not read:
        vault.spoiled[Kind.PROTECTED_ITEMS] = (Outcome.NOT_REACHED, "HTTP 403 AuthorizationFailed")
    bench.run(later)
    found = finding(0, item_key=str(item["item_key"]), vault_id=str(item["vault_id"]))
    desk = Desk.__new__(Desk)
    desk.bench, desk.looks = bench, 0
    bench.clock.reach(bench.calendar.window(later).end)
    return desk, found


def decommission(desk: Desk, found: Finding) -> Any:
    desk.record(0, [found])
    key = next(key for key, one in desk.fast.by_key.items() if one.finding.item_key == found.item_key)
    return desk.decide(key, Act.CLOSE, approver="Bo", reason="CHG0042", closure=Closure.DECOMMISSIONED)


def test_an_item_that_is_gone_is_closed_as_decommissioned_with_what_is_kept_of_it() -> None:
    desk, found = sealed_desk(protected=False)
    made = decommission(desk, found)
    removal = made.recorded.decision.removal
    assert removal is not None
    assert (removal.points, "does not name it" in removal.told) == (1, True)
    assert made.recorded.account == BY
    assert desk.fast == desk.whole
    assert decommission(desk, found).before


def test_an_item_that_is_still_protected_is_not_decommissioned() -> None:
    with pytest.raises(RefusedError, match="was not removed"):
        decommission(*sealed_desk())


def test_whether_an_item_is_gone_is_not_taken_from_a_list_that_was_not_read() -> None:
    with pytest.raises(RefusedError, match="cannot be told"):
        decommission(*sealed_desk(protected=False, read=False))


def test_what_is_about_no_item_is_not_decommissioned() -> None:
    desk = Desk()
    desk.record(0, [finding(0, Class.UNKNOWN, item_key=None)])
    with pytest.raises(RefusedError) as refused:
        desk.decide(desk.only().key, Act.CLOSE, approver="Bo", reason="gone", closure=Closure.DECOMMISSIONED)
    assert "no single item" in refused.value.cause


def test_that_an_accepted_risk_ended_is_a_problem_to_be_told_anew() -> None:
    desk = Desk()
    desk.record(0, [finding(0)])
    desk.decide(KEY, Act.ACCEPT, approver="Bo", reason="soon", until=day(3))
    told = []
    for night in (1, 5):
        desk.record(night, [finding(night)])
        (one,) = standing_problems(desk.bench.store, desk.bench.parts.ledger.entries(), ())
        told.append((one.state, one.again, one.effect))
    until = f"until-{day(3)}"
    assert told == [
        ("accepted", until, None),
        ("open", until, f"its risk was accepted until {day(3)}, and is so no more"),
    ]


def test_a_statement_that_was_disposed_of_is_not_missed_and_any_other_is(monkeypatch: pytest.MonkeyPatch) -> None:
    desk = Desk()
    desk.record(0, [finding(0)])
    desk.decide(KEY, Act.ACCEPT, approver="Bo", reason="soon", until=day(9))
    entries = Ledger(desk.bench.store).entries()
    paths = [path for path in desk.bench.memory.files if path.startswith(DECISIONS)]
    for path in paths:
        del desk.bench.memory.files[path]
    with pytest.raises(ObjectMissingError):
        check_signed_decisions(desk.bench.store, entries)
    monkeypatch.setattr("evidence.runs.signed_decisions.gone", lambda _: dict.fromkeys(paths, entries[-1]))
    assert check_signed_decisions(desk.bench.store, entries) == 0
