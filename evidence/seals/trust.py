"""Chains of strangers: whether a certificate leads to a root that was given, at a moment, for a purpose.

Not here: where roots come from; those inside a pack are never roots. Invariant: no network, no clock: the moment is given.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

from asn1crypto import x509
from cryptography.x509 import load_der_x509_certificate
from pyhanko_certvalidator import CertificateValidator, ValidationContext
from pyhanko_certvalidator.errors import PathBuildingError, PathValidationError
from pyhanko_certvalidator.path import ValidationPath

from evidence.errors import IntegrityError
from evidence.seals.certificates import is_authority
from evidence.seals.reading import reading
from evidence.seals.stamps import TimeStamp


def establish(certificate: bytes, others: Sequence[bytes], roots: Sequence[bytes], at: datetime) -> tuple[bytes, ...]:
    """DER of the chain from a certificate to one of the roots, the root last, all valid at a moment.

    `others` are certificates that may stand between. Raises IntegrityError where there is no such chain.
    """
    with reading("A certificate"):
        return _establish(certificate, others, roots, at)


def _establish(certificate: bytes, others: Sequence[bytes], roots: Sequence[bytes], at: datetime) -> tuple[bytes, ...]:
    anchors = [one for one in roots if one == certificate or is_authority(load_der_x509_certificate(one))]
    if not anchors:
        # Asked without any, the library would take the system's own list.
        raise IntegrityError("It does not lead to an authority that was given as trusted.", cause="None was given.")
    with ThreadPoolExecutor(max_workers=1) as pool:
        try:
            chain = pool.submit(asyncio.run, _chain(certificate, others, anchors, at)).result()
        except (PathBuildingError, PathValidationError) as error:
            raise IntegrityError(
                "It does not lead to an authority that was given as trusted.", cause=str(error)
            ) from error
    root = load_der_x509_certificate(chain[-1])
    if not root.not_valid_before_utc <= at <= root.not_valid_after_utc:
        raise IntegrityError(f"The authority {root.subject.rfc4514_string()} was not valid then.")
    return chain


async def _chain(
    certificate: bytes, others: Sequence[bytes], roots: Sequence[bytes], at: datetime
) -> tuple[bytes, ...]:
    context = ValidationContext(
        trust_roots=[x509.Certificate.load(one) for one in roots],
        other_certs=[x509.Certificate.load(one) for one in others],
        moment=at,
        best_signature_time=at,
        allow_fetching=False,
        revocation_mode="soft-fail",
    )
    validator = CertificateValidator(x509.Certificate.load(certificate), validation_context=context)
    path: ValidationPath = await validator.async_validate_usage(key_usage=set())  # type: ignore[no-untyped-call]  # of the library
    return tuple(one.dump() for one in path.iter_certs(include_root=True))[::-1]


def establish_authority(stamp: TimeStamp, roots: Sequence[bytes]) -> tuple[bytes, ...]:
    """The chain of a time stamp's authority to one of the roots, valid when it stamped.

    Raises IntegrityError where there is none, or where the stamp holds a certificate that neither the chain, nor the
    stamp's signature, nor the roots bind.
    """
    others = [one for one in stamp.certificates if one != stamp.signer]
    chain = establish(stamp.signer, others, roots, stamp.at)
    free = set(stamp.certificates) - set(chain) - set(stamp.bound) - set(roots)
    if free:
        raise IntegrityError(
            f"The time stamp holds {len(free)} certificate(s) that nothing binds.",
            next_step="Give the root that they lead to as trusted too.",
        )
    return chain
