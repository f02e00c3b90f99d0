from __future__ import annotations

from tests.paths import ROOT
from tools.data_dictionary import dictionary


def test_the_data_dictionary_says_what_the_tables_say() -> None:
    written = (ROOT / "docs" / "data-dictionary.md").read_text(encoding="utf-8")
    assert written == dictionary(), "run .venv/bin/python tools/data_dictionary.py"
