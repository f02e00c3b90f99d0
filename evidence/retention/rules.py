"""Until when a pack is kept: the latest of all rules, in calendar arithmetic, with the rule that set it.

Source: DESIGN section 9. Invariant: a rule can lengthen a date, never shorten it; one year after sealing is the floor.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class KeepUntil:
    """A date and the rule that set it."""

    day: date
    rule: str


def add_years(day: date, years: int) -> date:
    """The same day `years` later; 29 February becomes 1 March where there is none, which is later, never sooner."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return date(day.year + years, 3, 1)


def audit_year_end(night: date, starts: str) -> date:
    """First day after the audit year that holds a night; `starts` is MM-DD."""
    start = date.fromisoformat(f"{night.year}-{starts}")
    return add_years(start, 1) if night >= start else start


def keep_until(sealed: date, last_night: date, *, years: int, audit_year_starts: str) -> KeepUntil:
    """The latest of sealing + `years` and the end of the audit year of the last night + `years`."""
    by_sealing = KeepUntil(add_years(sealed, years), f"sealing + {years} year{'s' if years > 1 else ''}")
    by_year = KeepUntil(
        add_years(audit_year_end(last_night, audit_year_starts), years),
        f"end of the audit year (from {audit_year_starts}) of {last_night} + {years} year{'s' if years > 1 else ''}",
    )
    return max(by_year, by_sealing, key=lambda kept: kept.day)
