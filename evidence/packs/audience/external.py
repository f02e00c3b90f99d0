"""A pack's rows as an external reader may see them: every name masked alike wherever it stands, free fields left out.

Not here: where the key comes from (`engagements`), which column is what (`columns`). Invariant: nothing that names a machine, a person or a place
of the organisation passes, but what somebody chose to call a scope, a pack or the organisation itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from evidence.packs.audience.columns import (
    ADDRESS,
    CALL,
    HIDDEN,
    KEPT,
    NAME,
    PATH,
    TEXT,
    WORD,
    Showing,
    of_text,
    showing,
)
from evidence.packs.audience.names import Masker
from evidence.packs.audience.texts import TextMasker
from evidence.packs.scope import PackScope
from evidence.packs.select import PACKED, Selection
from evidence.packs.unended import Restated
from evidence.records import Vault
from evidence.runs.manifest import RunManifest
from evidence.runs.plain import WrittenFile
from evidence.tables import ALL, Table

_IDS = ("vault_id", "item_key")
_NAMED = frozenset({NAME, PATH, WORD, ADDRESS, CALL})


class External:
    """The rows of one pack, masked under the key of one engagement.

    `selection` holds the same rows as they are: their names are what is looked for in free text.
    """

    def __init__(self, masker: Masker, selection: Selection) -> None:
        self._masker = masker
        words: set[str] = set()
        for how, values in _texts(selection.tables):
            if how in _NAMED:
                list(map(self._named(how), values))
            elif how is KEPT:
                words.update(value for value in values if value.replace(" ", "").isalpha())
        for vault in selection.vaults:
            self._vault(vault)
        self._text = TextMasker(masker, tuple(masker.met), words)

    @property
    def met(self) -> Mapping[str, str]:
        """Every name with its mask."""
        return self._masker.met

    def disclose(self, table: Table, rows: pa.Table) -> pa.Table:
        """The rows of a table, as `disclosure.Disclose` asks."""
        for column in table.columns:
            if column.name in rows.schema.names and of_text(column):
                how = showing(table, column)
                if how is not KEPT:
                    rows = _replaced(rows, column.name, self._of(how), hidden=how is HIDDEN)
        return rows

    def selection(self, selection: Selection) -> Selection:
        """What a selection holds beside the tables of `select`, which must have passed `disclose`."""
        restated, selected = selection.restated, {table.name for table in PACKED}
        added = {name: rows for name, rows in selection.tables.items() if name not in selected}
        return replace(
            selection,
            tables={**selection.tables, **{name: self.disclose(ALL[name], rows) for name, rows in added.items()}},
            scope=self._scope(selection),
            runs=tuple(self._run(run) for run in selection.runs),
            vaults=tuple(sorted(map(self._vault, selection.vaults), key=lambda one: one.vault_id)),
            presence=self._ids(selection.presence),
            ranges=self._ids(selection.ranges),
            restated=None if restated is None else tuple(map(self._restated, restated)),
            expectations=tuple(replace(one, title="masked") for one in selection.expectations),
        )

    def _named(self, how: Showing) -> Callable[[str], str]:
        masker = self._masker
        shown = {NAME: masker.name, PATH: masker.path, WORD: masker.word, ADDRESS: masker.address, CALL: masker.call}
        return shown[how]

    def _of(self, how: Showing) -> Callable[[str], str]:
        return self._text.text if how is TEXT else _hide if how is HIDDEN else self._named(how)

    def _ids(self, rows: pa.Table) -> pa.Table:
        for name in _IDS:
            if name in rows.schema.names:
                rows = _replaced(rows, name, self._masker.path)
        return rows

    def _vault(self, vault: Vault) -> Vault:
        masker = self._masker
        return replace(
            vault,
            vault_id=masker.path(vault.vault_id),
            name=masker.name(vault.name),
            subscription_id=masker.name(vault.subscription_id),
            resource_group=masker.name(vault.resource_group),
        )

    def _run(self, run: RunManifest) -> RunManifest:
        return replace(
            run,
            reason=None if run.reason is None else "masked",
            subscriptions=tuple(map(self._masker.path, run.subscriptions)),
            vaults=tuple(map(self._vault, run.vaults)),
            files=tuple(map(self._file, run.files)),
        )

    def _file(self, file: WrittenFile) -> WrittenFile:
        folder, slash, name = file.path.rpartition("/")
        stem, dot, ending = name.rpartition(".")
        return replace(file, path=f"{folder}{slash}{self._masker.key(stem)}{dot}{ending}")

    def _restated(self, one: Restated) -> Restated:
        masker = self._masker
        return replace(
            one, vault_id=masker.path(one.vault_id), job_id=masker.name(one.job_id), item=masker.name(one.item)
        )

    def _scope(self, selection: Selection) -> PackScope:
        """The scope by what it chose: patterns cannot be told against masks."""
        scope, masker = selection.scope, self._masker
        chosen = (
            (*(one.vault_id for one in selection.vaults), *scope.unmatched(selection.vaults)) if scope.vaults else ()
        )
        return replace(
            scope,
            subscriptions=tuple(map(masker.name, scope.subscriptions)),
            vaults=tuple(map(masker.path, chosen)) or (("masked",) if scope.vaults else ()),
        )


def _texts(tables: Mapping[str, pa.Table]) -> Iterator[tuple[Showing, list[str]]]:
    """The different texts of every column of texts, and how they are shown."""
    for name, rows in tables.items():
        table = ALL[name]
        for column in table.columns:
            if of_text(column) and column.name in rows.schema.names:
                values: Any = rows[column.name]
                flat = pc.list_flatten(values) if pa.types.is_list(column.type) else values
                yield (
                    showing(table, column),
                    [str(one) for one in pc.unique(_plain(flat)).to_pylist() if one is not None],
                )


def _plain(values: Any) -> Any:
    return values.cast(pa.string()) if pa.types.is_dictionary(values.type) else values


def _hide(_value: str) -> str:
    """Where a column must hold something."""
    return "masked"


def _replaced(rows: pa.Table, name: str, mask: Callable[[str], str], *, hidden: bool = False) -> pa.Table:
    """The rows with each different text of a column masked once; hidden ones are null where they may be."""
    field, at = rows.schema.field(name), rows.schema.get_field_index(name)
    if hidden and field.nullable:
        return rows.set_column(at, field, pa.nulls(rows.num_rows, field.type))
    values: Any = rows[name]
    chunks = [_masked(chunk, mask) for chunk in values.chunks]
    kind = field.type if chunks == [] else chunks[0].type
    return rows.set_column(at, field.with_type(kind), pa.chunked_array(chunks, kind))


def _masked(values: Any, mask: Callable[[str], str]) -> Any:
    if pa.types.is_list(values.type):
        inner = _masked(values.values, mask)
        return (
            pa.ListArray.from_arrays(values.offsets, inner, mask=values.is_null())
            if values.null_count
            else pa.ListArray.from_arrays(values.offsets, inner)
        )
    encoded = values if pa.types.is_dictionary(values.type) else values.dictionary_encode()
    shown = pa.array([None if one is None else mask(str(one)) for one in encoded.dictionary.to_pylist()], pa.string())
    return shown.take(encoded.indices)
