from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evidence.sources.saved import scanning
from evidence.sources.saved.scanning import BrokenTextError, Scanner
from tests.strategies import json_values


def records(text: bytes) -> list[object]:
    return [json.loads(text[span.start : span.end]) for piece in Scanner(text).pieces() for span in piece.spans]


def lines(text: bytes) -> list[int]:
    return [span.line for piece in Scanner(text).pieces() for span in piece.spans]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (b"[]", []),
        (b" [ ] \n", []),
        (b'[{"a":1}, {"a":"]"}]', [{"a": 1}, {"a": "]"}]),
        (b'{"a":{"b":[1,2]}}', [{"a": {"b": [1, 2]}}]),
        (b'{"a":1}\n{"a":2}\r\n', [{"a": 1}, {"a": 2}]),
        (b'[{"a":1}]\n[{"a":2}][]', [{"a": 1}, {"a": 2}]),
        (b'{"value":[{"a":1},{"a":2}],"Count":2}', [{"a": 1}, {"a": 2}]),
        (b'{"nextLink":null,"value":[]}', []),
        (b'{"id":"x","value":[1]}', [{"id": "x", "value": [1]}]),
        (b'[1, "a,]", null, [2]]', [1, "a,]", None, [2]]),
        (rb'[{"a":"\"}\\"}]', [{"a": '"}\\'}]),
    ],
)
def test_records_are_found_in_every_form(text: bytes, found: list[object]) -> None:
    assert records(text) == found


@pytest.mark.parametrize(
    "text",
    [
        b"[",
        b"[{",
        b'[{"a":1}',
        b'[{"a":1},',
        b'[{"a":"b',
        b'{"value":[{"a":1}',
        b'{"a',
        b'{"a":',
        b'{"a":1,',
        b"[1 2]",
        b"[,]",
        b"[1,]",
        b"x",
        b"[] x",
        b'{"a" 1}',
        b"{1}",
    ],
)
def test_a_text_that_breaks_off_is_never_half_read_without_a_word(text: bytes) -> None:
    with pytest.raises(BrokenTextError):
        records(text)


def test_lines_are_those_of_an_editor() -> None:
    assert lines(b'\n[\n {"a":\n1},\n\n {"a":2} ]\n{"b":1}') == [3, 6, 7]
    assert lines(b'{"Count":2,\n"value":[\n{},\n{}]}') == [3, 4]


def test_a_record_nested_without_end_is_refused_before_it_is_parsed() -> None:
    deep = b"[" + b'{"a":' * 5000 + b"1" + b"}" * 5000 + b"]"
    with pytest.raises(BrokenTextError, match="levels"):
        records(deep)


def test_a_record_too_long_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scanning, "LONGEST_RECORD", 100)
    assert records(b'[{"a":1}]') == [{"a": 1}]
    for text in (b'[{"a":"%s"}]' % (b"x" * 200), b'{"a":"%s"}' % (b"x" * 200)):
        with pytest.raises(BrokenTextError, match="longer"):
            records(text)


@given(
    st.lists(st.dictionaries(st.text(max_size=5), json_values(), max_size=3), max_size=5),
    st.sampled_from([None, 1, 4]),
    st.booleans(),
)
def test_any_list_gives_its_elements_in_any_layout(found: list[object], indent: int | None, ascii_only: bool) -> None:
    assert records(json.dumps(found, indent=indent, ensure_ascii=ascii_only).encode(errors="surrogatepass")) == found
    assert records("\n".join(json.dumps(one) for one in found).encode()) == [*_unwrapped(found)]


def _unwrapped(found: list[object]) -> list[object]:
    """An object whose only sense is a list in `value` is an answer."""
    told: list[object] = []
    for one in found:
        names = {key.casefold() for key in one} if isinstance(one, dict) else set()
        values = (
            [one[key] for key in one if key.casefold() == "value" and isinstance(one[key], list)]
            if isinstance(one, dict)
            else []
        )
        told += values[0] if values and not names & {"id", "properties"} else [one]
    return told
