"""Signs a person in by authorization code with PKCE (RFC 7636) on loopback (RFC 8252).

Not here: the listener, the checks of the token. Invariants: verifier, state and nonce are new each time and never shown beyond what the address must hold;
the code is exchanged once; tokens end with the function.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping
from urllib.parse import urlencode

from evidence.errors import SignInError
from evidence.identity.interface import Identity, Registration, Surroundings
from evidence.identity.listener import Listener
from evidence.identity.provider import Provider, id_token, refused
from evidence.identity.tokens import person_of

SCOPE = "openid profile"
_BYTES = 32


def sign_in_by_code(registration: Registration, around: Surroundings) -> Identity:
    """Who signed in; raises SignInError, RefusedError for a service principal, UnavailableError."""
    provider = Provider(registration)
    verifier, state, nonce = (_text(around.entropy(_BYTES)) for _ in range(3))
    with Listener() as listener:
        redirect_uri = listener.redirect_uri
        url = provider.endpoints.authorization + "?" + _question(registration, redirect_uri, verifier, state, nonce)
        around.show(f"Sign in with this address, on this machine, within {around.seconds:.0f} seconds:")
        around.show(url)
        if around.open_browser is not None:
            around.open_browser(url)
        callback = listener.wait(around.seconds)
    code = _code(callback, state, registration.issuer)
    answer = provider.post(
        provider.endpoints.token,
        {
            "grant_type": "authorization_code",
            "client_id": registration.client_id,
            "code": code,
            "redirect_uri": redirect_uri,
            "code_verifier": verifier,
            "scope": SCOPE,
        },
    )
    return person_of(id_token(answer), registration, nonce, provider.keys, around.now())


def challenge(verifier: str) -> str:
    """S256 of a verifier (RFC 7636, section 4.2)."""
    return _text(hashlib.sha256(verifier.encode()).digest())


def _question(registration: Registration, redirect_uri: str, verifier: str, state: str, nonce: str) -> str:
    return urlencode(
        {
            "client_id": registration.client_id,
            "response_type": "code",
            "response_mode": "query",
            "redirect_uri": redirect_uri,
            "scope": SCOPE,
            "state": state,
            "nonce": nonce,
            "code_challenge": challenge(verifier),
            "code_challenge_method": "S256",
            "max_age": int(registration.max_age.total_seconds()),
        }
    )


def _code(callback: Mapping[str, str], state: str, issuer: str) -> str:
    if not hmac.compare_digest(callback["state"].encode(), state.encode()):
        raise SignInError(
            "The answer of the browser is not of this sign-in.",
            cause="Its state is another: an older window answered, or somebody else did.",
            next_step="Close other windows of earlier sign-ins, and run the command again.",
        )
    if callback.get("iss", issuer) != issuer:  # RFC 9207
        raise SignInError("The answer of the browser is of another issuer.")
    if "error" in callback:
        refused(callback)
    code = callback.get("code")
    if not code:
        raise SignInError("The answer of the browser holds no code.")
    return code


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
