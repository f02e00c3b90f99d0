"""Undoing a body's encoding: what was sent comes back, anything else is an error of the source."""

from __future__ import annotations

import gzip
import zlib
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evidence.errors import SourceError
from evidence.sources.bodies import decode_body


@given(st.binary())
def test_what_was_encoded_comes_back(plain: bytes) -> None:
    assert decode_body(plain, {}) == plain
    assert decode_body(plain, {"content-encoding": "identity"}) == plain
    assert decode_body(gzip.compress(plain), {"content-encoding": "GZIP"}) == plain
    assert decode_body(zlib.compress(plain), {"content-encoding": "deflate"}) == plain
    assert decode_body(gzip.compress(zlib.compress(plain)), {"content-encoding": "deflate, gzip"}) == plain


@given(st.binary(), st.sampled_from(["gzip", "deflate", "br", "zstd", "gzip,gzip"]))
def test_bytes_of_any_kind_are_read_or_refused(body: bytes, coding: str) -> None:
    with suppress(SourceError):
        assert isinstance(decode_body(body, {"content-encoding": coding}), bytes)


def test_a_body_that_ends_early_is_refused() -> None:
    with pytest.raises(SourceError, match="ends early"):
        decode_body(gzip.compress(b"x" * 1000)[:-4], {"content-encoding": "gzip"})
