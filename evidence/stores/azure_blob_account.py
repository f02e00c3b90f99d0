"""Reads by the control plane what a storage account and a container of it are set to do with what they hold (azure-mgmt-storage).

Not here: judging it (`evidence.retention.truth`). Invariant: it only reads; each part that it may not read is named with the reason, and the other
parts are read all the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final, TypeVar

from azure.core import AzureClouds
from azure.core.credentials import AccessToken, AzureKeyCredential, TokenCredential
from azure.core.exceptions import AzureError, HttpResponseError
from azure.core.pipeline.policies import AzureKeyCredentialPolicy
from azure.mgmt.storage import StorageManagementClient
from azure.mgmt.storage.models import BlobContainer, BlobServiceProperties, ManagementPolicy, ManagementPolicyRule

from evidence.addresses import is_loopback
from evidence.errors import ConfigurationError
from evidence.stores.grounds import CONTAINER, LIFECYCLE, SOFT_DELETE, ContainerPolicy, Grounds, LifecycleRule

API_VERSION: Final = "2025-06-01"
"""Pinned, so that an update of the SDK changes nothing."""
RETRIES: Final = 3
_CLOUDS: Final = {
    "public": AzureClouds.AZURE_PUBLIC_CLOUD,
    "usgov": AzureClouds.AZURE_US_GOVERNMENT,
    "china": AzureClouds.AZURE_CHINA_CLOUD,
}
_ID_PARTS: Final = 9
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class AccountAddress:
    """Which container of which account is read."""

    account_id: str
    """ARM id, as `/subscriptions/…/resourceGroups/…/providers/Microsoft.Storage/storageAccounts/…`."""
    container: str

    def parts(self) -> tuple[str, str, str]:
        """Subscription, resource group and account; raises ConfigurationError."""
        found = self.account_id.split("/")
        if len(found) != _ID_PARTS:
            raise ConfigurationError(f"{self.account_id} is no id of a storage account.")
        return found[2], found[4], found[8]


@dataclass(slots=True)
class _Reading:
    unread: list[tuple[str, str]] = field(default_factory=list)

    def part(self, name: str, ask: Callable[[], _T], absent: str = "") -> _T | None:
        """What was asked for; None where it is absent by this error code, or was not read, which is noted."""
        try:
            return ask()
        except HttpResponseError as error:
            code = getattr(error.error, "code", None) or ""
            if absent and code == absent:
                return None
            self.unread.append((name, " ".join(one for one in (str(error.status_code or ""), code) if one)))
        except AzureError as error:
            # Neither text nor chain is quoted: they may hold addresses with signatures.
            self.unread.append((name, f"no whole answer came ({type(error.inner_exception or error).__name__})"))
        return None


def by_token(address: AccountAddress, token: str, endpoint: str | None) -> Grounds:
    """What is set, asked with a fixed token, which never leaves this machine; raises ConfigurationError."""
    if endpoint is None or not is_loopback(endpoint):
        raise ConfigurationError("A fixed token is for a loopback azure.endpoint only.")
    policy = AzureKeyCredentialPolicy(AzureKeyCredential(token), "Authorization", prefix="Bearer")
    client = StorageManagementClient(
        _Unasked(),
        address.parts()[0],
        endpoint,
        credential_scopes=[f"{endpoint}/.default"],
        authentication_policy=policy,
        api_version=API_VERSION,
        retry_total=RETRIES,
    )
    with client:
        return read_grounds(client, address)


def by_identity(address: AccountAddress, credential: TokenCredential, *, endpoint: str | None, cloud: str) -> Grounds:
    """What is set, asked as an identity at an endpoint or in a cloud; raises ConfigurationError."""
    scopes = {"credential_scopes": [f"{endpoint}/.default"]} if endpoint else {}
    client = StorageManagementClient(
        credential,
        address.parts()[0],
        endpoint,
        cloud_setting=None if endpoint else _CLOUDS[cloud],
        api_version=API_VERSION,
        retry_total=RETRIES,
        **scopes,
    )
    with client:
        return read_grounds(client, address)


def read_grounds(client: StorageManagementClient, address: AccountAddress) -> Grounds:
    """What is set, part by part; raises ConfigurationError for an id that is none."""
    _, group, account = address.parts()
    reading = _Reading()
    container = reading.part(CONTAINER, lambda: client.blob_containers.get(group, account, address.container))
    service = reading.part(SOFT_DELETE, lambda: client.blob_services.get_service_properties(group, account))
    policy = reading.part(
        LIFECYCLE, lambda: client.management_policies.get(group, account, "default"), "ManagementPolicyNotFound"
    )
    return Grounds(
        policy=_container_policy(container),
        soft_delete_days=_soft_delete(service),
        container_soft_delete_days=_container_soft_delete(service),
        permanent_delete=_permanent_delete(service),
        versioning=bool(service and service.is_versioning_enabled),
        lifecycle=tuple(_rules(policy, address.container)),
        unread=tuple(reading.unread),
    )


def _container_policy(container: BlobContainer | None) -> ContainerPolicy | None:
    """The policy over all blobs; with version-level immutability it is only the default of new versions, which each blob tells itself."""
    told = container.immutability_policy if container is not None else None
    versions = container.immutable_storage_with_versioning if container is not None else None
    if told is None or told.immutability_period_since_creation_in_days is None or (versions and versions.enabled):
        return None
    state = str(getattr(told.state, "value", told.state))  # the SDK gives a member of an enumeration, or a text
    return ContainerPolicy(told.immutability_period_since_creation_in_days, state.lower() == "locked")


def _soft_delete(service: BlobServiceProperties | None) -> int | None:
    told = service.delete_retention_policy if service is not None else None
    return int(told.days or 0) if told is not None and told.enabled else None


def _container_soft_delete(service: BlobServiceProperties | None) -> int | None:
    told = service.container_delete_retention_policy if service is not None else None
    return int(told.days or 0) if told is not None and told.enabled else None


def _permanent_delete(service: BlobServiceProperties | None) -> bool:
    told = service.delete_retention_policy if service is not None else None
    return bool(told and told.allow_permanent_delete)


def _rules(policy: ManagementPolicy | None, container: str) -> Iterator[LifecycleRule]:
    """The rules in force that reach into our container."""
    for rule in policy.policy.rules if policy is not None and policy.policy else []:
        prefixes = _within(rule, container)
        if rule.enabled is not False and prefixes is not None:
            yield from _actions(rule, prefixes)


def _within(rule: ManagementPolicyRule, container: str) -> tuple[str, ...] | None:
    """Beginnings of paths in the container that a rule is for; empty: all of it; None: none of it."""
    filters = rule.definition.filters
    if filters is not None and filters.blob_types and "blockBlob" not in filters.blob_types:
        return None
    asked = list(filters.prefix_match or []) if filters is not None else []
    if not asked:
        return ()
    own = f"{container}/"
    if any(own.startswith(one) for one in asked):
        return ()
    return tuple(one.removeprefix(own) for one in asked if one.startswith(own)) or None


def _actions(rule: ManagementPolicyRule, prefixes: tuple[str, ...]) -> Iterator[LifecycleRule]:
    actions, filters = rule.definition.actions, rule.definition.filters
    by_tags = bool(filters is not None and filters.blob_index_match)
    for of, told in (("objects", actions.base_blob), ("versions", actions.version)):
        for action, when in (("delete", told and told.delete), ("archive", told and told.tier_to_archive)):
            for days, basis in _terms(when):
                yield LifecycleRule(rule.name, action, of, days, basis, prefixes, by_tags)


def _terms(when: object) -> Sequence[tuple[float, str]]:
    """From how many days of what on an action is taken."""
    named = (
        ("days_after_creation_greater_than", "creation"),
        ("days_after_modification_greater_than", "modification"),
        ("days_after_last_access_time_greater_than", "last access"),
    )
    found = [(getattr(when, name, None), basis) for name, basis in named]
    return [(float(days), basis) for days, basis in found if days is not None]


class _Unasked:
    """Stands where the SDK wants a credential; the policy of the client sends its own token."""

    def get_token(self, *_scopes: str, **_options: object) -> AccessToken:
        """Never asked."""
        raise AssertionError("the client has a policy of its own")
