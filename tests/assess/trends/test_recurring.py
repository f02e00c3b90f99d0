"""Recurrence by expected slots, and outbreaks by vault and over vaults."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evidence.assess.findings import Class, Finding, Severity
from evidence.assess.slots.values import Part
from evidence.assess.trends.outbreaks import FLEET, outbreaks
from evidence.assess.trends.recurring import failing_since, recurring, weekly_counts
from evidence.assess.trends.values import SlotHistory
from tests.assess.trends.given import WORDS, about, history, judged, night


def found(letters: str, step: int = 1) -> Sequence[Finding]:
    last = night(1 + (len(letters) - 1) * step)
    return list(recurring([history(letters, step)], last))


@pytest.mark.parametrize(
    ("letters", "slots"),
    [
        ("..F", None),
        (".FF", 2),
        ("FFF", 3),
        (".FG", None),
        ("FGF", None),
        ("F.F", None),
        ("F.F.F", 3),
        ("FG.FG.F", 3),
        ("F......F", None),
        ("F..F...F", None),
        ("F..F..F", 3),
        ("FF.", None),
        ("F?F", None),
        ("F?F?F", 3),
        ("F-F", 2),
        ("FrF", None),
        ("SS", 2),
        (".S", None),
        ("CC", 2),
        ("WW", 2),
        ("FFp", None),
    ],
)
def test_a_failure_recurs_by_expected_slots(letters: str, slots: int | None) -> None:
    """Two in a row, or three of the last seven, of one family; unknown slots bridge nothing, and those not expected are no slots."""
    assert [one.slots for one in found(letters)] == ([] if slots is None else [slots])


def test_a_weekly_policy_recurs_by_its_weeks() -> None:
    """Trap 13."""
    (one,) = found(".FF", step=7)
    assert (one.class_, one.slots, one.night) == (Class.RECURRING, 2, night(15))
    assert one.summary == "guest-agent: in 2 expected runs in a row, first on 2026-11-08 22:00 UTC."


def test_the_finding_names_item_family_jobs_and_codes() -> None:
    (one,) = found("F.F.F")
    assert (one.vault_id, one.item_key, one.subject, one.workload) == ("/v1", "/v1/items/vm1", "vm1", "VM")
    assert (one.error_family, one.severity, one.error_codes) == ("guest-agent", Severity.CRITICAL, ("4001",))
    assert one.job_ids == ("job-01-F", "job-03-F", "job-05-F")
    assert "in 3 of the last 5 expected runs" in one.summary


def test_silence_and_cancellation_recur_under_their_own_names() -> None:
    assert [one.error_family for one in found("SS")] == ["silent"]
    assert [one.error_family for one in found("CC")] == ["cancelled"]


def _merged(*parts: SlotHistory) -> SlotHistory:
    slots = sorted((one for part in parts for one in part.slots), key=lambda one: (one.slot.slot_at, one.slot.part))
    return SlotHistory(parts[0].about, slots)


def test_full_and_differential_backups_take_turns_and_logs_do_not_come_between() -> None:
    full = history("F", part=Part.FULL)
    differential = history("-F", part=Part.DIFFERENTIAL)
    logs = history("..", part=Part.LOG)
    (one,) = recurring([_merged(full, differential, logs)], night(2))
    assert one.slots == 2


def test_weekly_full_backups_recur_although_differentials_succeed() -> None:
    full = history("FF", step=7, part=Part.FULL)
    differential = history("-......", part=Part.DIFFERENTIAL)
    assert [one.slots for one in recurring([_merged(full, differential)], night(8))] == [2]


def test_failures_since_the_last_success_are_counted_whatever_the_error() -> None:
    assert failing_since(history(".FGS").slots) == 3
    assert failing_since(history(".F?-Gp").slots) == 2
    assert failing_since(history("FF.").slots) == 0


def test_failures_are_counted_by_week() -> None:
    """1 November 2026 is the Sunday of week 44."""
    counts = weekly_counts([history("FFF"), history("G..", who=about("vm2"))])
    assert counts == {
        ("/v1/items/vm1", "guest-agent"): {(2026, 44): 1, (2026, 45): 2},
        ("/v1/items/vm2", "network"): {(2026, 44): 1},
    }


@given(st.text(alphabet=list(WORDS), min_size=1, max_size=9))
def test_one_failure_alone_never_recurs_and_a_planted_pair_always_does(letters: str) -> None:
    """Trap 18."""
    healthy = letters.translate(str.maketrans("FGCWS", "....."))
    assert found(f"{healthy}F") == []
    assert [one.error_family for one in found(f"{letters}FF")] == ["guest-agent"]


def _night(*vaults: tuple[str, str]) -> list[tuple[object, object]]:
    """Items of vaults, one letter each."""
    return [
        (who, judged(letter, night(1), who))
        for vault, letters in vaults
        for number, letter in enumerate(letters)
        for who in [about(f"vm{number:02}", vault, tier=2)]
    ]


@pytest.mark.parametrize(
    ("vaults", "parents"),
    [
        ([("/v1", "FFFF" + "." * 16)], []),
        ([("/v1", "FFFFF" + "." * 15)], [("/v1", 5)]),
        ([("/v1", "F" * 9 + "." * 91)], []),
        ([("/v1", "F" * 10 + "." * 90)], [("/v1", 10)]),
        ([("/v1", "FFFFGGGG")], []),
        ([("/v1", "FFFFF"), ("/v2", ".....")], [("/v1", 5)]),
        ([("/v1", "FFF.."), ("/v2", "FF...")], [(FLEET, 5)]),
        ([("/v1", "F...."), ("/v2", "F....")], []),
        ([("/v1", "F...."), ("/v2", "F...."), ("/v3", "F....")], [(FLEET, 3)]),
        ([(f"/v{number:02}", "F" if number < 4 else ".") for number in range(50)], []),
        ([(f"/v{number:02}", "F" if number < 5 else ".") for number in range(50)], [(FLEET, 5)]),
        ([("/v1", "FFFFF-----")], [("/v1", 5)]),
    ],
    ids=[
        "four-of-twenty", "five-of-twenty", "nine-of-hundred", "ten-of-hundred", "two-families", "one-vault-of-two",
        "five-over-two-vaults", "two-items", "three-vaults", "four-vaults-of-fifty", "five-vaults-of-fifty", "not-expected",
    ],
)  # fmt: skip
def test_an_outbreak_has_one_parent(vaults: list[tuple[str, str]], parents: list[tuple[str, int]]) -> None:
    seen = outbreaks(_night(*vaults), night(1))  # type: ignore[arg-type]  # pairs of about and judged
    assert [(one.vault_id, len(one.children)) for one in seen.parents] == parents
    assert len(seen.parent_of) == sum(count for _, count in parents)


def test_a_parent_names_its_family_children_and_share() -> None:
    seen = outbreaks(_night(("/v1", "FFFFF" + "." * 15)), night(1))  # type: ignore[arg-type]  # pairs of about and judged
    (one,) = seen.parents
    assert (one.class_, one.item_key, one.error_family) == (Class.OUTBREAK, None, "guest-agent")
    assert one.summary == "guest-agent: 5 of 20 items with expected runs in v1."
    assert one.children[0] == "/v1/items/vm00"
    assert seen.parent_of["/v1/items/vm00", "guest-agent"] is one


def test_slots_of_other_nights_are_no_part_of_an_outbreak() -> None:
    seen = outbreaks(_night(("/v1", "FFFFF")), night(2))  # type: ignore[arg-type]  # pairs of about and judged
    assert seen.parents == ()
