"""Restores into the paired region: asked for by POST where a vault may have them, and never taken for gone."""

from __future__ import annotations

from collections.abc import Mapping

import orjson
import pytest

from evidence.records import Capture, Kind, Outcome
from evidence.sources.azure.regions import PAIRS, paired_region
from tests.sources.conftest import Bench
from tests.sources.loopback import Asked, Reply, body, refusal
from tests.sources.world import SUBSCRIPTION, VAULT_ID, Row, coverage, job, listed, request, resource

LIST, DETAIL = "/northeurope/backupCrrJobs", "/northeurope/backupCrrJob"


def restore(job_id: str, **details: object) -> Row:
    row = job(job_id, operation="CrossRegionRestore")
    scope = f"/subscriptions/{SUBSCRIPTION}/providers/Microsoft.RecoveryServices/locations/northeurope"
    properties = row["properties"]
    assert isinstance(properties, dict)
    return {**row, "id": f"{scope}/backupJobs/{job_id}", "properties": {**properties, **details}}


def enabled(bench: Bench, **storage: object) -> None:
    told = storage or {"storageModelType": "GeoRedundant", "crossRegionRestoreFlag": True}
    bench.server.tell("/vaultstorageconfig", body(resource("backupstorageconfig/vaultstorageconfig", **told)))


def posts(bench: Bench) -> list[Asked]:
    return [one for one in bench.server.asked if one.method == "POST"]


def crossing(capture: Capture) -> tuple[Outcome, int, int]:
    row = coverage(capture, Kind.CROSS_REGION_JOBS)
    return row.outcome, row.expected, row.collected


def test_a_vault_without_it_is_asked_nothing(bench: Bench) -> None:
    capture = bench.capture()
    assert posts(bench) == []
    assert crossing(capture) == (Outcome.COLLECTED_ZERO, 0, 0)
    assert (
        coverage(capture, Kind.CROSS_REGION_JOBS).reason
        == "cross-region restore is not enabled, so there is nothing to ask"
    )


def test_each_restore_is_listed_and_asked_for_in_the_paired_region(bench: Bench) -> None:
    enabled(bench)
    bench.server.tell(LIST, listed(restore("r1"), restore("r2")))
    bench.server.tell(DETAIL, body(restore("r1", extendedInfo={})), body(restore("r2", extendedInfo={})))
    capture = bench.capture()
    assert crossing(capture) == (Outcome.COLLECTED, 3, 4)
    asked = [call for call in capture.calls if call.kind is Kind.CROSS_REGION_JOBS]
    assert [orjson.loads(call.request_body or "") for call in asked] == [
        {"resourceId": VAULT_ID},
        {"resourceId": VAULT_ID, "jobName": "r1"},
        {"resourceId": VAULT_ID, "jobName": "r2"},
    ]
    assert [call.subject for call in asked] == [None, "r1", "r2"]
    assert {call.api_version for call in asked} == {"2021-11-15"}
    assert asked[0].filter == "startTime eq '2026-11-12 06:00:00 AM' and endTime eq '2026-11-15 06:00:00 AM'"


@pytest.mark.parametrize(
    ("storage", "vault", "outcome"),
    [
        ({"storageModelType": "GeoRedundant", "crossRegionRestoreFlag": False}, {}, Outcome.COLLECTED_ZERO),
        ({"storageModelType": "LocallyRedundant"}, {}, Outcome.COLLECTED_ZERO),
        ({"storageModelType": "GeoRedundant"}, {"redundancySettings": {"crossRegionRestore": "Disabled"}}, Outcome.COLLECTED_ZERO),
        ({"storageModelType": "GeoRedundant"}, {"redundancySettings": {"crossRegionRestore": "Enabled"}}, Outcome.COLLECTED),
        ({"storageModelType": "GeoRedundant"}, {}, Outcome.NOT_REACHED),
        ({"storageModelType": "GeoRedundant"}, {"redundancySettings": {"crossRegionRestore": "Perhaps"}}, Outcome.NOT_REACHED),
    ],
)  # fmt: skip
def test_vault_and_storage_configuration_tell_whether_there_can_be_any(
    bench: Bench, storage: Mapping[str, object], vault: Mapping[str, object], outcome: Outcome
) -> None:
    enabled(bench, **storage)
    bench.server.tell("/vaults/rsv-main", body(resource("", **vault)))
    bench.server.tell(LIST, listed(restore("r1")))
    bench.server.tell(DETAIL, body(restore("r1")))
    assert coverage(bench.capture(), Kind.CROSS_REGION_JOBS).outcome is outcome
    assert bool(posts(bench)) is (outcome is Outcome.COLLECTED)


def test_an_unread_storage_configuration_is_no_proof_of_nothing(bench: Bench) -> None:
    bench.server.tell("/vaultstorageconfig", refusal(403, "AuthorizationFailed"))
    row = coverage(bench.capture(), Kind.CROSS_REGION_JOBS)
    assert (row.outcome, row.first_call_id) == (Outcome.NOT_REACHED, None)
    assert "is not known" in str(row.reason)


def test_a_region_without_known_pair_is_not_reached_with_the_reason(bench: Bench) -> None:
    from dataclasses import replace

    from tests.sources.world import VAULT

    enabled(bench)
    capture = bench.source().capture(replace(VAULT, region="atlantis"), request())
    row = coverage(capture, Kind.CROSS_REGION_JOBS)
    assert row.outcome is Outcome.NOT_REACHED
    assert row.reason == "the region paired with atlantis is not known, so it cannot be asked"
    assert posts(bench) == []


def test_a_refused_list_is_a_gap_that_names_the_right(bench: Bench) -> None:
    enabled(bench)
    action = "Microsoft.RecoveryServices/locations/backupCrrJobs/action"
    bench.server.tell(LIST, refusal(403, "AuthorizationFailed", f"no authorization to perform action '{action}'"))
    row = coverage(bench.capture(), Kind.CROSS_REGION_JOBS)
    assert row.outcome is Outcome.NOT_REACHED
    assert action in str(row.reason)


def test_an_unfinished_restore_of_the_paired_region_is_never_taken_for_gone(bench: Bench) -> None:
    """The vault's own region answers 404 for it, which would end it for good without its end having been seen."""
    enabled(bench)
    bench.server.tell(LIST, listed())
    bench.server.tell(DETAIL, body(restore("slow", status="InProgress")))
    capture = bench.capture(request(unfinished=["slow"]))
    assert bench.server.asked_for("/backupJobs/slow") == []
    assert crossing(capture) == (Outcome.COLLECTED, 2, 1)


def test_where_the_paired_region_does_not_answer_an_unfinished_job_is_left_for_the_next_night(bench: Bench) -> None:
    enabled(bench)
    bench.server.tell(LIST, listed())
    bench.server.tell(DETAIL, refusal(403, "AuthorizationFailed"))
    capture = bench.capture(request(unfinished=["slow"]))
    assert bench.server.asked_for("/backupJobs/slow") == []
    assert coverage(capture, Kind.CROSS_REGION_JOBS).outcome is Outcome.PARTIAL


def test_an_unfinished_job_that_the_paired_region_does_not_know_is_asked_of_the_vault(bench: Bench) -> None:
    enabled(bench)
    bench.server.tell(LIST, listed())
    bench.server.tell(DETAIL, refusal(404, "ResourceNotFound"))
    bench.server.tell("/backupJobs/slow", body(job("slow")))
    capture = bench.capture(request(unfinished=["slow"]))
    assert len(bench.server.asked_for("/backupJobs/slow")) == 1
    assert crossing(capture) == (Outcome.COLLECTED_ZERO, 2, 0)


def test_a_detail_about_another_job_is_not_taken(bench: Bench) -> None:
    enabled(bench)
    bench.server.tell(LIST, listed(restore("r1")))
    bench.server.tell(DETAIL, body(restore("other")))
    assert crossing(bench.capture()) == (Outcome.PARTIAL, 2, 1)


def test_a_list_without_window_is_doubted(bench: Bench) -> None:
    enabled(bench)
    old: Reply = listed(restore("r1", startTime="2020-01-01T00:00:00Z"))
    bench.server.tell(LIST, old)
    bench.server.tell(DETAIL, body(restore("r1")))
    row = coverage(bench.capture(), Kind.CROSS_REGION_JOBS)
    assert "outside the window" in str(row.reason)
    assert (row.outcome, row.collected) == (Outcome.PARTIAL, 2)


def test_pairs_are_found_however_a_region_is_written() -> None:
    assert paired_region("West Europe") == paired_region("westeurope") == "northeurope"
    assert paired_region("brazilsouth") == "southcentralus"
    assert paired_region("southcentralus") == "northcentralus", "not every pair is mutual"
    assert paired_region(None) is paired_region("atlantis") is None
    assert all(name == name.lower() and " " not in name for pair in PAIRS.items() for name in pair)
