"""One contract over all channels, each to a real receiver on loopback that checks what comes against the vendor's documented schema."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from email.utils import format_datetime

import pytest

from evidence.notify.interface import Message, Occasion, Problem
from evidence.notify.outbox import due
from tests.fakes.receivers.server import Fault, Reply
from tests.fakes.receivers.teams import SIGNATURE
from tests.notify.problems import ADVICE, CODE, JOB, NOW, after, desk, message, problem, sent
from tests.notify.sites import EVERY, SECRETS, Site, site

HTTP = [kind for kind in EVERY if kind != "mail"]
HOSTILE = 'x\r\nBcc: thief@example.com\r\n<script>alert(1)</script> [code]<b>bold</b>[/code] {noformat} *[link](http://x)* "^active=true'


@pytest.fixture(params=EVERY)
def found(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    with site(request.param, monkeypatch) as one:
        yield one
        assert one.mistakes() == []


def first(found: Site, told: Problem | None = None) -> Message:
    return message(told, found.kind)


def end(found: Site, occasion: str = "closed") -> Message:
    """What is sent when the problem has ended, or a person knows of it."""
    opened = first(found)
    told = due([problem(state=occasion)], desk(kinds={found.kind: found.kind}), after(sent(opened)))
    return next(one for one in told if one.ticket == opened.ticket)


def test_what_arrives_names_job_vault_code_and_advice_once(found: Site) -> None:
    done = found.channel.send(first(found), found.team())
    assert (done.ok, done.retry) == (True, False)
    (text,) = found.texts()
    plain = text.replace("\\", "").replace("=\n", "")
    for wanted in (JOB, "rsv-euw-prd", CODE, ADVICE, "evidence.example.com"):
        assert wanted in plain


def test_what_is_sent_again_is_no_second_thing(found: Site) -> None:
    for _ in range(3):
        assert found.channel.send(first(found), found.team()).ok
    assert len(found.texts()) == 1


def test_two_problems_are_two_things(found: Site) -> None:
    for name in ("pay", "hr"):
        assert found.channel.send(first(found, told=problem(name)), found.team()).ok
    assert len(found.texts()) == 2


@pytest.mark.parametrize("status", [429, pytest.param(503, marks=pytest.mark.slow)])
def test_come_back_later_is_told_from_never(found: Site, status: int) -> None:
    found.order(Fault(status, {"Retry-After": "7"}))
    done = found.channel.send(first(found), found.team())
    assert (done.ok, done.retry) == (False, True)
    assert done.retry_after_s == (None if found.kind == "mail" else 7)
    assert found.channel.send(first(found), found.team()).ok
    assert len(found.texts()) == 1


def test_a_refusal_is_told_and_is_final(found: Site) -> None:
    found.order(Fault(403))
    done = found.channel.send(first(found), found.team())
    assert (done.ok, done.retry, found.texts()) == (False, False, [])
    assert "403" in done.status or "550" in done.status


def test_a_silent_side_is_asked_again(found: Site) -> None:
    found.order(Fault(hangs=True))
    done = found.hurried.send(first(found), found.team())
    assert (done.ok, done.retry) == (False, True)
    assert found.channel.send(first(found), found.team()).ok
    assert len(found.texts()) == 1


@pytest.mark.parametrize("at", [0, 1, pytest.param(2, marks=pytest.mark.slow), pytest.param(3, marks=pytest.mark.slow)])
def test_an_answer_that_is_lost_after_the_deed_doubles_nothing(found: Site, at: int) -> None:
    for _ in range(at):
        found.order(None)
    found.order(Fault(done_first=True))
    tries = [found.channel.send(first(found), found.team()) for _ in range(at + 2)]
    assert tries[-1].ok
    assert all(one.retry for one in tries if not one.ok)
    assert len(found.texts()) == 1
    (text,) = found.texts()
    assert text.count(first(found).reference) <= 1 + (found.kind == "mail")  # text and HTML


def test_a_side_that_is_gone_may_come_back(found: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    with site(found.kind, monkeypatch) as gone:
        channel, team = gone.channel, gone.team()
    done = channel.send(first(found), team)
    assert (done.ok, done.retry) == (False, True)


def test_no_secret_is_told_by_any_failure_or_log(found: Site, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    for name in ("httpx", "httpcore", "httpcore.http11", "httpcore.connection"):
        caplog.set_level(logging.DEBUG, logger=name)
    told = []
    for fault in (None, Fault(403), Fault(done_first=True)):
        found.order(fault)
        told.append(repr(found.channel.send(first(found), found.team())))
    shown = "\n".join([*told, caplog.text, repr(found.channel)])
    for secret in (*SECRETS.values(), SIGNATURE):
        assert secret not in shown


def test_hostile_words_of_azure_stay_words(found: Site) -> None:
    hostile = problem("h", subject=HOSTILE, summary=HOSTILE, recommendation=HOSTILE, vault_name="v\r\nX-Evil: 1")
    done = found.channel.send(first(found, told=hostile), found.team())
    assert done.ok, done.status
    (text,) = found.texts()
    assert "\nBcc:" not in text
    assert "\nX-Evil:" not in text
    assert "[code]" not in text or found.kind != "servicenow"


def test_an_answer_that_is_not_encoded_as_it_says_stops_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    with site("teams", monkeypatch) as one:
        monkeypatch.setattr(Reply, "data", property(lambda _: b"no gzip"))
        monkeypatch.setattr(one.receiver, "answer", lambda _: Reply(200, None, {"Content-Encoding": "gzip"}))
        done = one.channel.send(message(channel=one.kind), one.team())
    assert (done.ok, done.retry) == (False, True)


def test_what_a_proxy_shows_of_a_request_is_not_told(monkeypatch: pytest.MonkeyPatch) -> None:
    with site("teams", monkeypatch) as one:
        monkeypatch.setattr(
            one.receiver, "answer", lambda asked: Reply(400, {"path": asked.path, "query": asked.query})
        )
        done = one.channel.send(message(channel=one.kind), one.team())
    assert not done.ok
    assert SIGNATURE not in done.status
    assert "***" in done.status
    with site("servicenow", monkeypatch) as one:
        monkeypatch.setattr(one.receiver, "answer", lambda asked: Reply(403, asked.headers["authorization"]))
        done = one.channel.send(message(channel=one.kind), one.team())
    assert done.status == 'HTTP 403: "Basic ***"'


def test_an_address_that_is_none_is_told_without_it(monkeypatch: pytest.MonkeyPatch) -> None:
    with site("teams", monkeypatch) as one:
        monkeypatch.setenv("TEAMS_URL", "https://[broken-secret")
        done = one.channel.send(message(channel=one.kind), one.team())
    assert (done.ok, done.retry) == (False, False)
    assert "broken" not in done.status


def test_an_end_reaches_what_was_opened(found: Site) -> None:
    opened = found.channel.send(first(found), found.team())
    ended = replace(end(found), external_id=opened.external_id)
    for _ in range(2):
        done = found.channel.send(ended, found.team())
        assert done.ok, done.status
    assert len(found.texts()) == (2 if found.kind in {"mail", "teams", "webhook"} else 1)
    assert found.ended()


def test_a_try_creates_no_ticket(found: Site) -> None:
    tried = replace(first(found), message_id="t", ticket="test:1", occasion=Occasion.TEST, problem=None, attachments=())
    assert found.channel.send(tried, found.team()).ok
    if found.kind in {"servicenow", "jira"}:
        assert found.texts() == []


@pytest.mark.parametrize("kind", HTTP)
def test_a_date_in_retry_after_is_read_too(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with site(kind, monkeypatch) as one:
        until = format_datetime(NOW + timedelta(seconds=90), usegmt=True)
        one.order(Fault(429, {"Retry-After": until}))
        assert one.channel.send(message(channel=one.kind), one.team()).retry_after_s == 90


@pytest.mark.parametrize("kind", EVERY)
def test_a_secret_that_is_missing_stops_its_own_channel_alone(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with site(kind, monkeypatch) as one:
        for name in (*SECRETS, "TEAMS_URL"):
            monkeypatch.delenv(name, raising=False)
        done = one.channel.send(message(channel=one.kind), one.team())
        if kind != "mail":
            assert not done.ok
            assert re.search(r"secret env:[A-Z_]+ is empty", done.status)
