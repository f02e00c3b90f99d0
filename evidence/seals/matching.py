"""A signer made of a certificate chain and whatever signs with its key: the one door through which every signer comes.

Not here: where keys are (`pem`, `pkcs12`, `key_vault`). Invariant: a weak key, a certificate that is not for signing
documents, or a key that is not the certificate's never becomes a signer.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.x509 import Certificate

from evidence.errors import SealError
from evidence.seals.certificates import identify
from evidence.seals.interface import Signer
from evidence.seals.signing import CertifiedSigner

NEXT_STEP = "Set `signing` in the configuration, or make a development key with `backup-evidence keys init`."


def matched_signer(
    key: RSAPublicKey,
    sign_raw: Callable[[bytes], bytes],
    chain: tuple[Certificate, ...],
    key_name: str,
    chain_name: str,
) -> Signer:
    """The signer of a key and its chain (signer first); `sign_raw` makes RSA PKCS#1 v1.5 signatures with SHA-256.

    Raises SealError for a chain that must not sign, and for a key that is not its first certificate's.
    """
    identity = identify(chain, chain_name)
    if key != chain[0].public_key():
        raise SealError(
            f"The key {key_name} does not belong to the first certificate in {chain_name}.",
            next_step="Give the certificate of this key first in its file, or the key of that certificate.",
        )
    return CertifiedSigner(identity, sign_raw)


def local_signer(key: RSAPrivateKey, chain: tuple[Certificate, ...], key_name: str, chain_name: str) -> Signer:
    """The signer of a private key at hand."""
    return matched_signer(
        key.public_key(), lambda data: key.sign(data, PKCS1v15(), hashes.SHA256()), chain, key_name, chain_name
    )


def read_key_file(path: Path, what: str) -> bytes:
    """A file that signing needs; raises SealError where it cannot be read."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise SealError(
            f"The {what} file {path} cannot be read.", cause=error.strerror or str(error), next_step=NEXT_STEP
        ) from error
