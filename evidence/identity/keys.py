"""Public keys of an issuer, by id, as its key set tells them (RFC 7517).

Not here: fetching (`provider`), what is signed (`tokens`). Invariant: only RSA keys for signatures, of 2048 bits or more, become keys; a set that names
one id twice is refused.
"""

from __future__ import annotations

from collections.abc import Mapping

import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from jwt.algorithms import RSAAlgorithm

from evidence.errors import SignInError

LEAST_BITS = 2048
ALGORITHMS = ("RS256", "PS256")


def signing_keys(told: Mapping[str, object]) -> Mapping[str, RSAPublicKey]:
    """Usable keys by id; those of other kinds are passed over; raises SignInError for a set that cannot be read."""
    listed = told.get("keys")
    if not isinstance(listed, list):
        raise _unreadable("it has no list of keys")
    found: dict[str, RSAPublicKey] = {}
    for one in listed:
        if not isinstance(one, dict) or not _is_usable(one):
            continue
        kid = str(one["kid"])
        if kid in found:
            raise _unreadable(f"it names the key {kid[:80]!a} twice")
        found[kid] = _key(one)
    if not found:
        raise _unreadable("it holds no RSA key for signatures")
    return found


def _is_usable(one: Mapping[str, object]) -> bool:
    return (
        one.get("kty") == "RSA"
        and one.get("use", "sig") == "sig"
        and one.get("alg", ALGORITHMS[0]) in ALGORITHMS
        and isinstance(one.get("kid"), str)
    )


def _key(one: Mapping[str, object]) -> RSAPublicKey:
    try:
        # Only the public part: whatever else a set may hold is not looked at.
        key = RSAAlgorithm.from_jwk({name: one.get(name) for name in ("kty", "n", "e")})
    except (jwt.InvalidKeyError, ValueError, TypeError, AttributeError) as error:
        raise _unreadable("a key in it is no RSA key") from error
    if not isinstance(key, RSAPublicKey) or key.key_size < LEAST_BITS:
        raise _unreadable(f"a key in it has less than {LEAST_BITS} bits")
    return key


def _unreadable(why: str) -> SignInError:
    return SignInError("The key set of the issuer cannot be used.", cause=f"As found, {why}.")
