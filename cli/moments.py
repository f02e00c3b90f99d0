"""Days and moments as a person types them."""

from __future__ import annotations

from datetime import UTC, date, datetime


def typed_day(text: str, option: str) -> date:
    """A day; raises ConfigurationError naming the option."""
    from evidence.errors import ConfigurationError

    try:
        return date.fromisoformat(text.strip())
    except ValueError as error:
        raise ConfigurationError(f"{option}: {text[:40]!a} is no day.", next_step="Write it as 2026-12-31.") from error


def typed_moment(text: str, option: str) -> datetime:
    """A moment in UTC; raises ConfigurationError naming the option, also where it tells no time zone."""
    from evidence.errors import ConfigurationError

    try:
        found = datetime.fromisoformat(text.strip())
    except ValueError:
        found = None
    if found is None or found.tzinfo is None:
        raise ConfigurationError(
            f"{option}: {text[:40]!a} is no moment with its time zone.",
            next_step="Write it as 2026-07-06T08:00:00Z or 2026-07-06T10:00:00+02:00.",
        )
    return found.astimezone(UTC)
