"""Undoes the transfer encoding of a kept body, so that what was hashed as received can be read.

Not here: what a body means. Invariant: the bytes as received are never replaced, this only reads them.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping

from evidence.errors import SourceError

_GZIP = 16 + zlib.MAX_WBITS


def decode_body(body: bytes, headers: Mapping[str, str]) -> bytes:
    """The body without its Content-Encoding (RFC 9110, section 8.4); header names are lower-case.

    We ask for `identity`, so this does something only where Azure answers otherwise. Raises SourceError.
    """
    codings = [coding.strip().lower() for coding in headers.get("content-encoding", "").split(",")]
    for coding in reversed(codings):
        body = _without(coding, body)
    return body


def _without(coding: str, body: bytes) -> bytes:
    if coding in {"", "identity"}:
        return body
    if coding not in {"gzip", "x-gzip", "deflate"}:
        raise SourceError(f"the body is encoded as {coding!r}, which was not asked for and cannot be read")
    decoder = zlib.decompressobj(zlib.MAX_WBITS if coding == "deflate" else _GZIP)
    try:
        decoded = decoder.decompress(body) + decoder.flush()
    except zlib.error as error:
        raise SourceError(f"the body is not the {coding} that its header says") from error
    if not decoder.eof:
        raise SourceError(f"the {coding} body ends early")
    return decoded
