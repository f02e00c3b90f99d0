from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evidence.normalize.sizes import LARGEST, parse_size
from tests.strategies import texts


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("63 MB", 63 * 1024**2),
        ("0", 0),
        ("20.0845", 21_060_125),
        ("127 GBs", 127 * 1024**3),
        ("5 B", 5),
        ("2 kb", 2048),
    ],
)
def test_texts_that_azure_sends(text: str, size: int) -> None:
    assert parse_size(text) == size


@pytest.mark.parametrize("text", ["", "-1", "1,024 MB", "20,08", "MB", "1e3", "9999999999999999 PB", "12 apples"])
def test_what_could_be_two_sizes_or_none_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        parse_size(text)


@given(st.integers(0, 2**40))
def test_whole_megabytes_are_exact(megabytes: int) -> None:
    assert parse_size(f"{megabytes} MB") == parse_size(str(megabytes)) == megabytes * 1024**2


@given(texts | st.from_regex(r"[0-9.]{1,40} ?[KMGTP]?B?s?", fullmatch=True))
def test_any_text_gives_a_size_that_tables_hold_or_a_refusal(text: str) -> None:
    try:
        size = parse_size(text)
    except ValueError:
        return
    assert 0 <= size <= LARGEST
