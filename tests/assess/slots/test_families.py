"""Families of errors: one for what is one problem, whatever the night and the item."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evidence.assess.slots.families import error_family, normalised


@pytest.mark.parametrize(
    ("code", "title", "family"),
    [
        ("400001", "UserErrorGuestAgentStatusUnavailable", "guest-agent"),
        ("400001", "ExtensionSnapshotFailedNoNetwork", "network"),
        ("400001", "ExtensionOperationFailed", "guest-agent"),
        ("400001", "SnapshotFailedInVssNotOnlyBlockedWriters", "consistency"),
        ("400158", "UserErrorJobSuccessfullyCancelled", "cancelled-by-user"),
        ("400158", None, "cancelled-by-user"),
        ("400136", "", "source-gone"),
        (None, "UserErrorVmNotFoundV2", "source-gone"),
        (None, "UserErrorKeyVaultPermissionsNotConfigured", "permission"),
        (None, "UserErrorHANASystemDBNotRunning", "database-not-running"),
        ("MOSJobTimedOutError", None, "timed-out"),
        ("InternalServerError", None, "InternalServerError"),
        ("510011", "WorkloadRestoreFailed", "WorkloadRestoreFailed"),
        ("400002", " ", "400002"),
        (None, None, None),
    ],
)
def test_families(code: str | None, title: str | None, family: str | None) -> None:
    assert error_family([code] if code else [], [title] if title is not None else []) == family


def test_what_tells_only_a_text_is_known_by_it() -> None:
    first = error_family(
        [], [], ["The agent on 'web01' could not reach 10.0.0.4 at 2026-11-10T23:04:05Z (0x80070002)."]
    )
    second = error_family(
        [], [], ["The agent on 'web02' could not reach 10.0.0.9 at 2026-11-12T01:00:00Z (0x80070002)."]
    )
    assert first == second == "the agent on <name> could not reach <n> at <time> (<n>)."


@pytest.mark.parametrize(
    "text",
    [
        "Job 11111111-2222-3333-4444-555555555555 failed",
        "Item /subscriptions/0/resourceGroups/rg/providers/x is gone",
        "Cannot write C:\\Data\\one.mdf",
        "Call https://example.invalid/a?b=c failed",
        "Began 5/26/2021 2:11:38 AM",
        "Waited 324 seconds",
    ],
)
def test_what_belongs_to_one_occurrence_is_left_out(text: str) -> None:
    found = normalised(text)
    assert not any(sign.isdigit() for sign in found)
    assert "<" in found


@given(st.text(max_size=200))
def test_a_family_of_a_family_is_itself(text: str) -> None:
    once = normalised(text)
    assert once == " ".join(once.split())
    assert normalised(once) == once
