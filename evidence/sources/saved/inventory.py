"""An inventory saved as CSV to its things: what somebody else's list says there is, and whether backups are wanted.

Not here: comparing it with Azure (`reconciliation`). Invariant: a line gives a thing or a rejection with its line number; a thing is
named by its ARM id alone, never by a name that could be several things'.
"""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from evidence.sources.saved.ids import subscription_in, type_in, vault_in
from evidence.sources.saved.names import folded
from evidence.sources.saved.opening import OpenedFile
from evidence.sources.saved.refusals import Rejected, UnfitRecordError, unusable

MOST_LINES = 1_000_000
LONGEST_CELL = 2**20
DELIMITERS = ",;\t"
COLUMNS: Mapping[str, tuple[str, ...]] = {
    "thing_key": ("thingkey", "azureresourceid", "resourceid", "armid", "resourceuri", "azureid", "id"),
    "name": ("name", "resourcename", "displayname", "ciname"),
    "resource_type": ("resourcetype", "type", "ciclass", "class"),
    "region": ("region", "location"),
    "owner": ("owner", "ownedby", "serviceowner", "applicationowner", "responsible"),
    "environment": ("environment", "env", "stage"),
    "to_be_protected": ("tobeprotected", "backuprequired", "backupwanted", "backuprequested", "backup"),
}
"""Columns that are looked for, and the header names, without case, spaces and punctuation, under which they are found: the first that is there."""
_YES = frozenset({"yes", "y", "true", "1", "ja", "oui", "required", "wanted"})
_NO = frozenset({"no", "n", "false", "0", "nein", "non", "not required", "not wanted"})
_BELOW_VAULT = {
    "microsoft.recoveryservices/vaults": "vault",
    "microsoft.dataprotection/backupvaults": "vault",
    "microsoft.recoveryservices/vaults/backupfabrics/protectioncontainers/protecteditems": "item",
    "microsoft.dataprotection/backupvaults/backupinstances": "item",
}
_FULL_ID = "Give the full ARM id: /subscriptions/…/resourceGroups/…/providers/TYPE/NAME."


@dataclass(frozen=True, slots=True)
class Thing:
    """One thing that an inventory lists."""

    position: int
    """Of its line among those below the header, from 1."""
    line: int
    subscription_id: str
    thing: str
    """`subscription, vault, item` or `resource`."""
    thing_key: str
    """Lower-cased ARM id."""
    of_vault_id: str | None
    resource_type: str | None
    """As the id tells it; what the list calls it stands in its cells."""
    told: Mapping[str, str]
    """The cells of known columns, empty ones left out."""
    to_be_protected: bool | None
    cells: Mapping[str, str]
    """The whole line by header."""
    remarks: tuple[str, ...] = ()


class _Rows(Protocol):
    """What `csv.reader` gives."""

    @property
    def line_num(self) -> int:
        """Lines read so far."""
        ...

    def __iter__(self) -> Iterator[list[str]]: ...


@dataclass(slots=True)
class InventoryReader:
    """Reads one CSV file (RFC 4180; comma, semicolon or tab)."""

    file: OpenedFile
    columns: Mapping[str, str]
    """Header names that the person gave, by column of COLUMNS."""
    records: int = 0
    read_bytes: int = 0
    repeated: int = 0
    """Lines that say of a thing what an earlier one said."""
    header: Sequence[str] = ()
    places: Mapping[str, int] = field(default_factory=dict)
    _seen: dict[bytes, tuple[int, bytes]] = field(default_factory=dict)

    def each(self) -> Iterator[Thing | Rejected]:
        """All lines in order; raises UnusableFileError for a file without a column of ids, or one that is no CSV."""
        csv.field_size_limit(LONGEST_CELL)
        with self.file.text.open(encoding="utf-8", newline="") as text:
            delimiter, skipped = self._dialect(text)
            rows = csv.reader(text, delimiter=delimiter, strict=True)
            try:
                self.header = next(rows, [])
                self.places = self._places()
                yield from self._things(rows, skipped)
            except csv.Error as error:
                raise self._broken(f"line {rows.line_num + skipped:,}: {error}") from error

    def _things(self, rows: _Rows, skipped: int) -> Iterator[Thing | Rejected]:
        ended = skipped + rows.line_num
        for cells in rows:
            begin, ended = ended + 1, skipped + rows.line_num
            if not any(cells):
                continue
            self.records += 1
            self.read_bytes += sum(map(len, cells))
            if self.records > MOST_LINES:
                raise unusable(self.file.name, f"It has more than {MOST_LINES:,} lines.", "Split it by subscription.")
            try:
                thing = self._thing(cells, begin)
            except UnfitRecordError as error:
                yield Rejected(self.records, begin, error.reason, error.hint)
                continue
            if thing is not None:
                yield thing

    def _dialect(self, text: io.TextIOWrapper) -> tuple[str, int]:
        """The delimiter, and the lines before the header that Excel and PowerShell write."""
        skipped, at = 0, 0
        line = text.readline(LONGEST_CELL)
        delimiter = None
        while line.startswith(("#TYPE", "sep=")):
            delimiter = line[4:5] if line.startswith("sep=") and line[4:5] in DELIMITERS else delimiter
            skipped, at = skipped + 1, text.tell()
            line = text.readline(LONGEST_CELL)
        text.seek(at)
        if not line.strip():
            raise self._broken("it is empty, or begins with an empty line")
        return delimiter or max(DELIMITERS, key=lambda mark: (self._found(line, mark), line.count(mark))), skipped

    def _found(self, line: str, delimiter: str) -> bool:
        try:
            names = next(csv.reader([line], delimiter=delimiter), [])
        except csv.Error:
            return False
        return bool(self._named(names, "thing_key"))

    def _named(self, header: Sequence[str], column: str) -> list[int]:
        """Where the best name of a column stands in a header."""
        given = self.columns.get(column)
        if given is not None:
            return [place for place, name in enumerate(header) if name.strip().casefold() == given.strip().casefold()]
        names = [folded(name) for name in header]
        best = next((name for name in COLUMNS[column] if name in names), None)
        return [place for place, name in enumerate(names) if name == best]

    def _places(self) -> Mapping[str, int]:
        unknown = sorted(self.columns.keys() - COLUMNS.keys())
        if unknown:
            known = ", ".join(COLUMNS)
            raise unusable(self.file.name, f"There is no column {unknown[0]!r} to be named.", f"One of: {known}.")
        places: dict[str, int] = {}
        for column in COLUMNS:
            found = self._named(self.header, column)
            if len(found) > 1:
                why = f"{len(found)} columns are called {self.header[found[0]]!r}"
                raise unusable(self.file.name, f"{why}.", "Give each column a name of its own.")
            if found:
                places[column] = found[0]
            elif column in self.columns or column == "thing_key":
                raise self._without(column)
        return places

    def _without(self, column: str) -> Exception:
        named = self.columns.get(column)
        what = f"No column is called {named!r}" if named else "No column holds the ARM ids"
        names = ", ".join(repr(name) for name in self.header)
        return unusable(self.file.name, f"{what}; the header has: {names}.", f"Name it: --column {column}=HEADER.")

    def _thing(self, cells: Sequence[str], line: int) -> Thing | None:
        if len(cells) != len(self.header):
            raise UnfitRecordError(
                f"it has {len(cells)} cells, and the header {len(self.header)}", "Quote cells that hold the delimiter."
            )
        told = {column: cells[place].strip() for column, place in self.places.items() if cells[place].strip()}
        key = told.get("thing_key", "").rstrip("/").lower()
        if not key:
            raise UnfitRecordError("it has no ARM id", _FULL_ID)
        subscription = subscription_in(key)
        resource_type = type_in(key)
        if subscription is None or (resource_type is None and "/resourcegroups/" in key):
            what = "names a resource group" if subscription else "is no ARM id"
            raise UnfitRecordError(f"{key!r} {what}", _FULL_ID)
        if self._says_again(key, told, line):
            self.repeated += 1
            return None
        wanted, remarks = _wanted(told.get("to_be_protected"))
        vault = vault_in(key)
        kind = "subscription" if resource_type is None else _BELOW_VAULT.get(resource_type, "resource")
        return Thing(
            position=self.records,
            line=line,
            subscription_id=subscription,
            thing=kind,
            thing_key=key,
            of_vault_id=vault.vault_id if vault and kind == "item" else None,
            resource_type=resource_type,
            told=told,
            to_be_protected=wanted,
            cells=_by_header(self.header, cells),
            remarks=remarks,
        )

    def _says_again(self, key: str, told: Mapping[str, str], line: int) -> bool:
        """Whether an earlier line said the same of a thing; raises UnfitRecordError where it said otherwise."""
        says = hashlib.blake2b(
            "\x1f".join(f"{name}={told[name]}" for name in sorted(told) if name != "thing_key").encode(), digest_size=16
        ).digest()
        first, said = self._seen.setdefault(hashlib.blake2b(key.encode(), digest_size=16).digest(), (line, says))
        if first == line:
            return False
        if said != says:
            raise UnfitRecordError(
                f"it names what line {first:,} names, and says otherwise of it", "Leave one of the two."
            )
        return True

    def _broken(self, why: str) -> Exception:
        return unusable(self.file.name, f"It is no CSV: {why}.", "Export it again as CSV in UTF-8 (RFC 4180).")


def _wanted(text: str | None) -> tuple[bool | None, tuple[str, ...]]:
    told = " ".join((text or "").casefold().split())
    if told in _YES or told in _NO:
        return told in _YES, ()
    return None, (f"whether backups are wanted cannot be told from {text!r}",) if told else ()


def _by_header(header: Sequence[str], cells: Sequence[str]) -> Mapping[str, str]:
    """The cells by their header; of headers that repeat each later one carries its place."""
    named: dict[str, str] = {}
    for place, (name, cell) in enumerate(zip(header, cells, strict=True), start=1):
        named[f"{name} ({place})" if name in named else name] = cell
    return named
