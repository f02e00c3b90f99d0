"""What is printed of a value: all of it, and nothing that cannot be seen."""

from __future__ import annotations

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports import fonts
from reports.printable import WORD_JOINER, ZERO_WIDTH_SPACE, grouped, printable, prose, soft_breaks

any_text = st.text(max_size=40)
"""Surrogates too: a value may hold what UTF-8 cannot carry."""


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("vm\u202egnp.exe", "vm⟨U+202E⟩gnp.exe"),
        ("a\u200bb\u200fc", "a⟨U+200B⟩b⟨U+200F⟩c"),
        ("nul\x00 esc\x1b", "nul⟨U+0000⟩ esc⟨U+001B⟩"),
        ("soft\u00adhyphen", "soft⟨U+00AD⟩hyphen"),
        ("lone \ud800", "lone ⟨U+D800⟩"),
        ("\U0001f642", "⟨U+1F642⟩"),
        ("private \ue000", "private ⟨U+E000⟩"),
        ("a\r\nb\rc\nd\te", "a\nb⟨U+000D⟩c\nd\te"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("a\u200cb", "a⟨U+200C⟩b"),
        ("⟨U+202E⟩", "⟨U+27E8⟩U+202E⟩"),
        ("Büro 東京 서울 خادم", "Büro 東京 서울 خادم"),
    ],
)
def test_what_cannot_be_seen_or_set_is_spelled_out(value: str, shown: str) -> None:
    assert printable(value) == shown


@given(any_text)
def test_nothing_printed_is_invisible_or_missing_from_the_fonts(value: str) -> None:
    for character in printable(value):
        assert ord(character) in fonts.covered() or character in "\n\t\u200c\u200d"
        assert unicodedata.category(character) not in {"Cs", "Cn", "Co"}


@given(any_text, any_text)
def test_texts_that_differ_look_different(first: str, second: str) -> None:
    same = first.replace("\r\n", "\n") == second.replace("\r\n", "\n")
    assert same == (printable(first) == printable(second))


@pytest.mark.parametrize(
    ("value", "pieces"),
    [
        ("/subscriptions/x", ["/", "subscriptions/", "x"]),
        ("vm;iaas;x", ["vm;", "iaas;", "x"]),
        ("UserErrorVm", ["User", "Error", "Vm"]),
        ("2026-11-21T22:04:00Z", ["2026-11-21T", "22:04:00Z"]),
        ("6ec9d286-1c2d-4e5f", ["6ec9d286", "-1c2d", "-4e5f"]),
        ("rsv-prod", ["rsv", "-prod"]),
        ("a - b, c", ["a - b, c"]),
    ],
)
def test_ids_may_break_at_their_seams_and_never_after_a_hyphen(value: str, pieces: list[str]) -> None:
    assert soft_breaks(value).replace(WORD_JOINER, "").split(ZERO_WIDTH_SPACE) == pieces
    assert not re.search(rf"-(?!{WORD_JOINER}|[0-9]| )", soft_breaks(value))


@given(any_text)
def test_breaks_change_nothing_else(value: str) -> None:
    assert soft_breaks(value).replace(ZERO_WIDTH_SPACE, "").replace(WORD_JOINER, "") == printable(value)


def test_uuids_in_sentences_can_be_copied_whole() -> None:
    broken = prose("The client 5e2d9a64-91c3-4b0f-a7d8-3c4e6f1b8a33 of 2026-11-21 re-read it.")
    assert broken.count(ZERO_WIDTH_SPACE + "-" + WORD_JOINER) == 4
    assert broken.endswith("of 2026-11-21 re-read it.")


def test_counts_are_grouped() -> None:
    assert [grouped(0), grouped(999), grouped(1234), grouped(1234567)] == ["0", "999", "1,234", "1,234,567"]
