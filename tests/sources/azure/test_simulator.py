"""The source against the simulator, over HTTP and signed in as a managed identity: the contract between the two."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import count
from pathlib import Path
from urllib.request import Request, urlopen

import orjson
import pytest

from evidence.clocks import SystemClock
from evidence.nights import Calendar, look_back
from evidence.records import (
    BACKUP,
    RECOVERY_SERVICES,
    SECOND_KINDS,
    Capture,
    CaptureRequest,
    Coverage,
    Kind,
    Outcome,
)
from evidence.sources.azure import AzureOptions, AzureSource, azure_source
from tests.paths import RECORDINGS, ROOT, needs_recordings

NIGHT = date(2026, 11, 14)


@dataclass(frozen=True, slots=True)
class Simulator:
    """A running simulator."""

    base_url: str

    def get(self, path: str) -> dict[str, list[str]]:
        with urlopen(f"{self.base_url}/control/{path}", timeout=10) as response:
            return dict(orjson.loads(response.read()))

    def put(self, path: str, document: object) -> None:
        asked = Request(f"{self.base_url}/control/{path}", orjson.dumps(document), method="PUT")
        with urlopen(asked, timeout=10):
            return

    def source(self, **options: object) -> AzureSource:
        told = {
            "subscriptions": tuple(self.get("subscriptions")["subscriptions"]),
            "endpoint": self.base_url,
            **options,
        }
        return azure_source(AzureOptions(credential="managed_identity", **told), SystemClock(), sleep=lambda _: None)  # type: ignore[arg-type]  # of mixed types


@contextmanager
def running(folder: Path, *arguments: str) -> Iterator[Simulator]:
    """A simulator in a process of its own, ended afterwards."""
    ready = folder / "ready"
    command = [sys.executable, "-m", "simulator", "--port", "0", "--ready-file", str(ready), *arguments]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL) as process:
        try:
            for _ in count():
                if ready.exists():
                    break
                assert process.poll() is None, "the simulator ended before it served"
                with pytest.raises(subprocess.TimeoutExpired):
                    process.wait(0.05)
            yield Simulator(ready.read_text().strip())
        finally:
            process.terminate()


@contextmanager
def signed_in(simulator: Simulator) -> Iterator[None]:
    """What App Service tells a managed identity, here by the simulator."""
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("IDENTITY_ENDPOINT", f"{simulator.base_url}/msi/token")
        environment.setenv("IDENTITY_HEADER", "of-this-machine")
        yield


@pytest.fixture(scope="module")
def simulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulator]:
    """A generated world in which the night of 14 November has just ended."""
    arguments = (
        "--first-night",
        "2026-11-05",
        "--nights",
        "10",
        "--clock",
        "2026-11-15T06:30:00+00:00",
        "--quota",
        "9999",
    )
    with running(tmp_path_factory.mktemp("simulator"), *arguments) as serving, signed_in(serving):
        yield serving


@pytest.fixture(scope="module")
def counted_night(simulator: Simulator) -> tuple[list[Capture], int]:
    """All captures of that night, and the requests that the simulator counted meanwhile."""
    before = int(str(simulator.get("requests")["total"]))
    captures = read_all(simulator.source(), asked(NIGHT))
    return captures, int(str(simulator.get("requests")["total"])) - before


@pytest.fixture(scope="module")
def night(counted_night: tuple[list[Capture], int]) -> list[Capture]:
    """All captures of that night."""
    return counted_night[0]


def asked(night: date) -> CaptureRequest:
    calendar = Calendar()
    return CaptureRequest(
        night=night,
        run_id="run-1",
        window=calendar.window(night),
        jobs_window=calendar.span(look_back(night, 3), night),
        long_jobs_window=calendar.span(look_back(night, 14), night),
        late=False,
    )


def read_all(source: AzureSource, request: CaptureRequest) -> list[Capture]:
    """Subscriptions first, then all vaults, four at a time."""
    discovery = source.discover(request)
    with ThreadPoolExecutor(4) as pool:
        return [*discovery.captures, *pool.map(lambda vault: source.capture(vault, request), discovery.vaults)]


def rows_of(captures: Sequence[Capture]) -> list[Coverage]:
    return [row for capture in captures for row in capture.coverage]


def test_a_night_is_read_whole_but_for_the_vault_that_refuses(night: list[Capture]) -> None:
    vaults = [capture for capture in night if capture.vault]
    refused = [capture for capture in vaults if all(call.last.status == 403 for call in capture.calls)]
    assert (len(vaults), len(refused)) == (8, 1)
    assert {row.outcome for row in refused[0].coverage} == {Outcome.NOT_REACHED}
    read = [capture for capture in night if capture not in refused]
    assert {row.outcome for row in rows_of(read)} == {Outcome.COLLECTED, Outcome.COLLECTED_ZERO}
    backup = [capture for capture in read if capture.vault and capture.vault.kind == BACKUP]
    told = {row.kind for row in rows_of([capture for capture in read if capture not in backup]) if row.reason}
    not_due = {Kind.CONTAINERS, Kind.BACKUP_ENGINES, Kind.CROSS_REGION_JOBS, Kind.JOBS, Kind.RECOVERY_POINTS}
    not_due.add(Kind.STORAGE_CONFIG)
    assert told == not_due, "what was not due is said"
    assert len(backup) == 2
    said = {row.kind: str(row.reason) for row in rows_of(backup) if row.reason}
    assert said.keys() == {Kind.JOBS}
    assert said[Kind.JOBS].endswith(
        "jobs that began outside the nights read again came too, as this list takes no filter"
    )


def test_the_simulator_counts_the_very_calls_recorded_and_saw_nothing_but_get(
    simulator: Simulator, counted_night: tuple[list[Capture], int]
) -> None:
    captures, total = counted_night
    assert total == sum(len(call.attempts) for capture in captures for call in capture.calls)
    assert simulator.get("requests")["not_get"] == []


def test_every_call_is_whole_signed_and_names_its_request(night: list[Capture]) -> None:
    calls = [call for capture in night for call in capture.calls]
    assert len({call.call_id for call in calls}) == len(calls)
    for call in calls:
        assert call.last.sha256
        assert call.identity.tenant_id
        assert call.identity.principal_id
        assert call.identity.application_id
        assert call.last.response_headers["x-ms-request-id"]
        assert call.last.response_headers["x-ms-correlation-request-id"]
        assert isinstance(orjson.loads(call.last.body), dict)
    assert not [call for call in calls if call.outcome == "unreadable"]
    assert any(call.next_link for call in calls), "no list had a second page, so paging was not tried"


def test_jobs_listed_are_those_of_the_window(night: list[Capture]) -> None:
    filtering = [capture for capture in night if capture.vault and capture.vault.kind == RECOVERY_SERVICES]
    lists = [call for capture in filtering for call in capture.calls if call.kind is Kind.JOBS and call.outcome == "ok"]
    starts = [
        datetime.fromisoformat(row["properties"]["startTime"]).astimezone(UTC)
        for call in lists
        for row in orjson.loads(call.last.body)["value"]
        if "MAB" not in str(call.filter)
    ]
    assert starts
    assert all(start in asked(NIGHT).jobs_window for start in starts)


def test_faults_on_the_way_are_told_apart_from_empty_lists(simulator: Simulator) -> None:
    simulator.put(
        "faults",
        {
            "faults": [
                {"path": "rsv-prod-weu/backupProtectedItems", "cut_body": 100, "times": 1},
                {"path": "rsv-prod-weu/backupPolicies", "status": 200, "body": "<html>"},
                {"path": "rsv-prod-weu/backupResourceGuardProxies", "close": True},
            ]
        },
    )
    captures = read_all(simulator.source(include=("rsv-prod-weu",)), asked(NIGHT))
    outcomes = {row.kind: row.outcome for row in captures[-1].coverage}
    assert outcomes[Kind.PROTECTED_ITEMS] is Outcome.COLLECTED
    assert outcomes[Kind.POLICIES] is Outcome.NOT_REACHED
    assert outcomes[Kind.GUARD_PROXIES] is Outcome.NOT_REACHED
    attempts: dict[Kind, list[int | None]] = {}
    for call in captures[-1].calls:
        attempts.setdefault(call.kind, [attempt.status for attempt in call.attempts])
    assert attempts[Kind.PROTECTED_ITEMS] == [200, 200]
    assert attempts[Kind.GUARD_PROXIES] == [None] * 5


@needs_recordings
@pytest.mark.slow
def test_all_that_azure_really_sent_can_be_read(tmp_path: Path) -> None:
    with running(tmp_path, "--recordings", str(RECORDINGS)) as serving, signed_in(serving):
        captures = read_all(serving.source(), asked(date(2021, 5, 26)))
    calls = [call for capture in captures for call in capture.calls]
    outcomes = Counter((call.outcome, call.last.status) for call in calls)
    assert set(outcomes) == {("ok", 200), ("error", 404)}
    assert not [row.reason for row in rows_of(captures) if "outside the window" in str(row.reason)]
    read = Counter(call.kind for call in calls if call.outcome == "ok" and call.rows)
    never_recorded = {Kind.SUBSCRIPTIONS, Kind.CROSS_REGION_JOBS, *SECOND_KINDS}
    assert set(read) == set(Kind) - never_recorded
