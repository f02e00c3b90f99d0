"""Slots as tests write them: one item, one word a night."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from evidence.assess.about import About
from evidence.assess.slots.values import Expected, Judged, Outcome, Part
from evidence.assess.trends.values import SlotHistory

WORDS = {
    ".": Outcome.SUCCESS,
    "r": Outcome.FAILED_RECOVERED,
    "F": Outcome.FAILED,
    "G": Outcome.FAILED,
    "C": Outcome.CANCELLED,
    "W": Outcome.WARNING,
    "S": Outcome.SILENT,
    "?": Outcome.UNKNOWN,
    "p": Outcome.PENDING,
    "-": Outcome.NOT_EXPECTED,
}
"""Letters of the outcomes; F and G are failures of two families."""
FAMILIES = {"F": "guest-agent", "G": "network"}
FIRST = date(2026, 11, 1)
"""A Sunday."""


def about(name: str = "vm1", vault: str = "/v1", tier: int | None = 0) -> About:
    return About(vault, f"{vault}/items/{name}", name, "VM", tier)


def night(number: int) -> date:
    """The night of that number, from 1."""
    return FIRST + timedelta(days=number - 1)


def slot(at: datetime, who: About, part: Part = Part.FULL) -> Expected:
    return Expected(
        who.vault_id, who.item_key, part, at, at + timedelta(hours=20), at + timedelta(hours=26), None, "/p", "a"
    )


def judged(letter: str, day: date, who: About, part: Part = Part.FULL) -> Judged:
    at = datetime(day.year, day.month, day.day, 22, tzinfo=UTC)
    job = () if letter in "S?p-" else (f"job-{day:%d}-{letter}",)
    codes = ("4001",) if letter in FAMILIES else ()
    return Judged(
        slot(at, who, part),
        WORDS[letter],
        "as the test says",
        day,
        job,
        error_family=FAMILIES.get(letter),
        error_codes=codes,
    )


def history(letters: str, step: int = 1, part: Part = Part.FULL, who: About | None = None) -> SlotHistory:
    """One slot every `step` nights, one letter each."""
    who = who or about()
    return SlotHistory(
        who, [judged(letter, night(1 + number * step), who, part) for number, letter in enumerate(letters)]
    )
