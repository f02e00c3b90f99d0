"""How teams are reached: settings of `channels`, `links` and `secrets`.

Not here: who owns what (`evidence.notify.owners_file`), adapters (`evidence.notify.channels`). Invariants: no secret stands in it, only names of
secrets; nothing leaves this machine without TLS but over loopback.
"""

from __future__ import annotations

import re
from string import Formatter
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, StringConstraints, field_validator, model_validator

from evidence.addresses import LOOPBACK, checked_url
from evidence.settings.publishing import checked_address
from evidence.settings.strict import NAME, Strict

SecretName = Annotated[str, StringConstraints(pattern=r"^(kv:[0-9A-Za-z-]{1,127}|env:[A-Za-z_][0-9A-Za-z_]*|file:.+)$")]
"""Where a secret is: `kv:NAME` in the key vault, `file:PATH`, or `env:VARIABLE`."""
_Word = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$")]
_Address = Annotated[str, AfterValidator(lambda value: checked_url(value, "url"))]
LINK_KEYS = frozenset({"key", "episode", "class", "item", "vault", "night"})


class ServiceNowChannel(Strict):
    """Incidents or tasks by the Table API."""

    kind: Literal["servicenow"]
    url: _Address
    table: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{1,79}$")] = "incident"
    user: _Word
    secret: SecretName
    """Password of the user."""
    resolve: dict[Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$")], str] | None = None
    """Fields that are set when the problem has ended; None: those of an incident that is resolved, `{}`: none."""
    fields: dict[Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$")], str] = Field(default_factory=dict)
    """Fields that a new ticket is given besides."""


class PagerDutyChannel(Strict):
    """Alerts by the Events API v2; each team brings its own routing key."""

    kind: Literal["pagerduty"]
    url: _Address = "https://events.pagerduty.com"


class JiraChannel(Strict):
    """Issues in Jira, cloud or data center."""

    kind: Literal["jira"]
    url: _Address
    hosting: Literal["cloud", "data_center"] = "cloud"
    project: Annotated[str, StringConstraints(pattern=r"^[A-Z][A-Z0-9_]{1,31}$")]
    issue_type: _Word = "Task"
    user: _Word | None = None
    """Of the cloud, with an API token; data center takes a personal access token alone."""
    secret: SecretName
    done: _Word | None = None
    """Name of the transition that ends an issue; None: the first that leads to a status of the category Done."""

    @model_validator(mode="after")
    def _signs_in(self) -> JiraChannel:
        if (self.hosting == "cloud") != (self.user is not None):
            raise ValueError("`user` belongs to hosting `cloud`, and only there")
        return self


class TeamsChannel(Strict):
    """Cards in Microsoft Teams by a Workflow; each team brings the address of its own, which is a secret."""

    kind: Literal["teams"]


class MailChannel(Strict):
    """Mail over one SMTP server."""

    kind: Literal["mail"]
    host: Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z.:-]{1,255}$")]
    port: int = Field(default=587, ge=1, le=65535, strict=True)
    sender: str = Field(alias="from")
    tls: Literal["starttls", "implicit", "none"] = "starttls"
    user: _Word | None = None
    secret: SecretName | None = None

    @field_validator("sender")
    @classmethod
    def _sender(cls, value: str) -> str:
        return checked_address(value)

    @model_validator(mode="after")
    def _tls_but_over_loopback(self) -> MailChannel:
        if self.tls == "none" and self.host not in LOOPBACK:
            raise ValueError("tls `none` is for a host on loopback only")
        if (self.user is None) != (self.secret is None):
            raise ValueError("`user` and `secret` belong together")
        return self


class WebhookChannel(Strict):
    """Signed CloudEvents by POST."""

    kind: Literal["webhook"]
    url: _Address
    secret: SecretName


class AppriseChannel(Strict):
    """Whatever the library Apprise reaches; its addresses hold secrets. Needs the extra `apprise`."""

    kind: Literal["apprise"]


ChannelSettings = Annotated[
    ServiceNowChannel | PagerDutyChannel | JiraChannel | TeamsChannel | MailChannel | WebhookChannel | AppriseChannel,
    Field(discriminator="kind"),
]


class LinkSettings(Strict):
    """Addresses that messages link to; `{key}`, `{episode}`, `{class}`, `{item}`, `{vault}` and `{night}` are filled in."""

    evidence: str | None = None
    """Where a person sees the problem and its evidence."""
    runbook: str | None = None
    """What is to be done."""

    @field_validator("evidence", "runbook")
    @classmethod
    def _link(cls, value: str | None) -> str | None:
        return None if value is None else _checked_link(value)


class SecretSettings(Strict):
    """The key vault that `kv:` names secrets of."""

    key_vault: Annotated[str, StringConstraints(pattern=r"^https://[0-9A-Za-z.:-]+/?$")]
    credential: Literal["default", "managed_identity", "workload", "cli"] = "default"


def checked_names(value: dict[str, ChannelSettings]) -> dict[str, ChannelSettings]:
    """The channels; raises ValueError for a name that cannot stand in ids."""
    for name in value:
        if not NAME.fullmatch(name):
            raise ValueError(f"channel name `{name}` must be lower-case letters, digits and hyphens, at most 40")
    return value


def _checked_link(value: str) -> str:
    if not re.match(r"https?://[^\s{}]+", value) or not value.isprintable() or " " in value:
        raise ValueError("must be an http or https address")
    try:
        keys = {name for _, name, spec, conversion in Formatter().parse(value) if name is not None}
        plain = all(not spec and not conversion for _, _, spec, conversion in Formatter().parse(value))
    except ValueError:
        keys, plain = {"{"}, False
    if not plain or not keys <= LINK_KEYS:
        raise ValueError(f"may fill in {', '.join(sorted(LINK_KEYS))}, each in braces, and nothing else")
    return value
