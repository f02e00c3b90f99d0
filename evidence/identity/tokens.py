"""What makes an ID token one of ours (OpenID Connect Core 1.0, section 3.1.3.7), and a person of its claims.

Not here: how it was got (`code_flow`, `device_flow`), keys (`keys`). Invariants: no claim is looked at before the signature holds; the algorithm is one of two
that are fixed here, whatever the token says; a service principal is refused; no message repeats a token.
"""

from __future__ import annotations

import hmac
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import NoReturn

import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from evidence.errors import RefusedError, SignInError
from evidence.identity.interface import Identity, Registration
from evidence.identity.keys import ALGORITHMS

LEEWAY = timedelta(seconds=60)
"""By which two clocks may differ."""
LARGEST = 1 << 16
_GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_OF_PERSONS = ("preferred_username", "upn", "email", "unique_name", "name")
"""Claims of which a user's token has one; an application's has none."""
_LONGEST_NAME = 200
_MOST_METHODS = 20
Keys = Callable[[bool], Mapping[str, RSAPublicKey]]
"""Keys of the issuer by id; True: asked anew."""


@dataclass(frozen=True, slots=True)
class Claims:
    """Claims of a token whose signature holds; every method raises SignInError for what is not as it must be."""

    values: Mapping[str, object]

    def text(self, name: str) -> str:
        """A text that is not empty."""
        value = self.values.get(name)
        if not isinstance(value, str) or not value:
            refuse(f"its {name} is missing or no text")
        return value

    def moment(self, name: str, next_step: str = "") -> datetime:
        """A moment in whole seconds since 1970."""
        value = self.values.get(name)
        if type(value) is not int or not 0 <= value < 1 << 36:
            refuse(f"its {name} is missing or no moment", next_step)
        return datetime.fromtimestamp(value, UTC)


def person_of(token: str, registration: Registration, nonce: str | None, keys: Keys, now: datetime) -> Identity:
    """Who signed in; `nonce` is None for a device code, which has none.

    Raises SignInError for a token that is not the issuer's word to us about a sign-in just made; RefusedError for a service principal.
    """
    claims = Claims(_verified(token, keys))
    _check_addressed(claims, registration, nonce)
    _check_times(claims, registration, now)
    _refuse_service(claims)
    object_id = claims.text("oid")
    if not _GUID.fullmatch(object_id):
        refuse("its oid is no object id")
    return Identity(
        issuer=registration.issuer,
        tenant_id=registration.tenant_id.lower(),
        object_id=object_id.lower(),
        auth_time=claims.moment("auth_time"),
        amr=_methods(claims),
        name=_name(claims, "name"),
        username=_name(claims, "preferred_username") or _name(claims, "upn"),
    )


def refuse(why: str, next_step: str = "") -> NoReturn:
    """Raise SignInError for a token."""
    raise SignInError(
        "The ID token is refused.",
        cause=f"As received, {why}.",
        next_step=next_step or "Sign in again; where it stays so, compare `sign_in` with the registration in Entra ID.",
    )


def _verified(token: str, keys: Keys) -> Mapping[str, object]:
    if len(token) > LARGEST:
        refuse("it is larger than any ID token is")
    try:
        header = jwt.get_unverified_header(token)
    except (jwt.InvalidTokenError, ValueError, RecursionError):
        refuse("it is no JSON Web Token")
    algorithm, kid = header.get("alg"), header.get("kid")
    if algorithm not in ALGORITHMS:
        refuse(f"it is signed with {str(algorithm)[:20]!a}; only {' and '.join(ALGORITHMS)} are taken")
    if "crit" in header or not isinstance(kid, str):
        refuse("it does not name its key, or demands an extension")
    # Issuers exchange keys without notice: an unknown one is looked up anew, once.
    key = keys(False).get(kid) or keys(True).get(kid)
    if key is None:
        refuse("it is signed with a key that the issuer does not publish")
    try:
        payload = jwt.PyJWS().decode(token, key, algorithms=[algorithm])
        claims = json.loads(payload)
    except jwt.InvalidTokenError:
        refuse("its signature does not hold")
    except (ValueError, RecursionError):
        refuse("its claims are no JSON")
    if not isinstance(claims, dict):
        refuse("its claims are no object")
    return claims


def _check_addressed(claims: Claims, registration: Registration, nonce: str | None) -> None:
    if claims.text("iss") != registration.issuer:
        refuse("it is of another issuer than the one that is configured")
    if claims.text("aud") != registration.client_id or claims.values.get("azp", registration.client_id) != (
        registration.client_id
    ):
        refuse("it is for another application")
    if claims.text("tid").lower() != registration.tenant_id.lower():
        refuse("it is of another tenant than the one that is configured")
    if nonce is not None and not hmac.compare_digest(
        claims.text("nonce").encode("utf-8", "surrogatepass"), nonce.encode()
    ):
        refuse("its nonce is not the one of this sign-in")


def _check_times(claims: Claims, registration: Registration, now: datetime) -> None:
    if claims.moment("exp") <= now - LEEWAY:
        refuse("it has expired", "Sign in again; check the clock of this machine.")
    issued = claims.moment("iat")
    begins = claims.moment("nbf") if "nbf" in claims.values else issued
    signed_in = claims.moment(
        "auth_time", "Add the optional claim `auth_time` to ID tokens of the registration in Entra ID."
    )
    if max(issued, begins, signed_in) > now + LEEWAY:
        refuse("it is of a moment that has not come", "Check the clock of this machine.")
    if now - signed_in > registration.max_age + LEEWAY:
        minutes = int(registration.max_age.total_seconds() // 60)
        refuse(f"the person proved who they are more than {minutes} minutes ago", "Sign out there, and sign in again.")


def _refuse_service(claims: Claims) -> None:
    kind = claims.values.get("idtyp", "user")
    if kind != "user" or not any(isinstance(claims.values.get(name), str) for name in _OF_PERSONS):
        raise RefusedError(
            "A service principal signed in, and only a person decides.",
            cause=f"The token is of the kind {str(kind)[:20]!a}, and names "
            + ("a user." if kind != "user" and any(name in claims.values for name in _OF_PERSONS) else "no user."),
            next_step="Let a person sign in.",
        )


def _methods(claims: Claims) -> tuple[str, ...]:
    told = claims.values.get("amr", [])
    if not isinstance(told, list) or len(told) > _MOST_METHODS or not all(_is_word(one) for one in told):
        refuse("its amr is no list of methods")
    return tuple(told)


def _is_word(one: object) -> bool:
    return isinstance(one, str) and 0 < len(one) <= 40 and one.isprintable()  # noqa: PLR2004 - methods of RFC 8176 are shorter


def _name(claims: Claims, name: str) -> str | None:
    """A name as records show it; None where there is none that can be shown."""
    value = claims.values.get(name)
    if not isinstance(value, str):
        return None
    shown = "".join(one for one in value if one.isprintable()).strip()[:_LONGEST_NAME]
    return shown or None
