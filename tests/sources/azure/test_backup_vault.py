"""One Backup vault read whole and in pieces: every kind, every refusal, and what each leaves as coverage."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from evidence.errors import SignInError
from evidence.records import BACKUP, KINDS_OF, Capture, CaptureRequest, Kind, Outcome
from evidence.sources.azure.backup_vault_jobs import needs_details
from tests.sources.backup_world import (
    BACKUP_VAULT,
    LIST,
    NAME,
    VAULT_ID,
    instance,
    job,
    point,
    vault_row,
    whole_backup_vault,
)
from tests.sources.conftest import Bench
from tests.sources.loopback import Reply, body, refusal
from tests.sources.world import SUBSCRIPTION, VAULT, coverage, listed, request

RECOVERY_LIST = f"/subscriptions/{SUBSCRIPTION}/providers/Microsoft.RecoveryServices/vaults"


@pytest.fixture(autouse=True)
def _told(bench: Bench) -> None:
    whole_backup_vault(bench.server)


def capture(bench: Bench, asked: CaptureRequest | None = None, **options: Any) -> Capture:
    return bench.source(**options).capture(BACKUP_VAULT, asked or request())


def subjects(found: Capture, kind: Kind) -> list[str | None]:
    return [call.subject for call in found.calls if call.kind is kind]


def unfinished(*names: str) -> CaptureRequest:
    return replace(request(), unfinished={BACKUP_VAULT.vault_id: names})


def detailed(*names: str) -> CaptureRequest:
    return replace(request(), detailed={BACKUP_VAULT.vault_id: frozenset(names)})


def test_a_whole_vault_is_collected_kind_by_kind(bench: Bench) -> None:
    found = capture(bench)
    assert [row.kind for row in found.coverage] == list(KINDS_OF[BACKUP])
    told = {row.kind: (row.outcome, row.expected, row.answered, row.collected) for row in found.coverage}
    assert told == {
        Kind.GUARD_PROXIES: (Outcome.COLLECTED, 1, 1, 1),
        Kind.POLICIES: (Outcome.COLLECTED, 1, 1, 1),
        Kind.PROTECTED_ITEMS: (Outcome.COLLECTED, 1, 1, 2),
        Kind.DELETED_ITEMS: (Outcome.COLLECTED, 1, 1, 1),
        Kind.JOBS: (Outcome.COLLECTED, 1, 1, 4),
        Kind.JOB_DETAILS: (Outcome.COLLECTED, 2, 2, 2),
        Kind.RECOVERY_POINTS: (Outcome.COLLECTED, 2, 2, 3),
    }
    assert {call.api_version for call in found.calls} == {"2024-04-01"}
    assert all(call.filter is None for call in found.calls)
    assert not [asked for asked in bench.server.asked if asked.path.endswith(f"/{NAME}")], "its list told it already"


def test_jobs_of_other_nights_are_counted_and_no_fault(bench: Bench) -> None:
    found = capture(bench)
    reason = coverage(found, Kind.JOBS).reason
    assert reason == "1 job that began outside the nights read again came too, as this list takes no filter"
    assert subjects(found, Kind.JOB_DETAILS) == ["restore", "failed"], "restores first, none of other nights"


def test_the_restored_instance_is_asked_for_points_first(bench: Bench) -> None:
    told = [str(one).rpartition("/")[2] for one in subjects(capture(bench), Kind.RECOVERY_POINTS)]
    assert told == ["disk-2", "disk-1"]


def test_jobs_last_seen_unfinished_are_asked_again_and_may_be_gone(bench: Bench) -> None:
    bench.server.tell("/backupJobs/old", body(job("old")))
    found = capture(bench, unfinished("old", "gone", "failed"))
    row = coverage(found, Kind.JOB_DETAILS)
    assert subjects(found, Kind.JOB_DETAILS) == ["restore", "failed", "old", "gone"]
    assert (row.outcome, row.reason) == (Outcome.COLLECTED, "job gone, last seen unfinished, is gone (404)")


def test_a_job_is_not_gone_where_the_list_itself_was_not_read(bench: Bench) -> None:
    bench.server.tell(f"/{NAME}/backupJobs", refusal(404, "ResourceNotFound"))
    row = coverage(capture(bench, unfinished("gone")), Kind.JOB_DETAILS)
    assert row.outcome is Outcome.NOT_REACHED
    assert "gone (404)" not in str(row.reason)


def test_details_known_in_full_are_not_asked_again(bench: Bench) -> None:
    found = capture(bench, detailed("restore", "failed"))
    assert subjects(found, Kind.JOB_DETAILS) == ["failed"], "a failed job may be told more of"
    assert "details of 1 completed restore is known" in str(coverage(found, Kind.JOB_DETAILS).reason)


@pytest.mark.parametrize(
    "kind", [kind for kind in KINDS_OF[BACKUP] if kind not in (Kind.JOB_DETAILS, Kind.RECOVERY_POINTS)]
)
@pytest.mark.parametrize(
    "refused", [refusal(403, "AuthorizationFailed"), refusal(500), Reply(200, b"{}"), Reply(200, b"<html>")]
)
def test_a_list_that_is_refused_is_not_an_empty_one_and_stops_no_other(
    bench: Bench, kind: Kind, refused: Reply
) -> None:
    paths = {
        Kind.GUARD_PROXIES: "backupResourceGuardProxies",
        Kind.POLICIES: "backupPolicies",
        Kind.PROTECTED_ITEMS: "backupInstances",
        Kind.DELETED_ITEMS: "deletedBackupInstances",
        Kind.JOBS: "backupJobs",
    }
    bench.server.tell(f"/{NAME}/{paths[kind]}", refused)
    found = capture(bench)
    follows = {Kind.PROTECTED_ITEMS: {Kind.RECOVERY_POINTS}, Kind.JOBS: {Kind.JOB_DETAILS}}.get(kind, set())
    assert coverage(found, kind).outcome is Outcome.NOT_REACHED
    for row in found.coverage:
        if row.kind in follows:
            assert row.outcome is Outcome.NOT_REACHED, "what exists of it is not known"
        elif row.kind is not kind:
            assert row.outcome is Outcome.COLLECTED


def test_a_refused_list_of_instances_leaves_points_in_doubt(bench: Bench) -> None:
    bench.server.tell(f"/{NAME}/backupInstances", refusal(403, "AuthorizationFailed"))
    row = coverage(capture(bench), Kind.RECOVERY_POINTS)
    assert (row.outcome, row.collected) == (Outcome.NOT_REACHED, 0)
    assert "the list of instances was not read whole" in str(row.reason)


def test_a_second_page_that_fails_leaves_jobs_partial_and_details_in_doubt(bench: Bench) -> None:
    link = f"{bench.server.base_url}{VAULT_ID}/backupJobs?$skiptoken=2"
    bench.server.tell(f"/{NAME}/backupJobs", listed(job("ok"), job("failed", "Failed"), link=link), refusal(500))
    found = capture(bench)
    row = coverage(found, Kind.JOBS)
    assert (row.outcome, row.collected) == (Outcome.PARTIAL, 2)
    assert str(row.reason).startswith("page 2: ")
    assert coverage(found, Kind.JOB_DETAILS).outcome is Outcome.PARTIAL
    assert subjects(found, Kind.JOB_DETAILS) == ["failed"]


def test_a_vault_that_answers_404_to_everything_is_gone(bench: Bench) -> None:
    bench.server.tell("", refusal(404, "ResourceNotFound"))
    found = capture(bench, unfinished("job"))
    assert {row.outcome for row in found.coverage} == {Outcome.NOT_REACHED}
    assert all("as for a vault that was deleted" in str(row.reason) for row in found.coverage)


def test_rows_that_come_twice_are_kept_and_make_their_list_doubtful(bench: Bench) -> None:
    bench.server.tell(f"/{NAME}/backupInstances", listed(instance("disk-1"), instance("disk-1"), instance("disk-2")))
    found = capture(bench)
    row = coverage(found, Kind.PROTECTED_ITEMS)
    assert row.collected == 3
    assert "1 id came more than once" in str(row.reason)
    assert len(subjects(found, Kind.RECOVERY_POINTS)) == 2


def test_an_instance_without_a_name_leaves_a_doubt(bench: Bench) -> None:
    bench.server.tell(f"/{NAME}/backupInstances", listed(instance("disk-1"), {"id": "/x/y", "name": "y"}))
    row = coverage(capture(bench), Kind.RECOVERY_POINTS)
    assert row.outcome is Outcome.PARTIAL
    assert "1 instance listed bears no id that names it" in str(row.reason)


@pytest.mark.parametrize("name", ["диск 1", "a%2Fb#?", "disk;1"])
def test_names_in_every_script_reach_azure_unharmed(bench: Bench, name: str) -> None:
    bench.server.tell(f"/{NAME}/backupInstances", listed(instance(name)))
    bench.server.tell(f"/{name}/recoveryPoints", listed(point(name, "p")))
    found = capture(bench)
    assert bench.server.asked[-1].path == f"{instance(name)['id']}/recoveryPoints"
    assert coverage(found, Kind.RECOVERY_POINTS).outcome is Outcome.COLLECTED


@pytest.mark.parametrize(
    ("row", "needed"),
    [
        (job("j"), False),
        (job("j", "Failed"), True),
        (job("j", "InProgress"), True),
        (job("j", "Unheard"), True),
        (job("j", operation="Restore"), True),
        (job("j", operation="CrossRegionRestore"), True),
        ({"name": "j"}, True),
        ({"name": "j", "properties": {"status": 7}}, True),
    ],
)
def test_details_are_needed_of_restores_and_of_all_that_did_not_complete(row: dict[str, object], needed: bool) -> None:
    assert needs_details(row) is needed


def test_a_late_capture_says_what_it_could_not_observe_then(bench: Bench) -> None:
    outcomes = {row.kind: row.outcome for row in capture(bench, replace(request(), late=True)).coverage}
    past = {Kind.JOBS, Kind.JOB_DETAILS, Kind.RECOVERY_POINTS}
    assert {kind for kind, outcome in outcomes.items() if outcome is Outcome.COLLECTED} == past
    assert {outcomes[kind] for kind in KINDS_OF[BACKUP] if kind not in past} == {Outcome.NOT_OBSERVED_THEN}


def discovered(bench: Bench) -> tuple[list[str], Sequence[tuple[Kind, Outcome]]]:
    found = bench.source().discover(request())
    (told,) = found.captures
    return [vault.name for vault in found.vaults], [(row.kind, row.outcome) for row in told.coverage]


def test_both_kinds_of_vaults_are_found(bench: Bench) -> None:
    found = bench.source().discover(request())
    assert found.vaults == (BACKUP_VAULT, VAULT)


@pytest.mark.parametrize(("path", "left"), [(LIST, [VAULT.name]), (RECOVERY_LIST, [NAME])])
@pytest.mark.parametrize("status", [401, 403, 404, 409, 500])
def test_a_refused_list_of_one_kind_hides_no_vault_of_the_other(
    bench: Bench, path: str, left: list[str], status: int
) -> None:
    bench.server.tell(path, refusal(status, "Refused"))
    names, outcomes = discovered(bench)
    assert names == left
    assert sorted(outcome for _, outcome in outcomes) == sorted([Outcome.COLLECTED, Outcome.NOT_REACHED])


def test_signing_in_has_failed_only_where_both_lists_are_refused(bench: Bench) -> None:
    bench.server.tell(LIST, refusal(403))
    bench.server.tell(RECOVERY_LIST, refusal(403))
    with pytest.raises(SignInError):
        bench.source().discover(request())


def test_patterns_narrow_backup_vaults_too(bench: Bench) -> None:
    bench.server.tell(LIST, listed(vault_row("bvault-a"), vault_row("bvault-b")))
    found = bench.source(include=("bvault-*",), exclude=("*-b",)).discover(request())
    assert [vault.name for vault in found.vaults] == ["bvault-a"]
