"""Settings of `sign_in`: one pinned tenant, no plain http, reviewers of scopes that there are."""

from __future__ import annotations

from datetime import timedelta

import pytest

from evidence.errors import ConfigurationError
from evidence.settings import Settings, parse_settings
from evidence.settings.sign_in import SignInSettings

TENANT = "11111111-0000-4000-8000-00000000000A"
PERSON = "22222222-0000-4000-8000-000000000005"
LEAST = f"tenant: {TENANT}, client_id: 33333333-0000-4000-8000-000000000003"


def settings(text: str) -> Settings:
    return parse_settings(f"azure: {{subscriptions: [s]}}\nsign_in: {{{text}}}\n".encode(), "evidence.yaml")


def sign_in(text: str) -> SignInSettings:
    found = settings(text).sign_in
    assert found is not None
    return found


def test_nobody_signs_in_unless_it_is_configured() -> None:
    assert parse_settings(b"azure: {subscriptions: [s]}\n", "evidence.yaml").sign_in is None


def test_the_issuer_follows_from_the_tenant() -> None:
    found = sign_in(LEAST)
    assert found.pinned_issuer == f"https://login.microsoftonline.com/{TENANT.lower()}/v2.0"
    assert (found.max_age, found.device_code, found.reviewers) == (timedelta(minutes=10), False, {})


def test_another_issuer_and_reviewers_can_be_set() -> None:
    found = sign_in(f"{LEAST}, issuer: 'http://127.0.0.1:1/v2.0', max_age: 5m, reviewers: {{all: [{PERSON.upper()}]}}")
    assert found.pinned_issuer == "http://127.0.0.1:1/v2.0"
    assert found.reviewers == {"all": (PERSON,)}


@pytest.mark.parametrize(
    "text",
    [
        "tenant: common, client_id: c",
        f"tenant: {TENANT}",
        f"{LEAST}, issuer: 'http://login.example/v2.0'",
        f"{LEAST}, issuer: 'https://login.microsoftonline.com/common/v2.0'",
        f"{LEAST}, issuer: 'https://login.microsoftonline.com/organizations'",
        f"{LEAST}, issuer: 'https://login.example/v2.0?a=b'",
        f"{LEAST}, max_age: 30d",
        f"{LEAST}, max_age: 2h",
        f"{LEAST}, client_secret: s",
        f"{LEAST}, reviewers: {{all: []}}",
        f"{LEAST}, reviewers: {{all: [anna]}}",
        f"{LEAST}, reviewers: {{all: [{PERSON}, {PERSON.upper()}]}}",
        f"{LEAST}, reviewers: {{eu: [{PERSON}]}}",
        f"{LEAST}, reviewers: {{'../x': [{PERSON}]}}",
    ],
)
def test_what_cannot_be_honoured_is_refused(text: str) -> None:
    with pytest.raises(ConfigurationError):
        settings(text)
