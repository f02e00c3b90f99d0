from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evidence.normalize.fields import Fields, Place
from evidence.normalize.results import Problem
from tests.strategies import Json, json_values


def read(values: dict[str, object]) -> tuple[Fields, list[Problem]]:
    problems: list[Problem] = []
    return Fields(values, Place("c1", "jobs", problems), 3), problems


def test_names_are_found_whatever_their_case_and_spaces() -> None:
    fields, problems = read({"Recovery point time ": "x", "workLoadType": "SQLDataBase"})
    assert fields.text("Recovery Point Time") == "x"
    assert fields.text("workloadType") == "SQLDataBase"
    assert fields.text("absent") is None
    assert problems == []


def test_of_two_spellings_the_exact_one_is_taken() -> None:
    fields, _ = read({"STATUS": "other", "status": "Completed"})
    assert fields.text("status") == "Completed"


def test_empty_texts_are_null() -> None:
    fields, problems = read({"status": "", "time": "", "flag": ""})
    assert (fields.text("status"), fields.moment("time"), fields.flag("flag")) == (None, None, None)
    assert problems == []


def test_enums_as_integers_become_their_text() -> None:
    fields, _ = read({"type": 2, "status": True})
    assert (fields.text("type"), fields.text("status")) == ("2", "true")


def test_what_cannot_be_read_is_null_and_noted_with_its_place() -> None:
    fields, problems = read({"extendedInfo": {"propertyBag": {"time": "soon"}}})
    assert fields.inside("extendedInfo").inside("propertyBag").moment("time") is None
    assert problems == [Problem("c1", "jobs", 3, "extendedInfo.propertyBag.time", "not a time: 'soon'")]


@pytest.mark.parametrize("value", [{"a": 1}, [1]])
def test_a_value_of_another_type_is_never_turned_into_text(value: object) -> None:
    fields, problems = read({"status": value})
    assert fields.text("status") is None
    assert [(p.field, p.reason) for p in problems] == [("status", "is not text")]


def test_null_bags_are_empty_ones() -> None:
    fields, problems = read({"propertyBag": None, "list": None})
    assert (fields.inside("propertyBag").values, fields.each("list"), fields.texts("list")) == ({}, (), [])
    assert problems == []


def test_counts_fit_the_tables() -> None:
    fields, problems = read({"a": 2**63, "b": -1, "c": "12", "d": "x", "e": 7, "f": True})
    assert [fields.count(name) for name in "abcdef"] == [None, None, 12, None, 7, None]
    assert [p.field for p in problems] == ["a", "b", "d", "f"]


@given(json_values())
def test_no_value_makes_a_reader_raise(value: Json) -> None:
    fields, _ = read({"x": value})
    for read_one in (
        fields.text,
        fields.moment,
        fields.duration,
        fields.size,
        fields.flag,
        fields.number,
        fields.count,
        fields.inside,
        fields.each,
        fields.texts,
        fields.json,
    ):
        read_one("x")


@given(st.dictionaries(st.sampled_from(["a", "A", " a", "b"]), st.integers(), min_size=1))
def test_a_found_value_is_one_that_was_sent(values: dict[str, object]) -> None:
    fields, _ = read(values)
    found = fields.get("A")
    assert found is None or found in values.values()
