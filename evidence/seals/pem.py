"""A signer whose private key is in a PEM file.

Not here: how signatures are made (`signing`). Invariant: a key that others may read, that does not match its certificate
or that is weak never becomes a signer (pyHanko itself checks none of this).
"""

from __future__ import annotations

import os
import stat
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from evidence.errors import SealError
from evidence.seals.certificates import identify, parse_certificates
from evidence.seals.interface import Signer
from evidence.seals.signing import CertifiedSigner


def load_pem_signer(key_path: Path, certificate_path: Path, *, passphrase: bytes | None = None) -> Signer:
    """The signer of a key file (PKCS#8 or PKCS#1, encrypted or not) and its certificate file.

    Raises SealError where a file is missing, malformed, readable by others, not RSA of 3072 bits or more, not made for
    signing documents, or where key and certificate do not belong together. Whether the certificate is valid is asked at
    each signature, with its time.
    """
    _refuse_readable_by_others(key_path)
    key = _private_key(_read(key_path, "key"), key_path, passphrase)
    identity_name = str(certificate_path)
    chain = parse_certificates(_read(certificate_path, "certificate"), identity_name)
    identity = identify(chain, identity_name)
    if key.public_key() != chain[0].public_key():
        raise SealError(
            f"The key {key_path} does not belong to the first certificate in {certificate_path}.",
            next_step="Give the certificate of this key first in its file, or the key of that certificate.",
        )
    return CertifiedSigner(identity, lambda data: key.sign(data, PKCS1v15(), hashes.SHA256()))


def _read(path: Path, what: str) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise SealError(
            f"The {what} file {path} cannot be read.",
            cause=error.strerror or str(error),
            next_step="Set `signing` in the configuration, or make a development key with `backup-evidence keys init`.",
        ) from error


def _private_key(data: bytes, path: Path, passphrase: bytes | None) -> RSAPrivateKey:
    try:
        key = serialization.load_pem_private_key(data, passphrase)
    except TypeError as error:
        raise SealError(
            f"The passphrase of {path} is missing, or one was given for a key that has none.", cause=str(error)
        ) from error
    except (ValueError, UnsupportedAlgorithm) as error:
        raise SealError(
            f"{path} is no readable PEM private key, or its passphrase is wrong.",
            next_step="Give a PKCS#8 or PKCS#1 file in PEM form.",
        ) from error
    if not isinstance(key, RSAPrivateKey):
        raise SealError(f"The key {path} is not an RSA key.", next_step="Use RSA with 3072 bits or more.")
    return key


def _refuse_readable_by_others(path: Path) -> None:
    """A key of ours is ours alone; one that root owns may be given to us through a group, as mounted secrets are."""
    if os.name != "posix":
        return
    try:
        found = path.stat()
    except OSError:
        return  # reading it says what is wrong
    from_root = found.st_uid == 0 and os.geteuid() != 0
    forbidden = stat.S_IRWXO | (stat.S_IWGRP | stat.S_IXGRP if from_root else stat.S_IRWXG)
    if found.st_mode & forbidden:
        raise SealError(
            f"The key file {path} can be read or changed by others than its owner (mode {stat.S_IMODE(found.st_mode):04o}).",
            cause="Whoever reads the key can sign in its name.",
            next_step=f"Run `chmod 600 {path}`; if others may have read it already, make a new key.",
        )
