"""What may be configured of Azure as a source, and where that leads.

Not here: reading the configuration file. Invariant: a token can only ever be asked for a place that this module has
found fit to receive it: https anywhere, plain http on loopback alone, a static token on loopback alone.
"""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlsplit

from evidence.errors import ConfigurationError
from evidence.tiers import TierRule

CREDENTIALS: Final = ("default", "managed_identity", "workload", "cli", "static")

_CLOUDS: Final = {
    "public": ("https://management.azure.com", "login.microsoftonline.com"),
    "usgov": ("https://management.usgovcloudapi.net", "login.microsoftonline.us"),
    "china": ("https://management.chinacloudapi.cn", "login.chinacloudapi.cn"),
}
_SUBSCRIPTION: Final = re.compile(r"[0-9A-Za-z-]{1,64}")
_GROUP: Final = re.compile(r"[0-9A-Za-z_().-]{1,90}")
_BARE: Final = re.compile(r"\w+://(?P<place>[^/?#@]+)/?")
_DEFAULT_PORTS: Final = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class AzureOptions:
    """How Azure is reached and what of it is in scope."""

    subscriptions: tuple[str, ...]
    """Ids; empty where they are listed instead, by `management_group` or all that the identity sees."""
    cloud: str = "public"
    """`public`, `usgov` or `china`; ignored where `endpoint` is given."""
    endpoint: str | None = None
    """Another Resource Manager, say a simulator: scheme, host and port only."""
    audience: str | None = None
    """Scope of the token; by default the endpoint's origin with `/.default`."""
    credential: str = "default"
    identity_client_id: str | None = None
    """Client id of a user-assigned managed identity, or of a workload."""
    static_token: str | None = field(default=None, repr=False)
    """The token of credential `static`, for loopback endpoints only."""
    management_group: str | None = None
    """Id of the group whose subscriptions are read."""
    all_subscriptions: bool = False
    """Whether all subscriptions that the identity sees are read."""
    second_sources: bool = True
    """Whether Resource Graph and the Activity Log are asked."""
    include: tuple[str, ...] = ("*",)
    """Patterns on vault names or ids, compared without case; one of them must fit."""
    exclude: tuple[str, ...] = ()
    max_workers: int = 8
    """Vaults that the caller may read at the same time."""
    connect_timeout_s: float = 10.0
    read_timeout_s: float = 60.0
    max_attempts: int = 5
    max_wait_s: float = 120.0
    """Longest total wait between the attempts of one call."""
    max_run_wait_s: float = 1800.0
    """Longest total of all waits of a run, over all its vaults: several may wait at the same time."""
    quota_reserve: int = 10
    """Requests of each budget that are left to essential questions."""
    tiers: tuple[TierRule, ...] = ()
    """Which items matter most; their points are read first where the budget is short."""

    @property
    def lists_subscriptions(self) -> bool:
        """Whether subscriptions are listed and not named."""
        return self.all_subscriptions or self.management_group is not None


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where Azure is asked, and with which token."""

    base_url: str
    scope: str
    authority: str | None
    """Host that signs in, where the cloud names one."""
    loopback: bool


def origin_of(url: str) -> tuple[str, str, int | None]:
    """Scheme, host and port of an address; the default port is filled in, letters are lowered.

    An address that cannot be read has the origin of none: empty texts and no port.
    """
    try:
        parts = urlsplit(url)
        scheme, host, port = parts.scheme.lower(), (parts.hostname or "").lower(), parts.port
    except ValueError:
        return "", "", None
    return scheme, host, port or _DEFAULT_PORTS.get(scheme)


def endpoint_of(options: AzureOptions) -> Endpoint:
    """Where the options lead; raises ConfigurationError for what may not be."""
    _check_scope(options)
    _check_numbers(options)
    if options.credential not in CREDENTIALS:
        raise ConfigurationError(
            f"azure.credential is {options.credential!r}.", next_step=f"Use one of {', '.join(CREDENTIALS)}."
        )
    base_url, authority = (_custom(options.endpoint), None) if options.endpoint else _cloud(options.cloud)
    loopback = _is_loopback(urlsplit(base_url).hostname or "")
    if base_url.startswith("http:") and not loopback:
        raise ConfigurationError(
            f"azure.endpoint {base_url} is plain http.",
            cause="A token sent over plain http can be read on the way.",
            next_step="Use https; plain http is for loopback only.",
        )
    if options.credential == "static" and (not loopback or not options.static_token):
        raise ConfigurationError(
            "azure.credential `static` needs a token and a loopback endpoint.",
            next_step="Use another credential for Azure itself.",
        )
    return Endpoint(base_url, options.audience or f"{base_url}/.default", authority, loopback)


def _check_scope(options: AzureOptions) -> None:
    ways = [bool(options.subscriptions), options.management_group is not None, options.all_subscriptions]
    if not any(ways):
        raise ConfigurationError("azure.subscriptions is empty.", next_step="Name at least one subscription id.")
    if sum(ways) > 1:
        raise ConfigurationError(
            "azure.subscriptions and azure.management_group both say what is read.", next_step="Keep one of them."
        )
    if options.management_group is not None and not _GROUP.fullmatch(options.management_group):
        raise ConfigurationError(
            f"azure.management_group is {options.management_group!r}.", next_step="Give its id, not a path or a name."
        )
    _check_subscriptions(options.subscriptions)


def _check_subscriptions(subscriptions: tuple[str, ...]) -> None:
    for subscription in subscriptions:
        if not _SUBSCRIPTION.fullmatch(subscription):
            raise ConfigurationError(
                f"azure.subscriptions holds {subscription!r}.", next_step="Give ids, not names or paths."
            )


def _check_numbers(options: AzureOptions) -> None:
    above_zero = ("max_workers", "connect_timeout_s", "read_timeout_s", "max_attempts")
    not_below = ("max_wait_s", "max_run_wait_s", "quota_reserve")
    wrong = [name for name in above_zero if not getattr(options, name) > 0]
    wrong += [name for name in not_below if not getattr(options, name) >= 0]
    if wrong:
        name = wrong[0]
        raise ConfigurationError(f"azure: {name} is {getattr(options, name)}.", next_step="Give a number above zero.")


def _cloud(name: str) -> tuple[str, str]:
    if name not in _CLOUDS:
        raise ConfigurationError(f"azure.cloud is {name!r}.", next_step=f"Use one of {', '.join(_CLOUDS)}.")
    return _CLOUDS[name]


def _custom(endpoint: str) -> str:
    scheme, host, _ = origin_of(endpoint)
    written = _BARE.fullmatch(endpoint)
    if scheme not in _DEFAULT_PORTS or not host or written is None:
        raise ConfigurationError(
            f"azure.endpoint {endpoint!r} is not an address of scheme, host and port.",
            next_step="Write it like https://management.example or http://127.0.0.1:8080.",
        )
    return f"{scheme}://{written['place']}"


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
