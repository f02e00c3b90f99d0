"""The one signature of a signed report read back, and the bytes it covers.

Not here: whether its signer is trusted. Invariant: what is returned covers the whole file, was the last revision, and
permits no change; there is no byte of the file that it leaves free.
"""

from __future__ import annotations

import hashlib
import io
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pyhanko.pdf_utils.generic import parse_pdf_date
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.fields import MDPPerm, SigSeedSubFilter
from pyhanko.sign.validation.pdf_embedded import EmbeddedPdfSignature

from evidence.errors import IntegrityError
from evidence.seals.messages import DATA, SignedMessage, check_signature, read_message

REVISIONS = 2
"""The report as rendered, and the signature."""


@dataclass(frozen=True, slots=True)
class PdfSignature:
    """A signature of a PDF whose form, digest and key fit."""

    message: SignedMessage
    signed_at: datetime
    """The time that the signer claims (/M)."""


def read_signed_pdf(pdf: bytes) -> PdfSignature:
    """Read and check the signature; raises IntegrityError for every PDF that is not signed as ours are."""
    try:
        reader = PdfFileReader(io.BytesIO(pdf), strict=True)
        found = reader.embedded_signatures
        revisions = reader.xrefs.total_revisions
    except PdfError as error:
        raise IntegrityError("It is not a readable PDF.", cause=str(error)) from error
    if len(found) != 1:
        raise IntegrityError(f"It holds {len(found)} signatures; there must be exactly one.")
    if revisions != REVISIONS:
        raise IntegrityError(f"It has {revisions} revisions; a signed report has {REVISIONS}.")
    _check_kind(reader, found[0])
    der, covered = _contents(pdf, [int(one) for one in found[0].byte_range])
    message = read_message(der, DATA, stamp_allowed=True)
    check_signature(message, lambda algorithm: hashlib.new(algorithm, covered).digest())
    return PdfSignature(message, _claimed_time(found[0].sig_object))


def _check_kind(reader: PdfFileReader, signature: EmbeddedPdfSignature) -> None:
    if signature.sig_object.get("/SubFilter") != SigSeedSubFilter.PADES.value:
        raise IntegrityError("The signature is not a PAdES signature.")
    if signature.docmdp_level != MDPPerm.NO_CHANGES:
        raise IntegrityError("The signature does not forbid changes.")
    permissions: Any = reader.root.get("/Perms", {})
    certified = permissions.get("/DocMDP")
    if certified is None or certified.get_object() is not signature.sig_object:
        raise IntegrityError("The signature does not certify the document.")


def _contents(pdf: bytes, ranges: list[int]) -> tuple[bytes, bytes]:
    """The CMS message in the gap, and all bytes around it.

    The gap is written in exactly one way, pyHanko's: upper-case hexadecimal digits, then zeros up to its end.
    """
    if len(ranges) != 4 or ranges[0] != 0 or ranges[2] + ranges[3] != len(pdf):  # noqa: PLR2004  # two pairs
        raise IntegrityError("The signature does not cover the whole file: something was appended, or left out.")
    begin, end = ranges[1], ranges[2]
    gap = pdf[begin:end]
    if not 0 < begin < end or gap[:1] != b"<" or gap[-1:] != b">":
        raise IntegrityError("The signature leaves out more than itself.")
    filled = bytes.fromhex(gap[1:-1].decode("ascii", "replace"))
    der = filled[: _length(filled)]
    if gap != b"<" + (der.hex().upper().encode() + b"0" * (2 * (len(filled) - len(der)))) + b">":
        raise IntegrityError("The room of the signature holds something beside it.")
    return der, pdf[:begin] + pdf[end:]


def _length(filled: bytes) -> int:
    """Length of the one value that the bytes begin with; strictness is the message reader's."""
    if len(filled) < 2:  # noqa: PLR2004  # tag and length
        return 0
    if filled[1] < 0x80:  # noqa: PLR2004  # short form
        return 2 + filled[1]
    count = filled[1] & 0x7F
    return 2 + count + int.from_bytes(filled[2 : 2 + count], "big")


def _claimed_time(signature: Any) -> datetime:
    claimed = signature.get("/M")
    found = parse_pdf_date(str(claimed)) if claimed is not None else None
    if not isinstance(found, datetime) or found.tzinfo is None:
        raise IntegrityError("The signature does not say when it was made.")
    return found
