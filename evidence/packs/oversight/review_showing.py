"""What a reviewer is shown of a pack: its completeness, its gaps, and the failures that nothing resolved.

Not here: the decision (`reviews`). Invariant: all of it is read from the very bytes that the ledger names, after they were verified.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from evidence.assess.aging import FAILED, State, age_failures
from evidence.errors import IntegrityError
from evidence.ledger.folds import SealedPack
from evidence.ledger.reviews import Seen
from evidence.packs.aging.rows import read_for_aging
from evidence.packs.oversight.deliveries import verified_copy
from evidence.packs.oversight.reviews import refuse_unreviewable
from evidence.packs.reading import ReadPack, read_pack
from evidence.records import ESSENTIAL
from evidence.runs.parts import Parts
from evidence.tables import AGING, JOBS, Table


@dataclass(frozen=True, slots=True)
class Shown:
    """What a reviewer is shown of a pack."""

    pack: SealedPack
    seen: Seen
    gaps: Sequence[Mapping[str, object]]
    unresolved: Sequence[Mapping[str, object]]
    """Rows as in the table `aging`: of `subject, operation, state, reason` at least."""


def show(parts: Parts, pack: SealedPack) -> Shown:
    """Fetch, verify and read a pack; raises RefusedError for a superseded one, IntegrityError where it does not hold."""
    refuse_unreviewable(parts.ledger.entries(), pack)
    with tempfile.TemporaryDirectory(prefix="backup-evidence-review-") as folder:
        copy = verified_copy(parts.store, pack, Path(folder))
        with read_pack(copy) as content:
            return _shown(pack, content)


def _shown(pack: SealedPack, content: ReadPack) -> Shown:
    judged = content.statement["completeness"]
    if not isinstance(judged, Mapping):
        raise IntegrityError(f"The statement of {pack.pack_id} judges no completeness.")
    gaps = [one for one in judged["gaps"] if isinstance(one, Mapping)]
    rows = _unresolved(pack, content)
    unknown = sum(row["state"] == State.UNKNOWN for row in rows)
    seen = Seen(
        completeness=str(judged["state"]),
        gaps=len(gaps),
        essential_gaps=sum(one["kind"] is None or one["kind"] in ESSENTIAL for one in gaps),
        backup_jobs_failed=_failed(content),
        unresolved=len(rows) - unknown,
        unknown=unknown,
    )
    return Shown(pack, seen, gaps, rows)


def _failed(content: ReadPack) -> int:
    jobs = content.rows(JOBS).select(["operation_kind", "status"])
    both = pc.and_(pc.equal(jobs["operation_kind"], pa.scalar("backup")), pc.equal(jobs["status"], pa.scalar(FAILED)))
    return jobs.filter(both).num_rows


def _unresolved(pack: SealedPack, content: ReadPack) -> list[Mapping[str, object]]:
    """Of the pack's own table; a pack without one is judged by its own rows, and by nothing before or after them."""
    if AGING.name in content.tables():
        return [row for row in content.rows(AGING).to_pylist() if row["bucket"] is not None]
    period = content.statement["period"]
    if not isinstance(period, Mapping):
        raise IntegrityError(f"The statement of {pack.pack_id} names no period.")
    as_of = datetime.fromisoformat(str(period["end"]))
    vaults = {str(one) for one in content.rows(JOBS)["vault_id"].unique().to_pylist()}
    judged = read_for_aging(_Packed(content), vaults, date.fromisoformat(str(period["last_night"])), as_of)
    # What was not read is told by the gaps; which nights before the pack were read it does not know.
    found = age_failures(judged.runs, judged.points, {}, as_of).unresolved
    return [
        {"subject": one.key.subject, "operation": one.key.operation, "state": str(one.state), "name": one.last.name}
        for one in found
    ]


@dataclass(frozen=True, slots=True)
class _Packed:
    """A pack's tables, each a file."""

    content: ReadPack

    def each(
        self,
        table: Table,
        where: Callable[[pa.Table], pa.Table] | None = None,
        columns: Sequence[str] | None = None,
        dictionaries: Collection[str] = (),  # noqa: ARG002  # rows are at hand as they are
    ) -> Iterator[pa.Table]:
        rows = self.content.rows(table)
        chosen = rows if columns is None else rows.select(list(columns))
        yield chosen if where is None else where(chosen)
