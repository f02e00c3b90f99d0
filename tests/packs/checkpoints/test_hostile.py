"""A checkpoint by a signer who means harm: whatever it says is a finding, never a traceback."""

from __future__ import annotations

import functools
from dataclasses import replace

import orjson
import rfc8785
from hypothesis import given, settings
from hypothesis import strategies as st

from evidence.ledger.checkpoints import FILE, parse_checkpoint
from evidence.packs.verification.checkpoint import Sealed, verify_sealed
from tests.fakes.packs import the_signer
from tests.packs.checkpoints.desk import TRUST, desk, make

VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**40), 2**40)
    | st.text(max_size=8)
    | st.just("0" * 64)
    | st.just("zz" * 32),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


@functools.cache
def good() -> Sealed:
    bench = desk()
    make(bench)
    made = make(bench, stamped=False).checkpoint
    files = {one.path.rpartition("/")[2]: bench.store.read(one.path) for one in made.entry.objects}
    return Sealed(files[FILE], files[f"{FILE}.p7s"], files[f"{FILE}.tsr"])


def places(value: object, path: tuple[object, ...] = ()) -> list[tuple[object, ...]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(one for key, each in inner for one in places(each, (*path, key)))]


@settings(max_examples=20)
@given(st.data())
def test_whatever_is_signed_is_a_finding(data: st.DataObject) -> None:
    content = orjson.loads(good().document)
    content["time_stamp"] = {"state": "none", "authority": None, "reason": None}
    path = data.draw(st.sampled_from(places(content)[1:]))
    inner = content
    for step in path[:-1]:
        inner = inner[step]
    inner[path[-1]] = data.draw(VALUES)
    document = rfc8785.dumps(content)
    made_at = parse_checkpoint(good().document, "it").about.made_at
    sealed = Sealed(document, the_signer().sign_detached(document, made_at, None), None)
    assert verify_sealed(sealed, TRUST, "checkpoint").checks


@given(st.binary(max_size=300))
def test_bytes_of_chance_are_no_checkpoint(data: bytes) -> None:
    for spoiled in (replace(good(), document=data), replace(good(), signature=data), replace(good(), stamp=data)):
        assert verify_sealed(spoiled, TRUST, "checkpoint").exit_code == 7
