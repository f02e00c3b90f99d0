"""A saved file to its elements and its rejected records, one after the other.

Not here: rows. Invariant: every record of the file comes out once, as an element or as a rejection; memory holds one record.
"""

from __future__ import annotations

import mmap
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

import orjson

from evidence.records import Vault
from evidence.sources.saved.diagnosis import EMPTY, SAMPLE, diagnose
from evidence.sources.saved.kinds import SavedKind
from evidence.sources.saved.opening import OpenedFile
from evidence.sources.saved.refusals import Rejected, UnfitRecordError, UnusableFileError, unusable
from evidence.sources.saved.scanning import MOST_RECORDS, BrokenTextError, Scanned, Scanner, Span, Text
from evidence.sources.saved.shapes import Element, shape

_NO_SPACE = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"|[^ \t\r\n"]++', re.DOTALL)
"""All of a record but the white space between its parts."""
_WARNING = re.compile(rb"(?:[ \t\r\n]*+WARNING:[^\n]*+(?:\n|$))+", re.IGNORECASE)
"""What `az` says beside its answer where errors were mixed in (`2>&1`)."""
_NAMELESS = "With --query write names: `[].{Name:name, Status:properties.status, …}`."


@dataclass(frozen=True, slots=True)
class Read:
    """One record that gives an element."""

    position: int
    """From 1."""
    line: int
    element: Element


@dataclass(slots=True)
class Reader:
    """Reads one file; tells afterwards what stood beside its records."""

    file: OpenedFile
    kind: SavedKind
    vault: Vault | None
    records: int = 0
    read_bytes: int = 0
    """How far it has come, in bytes of the text."""
    form: str = "empty"
    remarks: list[str] = field(default_factory=list)

    def each(self) -> Iterator[Read | Rejected]:
        """All records in order; raises UnusableFileError where the text breaks off or is no JSON."""
        with _mapped(self.file) as text:
            warned = _WARNING.match(text)
            begin = warned.end() if warned else 0
            if warned:
                self.remarks.append("it begins with warnings of az, which were passed over")
            empty = True
            try:
                for piece in Scanner(text, begin).pieces():
                    empty = False
                    yield from self._piece(text, piece)
            except BrokenTextError as error:
                raise self._unusable(text, begin, error) from error
        if empty:
            raise _empty(self.file.name)

    def _piece(self, text: Text, piece: Scanned) -> Iterator[Read | Rejected]:
        self._note(piece)
        for span in piece.spans:
            self.records += 1
            if self.records > MOST_RECORDS:
                raise unusable(
                    self.file.name,
                    f"It holds more than {MOST_RECORDS:,} records.",
                    "Save less at a time: one vault a file.",
                )
            self.read_bytes = span.end
            try:
                yield Read(self.records, span.line, self._element(text, span))
            except UnfitRecordError as error:
                yield Rejected(self.records, span.line, error.reason, error.hint)

    def _element(self, text: Text, span: Span) -> Element:
        sent = text[span.start : span.end]
        try:
            record: object = orjson.loads(sent)
        except orjson.JSONDecodeError as error:
            raise BrokenTextError(f"record {self.records} is no JSON: {error}", span.start, span.line) from error
        if not isinstance(record, Mapping):
            what = "a list of values without names" if isinstance(record, list) else "a single value, no object"
            raise UnfitRecordError(f"it is {what}", _NAMELESS)
        error_told = record.get("error")
        if isinstance(error_told, Mapping) and not record.keys() & {"properties", "Properties"}:
            raise UnfitRecordError(
                f"it is an error of Azure: {_one_line(error_told)}", "Solve it, and save the answer then."
            )
        element = shape(record, b"".join(_NO_SPACE.findall(sent)), self.kind, self.vault)
        self.form = element.form if self.form in {"empty", element.form} else "mixed"
        return element

    def _note(self, piece: Scanned) -> None:
        link = next((text for key, text in piece.beside.items() if key.casefold() == "nextlink"), b"null")
        if link not in {b"null", b'""'}:
            self.remarks.append("it holds one page only: its nextLink says that there are more")

    def _unusable(self, text: Text, begin: int, error: BrokenTextError) -> UnusableFileError:
        head = text[begin : begin + SAMPLE].decode(errors="replace")
        found = diagnose(
            head, after_json=self.records > 0 or (head.lstrip()[:1] in {"[", "{"} and error.offset > begin)
        )
        if found is not None:
            return unusable(self.file.name, found.cause, found.next_step)
        return unusable(
            self.file.name,
            f"It is no whole JSON: line {error.line:,}: {error.what}.",
            "Save it again: a copy that was cut short, or edited by hand, cannot be trusted.",
        )


@contextmanager
def _mapped(file: OpenedFile) -> Iterator[Text]:
    """The text without holding it; raises UnusableFileError for an empty one."""
    with file.text.open("rb") as opened:
        if not opened.read(1):
            raise _empty(file.name)
        with mmap.mmap(opened.fileno(), 0, access=mmap.ACCESS_READ) as text:
            yield text


def _empty(name: str) -> UnusableFileError:
    return unusable(name, EMPTY.cause, EMPTY.next_step)


def _one_line(error: Mapping[str, object]) -> str:
    told = " ".join(str(error.get(name, "")) for name in ("code", "message"))
    return " ".join(told.split())[:200]
