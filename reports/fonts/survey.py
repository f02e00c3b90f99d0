"""Reads which characters the shipped font files hold and writes `coverage.json`: `python -m reports.fonts.survey`.

Not here: what the list is used for. Invariant: the list equals the files; a test compares them.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

from fontTools.ttLib import TTFont  # type: ignore[import-untyped]  # comes with weasyprint, without types

from reports.fonts import COVERAGE, FOLDER


def survey(folder: Path) -> dict[str, list[list[int]]]:
    """Runs of code points with a glyph, of each TrueType file in a folder."""
    return {path.name: runs(_code_points(path)) for path in sorted(folder.glob("*.ttf"))}


def runs(code_points: Iterable[int]) -> list[list[int]]:
    """First and last of each unbroken run."""
    found: list[list[int]] = []
    for point in sorted(set(code_points)):
        if found and found[-1][1] == point - 1:
            found[-1][1] = point
        else:
            found.append([point, point])
    return found


def as_json(found: dict[str, list[list[int]]]) -> str:
    """One line a file, so that a changed font shows as one changed line."""
    lines = (f"{json.dumps(name)}: {json.dumps(spans, separators=(',', ':'))}" for name, spans in found.items())
    return "{\n" + ",\n".join(lines) + "\n}\n"


def _code_points(path: Path) -> set[int]:
    with TTFont(path, lazy=True) as font:
        return set(font.getBestCmap())


if __name__ == "__main__":
    COVERAGE.write_text(as_json(survey(FOLDER)), "utf-8")
