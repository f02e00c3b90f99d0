"""Asks a source for one night and keeps every answer: one file a vault, `order.json` once vaults are known, `run.json` last.

Not here: what the answers mean, which begun run can be ended (`resume`). Invariants: one vault's failure never stops another's, and is
itself recorded; a vault that has its file is not asked again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from evidence.errors import IntegrityError, ObjectExistsError
from evidence.nights import look_back
from evidence.records import (
    SUBSCRIPTION_LIST,
    Capture,
    CaptureRequest,
    Coverage,
    Outcome,
    PointsMemory,
    Vault,
    kinds_of,
)
from evidence.runs.begun import BegunRun, order_file
from evidence.runs.files import keep, key_of, taken_over
from evidence.runs.manifest import RunManifest, WrittenFile, parse_run_manifest
from evidence.runs.parts import Parts, Progress, silent
from evidence.runs.resume import Resumed
from evidence.sources.interface import Source
from evidence.stores.layout import calls_file, run_file
from evidence.tables.captures import capture_to_parquet

NIGHTS_READ_AGAIN = 3
"""Nights whose jobs are listed each night (DESIGN section 6)."""
NIGHTS_READ_AGAIN_LONG = 14
"""The same for jobs that Azure tells late: MAB."""


@dataclass(frozen=True, slots=True)
class Order:
    """What is ordered: a night, and why it is captured again where it is."""

    night: date
    again: bool = False
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Earlier:
    """What sealed nights tell a new capture; nothing by default."""

    detailed: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """Lower-cased ids of completed restores whose details are known, by vault id."""
    points: PointsMemory = field(default_factory=PointsMemory)
    containers: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Management types of containers that were seen, by vault id."""


def capture_night(
    parts: Parts,
    source: Source,
    order: Order,
    unfinished: Mapping[str, tuple[str, ...]],
    *,
    earlier: Earlier | None = None,
    resumed: Resumed | None = None,
    workers: int | None = None,
    progress: Progress = silent,
) -> RunManifest:
    """Capture one night into the store, or end a run that was begun, and return what was written.

    Raises RefusedError before the night has ended, SignInError where nothing may be asked, StoreError.
    """
    parts.clock.reach(parts.calendar.window(order.night).end)
    begun = resumed.begun if resumed is not None else as_ordered(parts, source, order)
    told = earlier or Earlier()
    request = CaptureRequest(
        night=begun.night,
        run_id=begun.run_id,
        window=begun.window,
        jobs_window=begun.jobs_window,
        long_jobs_window=begun.long_jobs_window,
        late=begun.late,
        unfinished=unfinished,
        detailed=told.detailed,
        points=told.points,
        containers=told.containers,
    )
    if resumed is None:
        begun = _begin(parts, source, begun, request)
    found = dict(resumed.files) if resumed is not None else {}
    vaults = _Vaults(parts, source, request, shared=resumed is not None)
    found |= {file.path: file for file in vaults.read(begun.vaults, found.keys(), workers or parts.workers, progress)}
    return _end(parts, begun.ended(parts.clock.now(), (*begun.files, _told(begun), *found.values())))


def as_ordered(parts: Parts, source: Source, order: Order) -> BegunRun:
    """A run as it would be begun now, before anything is asked."""
    calendar, night = parts.calendar, order.night
    return BegunRun(
        night=night,
        run_id=parts.new_id(),
        window=calendar.window(night),
        jobs_window=calendar.span(look_back(night, NIGHTS_READ_AGAIN), night),
        long_jobs_window=calendar.span(look_back(night, NIGHTS_READ_AGAIN_LONG), night),
        started_at=parts.clock.now(),
        late=parts.clock.now() >= calendar.window(night + timedelta(days=1)).end,
        again=order.again,
        reason=order.reason,
        source=source.description,
        configuration_sha256=parts.configuration_sha256,
        code_version=parts.code_version,
        subscriptions=(),
        vaults=(),
        files=(),
    )


def _begin(parts: Parts, source: Source, begun: BegunRun, request: CaptureRequest) -> BegunRun:
    """Find the vaults, and write what above them was asked and then the order."""
    discovery = source.discover(request)
    files = [_keep(parts, request, one.capture_id, capture_to_parquet(one)) for one in discovery.captures]
    begun = replace(
        begun,
        subscriptions=tuple(sorted({one.subject_id for one in discovery.captures} - {SUBSCRIPTION_LIST})),
        vaults=discovery.vaults,
        files=tuple(sorted(files, key=lambda file: file.path)),
    )
    parts.store.create(order_file(begun.night, begun.run_id), begun.to_bytes())
    return begun


def _told(begun: BegunRun) -> WrittenFile:
    data = begun.to_bytes()
    return WrittenFile(order_file(begun.night, begun.run_id), len(data), hashlib.sha256(data).hexdigest())


def _end(parts: Parts, manifest: RunManifest) -> RunManifest:
    """Write the manifest; where another process has ended the same run, what it wrote stands."""
    path = run_file(manifest.night, manifest.run_id)
    try:
        parts.store.create(path, manifest.to_bytes())
    except ObjectExistsError:
        standing = parse_run_manifest(parts.store.read(path))
        if standing.files != manifest.files:
            raise IntegrityError(f"{path} names other files than run {manifest.run_id} has.") from None
        return standing
    return manifest


@dataclass(frozen=True, slots=True)
class _Vaults:
    """Reads the vaults of one run."""

    parts: Parts
    source: Source
    request: CaptureRequest
    shared: bool
    """Whether another process may be reading them too, so that each is looked for before it is asked."""

    def read(
        self, vaults: Sequence[Vault], done: Collection[str], workers: int, progress: Progress
    ) -> Iterator[WrittenFile]:
        """Read all vaults whose file is not there yet."""
        left = [vault for vault in vaults if self._path(vault) not in done]
        before, total = len(vaults) - len(left), len(vaults)
        progress("vaults", before, total)
        with ThreadPoolExecutor(max_workers=workers, thread_name_prefix="vault") as pool:
            running: dict[Future[WrittenFile], Vault] = {pool.submit(self._read, vault): vault for vault in left}
            try:
                for count, future in enumerate(as_completed(running), start=before + 1):
                    yield future.result()
                    progress(running[future].name, count, total)
            except BaseException:
                # The store failed: what is still waiting would only fail too.
                pool.shutdown(wait=False, cancel_futures=True)
                raise

    def _path(self, vault: Vault) -> str:
        return calls_file(self.request.night, self.request.run_id, key_of(vault))

    def _read(self, vault: Vault) -> WrittenFile:
        capture_id = f"{self.request.run_id}.{key_of(vault)}"
        if self.shared and self.parts.store.stat(self._path(vault)) is not None:
            return taken_over(self.parts.store, self._path(vault), capture_id, vault)
        try:
            capture = self.source.capture(vault, self.request)
            capture_id, data = capture.capture_id, capture_to_parquet(capture)
        except Exception as error:  # noqa: BLE001 - whatever goes wrong with one vault must become its coverage, not end the run
            data = capture_to_parquet(_failed(vault, capture_id, error))
        return _keep(self.parts, self.request, capture_id, data)


def _failed(vault: Vault, capture_id: str, error: Exception) -> Capture:
    told = f"the capture itself failed: {type(error).__name__}: {error}"
    reason = told.encode(errors="replace").decode()  # what could not be written must not stand in the reason either
    rows = [Coverage(kind, Outcome.NOT_REACHED, reason, 1, 0, 0, None, None) for kind in kinds_of(vault)]
    return Capture(capture_id, vault.vault_id, vault, (), tuple(rows))


def _keep(parts: Parts, request: CaptureRequest, capture_id: str, data: bytes) -> WrittenFile:
    path = calls_file(request.night, request.run_id, capture_id.removeprefix(f"{request.run_id}."))
    return keep(parts.store, path, data, capture_id)
