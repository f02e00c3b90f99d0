"""A signer whose private key stays in Azure Key Vault: a digest goes there, a signature comes back, and nothing else.

Not here: how one signs in (`compose` hands the credential over). Invariants: the key is of one version, an RSA key of 3072
bits or more, and the certificate's; every signature is checked with the certificate before it is used (`chain_signer`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from azure.core.exceptions import (
    AzureError,
    ClientAuthenticationError,
    HttpResponseError,
    ResourceNotFoundError,
    ServiceRequestError,
    ServiceResponseError,
)
from azure.keyvault.keys import KeyClient, KeyVaultKey, KeyVaultKeyIdentifier
from azure.keyvault.keys.crypto import CryptographyClient, SignatureAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey, RSAPublicNumbers

from evidence.errors import SealError
from evidence.seals.certificates import parse_certificates
from evidence.seals.interface import Signer
from evidence.seals.matching import matched_signer, read_key_file

if TYPE_CHECKING:
    from azure.core.credentials import TokenCredential

_KINDS = frozenset({"RSA", "RSA-HSM"})
_FORBIDDEN, _TOO_MANY, _SERVER_FAULT = 403, 429, 500


class VaultSignInError(SealError):
    """The vault refused who we are, or what we may do."""

    exit_code = 5


class VaultUnavailableError(SealError):
    """The vault throttled us or was not there."""

    exit_code = 6


def open_key_vault_signer(key_id: str, certificate_path: Path, credential: TokenCredential, **options: Any) -> Signer:
    """The signer of one version of a vault's key, and the certificate file that belongs to it.

    `options` go to the SDK's clients, such as `connection_verify`. It needs the rights to get the key and to sign. Raises
    SealError for a key or certificate that must not sign, VaultSignInError, VaultUnavailableError.
    """
    chain = parse_certificates(read_key_file(certificate_path, "certificate"), str(certificate_path))
    named = KeyVaultKeyIdentifier(key_id)
    if named.version is None:
        raise SealError(
            f"{key_id} names no version of its key.", next_step="Name one: https://VAULT/keys/NAME/VERSION."
        )
    with _translated(f"The key {key_id}"):
        client = KeyClient(vault_url=named.vault_url, credential=credential, **options)
        key = client.get_key(named.name, named.version)
    public = _public_key(key, key_id)
    sign = _remote(CryptographyClient(key, credential, **options), key_id)
    return matched_signer(public, sign, chain, key_id, str(certificate_path))


def _public_key(key: KeyVaultKey, key_id: str) -> RSAPublicKey:
    kind, operations = str(getattr(key.key_type, "value", key.key_type)), key.key_operations or []
    if kind not in _KINDS:
        raise SealError(f"The key {key_id} is of type {kind}.", next_step="Use RSA or RSA-HSM with 3072 bits or more.")
    if key.properties.enabled is False:
        raise SealError(f"The key {key_id} is disabled in its vault.", next_step="Enable it, or name another version.")
    if "sign" not in {str(getattr(one, "value", one)) for one in operations}:
        raise SealError(f"The key {key_id} is not one that signs.", next_step="Allow it the operation `sign`.")
    # The SDK's type for keys names no fields.
    modulus, exponent = getattr(key.key, "n", None), getattr(key.key, "e", None)
    if not isinstance(modulus, bytes) or not isinstance(exponent, bytes):
        raise SealError(f"The vault does not tell the public part of {key_id}.")
    try:
        return RSAPublicNumbers(int.from_bytes(exponent, "big"), int.from_bytes(modulus, "big")).public_key()
    except ValueError as error:
        raise SealError(f"The public part of {key_id} is no RSA key.", cause=str(error)) from error


def _remote(client: CryptographyClient, key_id: str) -> Callable[[bytes], bytes]:
    def sign(data: bytes) -> bytes:
        with _translated(f"A signature by {key_id}"):
            return client.sign(SignatureAlgorithm.rs256, hashlib.sha256(data).digest()).signature

    return sign


@contextmanager
def _translated(what: str) -> Iterator[None]:
    """Turn what the SDK raises into errors of ours, by what can be done about them; its texts hold no secrets."""
    try:
        yield
    except ResourceNotFoundError as error:
        raise SealError(f"{what} could not be had: the vault has no such key.", cause=_told(error)) from error
    except ClientAuthenticationError as error:
        raise _refused(what, error) from error
    except HttpResponseError as error:
        if error.status_code == _FORBIDDEN:
            raise _refused(what, error) from error
        if error.status_code == _TOO_MANY or (error.status_code or 0) >= _SERVER_FAULT:
            raise _absent(what, error) from error
        raise SealError(f"{what} could not be had.", cause=_told(error)) from error
    except (ServiceRequestError, ServiceResponseError) as error:
        raise _absent(what, error) from error
    except (AzureError, ValueError) as error:
        raise SealError(f"{what} could not be had.", cause=_told(error)) from error


def _refused(what: str, error: Exception) -> VaultSignInError:
    return VaultSignInError(
        f"{what} was refused by the vault.",
        cause=_told(error),
        next_step="Give this identity the rights to get the key and to sign with it, and check that the key is enabled "
        "and valid now.",
    )


def _absent(what: str, error: Exception) -> VaultUnavailableError:
    return VaultUnavailableError(
        f"{what} could not be had now.", cause=_told(error), next_step="Run again later; nothing was sealed."
    )


def _told(error: Exception) -> str:
    return " ".join(str(error).split())[:500]
