"""Judges the claims of a pack over its own tables, by counts alone. Pure over Arrow tables.

Not here: what is claimed (`claims`), how it is shown. Invariant: what is unknown, or was not read, is never met; so is
what has an empty population, for nothing of it was seen to work.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from evidence.assess.slots.values import BAD, OPEN, Outcome
from evidence.packs.completeness import CompletenessResult, Gap
from evidence.packs.controls.claims import CLAIMS, Claim, Result, result_of
from evidence.packs.controls.counted import Counted
from evidence.packs.controls.drill_claims import DRILL_CLAIMS, count_drill_claims
from evidence.packs.controls.reading import ControlMap
from evidence.packs.figures import COMPLETED, FAILED, LINKED, WARNED, Counts
from evidence.packs.reconciled import EXPECTED, Tally
from evidence.packs.select import Selection, matching
from evidence.packs.unread import Unread, unread
from evidence.records import ESSENTIAL, Kind
from evidence.tables import (
    ACTIVITY,
    CONTAINERS,
    INVENTORY,
    JOBS,
    POLICIES,
    PROTECTED_ITEMS,
    RECOVERY_POINTS,
    RESTORE_JOBS,
    SLOTS,
    VAULTS,
)

_CANCELLED = "Cancelled"
_NOT_COMPLETED = frozenset({FAILED, WARNED, _CANCELLED})
_LISTS = frozenset({Kind.JOBS, Kind.PROTECTED_ITEMS})
_NOT_SEALED = "not_sealed"
_LOCKED = frozenset({"locked"})
_KEPT = frozenset({"on", "enabled", "alwayson"})
_GRAPH = frozenset({"resource_graph"})
_RESOURCE = frozenset({"resource"})
_THINGS = frozenset({"vault", "item", "job"})
_ANY = _THINGS | _RESOURCE | {"subscription"}
_TRACED = (
    JOBS,
    RESTORE_JOBS,
    PROTECTED_ITEMS,
    RECOVERY_POINTS,
    POLICIES,
    VAULTS,
    CONTAINERS,
    ACTIVITY,
    INVENTORY,
)
_ERRORS = ("error_codes", "error_titles", "error_messages")


@dataclass(frozen=True, slots=True)
class JudgedClaim:
    """One claim with its counts and how it came out."""

    claim: Claim
    counted: Counted
    unread: int
    """Lists that it rests on and that were not read whole; what they hold is not counted."""

    @property
    def result(self) -> Result:
        """Met only where all is known and nothing is an exception."""
        return result_of(self.counted.population, self.counted.exceptions, self.counted.unknown, self.unread)

    @property
    def reason(self) -> str:
        """The counts in words, such as `2 of 418 backup jobs did not complete.`."""
        claim, found = self.claim, self.counted
        if not (found.population or found.unknown or self.unread):
            return f"There were no {claim.unit} in the period: nothing of it could be judged."
        parts = [f"{found.population:,} {claim.unit}"]
        if claim.exception:
            parts.append(f"{found.exceptions:,} {claim.exception}")
        if claim.unknown:
            parts.append(f"{found.unknown:,} {claim.unknown}")
        if self.unread:
            parts.append(f"{self.unread:,} lists that this rests on were not read whole")
        return f"{'; '.join(parts)}."


@dataclass(frozen=True, slots=True)
class Claimed:
    """All claims of a pack, and the map of the controls that they bear on."""

    claims: tuple[JudgedClaim, ...]
    controls: ControlMap


def judge_claims(selection: Selection, judged: CompletenessResult, counts: Counts) -> tuple[JudgedClaim, ...]:
    """Every claim, in their order; those of restore drills first, in packs that tell them."""
    left_out = unread(judged)
    drills, counted = count_drill_claims(selection.tables), _counted(selection, judged, counts)
    told = [(DRILL_CLAIMS[key], found) for key, found in drills.items()]
    told += [(claim, counted[key]) for key, claim in CLAIMS.items()]
    return tuple(JudgedClaim(claim, found, _unread(claim, left_out)) for claim, found in told)


def _unread(claim: Claim, left_out: Unread) -> int:
    """Lists not read; where vaults could not be listed, one more: nobody knows how many vaults there are."""
    if not claim.rests_on:
        return 0
    return max(left_out.lost(kind) for kind in claim.rests_on) + left_out.lists


def _counted(selection: Selection, judged: CompletenessResult, counts: Counts) -> Mapping[str, Counted]:
    backups, rows = sum(counts.backups.values()), selection.tables["reconciliation"]
    compared = counts.compared
    return {
        "nights-captured": Counted(judged.nights_expected, judged.nights_expected - judged.nights_sealed),
        "lists-read": _lists(selection, judged),
        "settings-read": _settings(selection, judged),
        "second-source-agrees": _compared(compared.graph, rows, _GRAPH, _THINGS),
        "population-confirmed": _compared(compared.expected, rows, EXPECTED, _ANY),
        "resources-protected": _compared(compared.unprotected, rows, _GRAPH, _RESOURCE),
        "outcomes-known": Counted(backups, 0, _unfinished(counts.backups)),
        "backups-completed": _completed(counts.backups),
        "failures-explained": _explained(selection.tables["jobs"]),
        "jobs-attributed": Counted(counts.jobs, 0, counts.unlinked_jobs),
        "items-tried": Counted(counts.silent.looked_at, 0, counts.silent.pairs),
        "items-recoverable": Counted(counts.items, 0, counts.items - counts.items_with_point),
        "immutability-locked": _setting(selection, "immutability", _LOCKED),
        "soft-delete-on": _setting(selection, "soft_delete", _KEPT),
        "restores-completed": _completed(_statuses(selection.tables["restore_jobs"])),
        "restores-linked": Counted(counts.restores, 0, counts.restores - sum(counts.links[one] for one in LINKED)),
        "questions-answered": Counted(counts.calls, counts.calls - counts.calls_ok),
        "rows-traced": _traced(selection.tables),
        "first-hand": Counted(counts.jobs, counts.uploaded_jobs),
        "runs-proven": _runs(selection.tables[SLOTS.name]["outcome"]),
    }


def _runs(outcomes: pa.ChunkedArray[pa.StringScalar]) -> Counted:
    """Runs that were due, by outcome."""
    found = pc.value_counts(outcomes.cast(pa.string()).combine_chunks())
    number = {str(one["values"].as_py()): int(one["counts"].as_py()) for one in found}
    due = sum(number.values()) - number.get(Outcome.NOT_EXPECTED, 0)
    return Counted(due, sum(number.get(one, 0) for one in BAD), sum(number.get(one, 0) for one in OPEN))


def _lists(selection: Selection, judged: CompletenessResult) -> Counted:
    """Pairs of night and vault; on a night that was not sealed every vault counts."""
    vaults = {vault.vault_id for vault in selection.vaults}
    seen = {
        (night, vault)
        for night, vault, kind in _covered(selection.tables["coverage"])
        if kind in _LISTS and vault in vaults
    }
    lost = {(gap.night, gap.subject_id) for gap in judged.gaps if gap.essential and gap.subject_id in vaults}
    whole_nights = [gap for gap in judged.gaps if gap.outcome == _NOT_SEALED]
    not_sealed = len(whole_nights) * judged.vaults_expected
    unknown = sum(_hides_vaults(gap, vaults) for gap in judged.gaps)
    return Counted(len(seen | lost) + not_sealed, len(lost) + not_sealed, unknown)


def _hides_vaults(gap: Gap, vaults: set[str]) -> bool:
    return gap.essential and gap.subject_id not in vaults and gap.outcome != _NOT_SEALED


def _settings(selection: Selection, judged: CompletenessResult) -> Counted:
    seen = {one for one in _covered(selection.tables["coverage"]) if one[2] not in ESSENTIAL}
    lost = {
        (gap.night, gap.subject_id, str(gap.kind)) for gap in judged.gaps if gap.kind is not None and not gap.essential
    }
    return Counted(len(seen | lost), len(lost), sum(gap.outcome == _NOT_SEALED for gap in judged.gaps))


def _covered(coverage: pa.Table) -> set[tuple[object, str, str]]:
    """Night, subject and kind of every row, each once."""
    keys = ["night", "vault_id", "kind"]
    rows = coverage.select(keys).group_by(keys).aggregate([]).select(keys)
    return set(zip(*(column.to_pylist() for column in rows.columns), strict=True))


def _compared(tally: Tally, rows: pa.Table, sources: frozenset[str], things: frozenset[str]) -> Counted:
    missing = matching(rows.select(["compared_with", "thing", "difference"]), "difference", "not_comparable")
    missing = missing.filter(pc.is_in(missing["compared_with"], value_set=pa.array(sorted(sources), pa.string())))
    missing = missing.filter(pc.is_in(missing["thing"], value_set=pa.array(sorted(things), pa.string())))
    return Counted(tally.things, tally.differing, missing.num_rows)


def _completed(statuses: Mapping[str, int]) -> Counted:
    bad = sum(statuses.get(status, 0) for status in _NOT_COMPLETED)
    return Counted(sum(statuses.values()), bad, _unfinished(statuses))


def _unfinished(statuses: Mapping[str, int]) -> int:
    return sum(number for status, number in statuses.items() if status not in _NOT_COMPLETED | {COMPLETED})


def _statuses(rows: pa.Table) -> Counter[str]:
    found = pc.value_counts(rows["status"].combine_chunks())
    return Counter({str(one["values"].as_py() or ""): one["counts"].as_py() for one in found})


def _explained(jobs: pa.Table) -> Counted:
    backups = matching(jobs.select(["operation_kind", "status", *_ERRORS]), "operation_kind", "backup")
    failed = matching(backups, "status", FAILED)
    mute = failed
    for name in _ERRORS:
        lengths = pc.fill_null(pc.list_value_length(mute[name]), 0)
        mute = mute.filter(pc.equal(lengths, pa.scalar(0, lengths.type)))
    return Counted(failed.num_rows, mute.num_rows)


def _setting(selection: Selection, column: str, good: frozenset[str]) -> Counted:
    """A vault setting by the last value told."""
    last: dict[str, str] = {}
    rows = selection.tables["vaults"].select(["vault_id", "observed_at", column])
    for row in rows.filter(pc.is_valid(rows[column])).sort_by("observed_at").to_pylist():
        last[row["vault_id"]] = str(row[column]).lower()
    values = [last.get(vault.vault_id) for vault in selection.vaults]
    bad = sum(value is not None and value not in good for value in values)
    return Counted(len(values), bad, sum(value is None for value in values))


def _traced(tables: Mapping[str, pa.Table]) -> Counted:
    """Rows whose call is among the calls, with the hash of its answer."""
    calls = tables["calls"].select(["call_id", "sha256"])
    listed = calls.filter(pc.is_valid(calls["sha256"]))["call_id"].cast(pa.string()).combine_chunks()
    total = found = 0
    for table in _TRACED:
        ids = tables[table.name]["call_id"].cast(pa.string())  # long tables hold ids as dictionaries
        total += len(ids)
        found += len(ids.filter(pc.is_in(ids, value_set=listed)))
    return Counted(total, 0, total - found)
