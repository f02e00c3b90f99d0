"""One saved file to rows, batch by batch: what is read of it is handed to the shards and compared with Azure's own rows.

Not here: the ledger. Invariant: memory holds one batch of records and what the shards hold, however large the file is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice

import orjson

from evidence.normalize.results import Row
from evidence.records import Kind, Vault
from evidence.runs.disagreements import AzureSays
from evidence.runs.import_context import FileFindings, ImportOrder
from evidence.runs.import_items import KnownItems
from evidence.runs.import_rows import BATCH, RowMaker, call_row, capture_id
from evidence.runs.import_shards import Shards
from evidence.runs.parts import Progress
from evidence.runs.sealed import SealedRows
from evidence.runs.uploaded import GRADE
from evidence.sources.saved.inventory import InventoryReader, Thing
from evidence.sources.saved.kinds import INVENTORY, KINDS
from evidence.sources.saved.reading import Read, Reader
from evidence.sources.saved.refusals import Rejected, unusable
from evidence.tables.imports import DISAGREES, MOVED_ON

SECOND_SOURCE = "inventory"
"""Word for an imported list in the table of second sources."""
ANOTHER_NIGHT = "it was not saved on its night, so its items serve for names and links only"
NOBODY_SAYS = "nobody says when it was saved (--observed-at), so its items serve for names and links only"


def read_file(
    order: ImportOrder,
    findings: FileFindings,
    number: int,
    shards: Shards,
    sealed: SealedRows,
    azure: AzureSays,
    progress: Progress,
) -> None:
    """Read one file into the shards; raises UnusableFileError."""
    work = _Work(order, findings, number, shards, sealed, azure, progress)
    if order.kind == INVENTORY:
        work.inventory()
    else:
        work.records()
    work.finish()


@dataclass(slots=True)
class _Work:
    """One file under way."""

    order: ImportOrder
    findings: FileFindings
    number: int
    shards: Shards
    sealed: SealedRows
    azure: AzureSays
    progress: Progress
    calls: dict[str, str] = field(default_factory=dict)
    """Call ids by vault or subscription."""

    def records(self) -> None:
        """A file of records as Azure sends them."""
        findings, kind = self.findings, KINDS[self.order.kind]
        reader = Reader(findings.file, kind, self.order.vault)
        maker = RowMaker(kind, findings, self.number, KnownItems(self.sealed, findings.context.night))
        lines: dict[int, int] = {}
        each = reader.each()
        while batch := list(islice(each, BATCH)):
            lines.clear()
            for one in batch:
                lines[one.position] = one.line
                if isinstance(one, Rejected):
                    findings.reject(one)
            for tables in maker.rows([one for one in batch if isinstance(one, Read)]):
                for table, rows in tables.items():
                    if rows:
                        self.shards.add(table, rows)
                        self._compare(table, rows, lines)
            self.progress(findings.file.name, reader.read_bytes, findings.file.text.stat().st_size)
        findings.records, findings.form = reader.records, reader.form
        for remark in reader.remarks:
            findings.remark(0, 1, remark)
        if kind.kind is Kind.PROTECTED_ITEMS and findings.context.late:
            findings.remark(0, 1, NOBODY_SAYS if self.order.observed_at is None else ANOTHER_NIGHT)
        self.calls = {vault_id: maker.call_id(vault_id) for vault_id in maker.vaults}
        if not reader.records:
            self._empty_list()

    def inventory(self) -> None:
        """A list of things that somebody else keeps."""
        findings = self.findings
        reader = InventoryReader(findings.file, self.order.columns)
        each = reader.each()
        while batch := list(islice(each, BATCH)):
            for rejected in (one for one in batch if isinstance(one, Rejected)):
                findings.reject(rejected)
            things = [one for one in batch if isinstance(one, Thing)]
            self.shards.add("inventory", [self._thing_row(one) for one in things])
            self.progress(findings.file.name, reader.read_bytes, findings.file.bytes)
        findings.records, findings.form = reader.records, "inventory"
        if reader.repeated:
            findings.remark(
                0, 1, f"{reader.repeated:,} lines say once more what an earlier line said, and were passed over"
            )
        if not reader.records:
            raise unusable(
                findings.file.name, "It has a header and no line below it.", "Export it again with its content."
            )

    def finish(self) -> None:
        """The file's own rows among the calls."""
        findings = self.findings
        reason = f"{findings.rejected:,} of {findings.records:,} records were rejected" if findings.rejected else None
        accepted = findings.accepted
        self.shards.add(
            "calls",
            [
                call_row(findings.context, findings.file, subject, call_id, rows=accepted[subject], reason=reason)
                for subject, call_id in self.calls.items()
                if accepted[subject] or not findings.records
            ],
        )

    def _empty_list(self) -> None:
        """An empty list says nothing of its own about a vault; it is kept where the person names the vault."""
        vault: Vault | None = self.order.vault
        if vault is None:
            raise unusable(
                self.findings.file.name, "It is an empty list, which names no vault.", "Name the vault with --vault."
            )
        self.findings.remark(0, 1, "it is an empty list; that proves nothing about coverage")
        self.calls = {vault.vault_id: f"{self.findings.context.import_id}.{self.number:04d}"}

    def _compare(self, table: str, rows: Sequence[Row], lines: Mapping[int, int]) -> None:
        for row in rows:
            found = self.azure.against(table, row)
            place = row["element" if table == "recovery_points" else "ordinal"]
            if found is not None and isinstance(place, int):
                finding = MOVED_ON if found.moved_on else DISAGREES
                self.findings.compare(finding, place + 1, lines[place + 1], found.fields)

    def _thing_row(self, one: Thing) -> Row:
        context, findings = self.findings.context, self.findings
        subject = f"/subscriptions/{one.subscription_id}"
        number = len(self.calls)
        default = f"{context.import_id}.{self.number:04d}" + (f".{number}" if number else "")
        call_id = self.calls.setdefault(subject, default)
        findings.accepted[subject] += 1
        for text in one.remarks:
            findings.remark(one.position, one.line, text, "to_be_protected")
        told = {key: value for key, value in one.told.items() if key in {"owner", "environment"}}
        return {
            "night": context.night,
            "event_night": context.night,
            "vault_id": subject,
            "run_id": context.import_id,
            "capture_id": capture_id(context, subject),
            "call_id": call_id,
            "observed_at": context.observed_at,
            "evidence_grade": GRADE,
            "ordinal": one.position - 1,
            "source": SECOND_SOURCE,
            "thing": one.thing,
            "thing_key": one.thing_key,
            "name": one.told.get("name"),
            "of_vault_id": one.of_vault_id,
            "resource_type": one.resource_type,
            "region": one.told.get("region"),
            "to_be_protected": one.to_be_protected,
            "properties": orjson.dumps(one.cells).decode(),
            "envelope": orjson.dumps(told).decode() if told else None,
        }
