"""Certificates that signatures and stamps rest on, gathered from what was sealed.

Not here: whether they are trusted. Invariant: nothing is asked over a network; what is gathered stood inside something that
was sealed, or was given by a person.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from evidence.ledger.publications import UsedCertificate
from evidence.packs.verification.checkpoint import Sealed
from evidence.seals.certificates import describe
from evidence.seals.envelope import read_detached
from evidence.seals.stamps import TimeStamp, read_response


def certificates_of(data: bytes, signature: bytes, stamp: bytes | None) -> tuple[bytes, ...]:
    """DER of the certificates inside a signature over data, and inside its stamps, each once."""
    seal = read_detached(signature, data)
    stamps: Iterable[TimeStamp | None] = (seal.stamp, None if stamp is None else read_response(stamp))
    found = [*seal.identity.chain_der]
    for one in stamps:
        if one is not None:
            found += one.certificates
    return tuple(dict.fromkeys(found))


def used_certificates(sealed: Sealed) -> tuple[UsedCertificate, ...]:
    """The certificates that a checkpoint rests on, as its entry tells them."""
    return tuple(described(one) for one in certificates_of(sealed.document, sealed.signature, sealed.stamp))


def described(certificate: bytes) -> UsedCertificate:
    """What the ledger says of a certificate."""
    told = describe(certificate)
    return UsedCertificate(hashlib.sha256(certificate).hexdigest(), told.subject, told.not_after)
