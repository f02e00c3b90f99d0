"""Settings of channels to channels; a secret is read when something is sent, so that one that is missing stops its own channel alone."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Mapping
from datetime import datetime

import httpx

from evidence.notify.channels.apprise import Apprise
from evidence.notify.channels.exchange import Exchange
from evidence.notify.channels.jira import Jira
from evidence.notify.channels.mail import Mail
from evidence.notify.channels.pagerduty import PagerDuty
from evidence.notify.channels.servicenow import ServiceNow
from evidence.notify.channels.teams import Teams
from evidence.notify.channels.webhook import Webhook
from evidence.notify.interface import Channel
from evidence.notify.secret_names import Secrets
from evidence.settings.notify import (
    AppriseChannel,
    ChannelSettings,
    JiraChannel,
    MailChannel,
    PagerDutyChannel,
    ServiceNowChannel,
    TeamsChannel,
    WebhookChannel,
)
from evidence.transport.http import TIMEOUT
from evidence.transport.smtp import TIMEOUT_S


def open_channels(
    settings: Mapping[str, ChannelSettings],
    secrets: Secrets,
    now: Callable[[], datetime],
    context: ssl.SSLContext | None = None,
    timeout: httpx.Timeout = TIMEOUT,
) -> Mapping[str, Channel]:
    """The channels by name; nothing is asked and no secret is read yet."""
    exchange = Exchange(now, context, timeout)
    return {name: _open(name, one, secrets, exchange) for name, one in sorted(settings.items())}


def _open(name: str, settings: ChannelSettings, secrets: Secrets, exchange: Exchange) -> Channel:
    match settings:
        case ServiceNowChannel():
            found: Channel = ServiceNow(name, settings, _reader(secrets, settings.secret), exchange)
        case PagerDutyChannel():
            found = PagerDuty(name, settings.url, secrets.read, exchange)
        case JiraChannel():
            found = Jira(name, settings, _reader(secrets, settings.secret), exchange)
        case TeamsChannel():
            found = Teams(name, secrets.read, exchange)
        case MailChannel():
            read = None if settings.secret is None else _reader(secrets, settings.secret)
            found = Mail(name, settings, read, exchange.now, exchange.context, exchange.timeout.read or TIMEOUT_S)
        case WebhookChannel():
            found = Webhook(name, settings.url, _reader(secrets, settings.secret), exchange)
        case AppriseChannel():
            found = Apprise(name, secrets.read, exchange.now)
    return found


def _reader(secrets: Secrets, name: str) -> Callable[[], str]:
    return lambda: secrets.read(name)
