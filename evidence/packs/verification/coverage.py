"""Completeness: the statement may not say better of a pack than its own coverage rows do.

Not here: the form of the statement (`saying`). The rules are those of docs/pack-format.md; they are written a second time
here, against the rows that are in the pack, because whoever builds a pack must not be the one who says that it is whole.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import NamedTuple

import orjson
import pyarrow.parquet as pq

from evidence.errors import IntegrityError
from evidence.packs.verification.checks import Checklist
from evidence.packs.verification.opening import Opened
from evidence.packs.verification.saying import Statement
from evidence.packs.verification.tables import parquet_of
from evidence.records import Completeness

COMPLETENESS = "data/completeness.json"
_OF_VAULT = frozenset({"jobs", "protected_items"})
_LISTS = frozenset({"subscriptions", "vaults", "backup_vaults"})
_ESSENTIAL = _OF_VAULT | _LISTS
_ABOVE = _LISTS | {"graph_vaults", "graph_items", "graph_jobs", "graph_resources", "activity_log"}
"""What is asked of subscriptions and not of vaults."""
_BEST = {"not_reached": 0, "partial": 1, "not_observed_then": 2, "collected_zero": 3, "collected": 4}
_WHOLE = frozenset({"collected", "collected_zero"})


class _Key(NamedTuple):
    night: date
    subject: str | None
    kind: str | None


def check_completeness(pack: Opened, statement: Statement, checks: Checklist) -> None:
    """Check statement, `completeness.json` and coverage rows against each other."""
    checks.examine("completeness", COMPLETENESS, lambda: _agrees(pack, statement))
    if statement.completeness["state"] != Completeness.COMPLETE:
        gaps = len(statement.completeness["gaps"])
        checks.not_checked(
            "extent", None, f"{statement.completeness['state']}: {gaps} gap(s), listed in {COMPLETENESS}"
        )


def _agrees(pack: Opened, statement: Statement) -> tuple[str, None]:
    said = statement.completeness
    if orjson.loads(pack.read(COMPLETENESS)) != said:
        raise IntegrityError("It does not say what the statement says.")
    gaps = {
        _Key(date.fromisoformat(one["night"]), one["subject_id"], one["kind"]): one["outcome"] for one in said["gaps"]
    }
    if len({(one["night"], one["subject_id"], one["kind"], one["outcome"]) for one in said["gaps"]}) != len(
        said["gaps"]
    ):
        raise IntegrityError("It names a gap twice.")
    best = _best_rows(pack)
    _check_rows(best, gaps)
    _check_nights(statement, gaps)
    _check_vaults(statement, best, gaps)
    state = _state(gaps)
    if said["state"] != state:
        raise IntegrityError(f"It is said to be {said['state']}, but its gaps make it {state}.")
    return f"{state}, as {len(best)} coverage rows bear out", None


def _best_rows(pack: Opened) -> Mapping[_Key, str]:
    """The best outcome for each night, subject and kind, over all runs."""
    best: dict[_Key, str] = {}
    with pq.ParquetFile(pack.members[parquet_of("coverage")]) as file:
        for batch in file.iter_batches(columns=["night", "vault_id", "kind", "outcome"]):
            for row in batch.to_pylist():
                key, outcome = _Key(row["night"], row["vault_id"], row["kind"]), row["outcome"]
                if key not in best or _BEST[outcome] > _BEST[best[key]]:
                    best[key] = outcome
    return best


def _check_rows(best: Mapping[_Key, str], gaps: Mapping[_Key, str]) -> None:
    for key, outcome in best.items():
        if outcome in _WHOLE and key in gaps:
            raise IntegrityError(f"{_told(key)} is said to be a gap, but coverage says {outcome}.")
        if outcome not in _WHOLE and gaps.get(key) != outcome:
            raise IntegrityError(f"{_told(key)} is {outcome} in coverage, and not among the gaps.")
    for night, vault in {(key.night, key.subject) for key in best if key.kind not in _ABOVE}:
        for kind in _OF_VAULT:
            key = _Key(night, vault, kind)
            if key not in best and key not in gaps:
                raise IntegrityError(f"{_told(key)} is neither in coverage nor among the gaps.")


def _check_nights(statement: Statement, gaps: Mapping[_Key, str]) -> None:
    said = statement.completeness
    if said["nights_expected"] != len(statement.nights) or said["nights_sealed"] != len(statement.sealed_nights):
        raise IntegrityError("The nights that it counts are not those of the period and of its runs.")
    missing = {key.night for key in gaps if key.subject is None and key.kind is None}
    for night in statement.nights:
        if night not in statement.sealed_nights and night not in missing:
            raise IntegrityError(f"The night {night} has no run, and is not among the gaps.")


def _check_vaults(statement: Statement, best: Mapping[_Key, str], gaps: Mapping[_Key, str]) -> None:
    vaults = {key.subject for key in (*best, *gaps) if key.subject is not None and key.kind not in _ABOVE}
    unread = {key.subject for key in gaps if key.subject in vaults and key.kind in _ESSENTIAL}
    said = statement.completeness
    if (said["vaults_expected"], said["vaults_read"]) != (len(vaults), len(vaults) - len(unread)):
        raise IntegrityError(
            f"It says {said['vaults_read']} of {said['vaults_expected']} vaults were read; "
            f"its rows say {len(vaults) - len(unread)} of {len(vaults)}."
        )


def _state(gaps: Mapping[_Key, str]) -> str:
    if any(key.kind is None or key.kind in _ESSENTIAL for key in gaps):
        return Completeness.INCOMPLETE
    return Completeness.WITH_GAPS if gaps else Completeness.COMPLETE


def _told(key: _Key) -> str:
    return " ".join(str(part) for part in key if part is not None)
