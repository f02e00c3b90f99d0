"""A signer whose private key and certificates are in one PKCS#12 file (RFC 7292), as many authorities hand them out.

Not here: how signatures are made (`signing`). Invariant: what `pem` refuses is refused here: a file that others may read, a
weak key, a certificate that is not this key's or not for signing documents.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography.x509 import Certificate

from evidence.errors import SealError
from evidence.seals.interface import Signer
from evidence.seals.matching import local_signer, read_key_file
from evidence.seals.pem import refuse_readable_by_others


def load_pkcs12_signer(path: Path, *, passphrase: bytes) -> Signer:
    """The signer in a `.p12` or `.pfx` file.

    The certificates may stand in any order; the chain is made from the key's own. Raises SealError as `load_pem_signer`.
    """
    refuse_readable_by_others(path)
    found = _opened(read_key_file(path, "key"), path, passphrase)
    if found.key is None or found.cert is None:
        raise SealError(
            f"{path} holds no key with its certificate.", next_step="Export key and certificate into one file."
        )
    if not isinstance(found.key, RSAPrivateKey):
        raise SealError(f"The key in {path} is not an RSA key.", next_step="Use RSA with 3072 bits or more.")
    chain = _chain(found.cert.certificate, [one.certificate for one in found.additional_certs])
    return local_signer(found.key, chain, str(path), str(path))


def _opened(data: bytes, path: Path, passphrase: bytes) -> pkcs12.PKCS12KeyAndCertificates:
    try:
        return pkcs12.load_pkcs12(data, passphrase)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise SealError(
            f"{path} is no readable PKCS#12 file, or its passphrase is wrong.",
            cause=str(error),
            next_step="Check `signing.file` and `signing.passphrase_file`.",
        ) from error


def _chain(signer: Certificate, others: Sequence[Certificate]) -> tuple[Certificate, ...]:
    """The signer's certificate, then its issuer, and so on as far as the file goes."""
    chain = [signer]
    while issuer := next((one for one in others if one not in chain and _issued(one, chain[-1])), None):
        chain.append(issuer)
    return tuple(chain)


def _issued(issuer: Certificate, issued: Certificate) -> bool:
    try:
        issued.verify_directly_issued_by(issuer)
    except (InvalidSignature, ValueError, TypeError):
        return False
    return True
