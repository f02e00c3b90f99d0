from __future__ import annotations

import orjson

from evidence.normalize import Normalized
from evidence.records import Kind
from tests.normalize.shapes import Json, answer, call, normalized, sql_item, sql_restore

REGION = "/subscriptions/1/providers/Microsoft.RecoveryServices/locations/northeurope"


def restore(vault: str | None = "rsv-north") -> Json:
    sent = sql_restore("x1", "2026-11-19 23:00:04Z", operation="CrossRegionRestore")
    bag = sent["properties"]["extendedInfo"]["propertyBag"]  # type: ignore[index]  # written just above
    if vault is not None:
        bag["Vault name"] = vault
    return sent | {"id": f"{REGION}/backupJobs/x1"}


def told(sent: Json, subject: str) -> Normalized:
    items = call(Kind.PROTECTED_ITEMS, answer(sql_item()), "c0")
    return normalized(items, call(Kind.CROSS_REGION_JOBS, orjson.dumps(sent), subject=subject))


def test_a_cross_region_restore_is_a_job_of_the_vault_that_was_asked() -> None:
    result = told(restore(), subject="x1")
    (job,), (row,) = result.jobs, result.restore_jobs
    assert (job["operation_kind"], job["detailed"], job["item_link"]) == ("restore", True, "name")
    assert (row["operation"], row["recovery_point_at_text"]) == ("CrossRegionRestore", "2026-11-19 23:00:04Z")
    assert result.problems == ()


def test_a_listed_one_is_not_detailed() -> None:
    sent = restore()
    del sent["properties"]["extendedInfo"]  # type: ignore[attr-defined]  # a dictionary
    result = normalized(call(Kind.CROSS_REGION_JOBS, answer(sent)))
    assert (result.jobs[0]["detailed"], len(result.restore_jobs), result.problems) == (False, 1, ())


def test_a_job_whose_type_the_id_alone_tells_is_read() -> None:
    sent = restore()
    del sent["type"]
    assert len(told(sent, subject="x1").jobs) == 1


def test_details_that_name_another_vault_are_noted_and_kept() -> None:
    result = told(restore("rsv-south"), subject="x1")
    assert len(result.jobs) == 1
    (problem,) = result.problems
    assert (problem.field, problem.reason) == (
        "extendedInfo.propertyBag.Vault name",
        "names another vault than the one that was asked",
    )
