"""How wide the columns of a printed table are: as the report asks, but so that short values stay on one line where they can.

Not here: which columns there are. Invariant: widths sum to the whole table; numbers and words of headings never break as long
as all of them fit; columns of sentences keep nearly all that was asked for them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from evidence.packs.interface import ReportTable
from reports.printable import ZERO_WIDTH_SPACE, soft_breaks

PAGE_MM = 172.0
DIGIT_MM, LETTER_MM, MONO_MM, HEADING_MM = 1.55, 1.6, 1.4, 1.7
"""Width of a character at the sizes that tables are set in; headings are bold."""
COMPACT = 0.91
"""How much narrower smaller type is."""
GAP_MM, GAP_AFTER_NUMBER_MM, GAP_AFTER_COMPACT_MM = 2.6, 4.1, 2.8
SHORT, SHORT_MONO = 24, 36
"""Values up to a span of nights, and mono ones up to a UUID, are kept on one line where there is room."""
LONGEST_WORD = 18
"""Longer words may be broken."""
KEPT = 0.85
"""Share of what was asked that a column of sentences keeps, whatever others wish."""
Stack = Sequence[int]
"""Places of columns that stand one under the other, the topmost first."""


def stacks(table: ReportTable) -> list[Stack]:
    """The columns of a table as they are printed: each with those that stand below it."""
    made: list[list[int]] = []
    for place, column in enumerate(table.columns):
        if column.below and made:
            made[-1].append(place)
        else:
            made.append([place])
    return [tuple(stack) for stack in made]


def widths(table: ReportTable) -> list[str]:
    """CSS widths in percent, one a stack; what narrow columns lack is taken from the others in proportion."""
    found = stacks(table)
    whole = PAGE_MM / COMPACT if table.compact else PAGE_MM
    shares = [max(table.columns[index].share for index in stack) for stack in found]
    asked = [share / sum(shares) for share in shares]
    needed = [max(_needed(table, index) for index in stack) / whole for stack in found]
    words = [
        max(least, max(_words(table, index) for index in stack) / whole)
        for least, stack in zip(needed, found, strict=True)
    ]
    lines = [_line(table, stack) / whole for stack in found]
    wished = [max(least, line) for least, line in zip(words, lines, strict=True)]
    without_ids = [
        word if any(table.columns[index].mono for index in stack) else wish
        for word, wish, stack in zip(words, wished, found, strict=True)
    ]
    fractions = _chosen(asked, [wished, without_ids, words], lines) or _settled(asked, needed)
    return [f"{100 * fraction:.3f}%" for fraction in fractions]


def _chosen(asked: list[float], tries: list[list[float]], lines: list[float]) -> list[float]:
    """The first try that leaves columns of sentences nearly what was asked; none where each takes too much."""
    for least in tries:
        made = _settled(asked, least)
        if sum(least) <= 1 and all(made[i] >= KEPT * asked[i] for i in range(len(asked)) if not lines[i]):
            return made
    return []


def _needed(table: ReportTable, index: int) -> float:
    """Millimetres that the longest word of the heading needs, and the longest number where there are numbers."""
    column = table.columns[index]
    heading = max((len(word) for word in column.title.split()), default=0) * HEADING_MM
    if not column.align_right:
        return heading + GAP_MM
    gap = GAP_AFTER_COMPACT_MM if table.compact else GAP_AFTER_NUMBER_MM
    return max(heading, _longest(table, index) * DIGIT_MM) + gap


def _words(table: ReportTable, index: int) -> float:
    """Millimetres that keep whole each word that is not very long; ids may break wherever they like."""
    if table.columns[index].mono:
        return 0.0
    found = (len(word) for row in table.rows for word in _unbroken(row[index]))
    longest = max((length for length in found if length <= LONGEST_WORD), default=0)
    return longest * LETTER_MM + GAP_MM


def _unbroken(cell: str) -> Iterator[str]:
    for word in cell.split():
        yield from soft_breaks(word).split(ZERO_WIDTH_SPACE)


def _line(table: ReportTable, stack: Stack) -> float:
    """Millimetres that keep every value on one line; 0 where some value is too long for that."""
    made = 0.0
    for index in stack:
        mono, longest = table.columns[index].mono, _longest(table, index)
        if longest > (SHORT_MONO if mono else SHORT):
            return 0.0
        made = max(made, longest * (MONO_MM if mono else LETTER_MM) + GAP_MM)
    return made


def _longest(table: ReportTable, index: int) -> int:
    return max((len(row[index]) for row in table.rows), default=0)


def _settled(fractions: list[float], least: list[float]) -> list[float]:
    """Raise what is too narrow and shrink the rest, until all fit or nothing is left to give."""
    if sum(least) >= 1:
        return [one / sum(least) for one in least]
    narrow: set[int] = set()
    while True:
        room = 1 - sum(least[index] for index in narrow)
        rest = sum(one for index, one in enumerate(fractions) if index not in narrow)
        settled = [least[index] if index in narrow else one * room / rest for index, one in enumerate(fractions)]
        found = {index for index, one in enumerate(settled) if one < least[index]}
        if not found:
            return settled
        narrow |= found
