"""Settings of owners, channels, links and secrets: a mistake is refused, and no secret stands there."""

from __future__ import annotations

from pathlib import Path

import pytest

from evidence.compose import Composition, find_configuration
from evidence.errors import ConfigurationError
from evidence.settings import parse_settings
from tests.fakes.bench import RAW
from tests.notify.problems import OWNERS

CHANNELS = b"""\
owners: owners.yaml
channels:
  tickets: {kind: servicenow, url: "https://contoso.service-now.com", user: evidence, secret: "kv:snow"}
  pager: {kind: pagerduty}
  issues: {kind: jira, url: "https://contoso.atlassian.net", project: OPS, user: evidence@example.com, secret: "env:JIRA"}
  cards: {kind: teams}
  email: {kind: mail, host: smtp.example.com, from: evidence@example.com, user: evidence, secret: "file:keys/mail"}
  events: {kind: webhook, url: "https://hooks.example.com/in", secret: "env:HOOK"}
  other: {kind: apprise}
links: {evidence: "https://evidence.example.com/{key}?night={night}", runbook: "https://wiki.example.com/{class}"}
secrets: {key_vault: "https://contoso.vault.azure.net", credential: managed_identity}
"""


def refused(raw: bytes) -> str:
    with pytest.raises(ConfigurationError) as caught:
        parse_settings(RAW + raw, "evidence.yaml")
    return caught.value.cause


def test_every_kind_of_channel_is_read() -> None:
    found = parse_settings(RAW + CHANNELS, "evidence.yaml")
    kinds = {name: one.kind for name, one in found.channels.items()}
    assert sorted(kinds.values()) == ["apprise", "jira", "mail", "pagerduty", "servicenow", "teams", "webhook"]
    assert parse_settings(RAW, "evidence.yaml").channels == {}


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (b"https://contoso.service-now.com", b"http://contoso.service-now.com", "must use https"),
        (b"https://hooks.example.com/in", b"https://hooks.example.com/in?sig=abc", "no credentials, query or fragment"),
        (b"kv:snow", b"hunter2", "should match pattern"),
        (b"tickets:", b"Tickets:", "must be lower-case letters"),
        (b"{kind: pagerduty}", b"{kind: pager}", "does not match any of the expected tags"),
        (b"{kind: teams}", b'{kind: teams, url: "https://x.example.com"}', "is not a setting of this version"),
        (b"user: evidence@example.com, ", b"", "belongs to hosting `cloud`"),
        (b'user: evidence, secret: "file:keys/mail"', b"user: evidence", "belong together"),
        (b"host: smtp.example.com", b"tls: none, host: smtp.example.com", "loopback only"),
        (b"{key}?night", b"{key.__class__}?night", "may fill in"),
        (b"{key}?night", b"{key!r}?night", "may fill in"),
        (b"https://wiki", b"javascript://wiki", "http or https"),
        (b"https://contoso.vault", b"http://contoso.vault", "should match pattern"),
    ],
)
def test_a_mistake_is_refused(old: bytes, new: bytes, said: str) -> None:
    assert old in CHANNELS
    told = refused(CHANNELS.replace(old, new))
    assert said in told
    assert "hunter2" not in told


def composed(folder: Path, raw: bytes, owners: bytes | None = OWNERS) -> Composition:
    (folder / "evidence.yaml").write_bytes(RAW + raw)
    if owners is not None:
        (folder / "owners.yaml").write_bytes(owners)
    return Composition(find_configuration(folder / "evidence.yaml"))


def test_the_office_has_owners_and_channels_and_reads_no_secret(tmp_path: Path) -> None:
    office = composed(tmp_path, CHANNELS).office
    assert office is not None
    assert sorted(office.channels) == ["cards", "email", "events", "issues", "other", "pager", "tickets"]
    assert composed(tmp_path, CHANNELS).parts.owners == office.owners
    assert office.links.evidence is not None


def test_without_owners_there_is_no_office(tmp_path: Path) -> None:
    found = composed(tmp_path, b"")
    assert (found.office, found.owners, found.parts.owners) == (None, None, None)


def test_a_mistake_in_the_owners_is_told_with_its_file_and_line(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError) as caught:
        _ = composed(tmp_path, CHANNELS, OWNERS.replace(b"owner: dba-eu", b"owner: x")).parts
    assert "owners.yaml:18: rules.0.owner: `x` is none of `teams`" in caught.value.cause
    with pytest.raises(ConfigurationError, match="cannot be read"):
        _ = composed(tmp_path / "..", CHANNELS.replace(b"owners.yaml", b"no-owners.yaml"), None).owners
