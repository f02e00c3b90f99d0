"""Finds the run of a night that another process began and did not end, if it can be ended as it was begun.

Not here: ending it (`capture`). Invariant: a run is taken over whole or not at all: under the same configuration, code and order, not
become late meanwhile, and with every file that it holds read, verified and known to be its own (trap 37).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from evidence.errors import IntegrityError, ObjectMissingError
from evidence.runs.begun import BegunRun, order_file, parse_order
from evidence.runs.files import key_of, taken_over
from evidence.runs.plain import WrittenFile
from evidence.stores.interface import EvidenceStore
from evidence.stores.layout import calls_file, run_file, runs_of


@dataclass(frozen=True, slots=True)
class Resumed:
    """A run that was begun, and the files that it has."""

    begun: BegunRun
    files: Mapping[str, WrittenFile]
    """Of vaults, by path."""


def resumable(store: EvidenceStore, wanted: BegunRun, after: datetime | None = None) -> Resumed | None:
    """The newest run of the night that was begun as `wanted` would be, after a moment, and not ended; None where none can be taken over.

    `wanted` has a run id, a time and no vaults of its own; these are not compared.
    """
    for run_id, paths in sorted(_begun_runs(store, wanted).items(), reverse=True):
        found = _taken_over(store, wanted, run_id, paths)
        if found is not None and (after is None or found.begun.started_at > after):
            return found
    return None


def _begun_runs(store: EvidenceStore, wanted: BegunRun) -> Mapping[str, Sequence[str]]:
    """Paths of each run of the night that has an order and no manifest, by run id."""
    prefix = runs_of(wanted.night)
    runs: dict[str, list[str]] = defaultdict(list)
    for one in store.list(prefix):
        runs[one.path.removeprefix(prefix).partition("/")[0]].append(one.path)
    night = wanted.night
    return {
        run_id: paths
        for run_id, paths in runs.items()
        if order_file(night, run_id) in paths and run_file(night, run_id) not in paths
    }


def _taken_over(store: EvidenceStore, wanted: BegunRun, run_id: str, paths: Sequence[str]) -> Resumed | None:
    try:
        begun = parse_order(store.read(order_file(wanted.night, run_id)))
        if begun.run_id != run_id or _terms(begun) != _terms(wanted):
            return None
        return Resumed(begun, _vault_files(store, begun, set(paths)))
    except (IntegrityError, ObjectMissingError):
        return None  # torn, spoilt, or of another version: it stays an orphan, which `status` lists


def _terms(run: BegunRun) -> tuple[object, ...]:
    return (
        run.night,
        (run.window, run.jobs_window, run.long_jobs_window, run.late),
        (run.again, run.reason),
        (run.source, run.configuration_sha256, run.code_version),
    )


def _vault_files(store: EvidenceStore, begun: BegunRun, paths: set[str]) -> Mapping[str, WrittenFile]:
    """The files of vaults; raises IntegrityError where one is not as written, or something else lies there."""
    above = {file.path: file for file in begun.files}
    vaults = {calls_file(begun.night, begun.run_id, key_of(vault)): vault for vault in begun.vaults}
    strange = paths - above.keys() - vaults.keys() - {order_file(begun.night, begun.run_id)}
    if strange:
        raise IntegrityError(f"{min(strange)} is no file of run {begun.run_id}.")
    for path, file in above.items():
        key = path.rpartition("/")[2].removesuffix(".parquet")
        if taken_over(store, path, f"{begun.run_id}.{key}") != file:
            raise IntegrityError(f"{path} is not as run {begun.run_id} wrote it.")
    return {
        path: taken_over(store, path, f"{begun.run_id}.{key_of(vault)}", vault)
        for path, vault in vaults.items()
        if path in paths
    }
