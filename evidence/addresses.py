"""Addresses of the configuration: what may stand there, and whether one is this machine's own.

Invariant: nothing that is a secret passes: no user, no password, no query.
"""

from __future__ import annotations

from urllib.parse import urlsplit

LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


def is_loopback(url: str | None) -> bool:
    """Whether an address is this machine's own."""
    try:
        return url is not None and urlsplit(url).hostname in LOOPBACK
    except ValueError:
        return False


def checked_url(url: str, what: str, *, http_anywhere: bool = False) -> str:
    """The address without its last slash; raises ValueError for one that must not stand in a configuration."""
    try:
        parts = urlsplit(url)
        known = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:  # no address, or a port that there is not
        known = False
    if not known:
        raise ValueError(f"{what} must be an http{'' if http_anywhere else 's'} address")
    if parts.scheme == "http" and not (http_anywhere or is_loopback(url)):
        raise ValueError(f"{what} must use https; plain http is for loopback only")
    if parts.username or parts.password or parts.query or parts.fragment:
        raise ValueError(f"{what} must hold no credentials, query or fragment; secrets never stand in this file")
    return url.rstrip("/")
