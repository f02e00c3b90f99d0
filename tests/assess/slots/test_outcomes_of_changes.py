"""Slots and outcomes where items and policies change, each worked out by hand: protected mid-night, stopped, edited, not read.

The night is that of Tuesday 10 November 2026 UTC, `[11-10 06:00, 11-11 06:00)`, seen two nights later with everything read, unless a case
tells otherwise. A slot is written as its part (full where none is written) and its time.
"""

from __future__ import annotations

import pytest

from evidence.assess.slots.history import Turn
from tests.assess.slots.cases import (
    AT_23,
    DAILY,
    HOURLY,
    J_FAILED,
    J_OK,
    P_OK,
    SQL,
    Case,
    changed,
    check,
)
from tests.assess.slots.given import (
    LONG_AGO,
    at,
    hourly,
    item,
    job,
    log_range,
    point,
    seen,
    simple,
    version,
)

MID_NIGHT = [Turn(at("11-10 23:30"), "configure")]
STOPPED_AT = [Turn(at("11-10 21:00"), "disable")]
SEEN_NEXT = seen(at("11-11 06:31"))
CHANGES = [
    Case(
        "protected mid-night, by its configure job",
        [HOURLY],
        {"11-10 08:00": "not_expected", "11-10 20:00": "not_expected", "11-11 00:00": "success", "11-11 04:00": "silent"},
        [job("11-11 00:02", "11-11 00:20")],
        [point("11-11 00:02:05")],
        item(seen(at("11-10 06:31"), at("11-10 06:31"), listed=False), SEEN_NEXT, turns=MID_NIGHT),
    ),
    Case(
        "protected mid-night, never listed before, by its configure job",
        [HOURLY],
        {"11-10 08:00": "not_expected", "11-10 20:00": "not_expected", "11-11 00:00": "silent", "11-11 04:00": "silent"},
        history=item(SEEN_NEXT, turns=MID_NIGHT),
    ),
    Case(
        "protected at a time that nobody saw, no job",
        [DAILY],
        {AT_23: "unknown"},
        history=item(seen(at("11-10 06:31"), at("11-10 06:31"), listed=False), SEEN_NEXT),
    ),
    Case(
        "protected at a time that nobody saw, backed up",
        [DAILY],
        {AT_23: "success"},
        [J_OK],
        [P_OK],
        item(seen(at("11-10 06:31"), at("11-10 06:31"), listed=False), SEEN_NEXT),
    ),
    Case("first seen of all, no job", [DAILY], {AT_23: "unknown"}, history=item(SEEN_NEXT)),
    Case("first seen of all, no job yet", [DAILY], {AT_23: "pending"}, history=item(SEEN_NEXT), as_of="11-11 06:40"),
    Case("first seen of all, an older point shows it", [DAILY], {AT_23: "silent"}, history=item(SEEN_NEXT, known_since=at("11-05 23:00"))),
    Case("its policy first read after the run", [version(simple("Daily", "23:00"), from_at=at("11-11 06:31"))], {AT_23: "unknown"}),
    Case("its policy first read after the run, failed", [version(simple("Daily", "23:00"), from_at=at("11-11 06:31"))], {AT_23: "failed"}, [J_FAILED]),
    Case("first backup pending is expected", [DAILY], {AT_23: "silent"}, history=item(seen(state="IRPending"))),
    Case("in error is expected", [DAILY], {AT_23: "silent"}, history=item(seen(state="ProtectionError"))),
    Case("stopped long ago", [DAILY], {AT_23: "not_expected"}, history=item(seen(state="ProtectionStopped"))),
    Case("stopped long ago, its policy forgotten", [DAILY], {}, history=item(seen(state="ProtectionStopped", policy_id=None))),
    Case("paused", [DAILY], {AT_23: "not_expected"}, history=item(seen(state="ProtectionPaused"))),
    Case("suspended by the vault", [DAILY], {AT_23: "not_expected"}, history=item(seen(state="BackupsSuspended"))),
    Case("soft-deleted", [DAILY], {AT_23: "not_expected"}, history=item(seen(soft_deleted=True))),
    Case("a state that nobody knows", [DAILY], {AT_23: "unknown"}, history=item(seen(state="Hibernating"))),
    Case("a state that nobody knows, backed up", [DAILY], {AT_23: "success"}, [J_OK], [P_OK], item(seen(state="Hibernating"))),
    Case(
        "stopped in the night, by its job",
        [HOURLY],
        {"11-10 08:00": "silent", "11-10 20:00": "silent", "11-11 00:00": "not_expected", "11-11 04:00": "not_expected"},
        history=item(seen(LONG_AGO, at("11-10 06:31")), seen(at("11-11 06:31"), state="ProtectionStopped", policy_id=None), turns=STOPPED_AT),
    ),
    Case(
        "stopped in the night, nobody saw when",
        [DAILY],
        {AT_23: "unknown"},
        history=item(seen(LONG_AGO, at("11-10 06:31")), seen(at("11-11 06:31"), state="ProtectionStopped", policy_id=None)),
    ),
    Case(
        "vanished with its vault in the night",
        [DAILY],
        {AT_23: "unknown"},
        history=item(seen(LONG_AGO, at("11-10 06:31")), seen(at("11-11 06:31"), listed=False)),
    ),
    Case(
        "deleted in the night, by its job",
        [DAILY],
        {AT_23: "not_expected"},
        history=item(seen(LONG_AGO, at("11-10 06:31")), seen(at("11-11 06:31"), listed=False), turns=[Turn(at("11-10 12:00"), "delete")]),
    ),
    Case("vanished nights ago", [DAILY], {}, history=item(seen(LONG_AGO, at("11-07 06:31")), seen(at("11-08 06:31"), listed=False))),
    Case("moved here mid-night, its old vault's item gone", [DAILY], {AT_23: "success"}, [J_OK], [P_OK], item(seen(at("11-10 06:31"), at("11-10 06:31"), listed=False), SEEN_NEXT, turns=[Turn(at("11-10 20:00"), "configure")])),
    Case("items not read since, no job", [DAILY], {AT_23: "unknown"}, history=item(seen(LONG_AGO, at("11-10 06:31")))),
    Case("items not read since, failed", [DAILY], {AT_23: "failed"}, [J_FAILED], history=item(seen(LONG_AGO, at("11-10 06:31")))),
    Case("policy not read since, no job", [version(simple("Daily", "23:00"), last_seen_at=at("11-10 06:31"))], {AT_23: "unknown"}),
    Case(
        "stopped, of the policy as it was long ago nothing is told",
        changed(DAILY, version(simple("Daily", "21:00")), "11-01 06:31", "11-02 06:31"),
        {"11-10 21:00": "not_expected"},
        history=item(seen(state="ProtectionStopped")),
    ),
    Case("policy never read", [], {"11-10 06:00": "unknown"}, [J_OK], [P_OK]),
    Case("no policy named", [DAILY], {"11-10 06:00": "unknown"}, history=item(seen(policy_id=None))),
    Case(
        "policy edited after the night changes nothing",
        changed(DAILY, version(simple("Daily", "20:00")), "11-11 06:31", "11-12 06:31"),
        {AT_23: "success"},
        [J_OK],
        [P_OK],
    ),
    Case(
        "policy edited in the night, nobody saw when",
        changed(DAILY, version(simple("Daily", "21:00")), "11-10 06:31", "11-11 06:31"),
        {"11-10 21:00": "unknown", AT_23: "success"},
        [J_OK],
        [P_OK],
    ),
    Case(
        "policy edited in the night, retention alone",
        changed(DAILY, version(simple("Daily", "23:00"), retention={"dailySchedule": {"retentionDuration": {"count": 7}}}), "11-10 06:31", "11-11 06:31"),
        {AT_23: "silent"},
    ),
    Case(
        "policy edited at a known moment of the night",
        changed(HOURLY, version(hourly(4, "22:00", 7)), "11-10 21:00", "11-10 21:00"),
        {"11-10 08:00": "silent", "11-10 20:00": "silent", "11-10 22:00": "silent", "11-11 02:00": "silent"},
    ),
    Case(
        "given another policy in the night, by its job",
        [HOURLY, version(simple("Daily", "23:00"), policy_id="/vaults/rsv/policies/other")],
        {"11-10 08:00": "silent", AT_23: "silent"},
        history=item(
            seen(LONG_AGO, at("11-10 06:31")),
            seen(at("11-11 06:31"), policy_id="/vaults/rsv/policies/other"),
            turns=[Turn(at("11-10 19:00"), "configure")],
        ),
    ),
    Case(
        "logs of a database protected mid-night count from its first full backup",
        [SQL],
        {"11-10 22:00": "not_expected", "log 11-10 06:00": "success", "differential 11-11 02:00": "silent"},
        [],
        [log_range("11-11 00:10", "11-11 05:50")],
        item(SEEN_NEXT, turns=MID_NIGHT, logs_from=at("11-11 00:05")),
    ),
    Case(
        "logs without any full backup",
        [SQL],
        {"11-10 22:00": "silent", "log 11-10 06:00": "unknown", "differential 11-11 02:00": "silent"},
        history=item(logs_from=None),
    ),
    Case(
        "logs before the first full backup",
        [SQL],
        {"11-10 22:00": "silent", "log 11-10 06:00": "not_expected", "differential 11-11 02:00": "silent"},
        history=item(logs_from=at("11-11 22:05")),
    ),
]  # fmt: skip

CASES = [*CHANGES]


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_outcomes(case: Case) -> None:
    check(case)
