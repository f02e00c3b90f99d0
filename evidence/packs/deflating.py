"""How members of a ZIP are deflated: the same bytes from the same content on any machine, or not at all.

Not here: the ZIP around them (`archive`). Invariant: what is packed one way is packed the same way for ever; a new way gets a number of its own,
which stands in each member's header, so that a verifier knows which way to pack it again.
"""

from __future__ import annotations

import functools
import hashlib
import zlib
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor

WHOLE = 0
"""One stream, level 9, fed in pieces of 1 MiB: how packs were made first; they are verified, and no longer made."""
PIECES = 0b110
"""Every MiB by itself at level 1, so that all cores can pack at once and again; the format's word for it is `super fast` (APPNOTE 4.4.4)."""
WAYS = frozenset({WHOLE, PIECES})

PIECE = 1 << 20
_LEVELS = {WHOLE: 9, PIECES: 1}
_END = b"\x03\x00"
"""An empty last block (RFC 1951 section 3.2.3): pieces end on a byte and are never last."""
_WORKERS = 2
_AHEAD = 4
"""Pieces that wait to be packed or taken: bounds memory."""
_REFERENCES = {
    WHOLE: "7dae1c3ba61851465737d655704958f7eb1f33627897ada467864ae9b43fa546",
    PIECES: "915bc7f657206c328ae154ff78213ab2ebdb82007c448705a3e5fdbca40f5388",
}


def packed(pieces: Iterable[bytes], way: int) -> Iterator[bytes]:
    """The deflated bytes of content that comes in pieces of PIECE bytes, the last one shorter."""
    if way == WHOLE:
        packer = _packer(WHOLE)
        yield from map(packer.compress, pieces)
        yield packer.flush()
        return
    yield from _side_by_side(pieces)
    yield _END


def cut(content: Iterable[bytes | memoryview]) -> Iterator[bytes]:
    """The same content in pieces of PIECE bytes, as `packed` takes it."""
    held = bytearray()
    for part in content:
        held += part
        if len(held) >= PIECE:
            whole = len(held) - len(held) % PIECE
            ready = bytes(memoryview(held)[:whole])
            del held[:whole]
            yield from (ready[start : start + PIECE] for start in range(0, whole, PIECE))
    if held:
        yield bytes(held)


def _side_by_side(pieces: Iterable[bytes]) -> Iterator[bytes]:
    waiting: deque[Future[bytes]] = deque()
    with ThreadPoolExecutor(_WORKERS, thread_name_prefix="deflate") as pool:
        for piece in pieces:
            waiting.append(pool.submit(_piece, piece))
            if len(waiting) >= _AHEAD:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


def _piece(piece: bytes) -> bytes:
    packer = _packer(PIECES)
    return packer.compress(piece) + packer.flush(zlib.Z_SYNC_FLUSH)


def _packer(way: int) -> zlib._Compress:
    return zlib.compressobj(_LEVELS[way], zlib.DEFLATED, -zlib.MAX_WBITS, zlib.DEF_MEM_LEVEL, zlib.Z_DEFAULT_STRATEGY)


@functools.cache
def deflates_as_reference(way: int = PIECES) -> bool:
    """Whether this machine's zlib packs into the very bytes of zlib 1.2.13, the reference.

    Others (zlib-ng, hardware) may write other bytes that mean the same: where they do, CSV is stored, so that a
    deflated member is always one that the reference packs alike.
    """
    sample = b"".join(b"%d,2026-11-%02d,vm-%d,Failed,%x\r\n" % (n, n % 30, n * n % 97, n * 7919) for n in range(20_000))
    whole = sample if way == WHOLE else sample * 2
    content = [whole] if way == WHOLE else cut([whole])
    return hashlib.sha256(b"".join(packed(content, way))).hexdigest() == _REFERENCES[way]
