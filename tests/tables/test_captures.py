from __future__ import annotations

import contextlib
import hashlib
import io
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

import orjson
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evidence.errors import IntegrityError
from evidence.records import Attempt, Call, Capture, Coverage, Identity, Kind, Outcome, Vault
from evidence.tables.captures import capture_from_parquet, capture_to_parquet
from tests.strategies import moments
from tests.tables.made import NOW, capture

names = st.text(st.characters(codec="utf-8"), max_size=20)
maybe = st.none() | names
headers = st.dictionaries(names, names, max_size=4)
bodies = st.none() | st.binary(max_size=300)
counts = st.integers(0, 2**40)


@st.composite
def attempts(draw: st.DrawFn) -> Attempt:
    body = draw(bodies)
    began = draw(moments.filter(lambda moment: moment.year < 9000))
    return Attempt(
        started_at=began,
        finished_at=began + draw(st.timedeltas(timedelta(0), timedelta(days=1))),
        status=draw(st.none() | st.integers(100, 599)),
        error=draw(maybe),
        waited_s=draw(st.floats(0, 1e6)),
        response_headers=draw(headers),
        body=body or b"",
        sha256=None if body is None else hashlib.sha256(body).hexdigest(),
    )


calls = st.builds(
    Call,
    call_id=names,
    kind=st.sampled_from(Kind),
    subject=maybe,
    url=names,
    api_version=maybe,
    filter=maybe,
    request_headers=headers,
    identity=st.builds(Identity, maybe, maybe, maybe),
    attempts=st.lists(attempts(), min_size=1, max_size=3).map(tuple),
    outcome=st.sampled_from(["ok", "error", "unreadable"]),
    reason=maybe,
    rows=st.none() | counts,
    next_link=maybe,
)
captures = st.builds(
    Capture,
    capture_id=names,
    subject_id=names,
    vault=st.none() | st.builds(Vault, names, names, names, names, names, maybe),
    calls=st.lists(calls, max_size=3).map(tuple),
    coverage=st.lists(
        st.builds(
            Coverage, st.sampled_from(Kind), st.sampled_from(Outcome), maybe, counts, counts, counts, maybe, maybe
        ),
        max_size=3,
    ).map(tuple),
)


@settings(max_examples=60)
@given(captures)
def test_what_is_read_back_equals_what_was_written(one: Capture) -> None:
    data = capture_to_parquet(one)
    found = capture_from_parquet(data)
    assert found == one
    assert capture_to_parquet(found) == data


def test_the_order_of_headers_as_they_came_makes_no_other_file() -> None:
    one = capture()
    (call,) = one.calls
    turned = replace(call, request_headers=dict(reversed(list(call.request_headers.items()))))
    assert capture_to_parquet(replace(one, calls=(turned,))) == capture_to_parquet(one)


def test_a_large_body_of_any_bytes_comes_back() -> None:
    body = bytes(range(256)) * 20_000
    (call,) = capture().calls
    last = replace(call.last, body=body, sha256=hashlib.sha256(body).hexdigest())
    one = replace(capture(), calls=(replace(call, attempts=(last,)),))
    assert capture_from_parquet(capture_to_parquet(one)).calls[0].last.body == body


def changed(
    change: Mapping[str, object], *, head: Mapping[str, object] | None = None, drop: str | None = None
) -> bytes:
    """The file of the good capture with other cells in its one row, or another head."""
    table = pq.read_table(io.BytesIO(capture_to_parquet(capture())))
    row = {**table.to_pylist()[0], **change}
    metadata = dict(table.schema.metadata)
    if head is not None:
        metadata[b"capture"] = orjson.dumps({**orjson.loads(metadata[b"capture"]), **head})
    other = pa.Table.from_pylist([row], schema=table.schema.with_metadata(metadata))
    sink = io.BytesIO()
    pq.write_table(other.drop_columns([drop]) if drop else other, sink)
    return sink.getvalue()


def attempts_with(**change: object) -> str:
    """The attempts as text, the last one changed."""
    table = pq.read_table(io.BytesIO(capture_to_parquet(capture())))
    told = orjson.loads(table.to_pylist()[0]["attempts"])
    told[-1] |= change
    return orjson.dumps(told).decode()


NOTHING = hashlib.sha256(b"").hexdigest()
TAMPERED: dict[str, bytes] = {
    "another body": changed({"body": b'{"value":[1]}'}),
    "another body of an earlier attempt": changed({"attempt_bodies": [b"fast", b""]}),
    "another hash": changed({"attempts": attempts_with(sha256=NOTHING)}),
    "a body whose hash was taken away": changed({"attempts": attempts_with(sha256=None)}),
    "a body where none came": changed({"attempt_bodies": [b"slow", b"made up"]}),
    "another hash beside the attempts": changed({"sha256": NOTHING}),
    "other headers beside the attempts": changed({"response_headers": "{}"}),
    "an attempt less": changed({"attempt_bodies": [b"slow"]}),
    "no attempt": changed({"attempts": "[]", "attempt_bodies": []}),
    "attempts that are none": changed({"attempts": "{}"}),
    "attempts that are no JSON": changed({"attempts": "["}),
    "an attempt without time": changed({"attempts": attempts_with(started_at="soon")}),
    "an attempt without zone": changed({"attempts": attempts_with(started_at="2026-11-21T06:30:00")}),
    "a status that is none": changed({"attempts": attempts_with(status="200")}),
    "no call id": changed({"call_id": None}),
    "an unknown kind": changed({"kind": "weather"}),
    "an identity of something else": changed({"identity": '{"name": "x"}'}),
    "headers that are no object": changed({"request_headers": "[]"}),
    "a column less": changed({}, drop="url"),
    "a newer version": changed({}, head={"v": 3}),
    "no version": changed({}, head={"v": None}),
    "a vault of something else": changed({}, head={"vault": {"name": "x"}}),
    "a vault without name": changed({}, head={"vault": {**dict.fromkeys(Vault.__slots__, "x"), "name": 5}}),
    "coverage of something else": changed({}, head={"coverage": [{"kind": "jobs"}]}),
    "coverage of an unknown kind": changed({}, head={"coverage": [dict.fromkeys(Coverage.__slots__, "x")]}),
    "coverage that is no list": changed({}, head={"coverage": 5}),
    "an id that is none": changed({}, head={"capture_id": None}),
    "no file": b"",
    "half a file": capture_to_parquet(capture())[:-50],
    "another file": b"PAR1 but nothing in it PAR1",
}


def test_the_unchanged_file_is_read() -> None:
    assert capture_from_parquet(changed({})) == capture()


def test_a_file_of_the_first_version_is_read_as_one_that_sent_no_bodies() -> None:
    assert capture_from_parquet(changed({}, head={"v": 1}, drop="request_body")) == capture()


def test_what_a_query_sent_is_kept() -> None:
    (call,) = capture().calls
    one = replace(capture(), calls=(replace(call, request_body='{"query": "Résumé"}'),))
    assert capture_from_parquet(capture_to_parquet(one)) == one


@pytest.mark.parametrize("data", TAMPERED.values(), ids=TAMPERED)
def test_what_was_tampered_with_is_refused(data: bytes) -> None:
    with pytest.raises(IntegrityError):
        capture_from_parquet(data)


def test_a_flipped_bit_is_refused_or_read_but_never_anything_else() -> None:
    data = capture_to_parquet(capture())
    for place in range(0, len(data), 47):
        flipped = bytearray(data)
        flipped[place] ^= 1 << (place % 8)
        with contextlib.suppress(IntegrityError):
            (call,) = capture_from_parquet(bytes(flipped)).calls
            assert call.last.body == b'{"value":[]}'


def test_a_moment_keeps_its_microseconds_and_zone() -> None:
    (call,) = capture_from_parquet(capture_to_parquet(capture())).calls
    assert call.attempts[0].started_at == NOW
    assert call.attempts[0].started_at.utcoffset() == timedelta(0)
