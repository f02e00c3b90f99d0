"""The few shapes that charts are drawn with, the colours they may have, and the picture that holds them.

Not here: what a chart says (`evidence.packs.charts`), the SVG itself (`templates/shapes.html.j2`). Invariant: a picture's text is
digits, signs and words of ours: names stand beside it as text of the page, because letters in a picture are set one by one, which
breaks Arabic, Thai and their like. Colour never tells anything alone: a sign, a hatch or a number beside it does.
"""

from __future__ import annotations

from dataclasses import dataclass

INK, GREY, HAIR, WHITE = "#16202a", "#55616d", "#c3ccd4", "#ffffff"
BLUE, ORANGE, PLUM, PALE = "#0072b2", "#e69f00", "#801650", "#e8eef4"
HATCH = "hatch"
"""A fill: what nobody knows."""
PLAIN_WIDTH, LEAST_PART = 236.0, 1.6
"""Points: the room for bars and strips, and the shortest part that is seen."""


@dataclass(frozen=True, slots=True)
class Rect:
    """A filled rectangle; lengths are points from the upper left corner."""

    x: float
    y: float
    width: float
    height: float
    fill: str
    outline: str | None = None
    kind: str = "rect"


@dataclass(frozen=True, slots=True)
class Line:
    """A straight stroke."""

    x1: float
    y1: float
    x2: float
    y2: float
    stroke: str = GREY
    thickness: float = 0.5
    kind: str = "line"


@dataclass(frozen=True, slots=True)
class Dot:
    """A circle, hollow where its fill is white."""

    x: float
    y: float
    radius: float
    fill: str
    outline: str
    kind: str = "dot"


@dataclass(frozen=True, slots=True)
class Letters:
    """Digits, a sign or a few words of ours; `y` is the base line."""

    x: float
    y: float
    text: str
    size: float
    fill: str = INK
    anchor: str = "middle"
    bold: bool = False
    kind: str = "letters"


Shape = Rect | Line | Dot | Letters


@dataclass(frozen=True, slots=True)
class Picture:
    """One SVG; what it shows, in words, goes to those who do not see it."""

    name: str
    """Letters, digits and hyphens; no two pictures of a report share one."""
    width: float
    height: float
    says: str
    shapes: tuple[Shape, ...]


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a key: a small picture and what it stands for."""

    picture: Picture
    words: str


@dataclass(frozen=True, slots=True)
class Panel:
    """One of several small pictures side by side, with its name above."""

    name: str
    note: str
    picture: Picture
    room: float
    """Points for the panel, with the space to the next."""


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a chart that is set as a table: name, picture, amount."""

    name: str
    picture: Picture
    amount: str
    detail: str = ""
    """Beside the name, in words of ours."""


@dataclass(frozen=True, slots=True)
class Group:
    """Lines that belong together; without a name where a chart has one group only."""

    name: str
    amount: str
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Drawn:
    """A chart as the templates set it: panels, or lines below an axis; the first picture says the finding."""

    panels: tuple[Panel, ...] = ()
    axis: Picture | None = None
    headings: tuple[str, str] = ("", "")
    """Above the names and above the amounts."""
    groups: tuple[Group, ...] = ()
    key: tuple[Entry, ...] = ()
    key_of_numbers: bool = False
    """Whether the entries stand before the rows of the numbers below, one each, and not in a line of their own."""


DARK = frozenset({BLUE, PLUM, INK, GREY, "#4a4f57", "#5c3a21", "#9c3f74"})
"""Fills on which white is read: 4.5 to 1 and more."""
PARTS = (PLUM, "#d9a3bd", "#4a4f57", "#b4bcc5", "#9c3f74", "#c9b79c", "#5c3a21", "#a9bfd1")
"""Fills of the parts of a bar, dark and pale in turn so that neighbours differ in grey too; none is the blue of success."""


def box(x: float, y: float, width: float, height: float, fill: str) -> Rect:
    """A rectangle, with an outline where its fill alone would hardly be seen on white."""
    return Rect(x, y, width, height, fill, None if fill in DARK or fill == PALE else GREY)


def ink_on(fill: str) -> str:
    """White or ink, whichever is read on a fill."""
    return WHITE if fill in DARK else INK


def swatch(name: str, fill: str, sign: str, words: str) -> Entry:
    """A line of a key: a small box as cells and bars have it."""
    knocked = (Rect(3.2, 1.6, 5.6, 6.8, WHITE),) if fill == HATCH and sign else ()
    letters = (Letters(6, 7.4, sign, 6.5, ink_on(fill), bold=True),) if sign else ()
    return Entry(Picture(name, 12, 10, words, (box(0.3, 0.3, 11.4, 9.4, fill), *knocked, *letters)), words)
