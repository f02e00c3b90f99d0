"""How results are printed: data on stdout as table, JSON, NDJSON or CSV; everything else on stderr."""

from __future__ import annotations

import csv
import json
import re
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from rich.console import Console
from rich.table import Table
from rich.text import Text

_HARMLESS = "\n\u200c\u200d"
"""Not printable by themselves, but lines and several scripts need them."""
_MOMENT = re.compile(r"(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)(?:\.\d+)?(?:Z|\+00:00)")


class Format(StrEnum):
    """How data is printed."""

    TABLE = "table"
    JSON = "json"
    NDJSON = "ndjson"
    CSV = "csv"


@dataclass(frozen=True)
class Result:
    """What a command found: rows of one kind, and what is true of them all."""

    schema: str
    """Name and version of the rows, such as `backup-evidence/pack-list/1`."""
    rows: Sequence[Mapping[str, object]]
    columns: Sequence[str]
    """Columns of the table on a terminal; JSON and CSV hold all."""
    meta: Mapping[str, object] = field(default_factory=dict)


def errors() -> Console:
    """Where people are spoken to."""
    return Console(stderr=True, highlight=False, soft_wrap=True)


def say(text: str) -> None:
    """One line for a person, on stderr."""
    errors().print(Text(harmless(text)))


def harmless(text: str) -> str:
    """Text without what steers a terminal: names come from Azure, and from packs of strangers."""
    if text.isprintable():
        return text
    return "".join(one if one.isprintable() or one in _HARMLESS else f"\\u{ord(one):04x}" for one in text)


def emit(result: Result, form: Format) -> None:
    """Print a result on stdout."""
    if form is Format.JSON:
        told = {"schema": result.schema, "data": list(result.rows), "meta": dict(result.meta)}
        sys.stdout.write(json.dumps(told, indent=2, ensure_ascii=False, default=str) + "\n")
    elif form is Format.NDJSON:
        for row in result.rows:
            sys.stdout.write(json.dumps(row, ensure_ascii=False, default=str) + "\n")
    elif form is Format.CSV:
        _csv(result)
    else:
        _table(result)


def _csv(result: Result) -> None:
    names = list(dict.fromkeys(name for row in result.rows for name in row)) or list(result.columns)
    writer = csv.DictWriter(sys.stdout, fieldnames=names, lineterminator="\r\n")
    writer.writeheader()
    for row in result.rows:
        writer.writerow({name: _cell(value) for name, value in row.items()})


def _cell(value: object) -> object:
    if isinstance(value, list | dict | tuple):
        return json.dumps(value, ensure_ascii=False, default=str)
    return value


def _shown(value: object) -> str:
    """A value in a table on a terminal; moments to the second, which JSON and CSV hold in full."""
    if value is None:
        return ""
    text = str(_listed(value) if isinstance(value, list | tuple) else _cell(value))
    moment = _MOMENT.fullmatch(text)
    return f"{moment[1]} {moment[2]}Z" if moment else harmless(text)


def _listed(values: Sequence[object]) -> object:
    """Words as a person lists them; what holds more than words stays JSON."""
    if any(isinstance(value, list | dict | tuple) for value in values):
        return _cell(values)
    return "; ".join("" if value is None else str(value) for value in values)


def _table(result: Result) -> None:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in result.columns:
        table.add_column(name.replace("_", " "), overflow="fold")
    for row in result.rows:
        table.add_row(*(Text(_shown(row.get(name))) for name in result.columns))
    console = Console(highlight=False)
    if not console.is_terminal:
        # A pipe has no width: wide enough that no id is folded.
        console = Console(highlight=False, width=400)
    console.print(table)
