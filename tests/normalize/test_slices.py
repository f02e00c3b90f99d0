from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evidence.normalize.slices import elements, members
from tests.strategies import Json, json_values, texts


@given(st.dictionaries(texts, json_values(), max_size=6), st.sampled_from([None, 2]), st.booleans())
def test_members_of_an_object_are_its_texts(sent: dict[str, Json], indent: int | None, ascii_only: bool) -> None:
    text = json.dumps(sent, indent=indent, ensure_ascii=ascii_only)
    found = members(text)
    assert [key for key, _ in found] == list(sent)
    assert [json.loads(value) for _, value in found] == list(sent.values())


@given(st.lists(json_values(), max_size=6), st.sampled_from([None, 2]))
def test_elements_of_a_list_are_its_texts(sent: list[Json], indent: int | None) -> None:
    assert [json.loads(text) for text in elements(json.dumps(sent, indent=indent))] == sent


def test_what_a_parser_loses_stays() -> None:
    text = '{ "a" : 1.10, "a":18446744073709551616 , "b\\u0027": "x\\/y\\"}]" , "c": [ 1 , {"d": "\\\\"} ] }'
    assert members(text) == [
        ("a", "1.10"),
        ("a", "18446744073709551616"),
        ("b'", '"x\\/y\\"}]"'),
        ("c", '[ 1 , {"d": "\\\\"} ]'),
    ]


def test_a_text_cut_short_is_refused() -> None:
    with pytest.raises(ValueError, match="no end"):
        members('{"a": [1, 2')


def test_nesting_has_no_depth_that_is_too_much() -> None:
    deep = "[" * 5_000 + "]" * 5_000
    assert members(f'{{"a":{deep}}}') == [("a", deep)]
