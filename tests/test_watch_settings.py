"""Settings of the watch: what has a default, and what is refused with its reason."""

from __future__ import annotations

from datetime import timedelta

import pytest

from evidence.errors import ConfigurationError
from evidence.settings import parse_settings
from evidence.settings.watch import WatchSettings


def settings(text: str) -> WatchSettings:
    return parse_settings(f"azure: {{subscriptions: [s]}}\nwatch: {text}\n".encode(), "evidence.yaml").watch


def test_every_setting_has_a_default() -> None:
    found = parse_settings(b"azure: {subscriptions: [s]}\n", "evidence.yaml").watch
    assert (found.every, found.reach, found.summary_at) == (timedelta(minutes=2), timedelta(hours=24), None)
    assert found.reserve == 60


def test_all_can_be_set() -> None:
    found = settings('{every: 5m, reach: 3d, reserve: 100, seconds: 120, summary_at: "06:45", summary_to: {eu: plat}}')
    assert (found.every, found.seconds, found.summary_to) == (timedelta(minutes=5), 120, {"eu": "plat"})


@pytest.mark.parametrize(
    "text",
    [
        "{every: 30m, often: 1}",
        "{every: 2h}",
        "{every: 0m}",
        "{reach: 30m}",
        "{reach: 30d}",
        "{reserve: 5}",
        "{seconds: 120}",
        "{seconds: 1}",
        "{summary_at: 6:50}",
        '{summary_at: "24:00"}',
        "{summary_to: [plat]}",
    ],
)
def test_what_cannot_be_honoured_is_refused_with_its_line(text: str) -> None:
    with pytest.raises(ConfigurationError) as told:
        settings(text)
    assert "evidence.yaml:2" in " ".join(told.value.diagnostics())
