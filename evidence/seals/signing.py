"""Signatures with a certificate and whatever signs bytes with its key: detached CMS and PAdES.

Not here: where the private key is (`pem`), how pyHanko is driven (`chain_signer`, `pdf_signing`). Invariants: the
certificate is valid at the time of each signature; no clock is read.
"""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any, TypeVar

from pyhanko.pdf_utils.misc import PdfError

from evidence.errors import SealError
from evidence.seals.certificates import refuse_unless_valid
from evidence.seals.chain_signer import DIGEST, ChainSigner
from evidence.seals.interface import SignerIdentity, TimestampAuthority
from evidence.seals.pdf_signing import append_signature

_PEM_WIDTH = 64

T = TypeVar("T")


class CertifiedSigner:
    """Signs with a certificate and whatever can sign bytes with its key."""

    def __init__(self, identity: SignerIdentity, sign_raw: Callable[[bytes], bytes]) -> None:
        self._identity = identity
        self._sign_raw = sign_raw

    @property
    def identity(self) -> SignerIdentity:
        """Who signs."""
        return self._identity

    def sign_detached(self, data: bytes, at: datetime, authority: TimestampAuthority | None) -> bytes:
        """A detached CMS signature in PEM; see `interface.Signer`."""
        refuse_unless_valid(self._identity, at)
        signer = ChainSigner(self._identity, self._sign_raw, at, authority)
        message = _run(signer.async_sign_general_data(data, DIGEST, detached=True, use_cades=True), "The signature")
        return dress(message.dump())

    def sign_pdf(self, pdf: bytes, at: datetime, authority: TimestampAuthority | None) -> bytes:
        """The PDF with one certifying PAdES signature; see `interface.Signer`."""
        refuse_unless_valid(self._identity, at)
        signer = ChainSigner(self._identity, self._sign_raw, None, authority)
        return _run(append_signature(signer, pdf, at), "The report's signature")


def dress(der: bytes) -> bytes:
    """PEM of a CMS message (RFC 7468), exactly one form for the same bytes."""
    text = base64.b64encode(der).decode()
    lines = [text[start : start + _PEM_WIDTH] for start in range(0, len(text), _PEM_WIDTH)]
    return "\n".join(["-----BEGIN CMS-----", *lines, "-----END CMS-----", ""]).encode()


def _run(work: Coroutine[Any, Any, T], what: str) -> T:
    """Run pyHanko's coroutine to its end in a thread of its own, so that callers with an event loop can sign too."""
    with ThreadPoolExecutor(max_workers=1) as pool:
        try:
            return pool.submit(asyncio.run, work).result()
        except (PdfError, ValueError, OSError) as error:
            raise SealError(f"{what} could not be made.", cause=str(error)) from error
