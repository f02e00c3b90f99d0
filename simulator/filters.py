"""The small part of OData that Azure Backup understands: `name eq 'value'` joined by `and`.

No meaning of a name is known here. Job and recovery point filters write times as `yyyy-MM-dd hh:mm:ss AM`, UTC.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from datetime import UTC, datetime

from simulator.errors import SimulatorError, arm_error
from simulator.interface import ArmResponse

_CLAUSE = re.compile(r"\s*(?P<name>[A-Za-z]+)\s+eq\s+'(?P<value>(?:[^']|'')*)'\s*")
_AND = re.compile(r"and\b", re.IGNORECASE)
_MOMENT = re.compile(r"(?P<day>\d{4}-\d{2}-\d{2}) (?P<hour>\d{2}):(?P<rest>\d{2}:\d{2}) (?P<half>AM|PM)")


class FilterError(SimulatorError):
    """A filter that Azure would answer with 400."""


def parse_filter(text: str, allowed: Collection[str]) -> dict[str, str]:
    """The values asked for, by lower-cased name; empty values ask for nothing.

    Raises FilterError for another form, an unknown name or a name given twice.
    """
    asked: dict[str, str] = {}
    known = {name.lower() for name in allowed}
    position = 0
    while position < len(text):
        found = _CLAUSE.match(text, position)
        if found is None or found["name"].lower() not in known or found["name"].lower() in asked:
            raise FilterError(text)
        asked[found["name"].lower()] = found["value"].replace("''", "'")
        position = found.end()
        if position < len(text):
            joined = _AND.match(text, position)
            if joined is None or not text[joined.end() :].strip():
                raise FilterError(text)
            position = joined.end()
    return {name: value for name, value in asked.items() if value}


def parse_moment(text: str) -> datetime:
    """A 12-hour moment as Azure's filters write it, UTC; `00:00:00 AM` is midnight, as in its own examples.

    Raises FilterError.
    """
    found = _MOMENT.fullmatch(text)
    if found is None:
        raise FilterError(text)
    hour = int(found["hour"])
    if hour > 12:
        raise FilterError(text)
    hour = hour % 12 + (12 if found["half"] == "PM" else 0)
    try:
        return datetime.fromisoformat(f"{found['day']}T{hour:02}:{found['rest']}").replace(tzinfo=UTC)
    except ValueError as error:
        raise FilterError(text) from error


def interval(asked: dict[str, str], start: str, end: str) -> tuple[datetime, datetime] | None:
    """The time window that a filter asks for, both ends inside; None if it names none.

    Raises FilterError where only one end is given, or the ends are the wrong way round.
    """
    first, last = asked.get(start.lower()), asked.get(end.lower())
    if first is None and last is None:
        return None
    if first is None or last is None:
        raise FilterError(f"{start} and {end} belong together")
    window = parse_moment(first), parse_moment(last)
    if window[1] < window[0]:
        raise FilterError(f"{end} lies before {start}")
    return window


def bad_filter(api: str, guidance: str) -> ArmResponse:
    """The 400 for a filter that cannot be read; `api` as in "Get jobs" (azure-docs issue 42973 has the wording)."""
    message = (
        f"The inputs specified for {api} API are incorrect. Please check your inputs and try again.\r\n"
        f"Make sure your filter parameters are following these guidelines - {guidance}"
    )
    return arm_error(400, "BMSUserErrorInvalidInput", message)
