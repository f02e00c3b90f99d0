"""Terms in calendar arithmetic: so many years, months or days after a day, and the end of the audit year.

Not here: which rules cover an object (`policies`). Source: DESIGN section 9. Invariant: where the calendar has no such day the next one is taken, so
that a term is never shorter than it says; one year after sealing is the floor.
"""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from datetime import date, timedelta

_MONTHS = 12


@dataclass(frozen=True, slots=True)
class KeepUntil:
    """A date and the rule that set it."""

    day: date
    rule: str


@dataclass(frozen=True, slots=True)
class Term:
    """A span of the calendar."""

    years: int = 0
    months: int = 0
    days: int = 0

    def after(self, day: date) -> date:
        """The day on which the term ends that begins on a day; the last of all days where the calendar ends before."""
        try:
            moved = add_months(day, self.years * _MONTHS + self.months)
            return moved + timedelta(days=self.days)
        except (ValueError, OverflowError):
            return date.max

    @property
    def words(self) -> str:
        """`1 year`, `18 months`, `400 days`."""
        counted = ((self.years, "year"), (self.months, "month"), (self.days, "day"))
        return ", ".join(f"{count} {what}{'' if count == 1 else 's'}" for count, what in counted if count)


def add_years(day: date, years: int) -> date:
    """The same day `years` later; 29 February becomes 1 March where there is none, which is later, never sooner."""
    return add_months(day, years * _MONTHS)


def add_months(day: date, months: int) -> date:
    """The same day `months` later; the first of the month after where that month has no such day, never sooner."""
    year, month = divmod(day.year * _MONTHS + day.month - 1 + months, _MONTHS)
    if day.day <= calendar.monthrange(year, month + 1)[1]:
        return date(year, month + 1, day.day)
    return date(year + (month + 1) // _MONTHS, (month + 1) % _MONTHS + 1, 1)


def audit_year_end(night: date, starts: str) -> date:
    """First day after the audit year that holds a night; `starts` is MM-DD; the last of all days where the calendar ends before."""
    start = date(night.year, int(starts[:2]), int(starts[3:]))
    return Term(years=1).after(start) if night >= start else start


def keep_until(sealed: date, last_night: date, *, years: int, audit_year_starts: str) -> KeepUntil:
    """The latest of sealing + `years` and the end of the audit year of the last night + `years`."""
    return kept_for(Term(years=years), sealed, last_night, audit_year_starts)


def kept_for(term: Term, sealed: date, last_night: date | None, audit_year_starts: str) -> KeepUntil:
    """The latest of sealing + term and, for what is about a night, the end of its audit year + term."""
    by_sealing = KeepUntil(term.after(sealed), f"sealing + {term.words}")
    if last_night is None:
        return by_sealing
    by_year = KeepUntil(
        term.after(audit_year_end(last_night, audit_year_starts)),
        f"end of the audit year (from {audit_year_starts}) of {last_night} + {term.words}",
    )
    return max(by_year, by_sealing, key=lambda kept: kept.day)
