"""How wide the columns of a printed table are: as the report asks, but never so narrow that a number or a heading breaks.

Not here: which columns there are. Invariant: widths sum to the whole table.
"""

from __future__ import annotations

from evidence.packs.interface import ReportTable

PORTRAIT_MM, LANDSCAPE_MM = 172.0, 267.0
DIGIT_MM = 1.6
"""Width of a digit at the size tables are set in; letters of headings are bold and a little wider on average."""
LETTER_MM = 1.75
GAP_MM, GAP_AFTER_NUMBER_MM = 2.6, 4.1


def widths(table: ReportTable) -> list[str]:
    """CSS widths in percent, from shares; what narrow columns lack is taken from the others in proportion."""
    whole = LANDSCAPE_MM if table.wide else PORTRAIT_MM
    least = [_least(table, index) / whole for index in range(len(table.columns))]
    asked = [column.share for column in table.columns]
    fractions = _settled([share / sum(asked) for share in asked], least)
    return [f"{100 * fraction:.3f}%" for fraction in fractions]


def _least(table: ReportTable, index: int) -> float:
    """Millimetres that the longest word of the heading needs, and the longest number where there are numbers."""
    column = table.columns[index]
    heading = max((len(word) for word in column.title.split()), default=0) * LETTER_MM
    if not column.align_right:
        return heading + GAP_MM
    longest = max((len(row[index]) for row in table.rows), default=0) * DIGIT_MM
    return max(heading, longest) + GAP_AFTER_NUMBER_MM


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
