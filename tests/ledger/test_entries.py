"""One entry: its one spelling, its id, and everything that is refused."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone

import pytest
import rfc8785
from hypothesis import example, given
from hypothesis import strategies as st

from evidence.errors import ConfigurationError, IntegrityError
from evidence.ledger.entries import Draft, EntryKind, LedgerObject, canonical, entry_id, parse
from tests.ledger.drafts import AT, HASH, night_sealed

ENTRY = night_sealed(date(2026, 11, 21), "run-1", (LedgerObject("calls/b", 2, HASH), LedgerObject("calls/a", 1, HASH)))
PLACED = ENTRY.placed(42, "cd" * 32)

numbers = st.integers(-(2**53) + 1, 2**53 - 1)
json_values = st.recursive(
    st.none() | st.booleans() | numbers | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)
payloads = st.dictionaries(st.text(), json_values, max_size=6)


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters()) | st.binary(max_size=3),
    lambda inner: st.lists(inner, max_size=4) | st.tuples(inner) | st.dictionaries(st.text(st.characters()), inner, max_size=4),
    max_leaves=12,
)  # fmt: skip


def changed(**fields: object) -> bytes:
    return rfc8785.dumps({**json.loads(PLACED.to_bytes()), **fields})  # type: ignore[dict-item]


def test_the_bytes_are_canonical_json_with_the_fields_of_the_design() -> None:
    assert PLACED.to_bytes() == (
        b'{"actor":"run/run-1","at":"2026-11-22T05:07:09.123456Z","entry_id":"' + PLACED.entry_id.encode() + b'",'
        b'"kind":"night-sealed","objects":[{"bytes":1,"path":"calls/a","sha256":"' + HASH.encode() + b'"},'
        b'{"bytes":2,"path":"calls/b","sha256":"' + HASH.encode() + b'"}],'
        b'"payload":{"again":false,"captured_at":"2026-11-22T05:00:00.000000Z","configuration_sha256":"'
        + HASH.encode()
        + b'","late":false,"night":"2026-11-21","reason":null,"run_id":"run-1","tables":{"coverage":3,"jobs":12},'
        b'"vaults":{"expected":2,"read":2},"window":{"end":"2026-11-22T05:00:00Z","start":"2026-11-21T05:00:00Z"}},'
        b'"previous_sha256":"' + b"cd" * 32 + b'","sequence":42,"subject":"night/2026-11-21","v":1}'
    )
    assert PLACED.sha256 == hashlib.sha256(PLACED.to_bytes()).hexdigest()
    assert parse(PLACED.to_bytes(), "it") == PLACED


def test_the_id_is_the_hash_of_kind_subject_payload_and_run_alone() -> None:
    identity = {
        "kind": "night-sealed",
        "subject": "night/2026-11-21",
        "payload": dict(ENTRY.payload),
        "run": "run-1",
    }
    assert PLACED.entry_id == hashlib.sha256(rfc8785.dumps(identity)).hexdigest()  # type: ignore[arg-type]
    assert replace(ENTRY, at=AT + timedelta(days=1), actor="another").entry_id == PLACED.entry_id
    assert night_sealed(date(2026, 11, 21), "run-2").entry_id != PLACED.entry_id


@pytest.mark.parametrize(
    ("payload", "run"),
    [({"attempt": "x"}, "x"), ({"attempt": "x", "run_id": "y"}, "y"), ({"assessment_id": "z"}, "z"), ({}, None)],
)
def test_the_run_of_an_entry_is_found_in_its_payload(payload: dict[str, object], run: str | None) -> None:
    identity = {"kind": "drill-event", "subject": "s", "payload": payload, "run": run}
    expected = hashlib.sha256(rfc8785.dumps(identity)).hexdigest()  # type: ignore[arg-type]
    assert entry_id(EntryKind.DRILL_EVENT, "s", payload) == expected


@given(st.sampled_from(EntryKind), st.text(min_size=1), payloads, st.datetimes(datetime(1970, 1, 1)))
def test_whatever_can_be_written_reads_back_the_same(
    kind: EntryKind, subject: str, payload: dict[str, object], at: datetime
) -> None:
    draft = Draft(kind, at.replace(tzinfo=UTC), "someone", subject, payload)
    try:
        entry = draft.placed(1, None)
    except ConfigurationError:
        assert any(0xD800 <= ord(character) < 0xE000 for character in f"{subject}{payload}")
        return
    assert parse(entry.to_bytes(), "it") == entry
    assert entry.payload == payload
    assert entry.at == draft.at


def test_times_of_other_zones_are_kept_in_utc() -> None:
    at = datetime(2026, 11, 22, 6, 7, 9, 123456, tzinfo=timezone(timedelta(hours=1)))
    assert replace(ENTRY, at=at).placed(42, "cd" * 32) == PLACED


@pytest.mark.parametrize(
    ("field", "value", "why"),
    [
        ("at", datetime(2026, 11, 22), "zone"),
        ("actor", "", "actor"),
        ("subject", "", "subject"),
        ("payload", {"share": 0.5}, "whole number"),
        ("payload", {"rows": 2**53}, "exceeds"),
        ("payload", {"when": AT}, "unsupported type"),
        ("payload", {1: "one"}, "keys must be strings"),
        ("payload", {"name": "\ud800"}, "non-UTF-8"),
        ("payload", {"ratio": float("nan")}, "nan"),
        ("objects", (LedgerObject("a", 1, HASH), LedgerObject("a", 2, HASH)), "named twice"),
        ("objects", (LedgerObject("a", -1, HASH),), "bytes"),
        ("objects", (LedgerObject("a", 1, HASH.upper()),), "SHA-256"),
        ("objects", (LedgerObject("", 1, HASH),), "path"),
    ],
)
def test_what_could_not_be_read_back_is_never_written(field: str, value: object, why: str) -> None:
    with pytest.raises(ConfigurationError) as told:
        replace(ENTRY, **{field: value}).placed(1, None)  # type: ignore[arg-type]
    assert why in told.value.cause
    assert len(told.value.diagnostics()) == 3


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "JSON"),
        (b"\xff", "JSON"),
        (b"[]", "JSON object"),
        (b"{}", "v is no whole number"),
        (b"[" * 100_000, "JSON"),
        (b'{"v":' + b"1" * 5000 + b"}", "JSON"),
        (PLACED.to_bytes() + b"\n", "canonical"),
        (PLACED.to_bytes().replace(b'"v":1', b'"v": 1'), "canonical"),
        (PLACED.to_bytes().replace(b'"v":1', b'"v":1,"v":1'), "canonical"),
        (b"\xef\xbb\xbf" + PLACED.to_bytes(), "JSON"),
        (PLACED.to_bytes().replace(b"run/run-1", b"run\\u002frun-1"), "canonical"),
        (changed(v=2), "version 2"),
        (changed(v=True), "v is no whole number"),
        (changed(v="1"), "v is no whole number"),
        (changed(more=1), "more"),
        (rfc8785.dumps({"v": 1}), "missing"),
        (changed(sequence=-1), "sequence"),
        (PLACED.to_bytes().replace(b'"sequence":42', b'"sequence":42.0'), "42.0"),
        (changed(kind="invented"), "invented"),
        (changed(kind=3), "kind"),
        (changed(at="2026-11-22T05:07:09Z"), "at is no moment"),
        (changed(at="2026-11-22T05:07:09.123Z"), "canonical"),
        (changed(at="2026-13-22T05:07:09.123456Z"), "at is no moment"),
        (changed(at="2026-11-22T05:07:09.123456+00:00"), "at is no moment"),
        (changed(actor=""), "actor"),
        (changed(subject="night/2026-11-22"), "entry_id"),
        (changed(kind="import-sealed"), "entry_id"),
        (changed(payload={}), "entry_id"),
        (changed(payload=[]), "payload"),
        (changed(entry_id="0" * 64), "entry_id"),
        (changed(entry_id="0" * 63), "entry_id"),
        (changed(previous_sha256=""), "previous_sha256"),
        (changed(objects={}), "objects"),
        (changed(objects=[3]), "objects[0]"),
        (changed(objects=[{"path": "a", "bytes": 1}]), "sha256"),
        (changed(objects=[{"path": "a", "bytes": 1, "sha256": HASH, "more": 1}]), "more"),
        (
            changed(objects=[{"path": "b", "bytes": 1, "sha256": HASH}, {"path": "a", "bytes": 1, "sha256": HASH}]),
            "sorted",
        ),
        (changed(objects=[{"path": "a", "bytes": 1, "sha256": HASH}] * 2), "twice"),
    ],
)
def test_the_least_deviation_is_refused_and_named(data: bytes, why: str) -> None:
    with pytest.raises(IntegrityError, match=r"ledger/7\.json") as told:
        parse(data, "ledger/7.json")
    assert why in "".join(told.value.diagnostics())
    assert told.value.exit_code == 7


@given(st.data())
def test_no_changed_byte_goes_unseen_by_the_next_entry(data: st.DataObject) -> None:
    original = PLACED.to_bytes()
    place = data.draw(st.integers(0, len(original) - 1))
    bit = data.draw(st.integers(0, 7))
    flipped = original[:place] + bytes([original[place] ^ 1 << bit]) + original[place + 1 :]
    try:
        entry = parse(flipped, "it")
    except IntegrityError:
        return
    assert entry.sha256 == hashlib.sha256(flipped).hexdigest() != PLACED.sha256


@given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_nothing_else_than_integrity_error_comes_out_of_garbage(data: bytes) -> None:
    with pytest.raises(IntegrityError):
        parse(data, "it")


@given(st.dictionaries(st.text(st.characters()), anything, max_size=6))
@example({"\ue000": 1, "\U0001f600": 2})  # in the order of UTF-16, which is not that of UTF-8
@example({'\x00\x1f\x7f\u2028\\"/\b\f\n\r\t': '\x00\x1f\x7f\u2028\\"/\b\f\n\r\t\U0001f600'})
@example({"a": 2**53}).via("beyond what every reader of JSON holds exactly")
@example({"a": 2**53 - 1, "b": -(2**53) + 1, "A": [True, None, {}]})
@example({"a": 1.0, "b": 1e21, "c": float("nan")})
@example({"a": "\ud800"})
def test_canonical_bytes_are_those_of_the_reference_or_refused_by_both(value: dict[str, object]) -> None:
    try:
        expected = rfc8785.dumps(value)  # type: ignore[arg-type]
    except (ValueError, RecursionError):
        with pytest.raises(ConfigurationError):
            canonical(value)
        return
    assert canonical(value) == expected


def test_deep_values_are_spelled_or_refused_as_by_the_reference() -> None:
    for depth in (10, 240, 260, 400):
        value: object = 1
        for _ in range(depth):
            value = {"a": [value]}
        assert canonical({"v": value}) == rfc8785.dumps({"v": value})  # type: ignore[dict-item]


def test_what_holds_itself_is_refused() -> None:
    value: dict[str, object] = {}
    value["itself"] = value
    with pytest.raises(ConfigurationError):
        canonical(value)
