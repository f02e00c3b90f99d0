"""The shipped fonts: their list of characters is true, and a text gets the faces it needs and no more."""

from __future__ import annotations

import pytest

from reports import fonts
from reports.fonts import FOLDER, MAIN_FACES, SCRIPT_FACES, faces_for
from reports.fonts.survey import as_json, runs, survey


def test_the_list_of_characters_equals_the_files() -> None:
    assert fonts.COVERAGE.read_text("utf-8") == as_json(survey(FOLDER)), "run python -m reports.fonts.survey"


def test_every_file_is_a_face_and_has_a_licence() -> None:
    assert {face.file for face in (*MAIN_FACES, *SCRIPT_FACES)} == {path.name for path in FOLDER.glob("*.ttf")}
    licences = (FOLDER / "LICENSE-OFL.txt").read_text("utf-8") + (FOLDER / "LICENSE-APACHE.txt").read_text("utf-8")
    assert "SIL OPEN FONT LICENSE" in licences
    assert "Apache License" in licences
    for path in FOLDER.glob("*.ttf"):
        assert path.name in licences or path.name.startswith("NotoSans")


@pytest.mark.parametrize(
    ("text", "families"),
    [
        ("Büro Ελληνικά Сервер ≥ →", []),
        ("東京 サーバー", ["Evidence Han"]),
        ("서울", ["Evidence Hangul"]),
        ("خادم שרת", ["Evidence Arabic", "Evidence Hebrew"]),
        ("ไทย हिन्दी", ["Evidence Devanagari", "Evidence Thai"]),
    ],
)
def test_a_text_gets_the_faces_of_its_scripts(text: str, families: list[str]) -> None:
    chosen = faces_for(text)
    assert chosen[: len(MAIN_FACES)] == MAIN_FACES
    assert [face.family for face in chosen[len(MAIN_FACES) :]] == families


def test_runs_are_first_and_last() -> None:
    assert runs([3, 1, 2, 7]) == [[1, 3], [7, 7]]
