"""Signatures of webhooks: HMAC-SHA-256 over id, time and body, as Standard Webhooks says.

Not here: sending. Invariant: a secret is never part of a message or an error.
"""

from __future__ import annotations

import base64
import binascii
import hmac

from evidence.errors import ConfigurationError

LEAST_SECRET = 24
"""Bytes, as Standard Webhooks asks for."""


def signed_headers(secret: bytes, event_id: str, sent_at: int, body: bytes) -> dict[str, str]:
    """Headers `webhook-id`, `webhook-timestamp` and `webhook-signature` of a body; `sent_at` in seconds of the epoch."""
    return {
        "webhook-id": event_id,
        "webhook-timestamp": str(sent_at),
        "webhook-signature": sign(secret, event_id, sent_at, body),
    }


def sign(secret: bytes, event_id: str, sent_at: int, body: bytes) -> str:
    """The value of `webhook-signature`."""
    signed = f"{event_id}.{sent_at}.".encode() + body
    return f"v1,{base64.b64encode(hmac.digest(secret, signed, 'sha256')).decode()}"


def secret_of(text: bytes) -> bytes:
    """The key that a secret stands for: base64 behind `whsec_`, else its own bytes; raises ConfigurationError."""
    stripped = text.strip()
    if not stripped.startswith(b"whsec_"):
        return stripped
    try:
        return base64.b64decode(stripped.removeprefix(b"whsec_"), validate=True)
    except binascii.Error as error:
        raise ConfigurationError("The secret of a webhook is not base64 behind `whsec_`.") from error


def checked_secret(secret: bytes, whose: str) -> bytes:
    """The secret; raises ConfigurationError for a short one."""
    if len(secret) < LEAST_SECRET:
        raise ConfigurationError(
            f"The secret of {whose} is shorter than {LEAST_SECRET} bytes.",
            next_step="Draw one: openssl rand -base64 32",
        )
    return secret
