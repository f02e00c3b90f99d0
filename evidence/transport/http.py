"""What every HTTP request to a receiver outside holds to: TLS, no redirects, time-outs, and no address in any log.

Not here: what is sent. Invariants: an address may itself be a secret (Teams), so the client's own log lines are dropped; plain http is for
loopback only.
"""

from __future__ import annotations

import logging
import ssl
from datetime import datetime
from email.utils import parsedate_to_datetime
from functools import cache

import httpx

from evidence.addresses import is_loopback

AGAIN = frozenset({408, 425, 429, 500, 502, 503, 504})
"""Statuses after which a later try may succeed."""
TIMEOUT = httpx.Timeout(30.0, connect=10.0)
LARGEST_ANSWER = 1 << 20
_TALKATIVE = (
    "httpx",
    *(f"httpcore.{part}" for part in ("connection", "http11", "http2", "proxy", "socks")),
)


def _no_addresses(record: logging.LogRecord) -> bool:
    """Drops lines that hold addresses and headers, whatever level somebody has set."""
    return record.levelno >= logging.WARNING


for _name in _TALKATIVE:
    logging.getLogger(_name).addFilter(_no_addresses)


def client(url: str, context: ssl.SSLContext | None = None, timeout: httpx.Timeout = TIMEOUT) -> httpx.Client:
    """A client for one address: no redirect is followed, and no proxy of the machine is asked for our own loopback."""
    return httpx.Client(
        timeout=timeout, follow_redirects=False, trust_env=not is_loopback(url), verify=context or _trusted()
    )


@cache
def _trusted() -> ssl.SSLContext:
    """The authorities that are trusted by default; to read them takes longer than most requests."""
    return httpx.create_ssl_context()


def asked_wait(header: str | None, now: datetime) -> float | None:
    """Seconds of a Retry-After header, in either form (RFC 9110, section 10.2.3); None where it says neither."""
    if header is None:
        return None
    text = header.strip()
    if text.isascii() and text.isdigit():
        return float(text)
    try:
        return max(0.0, (parsedate_to_datetime(text) - now).total_seconds())
    except (TypeError, ValueError):  # no date, or one without a zone
        return None
