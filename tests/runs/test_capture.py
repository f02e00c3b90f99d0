from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable
from datetime import timedelta

import pytest

from evidence.errors import RefusedError, SignInError, StoreError
from evidence.nights import look_back
from evidence.records import KINDS_OF, RECOVERY_SERVICES, Capture, CaptureRequest, Discovery, Kind, Outcome, Vault
from evidence.runs.capture import NIGHTS_READ_AGAIN, NIGHTS_READ_AGAIN_LONG, Order, capture_night
from evidence.runs.manifest import parse_run_manifest
from evidence.runs.night import capture_stage, seal_stage, tables_stage
from evidence.stores.layout import run_file
from evidence.tables import COVERAGE
from evidence.tables.captures import capture_from_parquet
from tests.fakes.bench import NIGHT, Bench, backup, subscription
from tests.fakes.bodies import SUBSCRIPTION
from tests.fakes.source import OTHER_SUBSCRIPTION


@pytest.fixture
def bench() -> Bench:
    made = Bench()
    for name in ("v1", "v2", "v3"):
        backup(made.vault(name))
    return made


def captures(bench: Bench, paths: Iterable[str]) -> dict[str, Capture]:
    return {path: capture_from_parquet(bench.memory.files[path]) for path in paths}


def test_every_file_of_a_run_is_named_with_its_length_and_hash(bench: Bench) -> None:
    manifest = bench.capture()
    assert parse_run_manifest(bench.memory.files[run_file(NIGHT, manifest.run_id)]) == manifest
    written = {path for path in bench.memory.files if not path.endswith("run.json")}
    assert {file.path for file in manifest.files} == written
    for file in manifest.files:
        data = bench.memory.files[file.path]
        assert (file.bytes, file.sha256) == (len(data), hashlib.sha256(data).hexdigest())
    assert [vault.name for vault in manifest.vaults] == ["v1", "v2", "v3"]
    assert manifest.subscriptions == (f"/subscriptions/{SUBSCRIPTION}",)


def test_the_manifest_is_written_last(bench: Bench) -> None:
    manifest = bench.capture()
    assert list(bench.memory.files)[-1] == run_file(NIGHT, manifest.run_id)


def test_a_vault_whose_capture_breaks_never_stops_the_others(bench: Bench) -> None:
    bench.azure.vaults[1].error = RuntimeError("a bug")
    manifest = bench.capture()
    found = captures(bench, (file.path for file in manifest.calls))
    broken = next(one for one in found.values() if one.vault is not None and one.vault.name == "v2")
    assert broken.calls == ()
    assert [row.kind for row in broken.coverage] == list(KINDS_OF[RECOVERY_SERVICES])
    assert {row.outcome for row in broken.coverage} == {Outcome.NOT_REACHED}
    assert all(row.reason and "RuntimeError: a bug" in row.reason for row in broken.coverage)
    assert Counter(bool(one.calls) for one in found.values()) == {True: 3, False: 1}


def test_a_capture_that_cannot_be_written_becomes_coverage_as_well(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = bench.azure.capture

    def capture(vault: Vault, request: CaptureRequest) -> Capture:
        found = asked(vault, request)
        if vault.name == "v2":
            found.calls[0].last.response_headers["x"] = "\ud800"  # type: ignore[index]  # a dict in the fake
        return found

    monkeypatch.setattr(bench.azure, "capture", capture)
    manifest = bench.capture()
    seal_stage(bench.parts, manifest, tables_stage(bench.parts, manifest), bench.configuration)
    rows = [row for row in bench.rows(COVERAGE) if str(row["vault_id"]).endswith("/v2")]
    assert {row["outcome"] for row in rows} == {"not_reached"}
    assert len(rows) == len(KINDS_OF[RECOVERY_SERVICES])


def test_a_store_that_fails_ends_the_run(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    def create(path: str, data: bytes) -> None:
        raise StoreError("full")

    monkeypatch.setattr(bench.store, "create", create)
    with pytest.raises(StoreError, match="full"):
        bench.capture()


def test_a_night_that_has_not_ended_is_not_captured(bench: Bench) -> None:
    bench.clock.movable = False
    with pytest.raises(RefusedError):
        bench.capture()
    assert bench.memory.files == {}
    assert bench.azure.asked == []


def test_where_nothing_may_be_asked_nothing_is_written(bench: Bench) -> None:
    bench.azure.subscriptions[0].outcome = Outcome.NOT_REACHED
    with pytest.raises(SignInError):
        bench.capture()
    assert bench.memory.files == {}


def test_a_subscription_that_refuses_is_recorded_beside_one_that_answers(bench: Bench) -> None:
    subscription(bench, OTHER_SUBSCRIPTION).outcome = Outcome.NOT_REACHED
    bench.run()
    rows = {row["vault_id"]: row["outcome"] for row in bench.rows(COVERAGE) if row["kind"] == Kind.VAULTS}
    assert rows == {
        f"/subscriptions/{SUBSCRIPTION}": "collected",
        f"/subscriptions/{OTHER_SUBSCRIPTION}": "not_reached",
    }


class Listening:
    """A source that keeps what it was asked."""

    description = "listening"

    def __init__(self, bench: Bench) -> None:
        self.requests: list[CaptureRequest] = []
        self._azure = bench.azure

    def discover(self, request: CaptureRequest) -> Discovery:
        self.requests.append(request)
        return self._azure.discover(request)

    def capture(self, vault: Vault, request: CaptureRequest) -> Capture:
        return self._azure.capture(vault, request)


@pytest.mark.parametrize(
    ("after", "late"), [(timedelta(0), False), (timedelta(hours=23, minutes=59), False), (timedelta(days=1), True)]
)
def test_a_capture_is_late_once_the_following_night_has_ended(bench: Bench, after: timedelta, late: bool) -> None:
    source = Listening(bench)
    bench.clock.reach(bench.calendar.window(NIGHT).end + after)
    manifest = capture_night(bench.parts, source, Order(NIGHT), {}, workers=1)
    (request,) = source.requests
    assert (manifest.late, request.late) == (late, late)
    assert request.window == bench.calendar.window(NIGHT)
    assert request.jobs_window == bench.calendar.span(look_back(NIGHT, NIGHTS_READ_AGAIN), NIGHT)
    assert request.long_jobs_window == bench.calendar.span(look_back(NIGHT, NIGHTS_READ_AGAIN_LONG), NIGHT)


@pytest.mark.parametrize("reason", [None, "", "   "])
def test_again_without_a_reason_is_refused_before_anything_is_asked(bench: Bench, reason: str | None) -> None:
    with pytest.raises(RefusedError, match="only with a reason"):
        capture_stage(bench.parts, bench.azure, Order(NIGHT, again=True, reason=reason))
    assert bench.azure.asked == []


def test_again_captures_a_night_that_was_never_sealed(bench: Bench) -> None:
    entry = bench.run(again=True, reason="to be sure")
    assert (entry.payload["again"], entry.payload["reason"]) == (True, "to be sure")


def test_a_sealed_night_is_left_alone(bench: Bench) -> None:
    first = bench.run()
    asked, files = len(bench.azure.asked), dict(bench.memory.files)
    found = capture_stage(bench.parts, bench.azure, Order(NIGHT))
    assert found.state == "sealed"
    assert bench.run() == first
    assert (len(bench.azure.asked), bench.memory.files) == (asked, files)


def test_vaults_are_read_at_the_same_time_and_all_of_them(bench: Bench) -> None:
    for number in range(4, 20):
        bench.vault(f"v{number}")
    manifest = capture_stage(bench.parts, bench.azure, Order(NIGHT), workers=4).manifest
    assert len(manifest.calls) == 20
    assert [file.path for file in manifest.files] == sorted(file.path for file in manifest.files)


def test_progress_counts_every_vault(bench: Bench) -> None:
    told: list[tuple[str, int, int]] = []
    capture_stage(bench.parts, bench.azure, Order(NIGHT), workers=1, progress=lambda *step: told.append(step))
    assert [done for _, done, _ in told] == [0, 1, 2, 3]
    assert {total for _, _, total in told} == {3}
