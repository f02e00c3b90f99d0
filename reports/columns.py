"""How wide the columns of a printed table are: as the report asks, but so that short values stay on one line where they can.

Not here: which columns there are. Invariant: widths sum to the whole table; numbers and words of headings never break as long
as all of them fit; columns of sentences keep nearly all that was asked for them.
"""

from __future__ import annotations

from evidence.packs.interface import ReportTable

PORTRAIT_MM, LANDSCAPE_MM = 172.0, 267.0
DIGIT_MM, LETTER_MM, MONO_MM, HEADING_MM = 1.6, 1.7, 1.45, 1.75
"""Width of a character at the sizes that tables are set in; headings are bold."""
GAP_MM, GAP_AFTER_NUMBER_MM = 2.6, 4.1
SHORT, SHORT_MONO = 20, 36
"""Values up to a UTC time, and mono ones up to a UUID, are kept on one line where there is room."""
KEPT = 0.85
"""Share of what was asked that a column of sentences keeps, whatever others wish."""


def widths(table: ReportTable) -> list[str]:
    """CSS widths in percent; what narrow columns lack is taken from the others in proportion."""
    whole = LANDSCAPE_MM if table.wide else PORTRAIT_MM
    places = range(len(table.columns))
    asked = [table.columns[index].share / sum(column.share for column in table.columns) for index in places]
    needed = [_needed(table, index) / whole for index in places]
    wished = [max(needed[index], _wished(table, index) / whole) for index in places]
    without_ids = [needed[index] if table.columns[index].mono else wished[index] for index in places]
    tries = [_settled(asked, least) for least in (wished, without_ids)]
    kept = [made for made in tries if all(made[i] >= KEPT * asked[i] for i in places if not _wished(table, i))]
    fractions = kept[0] if kept else _settled(asked, needed)
    return [f"{100 * fraction:.3f}%" for fraction in fractions]


def _needed(table: ReportTable, index: int) -> float:
    """Millimetres that the longest word of the heading needs, and the longest number where there are numbers."""
    column = table.columns[index]
    heading = max((len(word) for word in column.title.split()), default=0) * HEADING_MM
    if not column.align_right:
        return heading + GAP_MM
    return max(heading, _longest(table, index) * DIGIT_MM) + GAP_AFTER_NUMBER_MM


def _wished(table: ReportTable, index: int) -> float:
    """Millimetres that keep every value on one line; 0 where some value is too long for that."""
    mono = table.columns[index].mono
    longest = _longest(table, index)
    if longest > (SHORT_MONO if mono else SHORT):
        return 0.0
    return longest * (MONO_MM if mono else LETTER_MM) + GAP_MM


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
