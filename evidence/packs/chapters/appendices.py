"""Appendices: population, definitions of all figures, sampling, and the data dictionary. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pyarrow as pa
import pyarrow.compute as pc

from evidence.assess.restore_links import FILES_REACH
from evidence.normalize.doubts import MOST_SKEW_S
from evidence.packs.chapters.material import MOST_ROWS, Material, first_rows
from evidence.packs.interface import APPENDIX, Fact, ReportColumn, ReportTable, Section
from evidence.packs.texts import item_name, text
from evidence.records import Kind
from evidence.runs.capture import NIGHTS_READ_AGAIN
from evidence.tables import ALL
from evidence.tables.columns import COMMON, Column

_ITEM = ["vault_id", "item_key", "friendly_name", "workload", "policy_id", "protection_state"]
_SEEN = ["item_key", "nights", "first_night", "last_night"]


def appendices(of: Material) -> tuple[Section, ...]:
    """Those that the kind of pack has: a night pack names where the rest stands."""
    if of.is_night:
        return (population(of), _definitions(of))
    return (population(of), _definitions(of), _sampling(), _dictionary(of))


def population(of: Material) -> Section:
    """Appendix A: the items."""
    items = of.selection.tables["protected_items"].select(_ITEM)
    shown = first_rows(items, "vault_id", "item_key")
    seen = _seen(of, [str(row["item_key"]) for row in shown])
    columns = (
        ReportColumn("Vault", 15),
        ReportColumn("Item", 20),
        ReportColumn("Workload", 18),
        ReportColumn("Policy", 17),
        ReportColumn("State", 15),
        *(() if of.is_night else (ReportColumn("Nights seen", 18), ReportColumn("Number", 7, align_right=True))),
    )
    rows = [_item(of, row, seen.get(str(row["item_key"]), {})) for row in shown]
    table = of.table(
        "T-39",
        "Protected items",
        "Every item that an item list showed in the period, in its last state.",
        columns,
        rows,
        total=items.num_rows,
        file="data/protected_items.csv",
        empty="Not known: no item list was read." if of.unread.nothing(Kind.PROTECTED_ITEMS) else "No item was seen.",
        compact=True,
    )
    sentence = f"Items in the population: {of.cite('F-20')}; no longer seen at the end: {of.cite('F-21')}."
    return Section("S-20", "Appendix A: population", (sentence,), (), (table,), place=APPENDIX)


def _seen(of: Material, keys: list[str]) -> Mapping[str, Mapping[str, object]]:
    presence = of.selection.tables.get("presence")
    if presence is None:
        return {}
    slim = presence.select(_SEEN)
    mine = slim.filter(pc.is_in(slim["item_key"], value_set=pa.array(keys, pa.string())))
    return {row["item_key"]: row for row in mine.to_pylist()}


def _item(of: Material, row: Mapping[str, object], seen: Mapping[str, object]) -> tuple[str, ...]:
    cells = (
        of.vault(row["vault_id"]),
        item_name(row["item_key"], row["friendly_name"]),
        text(row["workload"]),
        item_name(row["policy_id"], None),
        text(row["protection_state"]),
    )
    if of.is_night:
        return cells
    sealed = len({run.night for run in of.selection.runs})
    spans = f"{seen['first_night']} … {seen['last_night']}" if seen else text(None)
    return (*cells, "all" if seen.get("nights") == sealed else spans, text(seen.get("nights")))


def _definitions(of: Material) -> Section:
    """Appendix B: every figure with its definition, and the parameters in force; a night names where the definitions stand."""
    columns = (
        ReportColumn("Figure", 7, mono=True),
        ReportColumn("What", 36 if not of.is_night else 60),
        ReportColumn("Number", 16 if not of.is_night else 20, align_right=True),
        ReportColumn("Unit", 13, align_right=True, below=not of.is_night),
        *(() if of.is_night else (ReportColumn("How it is counted", 44), ReportColumn("Rows", 44, below=True))),
    )
    rows = [
        (
            f"[{one.anchor}]",
            one.label,
            one.value,
            one.unit,
            *(() if of.is_night else (one.definition, f"{one.file}: {one.filter}")),
        )
        for one in of.figures.values()
    ]
    table = of.table(
        "T-40",
        "All figures",
        "The same anchor means the same in every pack."
        + (" How each is counted stands in the file, and in audit packs." if of.is_night else ""),
        columns,
        rows,
        total=len(rows),
        file="data/figures.csv" if "data/figures.csv" in of.files else None,
        empty="None.",
        compact=True,
    )
    sentence = "A number in the text carries its anchor; the same anchor leads here and to its row of data/figures.csv."
    return Section("S-21", "Appendix B: definitions", (sentence,), _parameters(), (table,), place=APPENDIX)


def _parameters() -> tuple[Fact, ...]:
    """Parameters that change what is counted."""
    return (
        Fact(
            "Nights whose jobs are read again",
            f"{NIGHTS_READ_AGAIN}, the night itself included; of servers with an agent 14",
        ),
        Fact("Clocks count as different", f"from more than {MOST_SKEW_S:.0f} s on"),
        Fact("Reach of restores of file shares", f"{FILES_REACH.total_seconds():.0f} s before the job's time"),
        Fact("Rows of a table on the page", f"all of up to {MOST_ROWS}, else the first ones, and the rest in its file"),
        Fact("Percentages", "rounded down to a tenth, with both numbers"),
    )


def _sampling() -> Section:
    """Appendix C."""
    sentences = (
        "This pack holds whole populations; nothing in it was sampled.",
        (
            "To draw a sample that anybody can draw again: `backup-evidence pack sample PACK --seed TEXT --size N --stratify COLUMNS`. "
            "The places of rows follow from the seed and the pack's own hash, so neither side can choose them."
        ),
    )
    return Section("S-22", "Appendix C: sampling", sentences, place=APPENDIX)


def _dictionary(of: Material) -> Section:
    """Appendix D: every column of the packed tables."""
    sentences = (
        "Times are UTC with microseconds. A CSV leaves out properties and envelope; the Parquet file beside it holds all columns.",
        "Each column is told with its unit in italics; data/datapackage.json says the same for machines.",
    )
    tables = [_columns(of, "T-D00", "Columns that every table of observations begins with", COMMON, row=None)]
    for place, (name, columns) in enumerate(_packed(of), start=1):
        tables.append(_columns(of, f"T-D{place:02d}", name, columns, row=ALL[name].row))
    return Section("S-23", "Appendix D: data dictionary", sentences, (), tuple(tables), place=APPENDIX)


def _packed(of: Material) -> Iterator[tuple[str, tuple[Column, ...]]]:
    for name in of.selection.tables:
        columns = ALL[name].columns
        yield name, columns[len(COMMON) :] if columns[: len(COMMON)] == COMMON else columns


def _columns(of: Material, anchor: str, title: str, columns: tuple[Column, ...], *, row: str | None) -> ReportTable:
    heads = (ReportColumn("Column", 22, mono=True), ReportColumn("Unit", 14), ReportColumn("What it says", 64))
    rows = [(column.name, column.unit, column.sentence) for column in columns]
    caption = "" if row is None else f"One row is {row}."
    return of.table(anchor, title, caption, heads, rows, total=len(rows), file=None, empty="None.", listed=True)
