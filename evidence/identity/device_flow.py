"""Signs a person in by a code that they type on another device (RFC 8628), where that is configured.

Not here: the checks of the token. Invariants: refused unless configured, because such a sign-in is bound neither to this machine nor by a nonce;
the issuer's pace is kept; tokens end with the function.
"""

from __future__ import annotations

from collections.abc import Mapping

from evidence.addresses import checked_url
from evidence.errors import RefusedError, SignInError
from evidence.identity.code_flow import SCOPE
from evidence.identity.interface import Identity, Registration, Surroundings
from evidence.identity.provider import Provider, id_token, refused, shown, told_error
from evidence.identity.tokens import person_of

GRANT = "urn:ietf:params:oauth:grant-type:device_code"
_SLOWER = 5
"""Seconds by which `slow_down` lengthens the pace (RFC 8628, section 3.5)."""


def sign_in_by_device(registration: Registration, around: Surroundings) -> Identity:
    """Who signed in; raises RefusedError where it is not configured or a service principal came, SignInError, UnavailableError."""
    if not registration.device_code:
        raise RefusedError(
            "Signing in with a device code is not configured.",
            cause="Whoever is talked into typing a code signs in for somebody else's command.",
            next_step="Sign in with a browser on this machine, or set `sign_in.device_code: true`.",
        )
    provider = Provider(registration)
    url = provider.endpoints.device
    if url is None:
        raise SignInError("The issuer knows no device codes.")
    answer = provider.post(url, {"client_id": registration.client_id, "scope": SCOPE})
    if told_error(answer) is not None:
        refused(answer)
    around.show(f"Open {_address(answer)} and type {shown(answer.get('user_code'))}")
    token = _awaited(provider, answer, around)
    return person_of(token, registration, None, provider.keys, around.now())


def _awaited(provider: Provider, told: Mapping[str, object], around: Surroundings) -> str:
    fields = {
        "grant_type": GRANT,
        "client_id": provider.registration.client_id,
        "device_code": _secret(told),
    }
    pace = _seconds(told, "interval", 5)
    end = around.monotonic() + min(around.seconds, _seconds(told, "expires_in", around.seconds))
    while around.monotonic() + pace < end:
        around.sleep(pace)
        answer = provider.post(provider.endpoints.token, fields)
        error = told_error(answer)
        if error == "slow_down":
            pace += _SLOWER
        elif error != "authorization_pending":
            return id_token(answer)
    raise SignInError("Nobody signed in while the code was good.", next_step="Run the command again.")


def _secret(told: Mapping[str, object]) -> str:
    code = told.get("device_code")
    if not isinstance(code, str) or not code:
        raise SignInError("The issuer gave no device code.")
    return code


def _address(told: Mapping[str, object]) -> str:
    url = told.get("verification_uri")
    try:
        return checked_url(str(url), "verification_uri")
    except ValueError as error:
        raise SignInError("The issuer gave no address where the code is typed.", cause=str(error)) from error


def _seconds(told: Mapping[str, object], name: str, default: float) -> float:
    value = told.get(name, default)
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) and value > 0 else default
