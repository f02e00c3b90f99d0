"""Asks a source for one night and keeps every answer: one file a vault, `run.json` last.

Not here: what the answers mean. Invariant: one vault's failure never stops another's, and is itself recorded.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from datetime import date, timedelta

from evidence.nights import look_back
from evidence.records import Capture, CaptureRequest, Coverage, Discovery, Outcome, Vault, kinds_of
from evidence.runs.manifest import RunManifest, WrittenFile
from evidence.runs.parts import Parts, Progress, silent
from evidence.sources.interface import Source, vault_key
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


def capture_night(
    parts: Parts,
    source: Source,
    order: Order,
    unfinished: Mapping[str, tuple[str, ...]],
    *,
    workers: int = 4,
    progress: Progress = silent,
) -> RunManifest:
    """Capture one night into the store and return what was written.

    Raises RefusedError before the night has ended, SignInError where nothing may be asked, StoreError.
    """
    window = parts.calendar.window(order.night)
    parts.clock.reach(window.end)
    started_at = parts.clock.now()
    request = _request(parts, order, unfinished)
    discovery = source.discover(request)
    files = [_keep(parts, request, one.capture_id, capture_to_parquet(one)) for one in discovery.captures]
    files += _capture_vaults(parts, source, request, discovery, workers, progress)
    manifest = RunManifest(
        night=order.night,
        run_id=request.run_id,
        window_start=window.start,
        window_end=window.end,
        started_at=started_at,
        captured_at=parts.clock.now(),
        late=request.late,
        again=order.again,
        reason=order.reason,
        source=source.description,
        configuration_sha256=parts.configuration_sha256,
        code_version=parts.code_version,
        subscriptions=tuple(sorted(capture.subject_id for capture in discovery.captures)),
        vaults=tuple(sorted(discovery.vaults, key=lambda vault: vault.vault_id)),
        files=tuple(sorted(files, key=lambda file: file.path)),
    )
    parts.store.create(run_file(order.night, request.run_id), manifest.to_bytes())
    return manifest


def _request(parts: Parts, order: Order, unfinished: Mapping[str, tuple[str, ...]]) -> CaptureRequest:
    calendar, night = parts.calendar, order.night
    return CaptureRequest(
        night=night,
        run_id=parts.new_id(),
        window=calendar.window(night),
        jobs_window=calendar.span(look_back(night, NIGHTS_READ_AGAIN), night),
        long_jobs_window=calendar.span(look_back(night, NIGHTS_READ_AGAIN_LONG), night),
        late=parts.clock.now() >= calendar.window(night + timedelta(days=1)).end,
        unfinished=unfinished,
    )


def _capture_vaults(
    parts: Parts, source: Source, request: CaptureRequest, discovery: Discovery, workers: int, progress: Progress
) -> Iterator[WrittenFile]:
    total = len(discovery.vaults)
    progress("vaults", 0, total)
    with ThreadPoolExecutor(max_workers=workers, thread_name_prefix="vault") as pool:
        running: dict[Future[WrittenFile], Vault] = {
            pool.submit(_capture_vault, parts, source, request, vault): vault for vault in discovery.vaults
        }
        try:
            for done, future in enumerate(as_completed(running), start=1):
                yield future.result()
                progress(running[future].name, done, total)
        except BaseException:
            # The store failed: what is still waiting would only fail too.
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def _capture_vault(parts: Parts, source: Source, request: CaptureRequest, vault: Vault) -> WrittenFile:
    capture_id = f"{request.run_id}.{vault_key(vault.vault_id, vault.name)}"
    try:
        capture = source.capture(vault, request)
        capture_id, data = capture.capture_id, capture_to_parquet(capture)
    except Exception as error:  # noqa: BLE001 - whatever goes wrong with one vault must become its coverage, not end the run
        data = capture_to_parquet(_failed(vault, capture_id, error))
    return _keep(parts, request, capture_id, data)


def _failed(vault: Vault, capture_id: str, error: Exception) -> Capture:
    told = f"the capture itself failed: {type(error).__name__}: {error}"
    reason = told.encode(errors="replace").decode()  # what could not be written must not stand in the reason either
    rows = [Coverage(kind, Outcome.NOT_REACHED, reason, 1, 0, 0, None, None) for kind in kinds_of(vault)]
    return Capture(capture_id, vault.vault_id, vault, (), tuple(rows))


def _keep(parts: Parts, request: CaptureRequest, capture_id: str, data: bytes) -> WrittenFile:
    path = calls_file(request.night, request.run_id, capture_id.removeprefix(f"{request.run_id}."))
    parts.store.create(path, data)
    return WrittenFile(path, len(data), hashlib.sha256(data).hexdigest())
