"""Signs a person in as configured: with the browser of this machine, or on another device.

Not here: the two ways (`code_flow`, `device_flow`). Invariant: the way is chosen by who asks, never by what fails.
"""

from __future__ import annotations

from evidence.errors import ConfigurationError
from evidence.identity.code_flow import sign_in_by_code
from evidence.identity.device_flow import sign_in_by_device
from evidence.identity.interface import Identity, Registration, Surroundings
from evidence.settings.sign_in import SignInSettings


def registration_of(settings: SignInSettings | None) -> Registration:
    """What this program is at the issuer; raises ConfigurationError where nothing is configured."""
    if settings is None:
        raise ConfigurationError(
            "Nobody can sign in: `sign_in` is not configured.",
            cause="A decision needs a person whom Entra ID names; a name that was typed proves nobody.",
            next_step="Set `sign_in` with tenant and client_id; docs/configuration.md tells how.",
        )
    return Registration(
        settings.pinned_issuer, settings.client_id, settings.tenant, settings.max_age, settings.device_code
    )


def sign_in(registration: Registration, around: Surroundings, *, device_code: bool = False) -> Identity:
    """Who signed in; raises SignInError, UnavailableError, RefusedError for a service principal or a way that is not configured."""
    way = sign_in_by_device if device_code else sign_in_by_code
    return way(registration, around)
