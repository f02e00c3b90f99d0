"""What no body ever showed before is counted by kind and api-version, kept with its calls, and throws doubt where it decides."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from evidence.normalize.clock_skew import clock_skew_s
from evidence.normalize.known_shapes import known_groups
from evidence.records import Attempt, Coverage, Kind, Outcome
from tests.normalize.recorded import recorded
from tests.normalize.shapes import NOW, VAULT, answer, call, normalized, vm_item, vm_job
from tests.normalize.test_recordings import NORMALIZED, normalized_alone
from tests.paths import needs_recordings

GROUP = "recoveryservices/vaults/backupjobs AzureIaasVM"
WHOLE = Coverage(Kind.JOBS, Outcome.COLLECTED, None, 1, 1, 1, None, None)


def job(**properties: object) -> dict[str, object]:
    made = vm_job()
    return {**made, "properties": {**made["properties"], **properties}}  # type: ignore[dict-item]  # an object


def drift(*elements: object, kind: Kind = Kind.JOBS) -> dict[str, int]:
    found = normalized(call(kind, answer(*elements))).drift
    return {one.sentence: met.count for one, met in found.items()}


def test_a_usual_job_is_no_news() -> None:
    assert drift(vm_job(), vm_job("j2")) == {}


def test_new_keys_types_and_words_are_each_counted() -> None:
    odd = job(madeUp=1, status="Suspended", duration=5)
    begin = f"jobs 2024-04-01, {GROUP}:"
    assert drift(odd, odd, vm_job()) == {
        f"{begin} new key properties.madeUp": 2,
        f"{begin} new type properties.duration number": 2,
        f"{begin} new value properties.status Suspended": 2,
    }


def test_the_first_few_calls_are_kept() -> None:
    calls = [call(Kind.JOBS, answer(job(madeUp=1)), f"c{number}") for number in range(5)]
    (met,) = normalized(*calls).drift.values()
    assert (met.count, met.calls) == (5, ["c0", "c1", "c2"])


def test_a_sort_that_nobody_knows_is_told_once_an_element_and_throws_doubt() -> None:
    strange = job(backupManagementType="AzureQuantum", madeUp={"a": 1})
    result = normalized(call(Kind.JOBS, answer(strange, vm_job())), coverage=[WHOLE])
    assert [one.odd.what for one in result.drift] == ["never seen"]
    (row,) = result.coverage
    assert row["outcome"] == Outcome.PARTIAL
    assert "AzureQuantum" in str(row["reason"])


@pytest.mark.parametrize("sort", ["MAB", "DPM", "AzureBackupServer", "DefaultBackup"])
def test_what_only_the_sdk_knows_is_not_yet_seen_for_real_and_throws_no_doubt(sort: str) -> None:
    modelled = {"id": f"{VAULT}/backupJobs/m", "name": "m", "type": "Microsoft.RecoveryServices/vaults/backupJobs"}
    properties = {
        "backupManagementType": sort,
        "operation": "Backup",
        "status": "Completed",
        "entityFriendlyName": "srv",
    }
    result = normalized(call(Kind.JOBS, answer({**modelled, "properties": properties})), coverage=[WHOLE])
    assert [one.odd.what for one in result.drift] == ["never seen for real"]
    assert result.coverage[0]["outcome"] == Outcome.COLLECTED
    assert known_groups()[f"recoveryservices/vaults/backupjobs {sort}"].modelled


@pytest.mark.parametrize(
    ("properties", "outcome"),
    [
        ({"status": "Suspended"}, Outcome.PARTIAL),
        ({"operation": "Teleport"}, Outcome.PARTIAL),
        ({"operation": "Backup (Sideways)"}, Outcome.COLLECTED),
        ({"madeUp": 1}, Outcome.COLLECTED),
    ],
)
def test_only_words_that_decide_what_a_job_counts_as_throw_doubt(
    properties: dict[str, object], outcome: Outcome
) -> None:
    result = normalized(call(Kind.JOBS, answer(job(**properties))), coverage=[WHOLE])
    assert result.drift
    assert result.coverage[0]["outcome"] == outcome


def test_elements_that_gave_no_row_throw_doubt() -> None:
    result = normalized(call(Kind.JOBS, answer(vm_job(), 5, {"properties": {}})), coverage=[WHOLE])
    assert result.coverage[0]["outcome"] == Outcome.PARTIAL
    assert "1 element is kept and was not read: element is not a JSON object" in str(result.coverage[0]["reason"])


def test_tags_are_data_and_no_schema() -> None:
    vault = {"id": VAULT, "name": "rsv-north", "type": "Microsoft.RecoveryServices/vaults", "location": "westeurope"}
    assert (
        drift({**vault, "tags": {"what ever": "x"}, "properties": {"provisioningState": "Succeeded"}}, kind=Kind.VAULTS)
        == {}
    )


@pytest.mark.parametrize("odd", [None, 5, [], {}, "x" * 500])
def test_what_is_no_type_at_all_never_raises(odd: object) -> None:
    element = {**vm_item(), "type": odd, "properties": {"backupManagementType": odd, "status": odd}}
    assert all(len(sentence) < 700 for sentence in drift(element, {"properties": odd}, kind=Kind.PROTECTED_ITEMS))


@pytest.mark.parametrize(
    ("date", "skew"),
    [
        ("Sat, 21 Nov 2026 06:05:00 GMT", 0.0),
        ("Sat, 21 Nov 2026 06:20:00 GMT", 900.0),
        ("Sat, 21 Nov 2026 05:49:59 GMT", -900.0),
        ("yesterday", None),
        (None, None),
    ],
)
def test_skew_is_what_the_answers_time_cannot_explain(date: str | None, skew: float | None) -> None:
    headers = {} if date is None else {"date": date}
    attempt = Attempt(NOW, NOW, 200, response_headers=headers, body=answer(vm_job()))
    asked = call(Kind.JOBS, b"", attempts=(attempt,))
    assert clock_skew_s(asked) == skew
    slow = replace(attempt, finished_at=NOW + timedelta(minutes=20))
    assert clock_skew_s(call(Kind.JOBS, b"", attempts=(slow,))) in (None, 0.0, skew)
    (row,) = normalized(asked, coverage=[WHOLE]).coverage
    assert row["outcome"] == (Outcome.PARTIAL if skew else Outcome.COLLECTED)


@needs_recordings
def test_no_recorded_body_is_news() -> None:
    """The baseline is made of them; bodies of kinds that are never asked for are left out of it."""
    found = {
        sentence
        for one in recorded()
        if one.kind is not None and one.category in NORMALIZED
        for sentence in (drift.sentence for drift in normalized_alone(one, one.kind).drift)
    }
    assert found == set()
