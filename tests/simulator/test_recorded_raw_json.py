"""Slices keep the sender's text; only what is cut out is gone."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.recorded.raw_json import Member, elements, members, without

_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)
_STYLES = st.sampled_from([(None, (",", ":")), (None, (", ", ": ")), (2, (",", ": "))])


@given(st.lists(_VALUES), _STYLES, st.booleans())
def test_elements_are_the_very_text_of_the_array(
    values: list[object], style: tuple[int | None, tuple[str, str]], escape: bool
) -> None:
    indent, separators = style
    text = json.dumps({"nextLink": None, "value": values}, indent=indent, separators=separators, ensure_ascii=escape)
    found = list(elements(text))
    assert [json.loads(raw) for raw in found] == values
    assert all(raw in text for raw in found)


def test_numbers_and_escapes_keep_their_spelling() -> None:
    text = '{ "value" : [ {"size":14.0, "name":"\\u0027a\\u0027"} ,\r\n {"big":12345678901234567890.10e+2} ] }'
    assert list(elements(text)) == ['{"size":14.0, "name":"\\u0027a\\u0027"}', '{"big":12345678901234567890.10e+2}']


@pytest.mark.parametrize("text", ["{}", '{"value":{}}', "[]", '{"other":[1]}'])
def test_a_body_without_elements_is_an_error_not_an_empty_list(text: str) -> None:
    with pytest.raises(ValueError, match="no array"):
        list(elements(text))


@given(st.dictionaries(st.text(min_size=1), _VALUES, min_size=1, max_size=6), _STYLES, st.data())
def test_without_takes_one_member_and_leaves_the_others_text(
    fields: dict[str, object], style: tuple[int | None, tuple[str, str]], data: st.DataObject
) -> None:
    indent, separators = style
    name = data.draw(st.sampled_from(sorted(fields)))
    text = json.dumps({"properties": fields, "id": "x"}, indent=indent, separators=separators)
    cut = without(text, ("properties", name))
    rest = {key: value for key, value in fields.items() if key != name}
    assert json.loads(cut) == {"properties": rest, "id": "x"}
    kept = {member.name: text[member.value : member.end] for member in _properties(text) if member.name != name}
    assert {member.name: cut[member.value : member.end] for member in _properties(cut)} == kept


@pytest.mark.parametrize(
    "path", [("properties", "absent"), ("absent", "name"), ("id", "name"), ("properties", "bag", "x")]
)
def test_without_leaves_a_text_that_lacks_the_member(path: tuple[str, ...]) -> None:
    text = '{"id":"x","properties":{"bag":null,"extendedInfos":1}}'
    assert without(text, path) == text


def _properties(text: str) -> list[Member]:
    start = next(member.value for member in members(text, 0) if member.name == "properties")
    return list(members(text, start))
