"""The events that a pack carries, folded again: each record, each row and each decision must be what they make.

Not here: order of checks (`drills`), the sample. Invariants: entries are read as strictly as in a store; a file under `data/drills/` that nothing names is a fault; a record is
compared byte for byte, a table row for row.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

import pyarrow as pa

from evidence.drills.due import Quarter
from evidence.errors import IntegrityError
from evidence.ledger.entries import LedgerEntry, canonical, parse
from evidence.ledger.fields import read_json
from evidence.packs.restore_drills.items import ScopedItem, item_rows
from evidence.packs.restore_drills.pack import FORMAT, VERSION, record_bytes
from evidence.packs.restore_drills.places import (
    FOLDER,
    LEDGER,
    POPULATIONS,
    SEEDS,
    artefact_path,
    record_path,
    statement_path,
)
from evidence.packs.restore_drills.rows import drill_rows
from evidence.packs.restore_drills.rows_of_decisions import decision_rows
from evidence.packs.restore_drills.rows_of_facts import deviation_rows, execution_rows, validation_rows
from evidence.packs.restore_drills.rows_of_plans import plan_rows
from evidence.packs.restore_drills.statements import ENDING, Carried, Proof, read_proof, statement_hashes
from evidence.packs.restore_drills.story import Story, tell
from evidence.packs.verification.checks import Checklist, Trust
from evidence.packs.verification.drills_sample import populations_of
from evidence.packs.verification.figures_counted import Rows
from evidence.packs.verification.opening import Opened
from evidence.packs.verification.saying import Statement
from evidence.packs.verification.seals import plain_fingerprint
from evidence.runs.drills.book import told_events
from evidence.seals.certificates import refuse_unless_valid
from evidence.seals.envelope import Seal
from evidence.seals.trust import establish
from evidence.tables import (
    DEVIATIONS,
    DRILL_EXECUTIONS,
    DRILL_ITEMS,
    DRILL_PLANS,
    DRILLS,
    SIGNOFFS,
    VALIDATIONS,
    Table,
    from_rows,
    ordered,
)

Row = Mapping[str, object]
_KEYS = frozenset({"format", "v", "quarter", "as_of", "drills", "entries"})


def read_story(pack: Opened, statement: Statement, period: str) -> tuple[str, Story]:
    """The events folded again; raises IntegrityError for whatever is no such file of this pack."""
    data = pack.read(LEDGER)
    fields = read_json(data, LEDGER)
    fields.check_keys(_KEYS)
    if fields.text("format") != FORMAT or fields.whole("v") != VERSION or canonical(fields.values) != data:
        fields.refuse(f"it is no canonical {FORMAT} of version {VERSION}")
    if fields.text("quarter") != period:
        fields.refuse(f"it is of {fields.text('quarter')}, and the pack of {period}")
    entries = [
        parse(text.encode(), f"entry {number} of {LEDGER}") for number, text in enumerate(fields.texts("entries"), 1)
    ]
    as_of = fields.moment("as_of")
    _check_order(entries, as_of, statement)
    story = tell(told_events(entries), fields.texts("drills"), Quarter.named(period), as_of)
    return f"{len(entries)} entries of the ledger make {len(story.names)} drills", story


def _check_order(entries: Sequence[LedgerEntry], as_of: datetime, statement: Statement) -> None:
    numbers = [one.sequence for one in entries]
    if numbers != sorted(set(numbers)) or (numbers and numbers[-1] > statement.ledger["size"]):
        raise IntegrityError(
            "Its entries are not in the order of the ledger, or lie beyond the ledger of the statement."
        )
    if as_of > statement.sealed_at or any(one.at > as_of for one in entries):
        raise IntegrityError("It tells of moments after it was made.")


def same_files(pack: Opened, story: Story) -> tuple[str, None]:
    """Records byte for byte, attached files by hash, and nothing else; raises IntegrityError."""
    for name in story.names:
        if pack.read(record_path(name)) != record_bytes(story, name):
            raise IntegrityError(f"{record_path(name)} is not the record that its events make.")
    attached = {one.sha256: one for drill in story.drills for one in drill.evidence}
    for sha256, one in attached.items():
        path = artefact_path(sha256)
        if path not in pack.members or pack.digest(path).sha256 != sha256 or pack.digest(path).size != one.bytes:
            raise IntegrityError(f"{path} is missing, or is not the file that was attached.")
    expected = {LEDGER, *map(record_path, story.names), *map(artefact_path, attached), *_statements(story)}
    found = {path for path in pack.members if path.startswith(FOLDER) and not path.startswith((POPULATIONS, SEEDS))}
    if found != expected:
        raise IntegrityError(f"Nothing names, or the pack lacks: {', '.join(sorted(found ^ expected)[:5])}.")
    signed = sum(story.record(name)[1] == "signed off" for name in story.names)
    return (
        f"{len(story.names)} records as their events make them, {signed} of them as they were signed off; {len(attached)} attached files",
        None,
    )


def _statements(story: Story) -> set[str]:
    paths = [statement_path(one.entry.sequence) for one in story.told if statement_hashes(one) is not None]
    return {*paths, *(path + ENDING for path in paths)}


def proofs_of(pack: Opened, story: Story) -> tuple[str, Mapping[int, Proof]]:
    """The signed statements, each read with its entry; raises IntegrityError for the first that does not hold."""
    found = {}
    for one in story.told:
        if statement_hashes(one) is not None:
            path = statement_path(one.entry.sequence)
            found[one.entry.sequence] = read_proof(one, Carried(pack.read(path), pack.read(path + ENDING)))
    return f"{len(found)} statements hold over the very records that were read", found


def the_signers(proofs: Mapping[int, Proof], seal: Seal, trust: Trust, checks: Checklist) -> None:
    """Say which statements are by signers whom the reader knows: the pack's own signer, or one of an authority given."""
    others = [
        one.seal for one in proofs.values() if one.seal.identity.fingerprint_sha256 != seal.identity.fingerprint_sha256
    ]
    known = plain_fingerprint(trust.signer_fingerprint) if trust.signer_fingerprint is not None else None
    strange = [one for one in others if one.identity.fingerprint_sha256 != known]
    if strange and not trust.authorities:
        names = sorted({f"{one.identity.subject} ({one.identity.fingerprint_sha256[:16]}…)" for one in strange})
        checks.not_checked(
            "drill signers",
            None,
            f"SIGNER NOT ESTABLISHED of {len(strange)} statements: {'; '.join(names)}. Give --trust with the authority of evidence signers.",
        )
        return
    checks.examine("drill signers", None, lambda: _established(strange, proofs, trust))


def _established(strange: Sequence[Seal], proofs: Mapping[int, Proof], trust: Trust) -> tuple[str, None]:
    for one in strange:
        establish(one.identity.chain_der[0], one.identity.chain_der[1:], trust.authorities, one.at)
    for proof in proofs.values():
        refuse_unless_valid(proof.seal.identity, proof.seal.claimed_at)
    return f"{len(proofs)} statements, each by a signer who is known and whose certificate was valid then", None


def same_rows(rows: Rows, story: Story, proofs: Mapping[int, Proof]) -> tuple[str, None]:
    """Compare the tables that follow from events alone; raises IntegrityError naming the first row that differs."""
    made: dict[Table, Sequence[Row]] = {
        DRILLS: drill_rows(story),
        DRILL_EXECUTIONS: execution_rows(story),
        VALIDATIONS: validation_rows(story),
        DEVIATIONS: deviation_rows(story),
        SIGNOFFS: decision_rows(story, proofs),
        DRILL_PLANS: plan_rows(story, populations_of(rows.pack, story)),
        DRILL_ITEMS: item_rows(story, [_scoped(row) for row in rows.table(DRILL_ITEMS.name).to_pylist()]),
    }
    for table, found in made.items():
        _compare(table, rows.table(table.name), from_rows(table, found))
    return f"{sum(map(len, made.values()))} rows of {len(made)} tables as the events make them", None


def _scoped(row: Mapping[str, object]) -> ScopedItem:
    """What a row tells of an item by itself; the rest follows from the drills."""
    text = {
        name: None if row[name] is None else str(row[name])
        for name in ("workload", "region", "application", "absent_because")
    }
    tier, reasons = row["tier"], row["due_because"]
    return ScopedItem(
        item_key=str(row["item_key"]),
        vault_id=str(row["vault_id"]),
        name=str(row["name"]),
        workload=text["workload"],
        region=text["region"],
        tier=tier if isinstance(tier, int) else None,
        application=text["application"],
        due_because=tuple(map(str, reasons)) if isinstance(reasons, list) else (),
        absent_because=text["absent_because"],
    )


def _compare(table: Table, told: pa.Table, made: pa.Table) -> None:
    expected, found = ordered(table, made).to_pylist(), told.to_pylist()
    for number, (one, other) in enumerate(zip(expected, found, strict=False), 1):
        if one != other:
            column = next(name for name in one if one[name] != other.get(name))
            raise IntegrityError(
                f"Row {number} of {table.name} says {str(other.get(column))[:80]!r} for {column}; the events make it {str(one[column])[:80]!r}."
            )
    if len(expected) != len(found):
        raise IntegrityError(f"Table {table.name} has {len(found)} rows; the events make {len(expected)}.")
