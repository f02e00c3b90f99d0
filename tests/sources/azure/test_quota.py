"""What budgets allow: told by headers and both forms of 429, believed as the newest answer says, and never guessed."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evidence.records import Attempt
from evidence.sources.azure.quota import (
    ASK,
    BELIEVED_FOR,
    CLOSED_UNTOLD,
    Action,
    Governor,
    Told,
    Verdict,
    action_of,
)
from evidence.sources.azure.quota_words import READS, REMAINING, named_wait, told_by

NOW = datetime(2026, 11, 15, 6, 30, tzinfo=UTC)
SUBSCRIPTION = "/subscriptions/s1"
VAULT = f"{SUBSCRIPTION}/resourcegroups/rg/providers/microsoft.recoveryservices/vaults/v1"
JOBS = Action(VAULT, "microsoft.recoveryservices/vaults/backupjobs/read")
POINTS = Action(
    VAULT, "microsoft.recoveryservices/vaults/backupfabrics/protectioncontainers/protecteditems/recoverypoints/read"
)
OTHER = replace(JOBS, scope=VAULT.replace("/v1", "/v2"))
ELSEWHERE = replace(JOBS, scope=VAULT.replace("/s1/", "/s2/"))
TEXT = (
    "Number of requests for action 'Microsoft.RecoveryServices/vaults/backupJobs/read' exceeded the limit of '150' for "
    "time interval '01:00:00'. Please try again after '324' seconds."
)


def governor(reserve: int = 10, longest: float = 120.0) -> Governor:
    return Governor(reserve, longest)


def told(status: int = 200, at: datetime = NOW, **more: object) -> Told:
    return replace(Told(at - timedelta(seconds=1), at, status), **more)  # type: ignore[arg-type]  # passed on as they are


def asked(found: Governor, action: Action, *, after: float = 0, essential: bool = False) -> Verdict:
    return found.may_ask(action, lambda: NOW + timedelta(seconds=after), essential=essential)


# --- which budget a question counts against


@pytest.mark.parametrize(
    ("path", "action"),
    [
        (f"{VAULT}/backupJobs?$filter=x", JOBS),
        (f"{VAULT.upper()}/backupJobs/JOB-1", JOBS),
        (
            f"{VAULT}/backupFabrics/Azure/protectionContainers/a%3Bb/protectedItems/c%3Bd/recoveryPoints?api-version=1",
            POINTS,
        ),
        (VAULT, Action(VAULT, "microsoft.recoveryservices/vaults/read")),
        (
            f"{SUBSCRIPTION}/providers/Microsoft.RecoveryServices/vaults",
            Action(SUBSCRIPTION, "microsoft.recoveryservices/vaults/read"),
        ),
        (f"{SUBSCRIPTION}/resources", Action(SUBSCRIPTION, "read")),
        ("/subscriptions", Action("/subscriptions", "read")),
        (
            "/providers/Microsoft.ResourceGraph/resources",
            Action("", "microsoft.resourcegraph/resources/read"),
        ),
        (
            f"{SUBSCRIPTION}/resourceGroups/rg/providers/Microsoft.DataProtection/backupVaults/b1/backupJobs",
            Action(
                f"{SUBSCRIPTION}/resourcegroups/rg/providers/microsoft.dataprotection/backupvaults/b1",
                "microsoft.dataprotection/backupvaults/backupjobs/read",
            ),
        ),
        ("", Action("", "read")),
    ],
)
def test_an_address_tells_its_budget(path: str, action: Action) -> None:
    assert action_of(f"https://management.azure.com{path}") == action


# --- what an answer says


def attempt(status: int = 200, body: bytes = b"", **headers: str) -> Attempt:
    return Attempt(
        NOW, NOW, status, response_headers={name.replace("_", "-"): told for name, told in headers.items()}, body=body
    )


def refusal(message: str, code: str = "x") -> bytes:
    return orjson.dumps({"error": {"code": code, "message": message}})


def test_remaining_requests_are_read_from_the_live_headers() -> None:
    found = told_by(Attempt(NOW, NOW, 200, response_headers={REMAINING: "149", READS: "249"}))
    assert found == Told(NOW, NOW, 200, remaining=149, reads=249)


@pytest.mark.parametrize("text", ["", "many", "-1", "1.5", "９", "1" * 30])
def test_a_header_that_is_no_number_says_nothing(text: str) -> None:
    found = told_by(Attempt(NOW, NOW, 200, response_headers={REMAINING: text, "retry-after": text}))
    assert found == Told(NOW, NOW, 200)


def test_the_text_of_a_429_names_action_and_wait() -> None:
    found = told_by(attempt(429, refusal(TEXT)))
    assert found == Told(NOW, NOW, 429, wait_s=324.0, action=JOBS.name)


def test_a_429_may_say_nothing() -> None:
    assert told_by(attempt(429, b"")) == Told(NOW, NOW, 429)
    assert told_by(attempt(429, b"\xff<html>")) == Told(NOW, NOW, 429)


def test_a_429_of_the_whole_subscription_is_told_apart() -> None:
    by_code = told_by(attempt(429, refusal("slow down", "SubscriptionRequestsThrottled"), retry_after="7"))
    by_header = told_by(Attempt(NOW, NOW, 429, response_headers={READS: "0", "retry-after": "7"}))
    for found in (by_code, by_header):
        assert found is not None
        assert (found.whole_subscription, found.wait_s) == (True, 7.0)


def test_no_answer_says_nothing() -> None:
    assert told_by(Attempt(NOW, NOW, None, "ConnectionError")) is None


def test_a_wait_in_an_answer_that_is_no_refusal_does_not_close() -> None:
    found = told_by(attempt(503, retry_after="9"))
    assert found is not None
    assert found.wait_s is None
    assert named_wait(attempt(503, retry_after="9")) == 9.0


# --- what follows


def test_at_first_everything_may_be_asked_and_no_time_is_needed() -> None:
    def never() -> datetime:
        raise AssertionError

    assert governor().may_ask(JOBS, never, essential=False) == ASK


@pytest.mark.parametrize("essential", [True, False])
def test_a_closed_action_is_not_asked_before_it_opens(essential: bool) -> None:
    found = governor()
    found.learn(JOBS, told(429, wait_s=324.0, action=JOBS.name))
    verdict = asked(found, JOBS, essential=essential)
    assert verdict.refusal == "quota: Azure answers no more questions of backupjobs until 2026-11-15 06:35:24 UTC"
    assert asked(found, JOBS, after=203, essential=essential).refusal is not None
    assert asked(found, JOBS, after=204, essential=essential) == Verdict(wait_s=120.0)
    assert asked(found, JOBS, after=323.5, essential=essential) == Verdict(wait_s=0.5)
    assert asked(found, JOBS, after=324, essential=essential) == ASK


def test_a_closed_action_closes_no_other_and_no_other_vault() -> None:
    found = governor()
    found.learn(JOBS, told(429, wait_s=324.0))
    assert [asked(found, one) for one in (POINTS, OTHER, ELSEWHERE)] == [ASK] * 3


def test_a_text_that_names_another_action_closes_that_one() -> None:
    found = governor()
    found.learn(POINTS, told(429, wait_s=324.0, action=JOBS.name))
    assert asked(found, POINTS) == ASK
    assert asked(found, JOBS).refusal is not None


def test_a_429_without_a_time_rests_the_action_a_while() -> None:
    found = governor()
    found.learn(JOBS, told(429))
    assert asked(found, JOBS).refusal is not None
    assert asked(found, JOBS, after=CLOSED_UNTOLD.total_seconds()) == ASK


def test_a_closed_subscription_closes_all_its_vaults() -> None:
    found = governor()
    found.learn(JOBS, told(429, wait_s=7.0, whole_subscription=True))
    assert [asked(found, one) for one in (JOBS, POINTS, OTHER)] == [Verdict(wait_s=7.0)] * 3
    assert asked(found, ELSEWHERE) == ASK


def test_a_good_answer_to_a_question_asked_after_the_closing_opens() -> None:
    found = governor()
    found.learn(JOBS, told(429, wait_s=324.0))
    # This one was already under way when it closed, so it shows nothing.
    found.learn(JOBS, told(at=NOW + timedelta(seconds=0.5)))
    assert asked(found, JOBS, after=1).refusal is not None
    found.learn(JOBS, told(at=NOW + timedelta(seconds=5)))
    assert asked(found, JOBS, after=6) == ASK


def test_the_last_requests_are_kept_for_what_is_essential() -> None:
    found = governor(reserve=10)
    found.learn(JOBS, told(remaining=11))
    assert asked(found, JOBS) == ASK
    found.learn(JOBS, told(remaining=10))
    assert (
        asked(found, JOBS).refusal == "quota: 10 questions of backupjobs remain, which are kept for what is essential"
    )
    assert asked(found, JOBS, essential=True) == ASK
    found.learn(JOBS, told(remaining=0))
    assert asked(found, JOBS, essential=True) == ASK, "its refusal would tell when to come back"


def test_the_answer_is_believed_when_it_shows_less_than_was_thought_and_when_it_shows_more() -> None:
    found = governor()
    found.learn(JOBS, told(remaining=200))
    found.learn(JOBS, told(remaining=3))
    assert asked(found, JOBS).refusal is not None
    found.learn(JOBS, told(remaining=299))
    assert asked(found, JOBS) == ASK


def test_a_question_whose_answer_tells_nothing_still_counts() -> None:
    found = governor(reserve=10)
    found.learn(JOBS, told(remaining=12))
    for _ in range(2):
        found.learn(JOBS, told())
    assert asked(found, JOBS).refusal is not None


def test_what_remained_is_not_believed_for_ever() -> None:
    found = governor()
    found.learn(JOBS, told(remaining=0))
    late = BELIEVED_FOR.total_seconds()
    assert asked(found, JOBS, after=late - 1).refusal is not None
    assert asked(found, JOBS, after=late) == ASK


def test_after_a_429_what_remained_before_is_forgotten() -> None:
    found = governor()
    found.learn(JOBS, told(remaining=1))
    found.learn(JOBS, told(429, wait_s=30.0))
    assert asked(found, JOBS, after=31) == ASK


def test_a_subscription_that_runs_out_of_reads_is_given_a_second_to_refill() -> None:
    found = governor(reserve=10)
    found.learn(JOBS, told(reads=10))
    assert asked(found, POINTS) == Verdict(wait_s=1.0)
    assert asked(found, POINTS, essential=True) == ASK
    assert asked(found, POINTS, after=1) == ASK
    found.learn(JOBS, told(reads=0))
    assert asked(found, POINTS, essential=True) == Verdict(wait_s=1.0)


# --- always


ACTIONS = st.sampled_from([JOBS, POINTS, OTHER, ELSEWHERE])
ANSWERS = st.builds(
    lambda after, status, remaining, reads, wait, named, whole: (
        after,
        told(status, remaining=remaining, reads=reads, wait_s=wait, action=named, whole_subscription=whole),
    ),
    st.floats(0, 4000),
    st.sampled_from([200, 200, 200, 403, 429, 500]),
    st.none() | st.integers(0, 450),
    st.none() | st.integers(0, 250),
    st.none() | st.floats(0, 4000),
    st.none() | st.sampled_from([JOBS.name, POINTS.name]),
    st.booleans(),
)


@given(st.lists(st.tuples(ACTIONS, st.booleans(), ANSWERS), max_size=30))
def test_a_closed_action_is_never_asked_and_no_wait_is_longer_than_allowed(
    steps: list[tuple[Action, bool, tuple[float, Told]]],
) -> None:
    found = governor()
    now, closed = NOW, dict[tuple[str, str], datetime]()
    for action, essential, (pause, answer) in steps:
        verdict = found.may_ask(action, lambda now=now: now, essential=essential)  # type: ignore[misc]  # bound on purpose
        assert 0 <= verdict.wait_s <= 120
        if verdict.refusal is not None:
            assert verdict.refusal.startswith("quota: ")
            now += timedelta(seconds=pause)
            continue
        now += timedelta(seconds=verdict.wait_s)
        for key in ((action.scope, action.name), (action.subscription, "")):
            assert closed.get(key, now) <= now + timedelta(microseconds=2)
        sent = now
        now += timedelta(seconds=pause)
        found.learn(action, replace(answer, asked_at=sent, at=now))
        if answer.status == 429:
            rest = CLOSED_UNTOLD if answer.wait_s is None else timedelta(seconds=answer.wait_s)
            named = (
                (action.subscription, "") if answer.whole_subscription else (action.scope, answer.action or action.name)
            )
            closed[named] = now + rest
