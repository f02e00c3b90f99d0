"""The fonts that reports are set in, all shipped here, and which of them a text needs.

Not here: how text is set (`styles`), how fonts are embedded (`pdf`). Invariant: no font of the machine is ever used; a
character that none of these fonts has is known before anything is rendered (`covers`), so that it can be spelled out.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).parent
COVERAGE = FOLDER / "coverage.json"
"""First and last code point of each run of characters a file has glyphs for; written by `reports.fonts.survey`."""

SANS = "Evidence Sans"
MONO = "Evidence Mono"

_SCRIPTS = (
    "Arabic", "Armenian", "Bengali", "Devanagari", "Ethiopic", "Georgian", "Gujarati", "Gurmukhi", "Hebrew", "Kannada",
    "Khmer", "Lao", "Malayalam", "Myanmar", "Oriya", "Sinhala", "Tamil", "Telugu", "Thai",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Face:
    """One font file as the styles name it."""

    file: str
    family: str
    weight: int = 400
    style: str = "normal"


MAIN_FACES = (
    Face("NotoSans-Regular.ttf", SANS),
    Face("NotoSans-Bold.ttf", SANS, weight=700),
    Face("NotoSans-Italic.ttf", SANS, style="italic"),
    Face("NotoSansMono-Regular.ttf", MONO),
)
SCRIPT_FACES = (
    *(Face(f"NotoSans{script}-Regular.ttf", f"Evidence {script}") for script in _SCRIPTS),
    Face("DroidSansFallbackFull.ttf", "Evidence Han"),
    Face("NanumGothicCoding.ttf", "Evidence Hangul"),
)
"""In the order in which they are asked: Chinese and Japanese before Korean, whose font has a few of their characters too."""


@cache
def coverage() -> dict[str, frozenset[int]]:
    """Code points of each font file."""
    ranges: dict[str, list[list[int]]] = json.loads(COVERAGE.read_text("utf-8"))
    return {file: frozenset(p for first, last in runs for p in range(first, last + 1)) for file, runs in ranges.items()}


@cache
def covered() -> frozenset[int]:
    """Code points that can be set without a missing glyph, in every weight by some face."""
    return frozenset().union(*coverage().values())


def faces_for(text: str) -> tuple[Face, ...]:
    """The main faces, and those of the scripts that the text needs beyond them."""
    missing = {ord(character) for character in text}.difference(*(coverage()[face.file] for face in MAIN_FACES))
    chosen: list[Face] = []
    for face in SCRIPT_FACES:
        found = coverage()[face.file] & missing
        if found:
            chosen.append(face)
            missing -= found
    return (*MAIN_FACES, *chosen)


def families(first: str, faces: tuple[Face, ...]) -> tuple[str, ...]:
    """Family names to try, in order: the one asked for, the two main ones, then the scripts."""
    others = dict.fromkeys((SANS, MONO, *(face.family for face in faces)))
    return tuple(dict.fromkeys((first, *others)))
