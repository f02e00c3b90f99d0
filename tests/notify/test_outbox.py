"""What is due: from problems and what was told, the messages that are missing, and nothing twice."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest

from evidence.notify.history import History, fold
from evidence.notify.interface import Message, Problem
from evidence.notify.outbox import Desk, due
from tests.notify.problems import KINDS, NIGHT, NOW, OWNERS, after, desk, key, owners, problem, sent
from tests.notify.test_owners import SUPPRESSED

ALL = OWNERS.replace(b"notify: {new: [servicenow], digest: [mail]}", b"notify: {new: [servicenow, mail]}")
DAY = timedelta(days=1)


def told(*problems: Problem, at: Desk | None = None, history: History | None = None) -> list[tuple[str, str, str, str]]:
    return [short(one) for one in due(problems, at or desk(), history or History())]


def short(one: Message) -> tuple[str, str, str, str]:
    return (one.occasion.value, one.stage, one.team, one.channel)


def opened(*problems: Problem, at: Desk | None = None) -> list[Message]:
    return list(due(problems, at or desk(), History()))


def test_a_new_problem_is_told_to_its_owner_by_the_channels_of_its_rule() -> None:
    assert told(problem()) == [("opened", "", "dba-eu", "servicenow")]
    both = told(problem(), at=desk(owners=owners(ALL)))
    assert both == [("opened", "", "dba-eu", "servicenow"), ("opened", "", "dba-eu", "mail")]


def test_without_a_word_of_the_rule_all_routes_of_the_team_are_used() -> None:
    assert told(problem(workload="VM")) == [("opened", "", "plat", "mail"), ("opened", "", "plat", "servicenow")]


def test_what_was_delivered_is_not_due_again_and_what_failed_is() -> None:
    (first,) = opened(problem())
    assert told(problem(), history=after(sent(first))) == []
    assert told(problem(), history=after(sent(first, ok=False, retry=True))) == [short(first)]
    assert told(problem(), history=after(sent(first), sent(first, ok=False, number=2))) == []


def test_an_id_follows_from_problem_occasion_stage_team_and_channel() -> None:
    (first,) = opened(problem())
    assert first.message_id == f"{key('pay')}:1/opened//dba-eu/servicenow"
    (later,) = opened(problem(nights=4, summary="other"), at=desk(NOW + 3 * DAY, links=desk().links))
    assert later.message_id == first.message_id
    (again,) = opened(problem(episode=2))
    assert again.message_id != first.message_id


@pytest.mark.parametrize(
    ("bucket", "wanted"),
    [
        ("0-1", []),
        ("2-3", [("reminded", "2-3", "dba-eu", "servicenow")]),
        ("8-14", [("reminded", "8-14", "dba-eu", "servicenow")]),
    ],
)
def test_a_reminder_comes_with_a_higher_age_and_not_with_each_night(bucket: str, wanted: list[tuple[str, ...]]) -> None:
    (first,) = opened(problem())
    assert told(problem(bucket=bucket, nights=9), history=after(sent(first))) == wanted


def test_a_problem_that_is_old_when_it_is_found_is_new_and_not_overdue() -> None:
    (first,) = opened(problem(bucket="8-14"))
    assert short(first)[0] == "opened"
    assert told(problem(bucket="8-14"), history=after(sent(first))) == []


def test_each_age_is_reminded_of_once() -> None:
    (first,) = opened(problem())
    history = after(sent(first))
    (reminder,) = due([problem(bucket="4-7")], desk(), history)
    assert told(problem(bucket="4-7"), history=after(sent(first), sent(reminder))) == []
    assert [one[1] for one in told(problem(bucket="8-14"), history=after(sent(first), sent(reminder)))] == ["8-14"]


def test_steps_of_escalation_follow_the_time_since_it_was_first_told() -> None:
    (first,) = opened(problem())
    history = after(sent(first))
    assert told(problem(), at=desk(NOW + 23 * DAY / 24), history=history) == []
    one = told(problem(), at=desk(NOW + DAY), history=history)
    assert one == [("escalated", "1", "plat", "mail"), ("escalated", "1", "plat", "servicenow")]
    assert ("escalated", "2", "email:head@example.com", "mail") in told(
        problem(), at=desk(NOW + 3 * DAY), history=history
    )


def test_nobody_is_escalated_to_before_the_owner_was_told() -> None:
    assert [one[0] for one in told(problem(), at=desk(NOW + 9 * DAY))] == ["opened"]


def test_a_weekend_of_the_owner_delays_steps_and_reminders() -> None:
    calm = owners(OWNERS + b"calendars: {dba-eu: {workdays: mon-fri}}\n")
    friday = NOW - 3 * DAY
    (first,) = opened(problem(), at=desk(friday, owners=calm))
    history = after(sent(first, friday))
    saturday = desk(friday + DAY, owners=calm)
    assert told(problem(bucket="2-3"), at=saturday, history=history) == []
    assert [one[0] for one in told(problem(bucket="2-3"), at=desk(owners=calm), history=history)] == [
        "reminded",
        "escalated",
        "escalated",
    ]


def test_a_problem_that_a_person_knows_of_is_said_to_be_and_then_left_alone() -> None:
    (first,) = opened(problem())
    known = problem(state="acknowledged", bucket="4-7")
    assert told(known) == []
    (word,) = due([known], desk(NOW + 5 * DAY), after(sent(first)))
    assert short(word) == ("acknowledged", "acknowledged", "dba-eu", "servicenow")
    assert told(known, at=desk(NOW + 9 * DAY), history=after(sent(first), sent(word))) == []
    accepted = problem(state="accepted")
    assert told(accepted, history=after(sent(first), sent(word))) == [
        ("acknowledged", "accepted", "dba-eu", "servicenow")
    ]


def test_that_an_accepted_risk_is_over_is_told_once_and_so_is_the_next_one() -> None:
    (first,) = opened(problem())
    history = [sent(first)]
    for until in ("until-2026-12-31", "until-2027-01-31"):
        for state, occasion in (("accepted", "acknowledged"), ("open", "opened")):
            at = problem(state=state, again=until, bucket=problem().bucket)
            (message,) = due([at], desk(), after(*history))
            assert message.occasion.value == occasion
            history.append(sent(message))
            assert due([at], desk(), after(*history)) == ()


def test_an_end_is_told_wherever_it_was_opened_and_nowhere_else() -> None:
    at = desk(owners=owners(ALL))
    history = after(*(sent(one) for one in opened(problem(), at=at)))
    assert told(problem(state="closed")) == []
    assert told(problem(state="closed"), at=at, history=history) == [
        ("closed", "", "dba-eu", "mail"),
        ("closed", "", "dba-eu", "servicenow"),
    ]
    assert [one[0] for one in told(problem(state="withdrawn"), at=at, history=history)] == ["withdrawn"] * 2


@pytest.mark.parametrize(("retry", "wanted"), [(True, ["closed"]), (False, [])])
def test_an_end_is_told_too_where_the_answer_to_the_opening_was_lost(retry: bool, wanted: list[str]) -> None:
    (first,) = opened(problem())
    history = after(sent(first, ok=False, retry=retry))
    assert [one[0] for one in told(problem(state="closed"), history=history)] == wanted


def test_a_provisional_end_is_no_news() -> None:
    (first,) = opened(problem())
    assert told(problem(state="provisionally_closed", bucket="4-7"), history=after(sent(first))) == []
    assert told(problem(state="provisionally_closed")) == []


def test_what_is_suppressed_is_not_told_but_counted_and_its_end_is_told() -> None:
    calm = owners(SUPPRESSED)
    assert told(problem(), at=desk(owners=calm)) == []
    (digest,) = [
        one
        for one in due([problem()], desk(owners=calm, night=NIGHT, kinds={"mail": "mail"}), History())
        if one.team == "dba-eu"
    ]
    assert ("Suppressed", "1 of the open ones, told only here") in digest.facts
    (first,) = opened(problem())
    assert [one[0] for one in told(problem(state="closed"), at=desk(owners=calm), history=after(sent(first)))] == [
        "closed"
    ]
    later = desk(NOW + 10 * DAY, owners=calm)
    assert [one[0] for one in told(problem(), at=later)] == ["opened"]


def test_what_belongs_to_an_outbreak_is_told_as_one() -> None:
    parent = problem("outbreak", class_="outbreak", item_key=None, workload="VM")
    children = [problem(f"vm{number}", workload="VM", parent_key=parent.key) for number in range(3)]
    assert {one[2] for one in told(parent, *children)} == {"plat"}
    assert {one.ticket for one in due([parent, *children], desk(), History())} == {parent.ticket}
    ended = problem("outbreak", class_="outbreak", item_key=None, workload="VM", state="closed")
    assert len({one.ticket for one in due([ended, *children], desk(), History())}) == 3


def test_every_owner_of_what_belongs_to_an_outbreak_is_told_and_its_ticket_has_one() -> None:
    parent = problem("outbreak", class_="outbreak", item_key=None, workload="VM")
    found = due([parent, problem("db", parent_key=parent.key)], desk(), History())
    assert {(one.team, one.channel, one.assign) for one in found} == {
        ("plat", "mail", True),
        ("plat", "servicenow", True),
        ("dba-eu", "mail", False),
        ("dba-eu", "pagerduty", False),
    }


def test_a_child_that_had_a_ticket_before_the_outbreak_keeps_it_to_its_end() -> None:
    child = problem("vm", parent_key=key("outbreak"))
    parent = problem("outbreak", class_="outbreak", item_key=None)
    (first,) = opened(problem("vm"))
    ended = problem("vm", parent_key=key("outbreak"), state="closed")
    assert ("closed", "", "dba-eu", "servicenow") in told(parent, ended, history=after(sent(first)))
    assert child.ticket in {
        one.ticket
        for one in due([parent, problem("vm", parent_key=key("outbreak"), bucket="4-7")], desk(), after(sent(first)))
    }


def test_a_recurrence_is_told_on_the_ticket_of_the_failure() -> None:
    failed, again = problem(nights=2), problem("pay-again", class_="recurring", item_key=problem().item_key)
    first = opened(failed)
    history = after(*(sent(one) for one in first))
    (found,) = due([failed, again], desk(), history)
    assert short(found) == ("recurring", again.ticket, "dba-eu", "servicenow")
    assert (found.ticket, found.external_id) == (failed.ticket, "x1")
    assert told(failed, again, history=after(*(sent(one) for one in (*first, found)))) == []
    ended = (
        problem(state="closed"),
        problem("pay-again", class_="recurring", item_key=problem().item_key, state="closed"),
    )
    assert told(*ended, history=after(*(sent(one) for one in (*first, found)))) == [
        ("closed", "", "dba-eu", "servicenow")
    ]


def test_a_recurrence_alone_has_a_ticket_of_its_own() -> None:
    again = problem("again", class_="recurring")
    assert told(again) == [("recurring", "", "dba-eu", "servicenow")]


def test_hints_open_nothing() -> None:
    assert told(problem(class_="duration", hint=True)) == []


def digest_of(*problems: Problem, team: str, at: Desk | None = None) -> Message:
    return next(
        one
        for one in due(problems, at or desk(night=NIGHT), History())
        if short(one)[0] == "digest" and one.team == team
    )


def test_nothing_open_is_said_too() -> None:
    found = digest_of(problem(), team="plat")
    assert found.facts[0] == ("Open", "nothing is open in northeurope, westeurope")
    assert found.subject == "Backup of night 2026-11-22, Platform: nothing is open in northeurope, westeurope"
    assert (found.table, found.attachments) == ((), ())


def test_a_digest_lists_what_is_open_oldest_first_with_all_of_it_attached() -> None:
    old = problem("old", first_seen=NOW - 9 * DAY, bucket="8-14", severity="critical")
    found = digest_of(problem(), old, problem("done", state="closed"), team="dba-eu")
    assert found.facts[0][1] == "2 in all that is yours: 1 critical, 1 error"
    assert [row[2] for row in found.table] == ["item", "old", "pay"]
    ((name, content),) = found.attachments
    assert name == "open-2026-11-22.csv"
    assert len(content.decode().splitlines()) == 3


def test_a_digest_of_a_night_comes_once_and_none_without_a_night() -> None:
    found = [one for one in due([], desk(night=NIGHT), History()) if short(one)[0] == "digest"]
    assert {one.team for one in found} == {"dba-eu", "plat"}
    assert due([], desk(night=NIGHT), fold(sent(one) for one in found)) == ()
    assert due([], desk(), History()) == ()
    assert len(due([], desk(night=date(2026, 11, 23)), fold(sent(one) for one in found))) == 2


def test_a_digest_opens_no_ticket() -> None:
    rules = owners(OWNERS.replace(b"digest: [mail]", b"digest: [servicenow, pagerduty]"))
    assert [one for one in told(at=desk(owners=rules, night=NIGHT)) if one[2] == "dba-eu"] == []


def test_the_five_lines() -> None:
    (found,) = opened(problem(nights=3, effect="RPO 24 h exceeded by 31 h"))
    assert found.text.splitlines() == [
        "What: pay: The full backup of 22:00 failed. (3 nights)",
        "Since: 2026-11-22 22:30 UTC (0-1 days)",
        "Effect: RPO 24 h exceeded by 31 h",
        "Azure says: UserErrorSQLNoSysadminMembership: Give the backup account the role sysadmin and run the backup again.",
        "Next: EU databases: acknowledge it, find the cause, and run the backup again - https://evidence.example.com/exceptions/"
        + key("pay"),
    ]


def test_many_jobs_are_counted_in_the_text_and_all_are_attached() -> None:
    jobs = tuple(f"job-{number:03}" for number in range(40))
    (found,) = opened(problem(job_ids=jobs, summary="=cmd()"))
    assert dict(found.details)["Job ids"].endswith("job-009 and 30 more, in the attachment")
    content = found.attachments[0][1].decode()
    assert all(job in content for job in jobs)
    assert ",'=cmd()" in content


def test_equal_input_gives_equal_messages_in_any_order() -> None:
    many = [problem(name) for name in ("a", "b", "c")]
    assert due(many, desk(night=NIGHT), History()) == due(many[::-1], desk(night=NIGHT), History())
    assert isinstance(NOW, datetime)
    assert set(KINDS) >= {one.channel for one in due(many, desk(night=NIGHT), History())}


def test_a_problem_that_comes_back_soon_is_told_again_on_its_ticket() -> None:
    (first,) = opened(problem())
    (ended,) = due([problem(state="closed")], desk(), after(sent(first)))
    back = problem(reopened=1)
    (again,) = due([back], desk(), after(sent(first), sent(ended)))
    assert (short(again), again.ticket) == (("opened", "again-1", "dba-eu", "servicenow"), first.ticket)
    history = after(sent(first), sent(ended), sent(again))
    assert told(back, history=history) == []
    assert told(problem(reopened=1, state="closed"), history=history) == [("closed", "again-1", "dba-eu", "servicenow")]


def test_an_episode_that_was_overtaken_is_ended_where_it_was_told() -> None:
    (first,) = opened(problem())
    found = due([problem(episode=2)], desk(), after(sent(first)))
    assert [(one.occasion.value, one.ticket) for one in found] == [
        ("opened", problem(episode=2).ticket),
        ("closed", first.ticket),
    ]
    assert due([problem(episode=2)], desk(), after(sent(first), *(sent(one) for one in found))) == ()
