"""One receiver of each kind with its channel, ordered and asked in the same way, for tests that run over all of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import httpx
import pytest
from pydantic import TypeAdapter

from evidence.notify.channels.opening import open_channels
from evidence.notify.interface import Channel, Team
from evidence.notify.secret_names import Secrets
from evidence.settings.notify import ChannelSettings
from tests.fakes.receivers import events, jira, pagerduty, servicenow
from tests.fakes.receivers.events import EventReceiver
from tests.fakes.receivers.jira import JiraReceiver
from tests.fakes.receivers.pagerduty import PagerDutyReceiver
from tests.fakes.receivers.post import PostOffice, post_office
from tests.fakes.receivers.server import Fault, Receiver, served
from tests.fakes.receivers.servicenow import ServiceNowReceiver
from tests.fakes.receivers.teams import TeamsReceiver, references, said
from tests.notify.problems import NOW, owners

PATIENT, HURRIED = httpx.Timeout(20.0), httpx.Timeout(0.3)
"""A machine at work is slow to answer; only a side that never answers is waited for shortly."""
SECRETS = {
    "SN_PASSWORD": servicenow.PASSWORD,
    "PD_KEY": pagerduty.ROUTING_KEY,
    "JIRA_TOKEN": jira.TOKEN,
    "HOOK_SECRET": events.SECRET,
}


@dataclass
class Site:
    """One kind of channel with its other side."""

    kind: str
    channels: tuple[Channel, Channel]
    """One that waits, and one that hardly does."""
    texts: Callable[[], list[str]]
    """What a person sees there, one text a thing: a ticket, an alert, a distinct mail, card or event."""
    order: Callable[[Fault | None], None]
    mistakes: Callable[[], list[str]] = field(default=list)
    searchable: bool = True
    """Whether a thing that was sent twice is one thing there."""
    receiver: Receiver | PostOffice | None = None
    ended: Callable[[], bool] = lambda: True
    """Whether the first thing has ended there."""

    @property
    def channel(self) -> Channel:
        """The one that waits for an answer."""
        return self.channels[0]

    @property
    def hurried(self) -> Channel:
        return self.channels[1]

    def team(self) -> Team:
        return owners().team("dba-eu")


def clock() -> datetime:
    return NOW


def opened(told: Mapping[str, object], name: str) -> tuple[Channel, Channel]:
    settings: ChannelSettings = TypeAdapter(ChannelSettings).validate_python(told)
    patient, hurried = (
        open_channels({name: settings}, Secrets(Path), clock, timeout=one)[name] for one in (PATIENT, HURRIED)
    )
    return patient, hurried


@contextmanager
def site(kind: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    """A receiver of a kind, served, and the channel to it."""
    for name, value in SECRETS.items():
        monkeypatch.setenv(name, value)
    with _SITES[kind](monkeypatch) as found:
        yield found


@contextmanager
def _servicenow(_: pytest.MonkeyPatch) -> Iterator[Site]:
    with served(ServiceNowReceiver()) as other:
        assert isinstance(other, ServiceNowReceiver)
        told = {"kind": "servicenow", "url": other.url, "user": servicenow.USER, "secret": "env:SN_PASSWORD"}
        yield Site(
            "servicenow",
            opened(told, "servicenow"),
            lambda: ["\n".join(one.values()) for one in other.records.values()],
            other.faults.append,
            lambda: other.mistakes,
            receiver=other,
            ended=lambda: next(iter(other.records.values()))["state"] == "6",
        )


@contextmanager
def _pagerduty(_: pytest.MonkeyPatch) -> Iterator[Site]:
    with served(PagerDutyReceiver()) as other:
        assert isinstance(other, PagerDutyReceiver)
        yield Site(
            "pagerduty",
            opened({"kind": "pagerduty", "url": other.url}, "pagerduty"),
            lambda: [str(one["payload"]) for one in other.triggered.values()],
            other.faults.append,
            lambda: other.mistakes,
            receiver=other,
            ended=lambda: set(other.alerts.values()) == {"resolve"},
        )


@contextmanager
def _jira(_: pytest.MonkeyPatch, hosting: str = "cloud") -> Iterator[Site]:
    with served(JiraReceiver(hosting=hosting)) as other:
        assert isinstance(other, JiraReceiver)
        told = {"kind": "jira", "url": other.url, "hosting": hosting, "project": "OPS", "secret": "env:JIRA_TOKEN"}
        told |= {"user": jira.USER} if hosting == "cloud" else {}
        yield Site(
            "jira",
            opened(told, "jira"),
            lambda: [f"{one['summary']}\n{one['description']}" for one in other.issues.values()],
            other.faults.append,
            lambda: other.mistakes,
            receiver=other,
            ended=lambda: [one["status"] for one in other.issues.values()] == ["done"],
        )


@contextmanager
def _data_center(patch: pytest.MonkeyPatch) -> Iterator[Site]:
    with _jira(patch, "data_center") as found:
        yield found


@contextmanager
def _teams(patch: pytest.MonkeyPatch) -> Iterator[Site]:
    with served(TeamsReceiver()) as other:
        assert isinstance(other, TeamsReceiver)
        patch.setenv("TEAMS_URL", other.address)
        yield Site(
            "teams",
            opened({"kind": "teams"}, "teams"),
            # A person knows a card that comes twice by its reference.
            lambda: list({references(card): said(card) for card in other.cards}.values()),
            other.faults.append,
            lambda: other.mistakes,
            searchable=False,
            receiver=other,
            ended=lambda: said(other.cards[-1]).startswith("Closed: "),
        )


@contextmanager
def _webhook(_: pytest.MonkeyPatch) -> Iterator[Site]:
    with served(EventReceiver()) as other:
        assert isinstance(other, EventReceiver)
        yield Site(
            "webhook",
            opened({"kind": "webhook", "url": f"{other.url}/in", "secret": "env:HOOK_SECRET"}, "webhook"),
            lambda: [str(one) for one in other.events.values()],
            other.faults.append,
            lambda: other.mistakes,
            receiver=other,
        )


@contextmanager
def _mail(_: pytest.MonkeyPatch) -> Iterator[Site]:
    with post_office() as office:
        told: dict[str, object] = {"kind": "mail", "host": "127.0.0.1", "port": office.port, "tls": "none"}

        def order(fault: Fault | None) -> None:
            office.answers.append("" if fault is None else _smtp(fault))

        yield Site(
            "mail",
            opened({**told, "from": "evidence@example.com"}, "mail"),
            lambda: list({str(one["Message-ID"]): one.as_string() for one in office.arrived}.values()),
            order,
            searchable=False,
            receiver=office,
        )


def _smtp(fault: Fault) -> str:
    if fault.status:
        return "451 come back later" if fault.status in {429, 503} else "550 not here"
    return "drop" if fault.done_first else "hang"


_SITES = {
    "servicenow": _servicenow,
    "pagerduty": _pagerduty,
    "jira": _jira,
    "jira-data-center": _data_center,
    "teams": _teams,
    "webhook": _webhook,
    "mail": _mail,
}
EVERY = sorted(_SITES)
