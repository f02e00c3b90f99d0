"""Credentials in addresses and texts are masked before anything is shown.

Not here: masking of names and ids for external audiences. Invariant: the verbatim call keeps what was sent; a row never
shows a shared access signature, a token or a key.
"""

from __future__ import annotations

import re

MASK = "***"

_PARAMETERS = re.compile(
    r"(?P<before>[?&;](?:sig|signature|se|sp|spr|sr|srt|ss|sv|st|sip|si|ske|skoid|sks|skt|sktid|skv|code|token"
    r"|access_token|sharedaccesskey|accountkey|key)=)[^&;\s\"'<>]*",
    re.IGNORECASE,
)
_SIGNATURE = re.compile(r"(?:^|[?&;])(?:sig|signature)=", re.IGNORECASE)
_SECRETS = re.compile(
    r"(?P<before>[?&;](?:code|token|access_token|sharedaccesskey|accountkey|key)=)[^&;\s\"'<>]*", re.IGNORECASE
)
_BEARER = re.compile(r"(?P<before>\bBearer\s+)[A-Za-z0-9\-._~+/]+=*", re.IGNORECASE)
_ENCODED = re.compile(r"(?P<before>(?:%3F|%26|%3B)(?:sig|signature)%3D)(?:(?!%26)[^&\s\"'<>])*", re.IGNORECASE)
_USER = re.compile(r"(?P<before>\b[a-z][a-z0-9+.-]*://)[^/\s@]+@", re.IGNORECASE)


def masked(text: str | None) -> str | None:
    """The text with shared access signatures, tokens, keys and user parts of addresses masked.

    Of an address with a signature all its parameters of a shared access signature are masked, for they tell what it grants.
    """
    if text is None:
        return None
    text = (_PARAMETERS if _SIGNATURE.search(text) else _SECRETS).sub(rf"\g<before>{MASK}", text)
    text = _ENCODED.sub(rf"\g<before>{MASK}", text)
    text = _BEARER.sub(rf"\g<before>{MASK}", text)
    return _USER.sub(rf"\g<before>{MASK}@", text)
