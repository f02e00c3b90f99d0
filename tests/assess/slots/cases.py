"""A case of the tables of slots and outcomes, what many of them share, and how one is checked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from evidence.assess.slots.history import ItemHistory
from evidence.assess.slots.outcome import judge_slot
from evidence.assess.slots.values import PolicyVersion, SlotJob, SlotPoint, Sources
from evidence.nights import Calendar, Window
from tests.assess.slots.given import (
    NIGHT,
    at,
    hourly,
    item,
    job,
    logs,
    night,
    parts,
    point,
    read,
    simple,
    slots,
    version,
)

DAILY = version(simple("Daily", "23:00"))
HOURLY = version(hourly(4, "20:00", 14))  # 20:00, 00:00, 04:00, 08:00
SQL = version(
    parts(
        Full=simple("Weekly", "22:00", days=["Tuesday"]),
        Differential=simple("Daily", "02:00"),
        Log=logs(60),
    ),
    management_type="AzureWorkload",
)
SNAPSHOT, VAULTED = ("InstantRP=Valid",), ("InstantRP=Valid", "HardenedRP=Valid")
AGENT = "UserErrorGuestAgentStatusUnavailable"


@dataclass(frozen=True)
class Case:
    name: str
    policies: Sequence[PolicyVersion]
    expected: Mapping[str, str]
    jobs: Sequence[SlotJob] = ()
    points: Sequence[SlotPoint] = ()
    history: ItemHistory = field(default_factory=item)
    sources: Sources | None = None
    as_of: str = "11-12 12:30"
    window: Window = field(default_factory=night)


def berlin(day: date) -> Window:
    return Calendar("Europe/Berlin").window(day)


def changed(
    before: PolicyVersion, after: PolicyVersion, last_seen: str, first_seen: str
) -> tuple[PolicyVersion, PolicyVersion]:
    """One policy whose content was seen to change between two moments."""
    return (
        replace(before, until_at=at(first_seen), last_seen_at=at(last_seen)),
        replace(after, from_at=at(first_seen), last_seen_at=at("2027-01-01 00:00")),
    )


AT_23 = "11-10 23:00"
J_OK, J_FAILED = (
    job("11-10 23:10", "11-11 00:30"),
    job("11-10 23:10", "11-10 23:40", "Failed", code="400001", title=AGENT),
)
P_OK = point("11-10 23:10:05", tiers=VAULTED)
RETRY = job("11-11 01:00", "11-11 02:00", name="j2")
P_RETRY = point("11-11 01:00:05", name="p2", tiers=VAULTED)


def check(case: Case) -> None:
    """Judge all slots of a case, and compare."""
    sources = case.sources or read(case.as_of, case.as_of)
    found: dict[str, str] = {}
    for slot in slots(case.history, *case.policies, window=case.window):
        result = judge_slot(slot, case.jobs, case.points, sources, at(case.as_of), NIGHT)
        name = "" if slot.part == "full" else f"{slot.part} "
        told = f"{name}{slot.slot_at:%m-%d %H:%M}"
        assert told not in found
        found[told] = str(result.outcome)
        assert result.reason.endswith(".")
        assert result.night == NIGHT
    assert found == dict(case.expected)
