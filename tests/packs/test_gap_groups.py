from __future__ import annotations

from datetime import date

import pytest

from evidence.packs.completeness import Gap
from evidence.packs.gap_groups import cause_of, group_gaps
from evidence.records import Kind

NIGHT = date(2026, 11, 1)
VAULT = "/subscriptions/s/resourcegroups/g/providers/microsoft.recoveryservices/vaults/v"


@pytest.mark.parametrize(
    ("reason", "cause"),
    [
        ("HTTP 403 AuthorizationFailed: The client … does not have authorization", "HTTP 403 AuthorizationFailed"),
        (
            "2 of 2 questions not answered whole: HTTP 403 AuthorizationFailed (2, first in call x)",
            "HTTP 403 AuthorizationFailed",
        ),
        ("HTTP 500", "HTTP 500"),
        ("no run for this night was sealed", "no run for this night was sealed"),
        (
            "given up after 5 attempts; no whole answer came: ServiceResponseTimeoutError: read timed out",
            "no whole answer came (ServiceResponseTimeoutError)",
        ),
        (
            "1 of 2 questions not answered whole: page 2: no whole answer came: IncompleteReadError: x (1, first in call y)",
            "no whole answer came (IncompleteReadError)",
        ),
        (
            "1 of 2 questions not answered whole: the link leads back to a page already read (1, first in call y)",
            "the link leads back to a page already read",
        ),
        ("quota: Azure asked to wait 324 s", "quota"),
        ("", ""),
    ],
)
def test_a_cause_is_azures_answer_or_the_first_words(reason: str, cause: str) -> None:
    assert cause_of(reason) == cause


def test_one_line_tells_all_kinds_and_nights_of_one_cause() -> None:
    gaps = [
        Gap(night, VAULT, kind, "not_reached", f"HTTP 403 AuthorizationFailed: over {kind}")
        for night in (date(2026, 11, 2), NIGHT)
        for kind in (Kind.JOBS, Kind.PROTECTED_ITEMS)
    ]
    (group,) = group_gaps(gaps, {VAULT: "rsv"})
    assert group.sentence == (
        "rsv (jobs, protected items), 2 nights from 2026-11-01 to 2026-11-02: not reached, HTTP 403 AuthorizationFailed."
    )
    assert (group.gaps, group.essential) == (4, True)


def test_different_outcomes_causes_and_subjects_stay_apart() -> None:
    gaps = [
        Gap(NIGHT, VAULT, Kind.JOBS, "not_reached", "HTTP 403 AuthorizationFailed"),
        Gap(NIGHT, VAULT, Kind.JOBS, "partial", "HTTP 403 AuthorizationFailed"),
        Gap(NIGHT, VAULT, Kind.JOBS, "not_reached", "HTTP 500"),
        Gap(NIGHT, None, None, "not_sealed", "no run for this night was sealed"),
    ]
    assert [group.gaps for group in group_gaps(gaps, {})] == [1, 1, 1, 1]
