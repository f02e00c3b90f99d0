from __future__ import annotations

from dataclasses import replace

import orjson
import pytest
import rfc8785
from hypothesis import given, settings
from hypothesis import strategies as st

from evidence.errors import IntegrityError
from evidence.runs.manifest import RunManifest, parse_run_manifest
from evidence.runs.summary import parse_summary, summary_file
from evidence.runs.tables import tabulate_run
from tests.fakes.bench import NIGHT, Bench, backup
from tests.strategies import json_values, texts


def manifest() -> RunManifest:
    bench = Bench()
    backup(bench.vault(region=None))
    return bench.capture(again=True, reason="why not")


GOOD = manifest()


def spoilt(**changes: object) -> bytes:
    return rfc8785.dumps(orjson.loads(GOOD.to_bytes()) | changes)


def without(key: str) -> bytes:
    return rfc8785.dumps({name: told for name, told in orjson.loads(GOOD.to_bytes()).items() if name != key})


def test_a_manifest_reads_as_it_was_written() -> None:
    assert parse_run_manifest(GOOD.to_bytes()) == GOOD
    plain = replace(GOOD, reason=None, again=False, vaults=(), files=())
    assert parse_run_manifest(plain.to_bytes()) == plain


@pytest.mark.parametrize("key", orjson.loads(GOOD.to_bytes()))
def test_every_key_must_be_there(key: str) -> None:
    with pytest.raises(IntegrityError):
        parse_run_manifest(without(key))


VAULT = orjson.loads(GOOD.to_bytes())["vaults"][0]
FILE = orjson.loads(GOOD.to_bytes())["files"][0]


@pytest.mark.parametrize(
    "changes",
    [
        {"format": "backup-evidence-pack"},
        {"v": 2},
        {"v": "1"},
        {"v": True},
        {"surprise": 1},
        {"night": "2026-11-31"},
        {"night": "20261120"},
        {"night": 5},
        {"run_id": None},
        {"window_start": "2026-11-20T06:00:00"},
        {"window_start": "2026-11-20T07:00:00+01:00"},
        {"captured_at": "soon"},
        {"late": "false"},
        {"late": 0},
        {"again": None},
        {"reason": 5},
        {"subscriptions": "all"},
        {"subscriptions": [5]},
        {"vaults": {}},
        {"vaults": ["v1"]},
        {"vaults": [VAULT | {"name": 5}]},
        {"vaults": [VAULT | {"region": 5}]},
        {"vaults": [VAULT | {"more": 1}]},
        {"files": [FILE | {"bytes": "5"}]},
        {"files": [FILE | {"bytes": 5.5}]},
        {"files": [FILE | {"bytes": True}]},
        {"files": [FILE | {"sha256": None}]},
        {"files": [FILE | {"more": 1}]},
    ],
    ids=str,
)
def test_whatever_a_run_would_not_write_is_refused(changes: dict[str, object]) -> None:
    with pytest.raises(IntegrityError):
        parse_run_manifest(spoilt(**changes))


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"[]",
        b"null",
        b"{",
        b"\xff",
        GOOD.to_bytes() + b"\n",
        b" " + GOOD.to_bytes(),
        orjson.dumps(orjson.loads(GOOD.to_bytes()), option=orjson.OPT_INDENT_2),
        GOOD.to_bytes().replace(b'"late":false', b'"late":true,"late":false'),
    ],
)
def test_other_bytes_of_the_same_meaning_are_refused_too(data: bytes) -> None:
    with pytest.raises(IntegrityError):
        parse_run_manifest(data)


@settings(max_examples=50)
@given(st.dictionaries(st.sampled_from(sorted(orjson.loads(GOOD.to_bytes()))) | texts, json_values(), max_size=3))
def test_any_change_is_read_back_as_written_or_refused(changes: dict[str, object]) -> None:
    try:
        data = spoilt(**changes)
    except (rfc8785.CanonicalizationError, TypeError):
        return  # what no canonical JSON can hold
    try:
        found = parse_run_manifest(data)
    except IntegrityError:
        return
    assert found.to_bytes() == data


def test_a_summary_reads_as_it_was_written_and_nothing_else_does() -> None:
    bench = Bench()
    backup(bench.vault())
    run = bench.capture()
    bench.seal()
    path = summary_file(NIGHT, run.run_id)
    data = bench.memory.files[path]
    assert parse_summary(data, path) == tabulate_run(bench.store, replace(run, files=run.calls), bench.calendar, {})
    for other in (b"", b"[]", b"{}", data.replace(b'"v":1', b'"v":2'), data.replace(b'"files"', b'"file"')):
        with pytest.raises(IntegrityError):
            parse_summary(other, path)
