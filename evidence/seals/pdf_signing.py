"""One certifying PAdES signature appended to a PDF (ETSI EN 319 142-1, levels B-B and B-T).

Not here: the CMS inside (`chain_signer`), reading (`pdf_reading`). Invariants: the unsigned report stays a prefix of the
signed one; one revision is added, and the signature covers the whole file and permits no change (DocMDP 1).
"""

from __future__ import annotations

import hashlib
import io
from datetime import datetime

from pyhanko.pdf_utils.generic import ArrayObject, ByteStringObject
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.fields import MDPPerm, SigSeedSubFilter
from pyhanko.sign.signers.pdf_cms import PdfCMSSignedAttributes
from pyhanko.sign.signers.pdf_signer import PdfSignatureMetadata, PdfSigner

from evidence.seals.chain_signer import DIGEST, ChainSigner

SIGNATURE_FIELD = "EvidenceSignature"


class _PdfRevision(IncrementalPdfFileWriter):
    """Appends the signature and nothing else: the unsigned report stays a prefix, and its dates stay what they were."""

    @classmethod
    def _handle_id(cls, prev: PdfFileReader) -> ArrayObject:
        # pyHanko draws the second part at random; the same report must give the same bytes to be signed.
        prev.stream.seek(0)
        own = ByteStringObject(hashlib.sha256(prev.stream.read()).digest()[:16])
        first = prev.trailer["/ID"][0] if "/ID" in prev.trailer else own
        return ArrayObject([ByteStringObject(getattr(first, "original_bytes", first)), own])

    def _update_meta(self) -> None:
        """Leave producer and dates alone: pyHanko would write the system's time, and PDF/A wants them as in the XMP."""


async def append_signature(signer: ChainSigner, pdf: bytes, at: datetime) -> bytes:
    """The PDF with its signature; `at` stands in the signature dictionary."""
    metadata = PdfSignatureMetadata(
        field_name=SIGNATURE_FIELD,
        md_algorithm=DIGEST,
        subfilter=SigSeedSubFilter.PADES,
        certify=True,
        docmdp_permissions=MDPPerm.NO_CHANGES,
    )
    session = PdfSigner(metadata, signer=signer).init_signing_session(_PdfRevision(io.BytesIO(pdf)))
    session.system_time = at
    document = session.prepare_tbs_document(validation_info=None, bytes_reserved=2 * signer.room)
    output = io.BytesIO()
    prepared, _ = document.digest_tbs_document(output=output)
    await document.perform_signature(prepared.document_digest, PdfCMSSignedAttributes())
    return output.getvalue()
