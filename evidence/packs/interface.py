"""The border to what renders: a pack gives a `Report` and tables, a renderer gives PDF and CSV bytes.

Implementation: `reports`. Invariant: all that a report shows is in these values; a renderer computes nothing and reads
nothing but its own fonts and styles.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

import pyarrow as pa

from evidence.nights import Window
from evidence.packs.charts.values import Chart, DrillLine
from evidence.records import Completeness
from evidence.tables import Table

NOT_CONFIRMED = "POPULATION NOT INDEPENDENTLY CONFIRMED"
DEVELOPMENT = "DEVELOPMENT – NOT EVIDENCE"
FRONT, BODY, APPENDIX = "front", "body", "appendix"
UNKNOWN = "unknown"
"""A number that nobody knows."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One number with its denominator; its anchor (`F-01`) is the same in every pack of a kind."""

    anchor: str
    label: str
    count: int | None
    """None where nothing of it was read, so that nobody knows."""
    denominator: int | None
    note: str
    tone: str = "plain"
    """`plain`, `good`, `warning`, `bad` or `unknown`: never told by colour alone."""
    unit: str = ""
    """What is counted, in the plural."""
    definition: str = ""
    """How it is counted, with the parameters in force."""
    file: str = ""
    """Path within the pack of the rows that are counted."""
    filter: str = ""
    """Which of its rows."""
    share: bool = False
    """Whether the share is printed in percent too."""

    @property
    def percent(self) -> float | None:
        """The share where it is printed: rounded down to a tenth, so that only all of them are 100."""
        if not self.share or self.count is None or not self.denominator:
            return None
        return self.count * 1000 // self.denominator / 10

    @property
    def value(self) -> str:
        """As it is printed: `1,204`, `1,204 of 1,256`, `95.8 % (1,204 of 1,256)` or `unknown`."""
        if self.count is None:
            return UNKNOWN
        number = f"{self.count:,}" if self.denominator is None else f"{self.count:,} of {self.denominator:,}"
        return number if self.percent is None else f"{self.percent} % ({number})"

    @property
    def cited(self) -> str:
        """The value with its anchor, as it stands in a sentence."""
        return f"{self.value} [{self.anchor}]"


@dataclass(frozen=True, slots=True)
class ReportColumn:
    """One column of a printed table."""

    title: str
    share: int
    """Share of the width; shares of a table need not sum to 100."""
    align_right: bool = False
    mono: bool = False
    pages: bool = False
    """Cells are anchors of sections: the page of each is printed, and leads there."""
    below: bool = False
    """Cells stand under those of the column before, in its place, so that a broad table keeps its words whole."""


@dataclass(frozen=True, slots=True)
class ReportTable:
    """A printed table: the first rows of a file, with the file's whole count and hash."""

    anchor: str
    title: str
    caption: str
    columns: tuple[ReportColumn, ...]
    rows: tuple[tuple[str, ...], ...]
    total: int
    """Rows in the whole; more than `rows` where the page shows only the first."""
    file: str | None
    """Path within the pack of the file that holds them all."""
    sha256: str | None
    empty: str
    """Sentence where there is no row: zero is stated, never an empty section."""
    compact: bool = False
    """In smaller type, for reference."""
    listed: bool = False
    """Each row is a short paragraph without headings, set in two columns: for what is looked up, not read."""


@dataclass(frozen=True, slots=True)
class Fact:
    """One labelled statement."""

    label: str
    value: str
    mono: bool = False


@dataclass(frozen=True, slots=True)
class GradedFact:
    """One fact of a card, with the grade of what bears it out."""

    label: str
    value: str
    grade: str = ""
    """`A`, `B` or `C`; empty where it follows from other facts, or was fixed before."""
    mono: bool = False
    wide: bool = False
    """Whether it takes a line of its own."""


@dataclass(frozen=True, slots=True)
class Card:
    """One drill, or one decision, on half a page: facts with their grades, a line of time, and small tables."""

    anchor: str
    title: str
    subtitle: str
    state: str
    """In a word or two, right of the title."""
    tone: str
    """Of the state, as of figures."""
    facts: tuple[GradedFact, ...]
    sentences: tuple[str, ...] = ()
    """What is missing, or what else is to be known."""
    line: DrillLine | None = None
    tables: tuple[ReportTable, ...] = ()


@dataclass(frozen=True, slots=True)
class NightMark:
    """One night of the period in one glance."""

    night: date
    state: str
    """`good`, `warning`, `failed` or `no_data`."""
    sentence: str


@dataclass(frozen=True, slots=True)
class Section:
    """A chapter: sentences, facts and tables."""

    anchor: str
    title: str
    sentences: tuple[str, ...] = ()
    facts: tuple[Fact, ...] = ()
    tables: tuple[ReportTable, ...] = ()
    chart: Chart | None = None
    """Drawn after sentences and facts, before the tables."""
    place: str = BODY
    """`front`: on the page of the first figures; `body`; `appendix`: after how to verify."""
    cards: tuple[Card, ...] = ()
    """Set after the tables."""


@dataclass(frozen=True, slots=True)
class Report:
    """All that the PDF of a pack shows."""

    title: str
    organisation: str
    pack_id: str
    kind: str
    scope: str
    scope_sentences: tuple[str, ...]
    audience: str
    first_night: date
    last_night: date
    window: Window
    time_zone: str
    revision: int
    supersedes: str | None
    """Pack id and reason."""
    created_at: datetime
    keep_until: date
    keep_until_rule: str
    completeness: Completeness
    completeness_facts: tuple[Fact, ...]
    gaps: tuple[str, ...]
    """One sentence a gap, worst first; at most 20, the last one then says how many more and where."""
    population: str
    """`NOT_CONFIRMED`, as long as nothing confirms it."""
    time_stamp: str
    """One sentence: which authority stamps it, or that it is NOT TIME-STAMPED and why."""
    development: bool
    """Print DEVELOPMENT – NOT EVIDENCE on every page."""
    figures: tuple[Figure, ...]
    nights: tuple[NightMark, ...]
    sections: tuple[Section, ...]
    provenance: tuple[Fact, ...]
    """Source, identity, run ids, configuration hash, code version, ledger head …"""
    how_to_verify: str
    """Text of HOW-TO-VERIFY.txt."""
    cover: tuple[Fact, ...] = ()
    """More facts of the first page: what made the pack, and who may see it."""
    ledger_head: str = ""
    """Hash of the ledger's last entry when the pack was built, as `statement.json` holds it; its begin stands on each page."""


class Renderer(Protocol):
    """Makes bytes that people read; equal input gives equal bytes."""

    def pdf(self, report: Report) -> bytes:
        """PDF/A-3a, tagged, unsigned."""
        ...

    def csv(self, table: Table, batches: Iterable[pa.Table], left_out: frozenset[str]) -> Iterator[bytes]:
        """RFC 4180: CRLF, UTF-8, header; cells that a spreadsheet would run begin with an apostrophe. Piece by piece: the rows come in batches."""
        ...
