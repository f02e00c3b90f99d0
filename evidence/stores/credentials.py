"""With what the Blob store signs in: an identity, or the account key of an emulator on loopback."""

from __future__ import annotations

from urllib.parse import urlsplit

from azure.core.credentials import AzureNamedKeyCredential, TokenCredential
from azure.core.exceptions import AzureError
from azure.identity import (
    AzureCliCredential,
    DefaultAzureCredential,
    ManagedIdentityCredential,
    WorkloadIdentityCredential,
)

from evidence.errors import ConfigurationError, SignInError


def identity_credential(kind: str) -> TokenCredential:
    """`default`, `managed_identity`, `workload` or `cli`; raises ConfigurationError for another."""
    match kind:
        case "default":
            return DefaultAzureCredential()
        case "managed_identity":
            return ManagedIdentityCredential()
        case "workload":
            return WorkloadIdentityCredential()
        case "cli":
            return AzureCliCredential()
        case _:
            raise ConfigurationError(f"There is no store credential `{kind}`.")


def identity_token(kind: str, scope: str) -> str:
    """A token of an identity for a scope; raises SignInError, ConfigurationError."""
    try:
        return identity_credential(kind).get_token(scope).token
    except AzureError as error:
        raise SignInError(f"The credential `{kind}` gives no token.", cause=type(error).__name__) from error


def account_key(account_url: str, key: str) -> AzureNamedKeyCredential:
    """The key of an emulated account, which its address names as its path (`http://127.0.0.1:10000/account`)."""
    account = urlsplit(account_url).path.strip("/").split("/")[0]
    if not account:
        raise ConfigurationError(f"{account_url} does not name an account, as in http://127.0.0.1:10000/account.")
    return AzureNamedKeyCredential(account, key)
