"""A signer whose private key is in a PEM file.

Not here: how signatures are made (`signing`). Invariant: a key that others may read, that does not match its certificate
or that is weak never becomes a signer (pyHanko itself checks none of this).
"""

from __future__ import annotations

import os
import stat
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from evidence.errors import SealError
from evidence.seals.certificates import parse_certificates
from evidence.seals.interface import Signer
from evidence.seals.matching import local_signer, read_key_file


def load_pem_signer(key_path: Path, certificate_path: Path, *, passphrase: bytes | None = None) -> Signer:
    """The signer of a key file (PKCS#8 or PKCS#1, encrypted or not) and its certificate file.

    Raises SealError where a file is missing, malformed, readable by others, not RSA of 3072 bits or more, not made for
    signing documents, or where key and certificate do not belong together. Whether the certificate is valid is asked at
    each signature, with its time.
    """
    refuse_readable_by_others(key_path)
    key = _private_key(read_key_file(key_path, "key"), key_path, passphrase)
    chain = parse_certificates(read_key_file(certificate_path, "certificate"), str(certificate_path))
    return local_signer(key, chain, str(key_path), str(certificate_path))


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


def refuse_readable_by_others(path: Path) -> None:
    """Raise SealError for a key file that others may read or change.

    A key of ours is ours alone; one that root owns may be given to us through a group, as mounted secrets are.
    """
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
