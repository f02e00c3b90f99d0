"""Every way to a signer, as one call: a key and certificates go in, a signer comes out or is refused."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    pkcs12,
)
from cryptography.x509 import Certificate

from evidence.seals.interface import Signer
from evidence.seals.key_vault import open_key_vault_signer
from evidence.seals.pem import load_pem_signer
from evidence.seals.pkcs12 import load_pkcs12_signer
from tests.fakes.certificates import Holder
from tests.fakes.key_vault import Credential, serve_vault

PrivateKey = RSAPrivateKey | ec.EllipticCurvePrivateKey
Make = Callable[..., Signer]
"""`make(key, *certificates)`."""


def _certificates(folder: Path, certificates: tuple[Holder, ...]) -> Path:
    path = folder / "signer.pem"
    path.write_bytes(b"".join(one.pem for one in certificates))
    return path


@contextmanager
def pem(folder: Path) -> Iterator[Make]:
    """A PEM file, encrypted."""

    def make(key: PrivateKey, *certificates: Holder) -> Signer:
        data = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"words"))
        return load_pem_signer(
            _secret(folder / "signer.key", data), _certificates(folder, certificates), passphrase=b"words"
        )

    yield make


@contextmanager
def p12(folder: Path) -> Iterator[Make]:
    """A PKCS#12 file, its other certificates in the wrong order."""

    def make(key: PrivateKey, *certificates: Holder) -> Signer:
        first, others = certificates[0].certificate, [one.certificate for one in certificates[:0:-1]]
        data = serialize(key, first, others)
        return load_pkcs12_signer(_secret(folder / "signer.p12", data), passphrase=b"words")

    yield make


def serialize(
    key: PrivateKey, first: Certificate, others: Sequence[Certificate], passphrase: bytes = b"words"
) -> bytes:
    """A PKCS#12 file; another's certificate is put beside the key, for the library writes no file that says it is its own."""
    encryption = BestAvailableEncryption(passphrase)
    own = first if first.public_key() == key.public_key() else None
    beside = [*others] if own else [first, *others]
    return pkcs12.serialize_key_and_certificates(b"signer", key, own, beside or None, encryption)


@contextmanager
def vault(folder: Path) -> Iterator[Make]:
    """A key in a vault on loopback, through the real SDK."""
    made = []

    def make(key: PrivateKey, *certificates: Holder) -> Signer:
        context = serve_vault(key, folder)
        found = context.__enter__()
        made.append(context)
        return open_key_vault_signer(found.key_id, _certificates(folder, certificates), Credential(), **found.options)

    try:
        yield make
    finally:
        for context in made:
            context.__exit__(None, None, None)


MAKERS = {"pem": pem, "pkcs12": p12, "key_vault": vault}


def _secret(path: Path, data: bytes) -> Path:
    path.unlink(missing_ok=True)
    path.touch(mode=0o600)
    path.write_bytes(data)
    return path
